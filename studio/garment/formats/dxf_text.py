"""What an apparel DXF says in words: fields such as ``Piece Name: FRONT`` in its texts, and the unit of its numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping

from studio.errors import StudioError
from studio.garment.formats.dxf_entities import Label

#: Centimetres per unit.
UNITS = {"mm": 0.1, "cm": 1.0, "inch": 2.54, "m": 100.0, "foot": 30.48}

#: Units by what files write after ``Units:``. ASTM's METRIC is millimetres; a few files mean centimetres.
_WORDS = {
    "METRIC": ("mm", "cm"), "MM": ("mm",), "MILLIMETERS": ("mm",), "MILLIMETRES": ("mm",), "CM": ("cm",), "CENTIMETERS": ("cm",),
    "ENGLISH": ("inch",), "IMPERIAL": ("inch",), "INCH": ("inch",), "INCHES": ("inch",), "IN": ("inch",),
}  # fmt: skip

#: Units by ``$INSUNITS`` (DXF reference).
_CODES = {1: "inch", 2: "foot", 4: "mm", 5: "cm", 6: "m"}

#: The largest piece of a garment is at least the first and at most the second long [cm], and about the third where a unit has to be
#: guessed. A unit that the file states is believed up to the fourth: a circle skirt's half is longer than the second.
_SMALLEST, _LARGEST, _USUAL, _STATED = 10.0, 200.0, 60.0, 400.0

#: Keys of fields as programs write them. AccuMark and ASTM: Piece Name, Size; CLO: upper case; Optitex: Size Name.
_KEYS = {
    "piece name": "piece", "piece": "piece", "size": "size", "size name": "size", "quantity": "quantity", "qty": "quantity",
    "sample size": "sample", "base size": "sample", "style name": "style", "style": "style", "units": "units", "unit": "units",
    "annotation": "annotation", "seam allowance": "allowance",
}  # fmt: skip

_FIELD = re.compile(r"\s*([A-Za-z][A-Za-z ]*?)\s*:\s*(.*?)\s*")
_RULE = re.compile(r"\s*#\s*(\d{1,9})\s*")
_LEFT_RIGHT = re.compile(r"\bL(?:EFT)?\b.*\bR(?:IGHT)?\b|\bL\s*\*?\s*\d.*\bR\s*\*?\s*\d|\bPAIR\b", re.IGNORECASE)
_ALLOWANCE = re.compile(r"(\d+(?:[.,]\d+)?)\s*(mm|cm|inch|in|\")?", re.IGNORECASE)


def fields_of(labels: Iterable[Label]) -> dict[str, str]:
    """The fields of some texts: ``piece``, ``size``, ``quantity``, ``sample``, ``style``, ``units``, ``annotation``, ``allowance``.

    The first statement counts. Keys are read in any case.
    """
    found: dict[str, str] = {}
    for label in labels:
        match = _FIELD.fullmatch(label.text)
        key = _KEYS.get(" ".join(match[1].lower().split())) if match else None
        if match and key and match[2]:
            found.setdefault(key, match[2])
    return found


def rule_number(label: Label) -> int | None:
    """The grade rule that a text names, as ``# 12``; None for other texts."""
    match = _RULE.fullmatch(label.text)
    return int(match[1]) if match else None


def quantity_of(fields: Mapping[str, str]) -> int:
    """How often a piece is cut, left and right together: ``2``, ``1,1`` and a mark such as ``L*1-R*1`` or ``Left/Right`` are two."""
    numbers = [int(number) for number in re.findall(r"\d{1,3}", fields.get("quantity", "").split(".")[0])]
    marked = _LEFT_RIGHT.search(f"{fields.get('annotation', '')} {fields.get('quantity', '')}")
    return max(sum(numbers), 2 if marked else 1)


def allowance_of(fields: Mapping[str, str], unit_cm: float) -> float | None:
    """The seam allowance that a file states [cm]: ``Seam Allowance: 10`` in its own unit, or with one, as in ``1 cm``; None for none."""
    match = _ALLOWANCE.fullmatch(fields.get("allowance", ""))
    if not match:
        return None
    unit = {"": unit_cm, "mm": 0.1, "cm": 1.0}.get((match[2] or "").lower(), 2.54)
    return float(match[1].replace(",", ".")) * unit


def unit_of(source: str, *, asked: str | None, stated: str, insunits: int, largest: float) -> tuple[float, tuple[str, ...]]:
    """Centimetres per unit of a file's numbers, and a remark where it was guessed or contradicts what the file says.

    asked: The user's own word. stated: What the file says after ``Units:``. largest: Extent of its largest piece, in its own unit.
    Raises StudioError where no unit makes the pieces as large as those of a garment.
    """
    if asked is not None:
        return UNITS[asked], ()
    said = _WORDS.get(stated.strip().upper(), ())
    coded = (_CODES[insunits],) if insunits in _CODES else ()
    if coded and coded[0] in said:  # the code says which of the two that METRIC may mean
        said = coded
    believed = [unit for unit in dict.fromkeys((*said, *coded)) if _SMALLEST <= largest * UNITS[unit] <= _STATED]
    first = (said or coded)[:1]
    if believed and believed[0] in first and (not (said and coded) or said == coded):
        return UNITS[believed[0]], ()
    words = " and ".join([f"'Units: {stated.strip()}'"] * bool(stated.strip()) + [f"$INSUNITS {insunits}"] * bool(coded)) or "no unit"
    guesses = [unit for unit in ("mm", "cm", "inch") if _SMALLEST <= largest * UNITS[unit] <= _LARGEST]
    if not believed and not guesses:
        raise StudioError(
            f"The largest piece of {source} measures {largest:g} units, which is no garment in mm, cm or inches (it states {words}); say "
            'the right one in the relations, for example unit = "mm".'
        )
    unit = believed[0] if believed else min(guesses, key=lambda name: abs(math.log(largest * UNITS[name] / _USUAL)))
    remark = f"The file states {words}; its numbers are read as {unit}, which makes its largest piece {largest * UNITS[unit]:.1f} cm long."
    return UNITS[unit], (remark,)
