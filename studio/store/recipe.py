"""What a result was made from: inputs, spec, seeds, tool versions and the source of the stage. Equal recipes are not computed twice."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from studio.specs.base import canonical_json

_PACKAGE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Input:
    """One thing a result was made from. ``digest`` decides; ``name`` is what people call it."""

    role: str
    name: str
    digest: str


@dataclass(frozen=True)
class Recipe:
    """How a result comes about.

    stage: The stage's public function, for example ``scan.add``.
    spec: What was asked, as plain JSON data.
    tools: Names of the installed packages whose version can change the result.
    code: Rooms or modules of this package whose source can change the result, for example ``("scan", "specs/scan")``.
    """

    stage: str
    inputs: tuple[Input, ...]
    spec: Mapping[str, Any]
    tools: tuple[str, ...] = ()
    code: tuple[str, ...] = ()
    seeds: Mapping[str, int] = field(default_factory=dict)

    def versions(self) -> dict[str, str]:
        """Installed version of each tool."""
        return {tool: metadata.version(tool) for tool in sorted(self.tools)}

    def source_digest(self) -> str:
        """Digest of the stage's own source files."""
        return source_digest(tuple(sorted(self.code)))

    def key(self) -> str:
        """Digest that is equal when the same computation would be done again."""
        text = canonical_json(
            {
                "stage": self.stage,
                "inputs": sorted((item.role, item.digest) for item in self.inputs),
                "spec": dict(self.spec),
                "seeds": dict(self.seeds),
                "tools": self.versions(),
                "source": self.source_digest(),
            }
        )
        return hashlib.sha256(text.encode()).hexdigest()


@cache
def source_digest(rooms: tuple[str, ...]) -> str:
    """SHA-256 over the Python files of the named rooms or modules, by their path in the package."""
    digest = hashlib.sha256()
    for room in rooms:
        folder, module = _PACKAGE / room, _PACKAGE / f"{room}.py"
        files = sorted(folder.rglob("*.py")) if folder.is_dir() else [module]
        for file in files:
            digest.update(file.relative_to(_PACKAGE).as_posix().encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
