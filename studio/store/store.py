"""Publishing and resolving assets.

An asset is published or absent: ``manifests/<kind>/<name>/<version>.json`` is the only existence test, and publishing is one
``os.link`` of a finished manifest to that name, which fails where the version is taken. Blobs are on disk before it, the index row
comes after it; a process killed anywhere leaves either nothing visible or a whole asset.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from studio.errors import StudioError, did_you_mean
from studio.specs.base import canonical_json
from studio.store.asset import Asset, Draft, Outcome, Production
from studio.store.blobs import BlobStore, fsync_folder, write_durably
from studio.store.index import Entry, Index
from studio.store.manifest import InputRecord, Manifest, StoredFile
from studio.store.recipe import Recipe
from studio.store.refs import Ref


@dataclass(frozen=True)
class Problem:
    """Something that ``verify`` found wrong."""

    ref: str
    what: str


class Store:
    """The assets under one folder. Open one with ``Store(folder)``; the folder is made when it is first needed."""

    def __init__(self, folder: Path, *, index_url: str | None = None) -> None:
        self.folder = folder
        self._manifests = folder / "manifests"
        self._staging = folder / "staging"
        self._blobs = BlobStore(folder / "blobs")
        self._manifests.mkdir(parents=True, exist_ok=True)
        self._staging.mkdir(exist_ok=True)
        self._index = Index(index_url or f"sqlite:///{folder / 'index.sqlite'}")
        self._sweep_staging()
        self._reconcile_index()

    # -- making ------------------------------------------------------------------------------------------------------

    def produce(self, *, kind: str, name: str, recipe: Recipe, build: Callable[[Draft], Outcome], again: bool = False) -> Production:
        """The asset that ``recipe`` gives under ``kind/name``: found, or made by ``build`` and published as the next version.

        ``build`` writes files into the draft it is given. Where it raises, nothing is published. ``again`` makes it anew.
        """
        start = time.perf_counter()
        Ref(kind, name)  # a bad name is refused before work starts
        key = recipe.key()
        if not again and (found := self._index.find_recipe(kind, name, key)) is not None:
            return Production(self.resolve(found), reused=True, seconds=time.perf_counter() - start)
        folder = self._staging / f"{os.getpid()}-{uuid.uuid4().hex}"
        folder.mkdir()
        try:
            outcome = build(Draft(folder))
            asset = self._publish(kind, name, recipe, key, folder, outcome)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return Production(asset, reused=False, seconds=time.perf_counter() - start)

    def _publish(self, kind: str, name: str, recipe: Recipe, key: str, folder: Path, outcome: Outcome) -> Asset:
        files = {}
        for path in sorted(folder.iterdir()):
            sha256, size = self._blobs.add(path)
            files[path.name] = StoredFile(sha256=sha256, size=size)
        home = self._manifests / kind / name
        home.mkdir(parents=True, exist_ok=True)
        version = max(self._versions(home), default=0) + 1
        while True:
            manifest = Manifest(
                kind=kind,
                name=name,
                version=version,
                created_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
                stage=recipe.stage,
                recipe=key,
                inputs=tuple(InputRecord(role=item.role, name=item.name, digest=item.digest) for item in recipe.inputs),
                spec=dict(recipe.spec),
                seeds=dict(recipe.seeds),
                tools=recipe.versions(),
                source=recipe.source_digest(),
                files=files,
                facts=json.loads(canonical_json(dict(outcome.facts))),
                passed=outcome.passed,
            )
            if self._claim(home, manifest):
                break
            version += 1
        digest = manifest.digest()
        self._index.add(manifest, digest)
        return Asset(manifest, digest, self._blobs)

    def _claim(self, home: Path, manifest: Manifest) -> bool:
        """Give a finished manifest its name. False where another process took the version first."""
        incoming = self._staging / f"{os.getpid()}-{uuid.uuid4().hex}.json"
        write_durably(incoming, canonical_json(manifest).encode())
        incoming.chmod(0o444)
        try:
            os.link(incoming, home / f"{manifest.version}.json")
        except FileExistsError:
            return False
        finally:
            incoming.unlink()
        for folder in (home, home.parent, self._manifests):
            fsync_folder(folder)
        return True

    # -- finding -----------------------------------------------------------------------------------------------------

    def find(self, *, kind: str, name: str, recipe: Recipe) -> Asset | None:
        """The asset that this recipe gave under ``kind/name`` before, or None: what ``produce`` would reuse."""
        found = self._index.find_recipe(kind, name, recipe.key())
        return None if found is None else self.resolve(found)

    def resolve(self, ref: Ref | str) -> Asset:
        """The asset of that reference; without a version the newest one that passed. Raises StudioError where there is none."""
        ref = Ref.parse(ref) if isinstance(ref, str) else ref
        home = self._manifests / ref.kind / ref.name
        versions = sorted(self._versions(home), reverse=True)
        if not versions:
            known = sorted({str(Ref(entry.kind, entry.name)) for entry in self._published()})
            raise StudioError(f"There is no {ref.kind}/{ref.name}: {did_you_mean(f'{ref.kind}/{ref.name}', known)}")
        if ref.version is not None:
            if ref.version not in versions:
                raise StudioError(f"There is no {ref}: the newest version is {ref.kind}/{ref.name}@{versions[0]}.")
            return self._read(ref)
        for version in versions:
            asset = self._read(ref.at(version))
            if asset.passed:
                return asset
        raise StudioError(f"No version of {ref} passed its gates: see 'studio show {ref.at(versions[0])}', or name that version.")

    def entries(self, *, kind: str | None = None, name: str | None = None) -> list[Entry]:
        """Published versions, by kind, name and version."""
        return self._index.entries(kind=kind, name=name)

    def made_from(self, asset: Asset) -> list[Entry]:
        """What was made directly from this asset."""
        return self._index.made_from(asset.digest)

    # -- keeping -----------------------------------------------------------------------------------------------------

    def verify(self) -> list[Problem]:
        """Read every manifest and every byte again, and say what is not as it was published."""
        problems = []
        for ref in sorted(self._published()):
            try:
                asset = self._read(ref)
            except StudioError as error:
                problems.append(Problem(str(ref), str(error)))
                continue
            for role, file in asset.manifest.files.items():
                wrong = self._blobs.check(file.sha256, file.size)
                if wrong is not None:
                    problems.append(Problem(str(ref), f"its file '{role}' {wrong}"))
            recorded = {entry.ref: entry.digest for entry in self._index.entries(kind=ref.kind, name=ref.name)}
            if recorded.get(ref) != asset.digest:
                problems.append(Problem(str(ref), "its manifest is not the one that was published"))
        return problems

    def rebuild_index(self) -> int:
        """Make the index anew from the manifests. Returns how many assets it holds."""
        return self._index.rebuild((asset.manifest, asset.digest) for asset in self._readable(self._published()))

    def _reconcile_index(self) -> None:
        """Record what a killed publisher could not; start anew where the index knows of assets that are not there."""
        known, published = self._index.known(), set(self._published())
        if known - published:
            self.rebuild_index()
            return
        for asset in self._readable(sorted(published - known)):
            self._index.add(asset.manifest, asset.digest)

    def _readable(self, refs: Iterable[Ref]) -> Iterator[Asset]:
        """The assets whose manifests can be read; ``verify`` names the others."""
        for ref in refs:
            with contextlib.suppress(StudioError):
                yield self._read(ref)

    def _read(self, ref: Ref) -> Asset:
        path = self._manifests / ref.kind / ref.name / f"{ref.version}.json"
        try:
            manifest = Manifest.model_validate_json(path.read_bytes())
        except ValidationError:
            raise StudioError(f"The manifest of {ref} is damaged: restore {path} from a copy, or make the asset again.") from None
        if manifest.ref != ref:
            raise StudioError(f"The manifest of {ref} says it is {manifest.ref}: restore {path} from a copy.")
        return Asset(manifest, manifest.digest(), self._blobs)

    def _published(self) -> Iterator[Ref]:
        for path in self._manifests.glob("*/*/*.json"):
            with contextlib.suppress(StudioError, ValueError):
                yield Ref(path.parts[-3], path.parts[-2], int(path.stem))

    @staticmethod
    def _versions(home: Path) -> list[int]:
        return [int(path.stem) for path in home.glob("*.json") if path.stem.isdigit()] if home.is_dir() else []

    def _sweep_staging(self) -> None:
        """Remove what killed processes left. A folder is named by its process; a living one keeps its own."""
        for path in self._staging.iterdir():
            owner = path.name.split("-", 1)[0]
            if owner.isdigit() and not _is_alive(int(owner)):
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
