"""A published asset, and a draft of one that is being made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.errors import StudioError, did_you_mean
from studio.store.blobs import BlobStore
from studio.store.manifest import Manifest
from studio.store.refs import Ref

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Asset:
    """A published version. Its files are read only; ask for them by role."""

    manifest: Manifest
    digest: str
    _blobs: BlobStore

    @property
    def ref(self) -> Ref:
        return self.manifest.ref

    @property
    def facts(self) -> Mapping[str, Any]:
        """What the stage found out: plain JSON data."""
        return self.manifest.facts

    @property
    def passed(self) -> bool:
        """Whether every gate held."""
        return self.manifest.passed

    def path(self, role: str) -> Path:
        """The file with that role. Raises StudioError where the asset has none."""
        file = self.manifest.files.get(role)
        if file is None:
            raise StudioError(f"{self.ref} has no file '{role}': {did_you_mean(role, self.manifest.files)}")
        return self._blobs.require(file.sha256, of=f"{self.ref}, '{role}',")

    def arrays(self, role: str) -> dict[str, np.ndarray]:
        """The arrays of an ``.npz`` file, read without pickles."""
        import numpy as np

        with np.load(self.path(role), allow_pickle=False) as archive:
            return dict(archive)

    def json(self, role: str) -> Any:
        """The content of a ``.json`` file."""
        return json.loads(self.path(role).read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Draft:
    """A folder that becomes an asset. Every file in it is published, its role is its name."""

    folder: Path

    def path(self, role: str) -> Path:
        """Where to write the file with that role."""
        return self.folder / role

    def write_arrays(self, role: str, **arrays: np.ndarray) -> None:
        """Write an ``.npz`` file. Objects are refused."""
        import numpy as np

        for name, array in arrays.items():
            if np.asarray(array).dtype == object:
                raise TypeError(f"{role}: '{name}' holds objects, and only numbers are stored")
        np.savez_compressed(self.path(role), **arrays)

    def write_json(self, role: str, content: Any) -> None:
        """Write a ``.json`` file."""
        self.path(role).write_text(json.dumps(content, indent=1, sort_keys=True, allow_nan=False), encoding="utf-8")


@dataclass(frozen=True)
class Outcome:
    """What a stage found out about its draft. A draft that did not pass is published as failed and never reused."""

    facts: Mapping[str, Any]
    passed: bool = True


@dataclass(frozen=True)
class Production:
    """The asset that a recipe gave, and whether it was there already."""

    asset: Asset
    reused: bool
    seconds: float

    @property
    def ref(self) -> Ref:
        """The asset's reference, with its version."""
        return self.asset.ref
