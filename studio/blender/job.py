"""One job as its module sees it: the request, the arrays that came along, progress out, files out. No bpy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from studio.errors import StudioError


class Job:
    """A job folder that is being worked on."""

    def __init__(self, *, folder: Path, request: dict[str, Any]) -> None:
        self.folder = folder
        self.request = request
        self._written: list[str] = []

    def arrays(self, name: str) -> dict[str, np.ndarray]:
        """The arrays of an ``.npz`` file in the folder, read without pickles. Raises StudioError where there is none."""
        path = self.inside(name)
        if not path.is_file():
            raise StudioError(f"The job in {self.folder} needs the file '{name}', and it is not there.")
        with np.load(path, allow_pickle=False) as stored:
            return {key: stored[key] for key in stored.files}

    def save(self, name: str, **arrays: np.ndarray) -> Path:
        """Write arrays as ``.npz`` and count the file among the job's results."""
        path = self.output(name)
        np.savez(path, **arrays)
        return path

    def output(self, name: str) -> Path:
        """The path for a file that the job will write; it must exist when the job ends."""
        path = self.inside(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        if name not in self._written:
            self._written.append(name)
        return path

    def progress(self, label: str, fraction: float) -> None:
        """Tell the parent what is being done and how much of the job is done, 0 to 1."""
        with (self.folder / "progress.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps({"label": label, "fraction": round(float(fraction), 4)}) + "\n")

    def inside(self, name: str) -> Path:
        """A path in the folder. Raises StudioError for a name that leads out of it."""
        path = (self.folder / name).resolve()
        if self.folder.resolve() not in path.parents:
            raise StudioError(f"The job in {self.folder} names the file '{name}', which lies outside its folder.")
        return path

    def written(self) -> dict[str, int]:
        """The files that the job announced, with their sizes [bytes]."""
        missing = [name for name in self._written if not (self.folder / name).is_file()]
        if missing:
            raise StudioError(f"The job in {self.folder} announced {', '.join(missing)} and did not write it.")
        return {name: (self.folder / name).stat().st_size for name in self._written}
