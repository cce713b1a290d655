"""Garments from files: `garment add` publishes one, and it is worn like a garment of the library.

Pattern files are read here, finished garments in `studio.garment.finished`; both are published beside each other, and worn by one name.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from studio.errors import StudioError, did_you_mean
from studio.garment.finished.asset import is_finished
from studio.garment.formats.garmentcode import ONE_SIZE, parse_garmentcode
from studio.garment.formats.garmentcode_write import garmentcode
from studio.garment.formats.pattern_set import PatternSet
from studio.garment.formats.read import read_pattern, refuse_other_files, rules_beside
from studio.garment.pattern import Pattern
from studio.specs.base import Spec
from studio.store import Asset, Draft, Input, Outcome, Production, Recipe, Ref, file_digest

if TYPE_CHECKING:
    from studio.store.store import Store

#: The fabric of a garment that is added without one. Chosen: it gives, so that a garment of any cut goes on.
USUAL_FABRIC = "cotton-jersey"

#: What can change an imported garment besides its files.
_CODE = ("garment/formats", "garment/pattern", "garment/curves", "garment/imported", "garment/triangulate")

#: The roles of the files that it was made from.
ORIGINAL, SEAMS, RULES = "original", "seams.toml", "rules.rul"


class ImportSpec(Spec):
    """What is said of a garment when it is added: what a garment of the library says in its ``garment.toml``.

    title: Its name in the file where left out. fabric: Name of its usual fabric. layer: 1 is worn next to the skin, higher over lower.
    """

    title: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    fabric: str = USUAL_FABRIC
    layer: Annotated[int, Field(ge=1, le=9)] = 1


@dataclass(frozen=True)
class ImportedGarment:
    """A published garment that was read from a file: a pattern, or a finished garment, whose sizes are its variants."""

    asset: Asset

    @property
    def ref(self) -> str:
        """Its reference with its version."""
        return str(self.asset.ref)

    @property
    def title(self) -> str:
        return str(self.asset.facts["title"])

    @property
    def fabric(self) -> str:
        """Name of its usual fabric."""
        return str(self.asset.facts["fabric"])

    @property
    def comes_in(self) -> str:
        """What its sizes are called."""
        return "variant" if is_finished(self.asset) else "size"

    @property
    def has_own_looks(self) -> bool:
        """Whether its file says how it looks, so that it wears no fabric."""
        return is_finished(self.asset) and bool(self.asset.facts["materials"])

    @property
    def roles(self) -> Mapping[str, str]:
        """The file of each size, in the order of the original."""
        return {entry["size"]: entry["file"] for entry in self.asset.facts["sizes"]}

    def size(self, asked: str | None) -> str:
        """The size that is meant: its only one where none is asked for. Raises StudioError where it has others, or several.

        Of a finished garment it is a variant, its first where none is asked for.
        """
        sizes = list(self.roles)
        if asked is None:
            if len(sizes) > 1 and not is_finished(self.asset):
                base = self.asset.facts["base"]
                raise StudioError(f"{self.ref} comes in the sizes {', '.join(sizes)}: say which, for example {self.asset.ref.name}:{base}.")
            return sizes[0]
        if asked not in sizes:
            there = f"it comes in one {self.comes_in}." if sizes == [ONE_SIZE] else did_you_mean(asked, sizes)
            raise StudioError(f"{self.ref} has no {self.comes_in} '{asked}': {there}")
        return asked

    def pattern(self, asked: str | None = None) -> Pattern:
        """The pattern of a size, as it was read when the garment was added. Raises StudioError for a finished garment."""
        if is_finished(self.asset):
            raise StudioError(f"{self.ref} is a finished garment and has no pattern: it is worn with 'studio dress', and not drafted.")
        role = self.roles[self.size(asked)]
        found = parse_garmentcode(self.asset.path(role).read_bytes(), file=f"{self.ref}/{role}")
        return found.patterns[ONE_SIZE]

    def patterns(self) -> PatternSet:
        """All its sizes."""
        facts = self.asset.facts
        return PatternSet(self.asset.ref.name, {size: self.pattern(size) for size in self.roles}, facts["base"], tuple(facts["remarks"]))


def add_garment(
    store: Store,
    file: Path | str,
    *,
    name: str,
    spec: ImportSpec = ImportSpec(),
    seams: Path | None = None,
    rules: Path | None = None,
    again: bool = False,
) -> Production:
    """Read a pattern file and publish it as ``garment/name``.

    seams: What is sewn to what, for a DXF. rules: Its grade rule table; the ``.rul`` file of the same name beside it where there is one.

    The asset holds ``pattern-<k>.json`` for each size (GarmentCode, with studio's notes), ``garment.json`` (its facts) and the files it was
    made from: ``original``, ``seams.toml``, ``rules.rul``. Facts: ``title``, ``fabric``, ``layer``, ``sizes`` (each ``size`` and ``file``),
    ``base``, ``panels`` and ``seams`` of the base size, ``remarks``, ``file`` (``name`` and ``sha256``).

    Raises StudioError in one sentence for a file that cannot be read or sewn, and for a fabric that does not exist.
    """
    from studio.garment.catalog import load_fabric

    file = Path(file)
    refuse_other_files(file)
    load_fabric(spec.fabric)
    rules = rules_beside(file) if rules is None else rules
    sources = {ORIGINAL: file} | {role: path for role, path in ((SEAMS, seams), (RULES, rules)) if path is not None}
    for path in sources.values():
        if not path.is_file():
            raise StudioError(f"There is no file {path}.")
    recipe = Recipe(
        stage="garment.add",
        inputs=tuple(Input(role, path.name, file_digest(path)) for role, path in sources.items()),
        spec=spec.model_dump(mode="json") | {"file": file.name},
        tools=("numpy", "ezdxf") if file.suffix.lower() == ".dxf" else ("numpy",),
        code=_CODE,
    )
    return store.produce(kind="garment", name=name, recipe=recipe, build=lambda made: _build(made, sources, spec), again=again)


def load_imported(store: Store, ref: Ref | str) -> ImportedGarment:
    """A published garment. Raises StudioError where there is none."""
    return ImportedGarment(store.resolve(Ref.parse(ref, kind="garment") if isinstance(ref, str) else ref))


def imported_garments(store: Store) -> dict[str, ImportedGarment]:
    """The newest version of every published garment, by name."""
    names = dict.fromkeys(entry.ref.name for entry in store.entries(kind="garment"))
    return {name: load_imported(store, Ref("garment", name)) for name in names}


def _build(made: Draft, sources: Mapping[str, Path], spec: ImportSpec) -> Outcome:
    for role, path in sources.items():
        shutil.copyfile(path, made.path(role))
    found = read_pattern(sources[ORIGINAL], seams=sources.get(SEAMS), rules=sources.get(RULES))
    sizes = []
    for k, (size, pattern) in enumerate(found.patterns.items()):
        made.write_json(f"pattern-{k}.json", garmentcode(pattern))
        sizes.append({"size": size, "file": f"pattern-{k}.json"})
    base = found.patterns[found.base]
    facts: dict[str, Any] = {
        "title": spec.title or found.name,
        "fabric": spec.fabric,
        "layer": spec.layer,
        "sizes": sizes,
        "base": found.base,
        "panels": len(base.panels),
        "seams": len(base.seams),
        "remarks": list(found.remarks),
        "file": {"name": sources[ORIGINAL].name, "sha256": file_digest(sources[ORIGINAL])},
    }
    made.write_json("garment.json", facts)
    return Outcome(facts=facts)
