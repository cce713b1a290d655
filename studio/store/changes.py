"""What two assets of one kind say differently: facts, what was asked, and what they were made from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from studio.store.asset import Asset


@dataclass(frozen=True)
class Change:
    """One thing that is not the same. name: With dots where it is part of another, ``scan_to_twin_mm.mean``. None: not there."""

    name: str
    before: str | float | int | bool | None
    after: str | float | int | bool | None


def changes(before: Asset, after: Asset) -> tuple[Change, ...]:
    """Every plain value that differs between two assets, by name: facts as they are called, settings and inputs under these words.

    Matrices and other lists of lists are left out: they are data, and not for reading.
    """
    first, second = dict(_plain(before)), dict(_plain(after))
    names = [*first, *(name for name in second if name not in first)]
    return tuple(Change(name, first.get(name), second.get(name)) for name in names if first.get(name) != second.get(name))


def _plain(asset: Asset) -> Iterator[tuple[str, Any]]:
    manifest = asset.manifest
    yield "passed", asset.passed
    yield from _leaves("", asset.facts)
    yield "stage", manifest.stage
    yield from _leaves("settings", manifest.spec)
    for item in manifest.inputs:
        yield f"inputs.{item.role}", f"{item.name} ({item.digest[:12]})"


def _leaves(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from _leaves(f"{name}.{key}" if name else str(key), part)
    elif isinstance(value, list | tuple):
        if not any(isinstance(part, list | tuple | Mapping) for part in value):
            yield name, ", ".join(str(part) for part in value) or None
    else:
        yield name, value
