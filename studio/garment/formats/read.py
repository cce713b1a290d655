"""Reading a pattern file of any format that studio knows, told by its suffix."""

from __future__ import annotations

from pathlib import Path

from studio.errors import StudioError, did_you_mean
from studio.garment.formats.pattern_set import PatternSet

#: Suffixes of pattern files.
SUFFIXES = (".json", ".dxf")


def is_pattern_file(text: str) -> bool:
    """Whether a word names a pattern file rather than a garment."""
    return Path(text).suffix.lower() in SUFFIXES


def refuse_other_files(path: Path) -> None:
    """Raises StudioError where a file's suffix is that of no pattern file."""
    if not is_pattern_file(path.name):
        raise StudioError(f"{path.name} is no pattern file that studio reads: {did_you_mean(path.suffix, SUFFIXES)}")


def rules_beside(path: Path) -> Path | None:
    """The grade rule table that CAD systems write beside a DXF: the file of its name that ends in ``.rul``."""
    if path.suffix.lower() != ".dxf":
        return None
    return next((rules for suffix in (".rul", ".RUL") if (rules := path.with_suffix(suffix)).is_file()), None)


def read_pattern(path: Path | str, *, seams: Path | None = None, rules: Path | None = None) -> PatternSet:
    """The patterns in a file, by size.

    seams: A TOML file that says what is sewn to what and where pieces go, which a DXF cannot. rules: A DXF's grade rule table.
    Raises StudioError in one sentence for a suffix that is not known, and for whatever is wrong with a file.
    """
    path = Path(path)
    refuse_other_files(path)
    if path.suffix.lower() == ".json":
        from studio.garment.formats.garmentcode import read_garmentcode

        for given in filter(None, (seams, rules)):
            raise StudioError(f"{path.name} says itself what is sewn to what, and has one size: leave out {given}, which is for a DXF.")
        return read_garmentcode(path)
    from studio.garment.formats.dxf import read_dxf
    from studio.garment.formats.relations import read_relations

    return read_dxf(path, relations=None if seams is None else read_relations(seams), rules=rules)
