"""Grade rule tables (``.rul``), the companion of an AAMA or ASTM DXF: how far each graded point moves from size to size.

The DXF names a rule at each graded point (``# 12``), the table says what the rule is (ASTM D6673, grade rule table exchange file)::

    UNITS: METRIC
    SIZE LIST: S M L
    SAMPLE SIZE: M
    RULE: DELTA 12
    -5.0, 0.0   0.0, 0.0   5.0, 0.0
    END

Each rule has one ``dx, dy`` for every size of the list, in the list's order and wrapped over as many lines as it takes: the
displacement from the sample size, for which it is zero. AccuMark and PolyPattern write them so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from studio.errors import StudioError, did_you_mean

#: Limits. Chosen: the tables of large styles have a few hundred rules for a few dozen sizes.
MAX_BYTES, MAX_SIZES, MAX_RULES = 4_000_000, 200, 20_000

#: Centimetres per unit. ASTM writes millimetres and inches.
_UNITS = {"METRIC": 0.1, "ENGLISH": 2.54, "IMPERIAL": 2.54}

#: The sample size's own displacement may be as large as this [cm]: rounding.
_ZERO_CM = 1e-3

#: A point with this number does not move where the table has no such rule: programs number ungraded points so.
UNGRADED = 0

_RULE = re.compile(r"RULE\s*:\s*DELTA\s+(\d+)", re.IGNORECASE)
_FIELD = re.compile(r"([A-Z][A-Z /]*?)\s*:\s*(.*)", re.IGNORECASE)
_PAIR = re.compile(r"([-+]?(?:\d+\.?\d*|\.\d+))\s*,\s*([-+]?(?:\d+\.?\d*|\.\d+))")


@dataclass(frozen=True, eq=False)
class RuleTable:
    """A grade rule table.

    source: What the user calls it. sizes: In the table's order. sample: The size that the DXF draws.
    rules: Number -> displacement from the sample size for each size [cm], shape (S, 2), float64.
    """

    source: str
    sizes: tuple[str, ...]
    sample: str
    rules: Mapping[int, np.ndarray]

    def delta(self, number: int, size: str) -> np.ndarray:
        """Displacement of a rule's points for a size [cm], shape (2,). Raises StudioError for a rule that the table lacks."""
        if number not in self.rules:
            if number == UNGRADED:
                return np.zeros(2)
            hint = did_you_mean(str(number), [str(known) for known in self.rules])
            raise StudioError(f"{self.source} has no rule {number}, which the drawing uses: {hint}")
        return self.rules[number][self.sizes.index(size)]


def read_rules(path: Path) -> RuleTable:
    """Read a grade rule table. Raises StudioError in one sentence for what is missing, malformed or contradicts itself."""
    if not path.is_file():
        raise StudioError(f"There is no file {path}.")
    if path.stat().st_size > MAX_BYTES:
        raise StudioError(f"{path} has {path.stat().st_size:,} bytes, and a rule table may have {MAX_BYTES:,} at most.")
    lines = [line.strip() for line in path.read_text(encoding="utf-8", errors="replace").splitlines()]
    fields = _fields(path, lines)
    sizes = tuple(fields["SIZE LIST"].split())
    if len(set(sizes)) != len(sizes) or not 0 < len(sizes) <= MAX_SIZES:
        raise StudioError(f"{path}: 'SIZE LIST' names {len(sizes)} sizes, and needs 1 to {MAX_SIZES} different ones.")
    declared = fields.get("NUMBER OF SIZES", "")
    if declared.isdigit() and int(declared) != len(sizes):
        raise StudioError(f"{path} says that it has {declared} sizes and lists {len(sizes)}: {', '.join(sizes)}; correct one of them.")
    sample = fields["SAMPLE SIZE"]
    if sample not in sizes:
        raise StudioError(f"{path}: the sample size '{sample}' is not in its size list: {did_you_mean(sample, sizes)}")
    unit = fields.get("UNITS", "").upper()
    if unit not in _UNITS:
        raise StudioError(f"{path}: 'UNITS' is METRIC (mm) or ENGLISH (inches), found '{unit}'.")
    rules = _rules(path, lines, len(sizes), _UNITS[unit])
    for number, deltas in rules.items():
        if np.abs(deltas[sizes.index(sample)]).max() > _ZERO_CM:
            raise StudioError(f"{path}: rule {number} moves points of the sample size '{sample}' itself; its columns are mixed up.")
    return RuleTable(str(path), sizes, sample, rules)


def displacements(points: np.ndarray, graded: Mapping[int, np.ndarray]) -> np.ndarray:
    """How far every point of a closed chain moves when some of them move, shape (N, 2).

    graded: Index of a point -> its displacement, shape (2,). Points between two graded ones move in proportion to their distance along
    the chain. All move alike where one point is graded, none where none is.
    """
    if not graded:
        return np.zeros_like(points)
    order = sorted(graded)
    steps = np.linalg.norm(np.roll(points, -1, axis=0) - points, axis=1)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    known = along[order]
    values = np.array([graded[index] for index in order])
    return np.stack([np.interp(along[:-1], known, values[:, axis], period=along[-1]) for axis in (0, 1)], axis=1)


def _fields(path: Path, lines: list[str]) -> dict[str, str]:
    """The header: what stands after each key, with the lines that continue it."""
    fields: dict[str, str] = {}
    key = ""
    for line in lines:
        if _RULE.match(line):
            break
        found = _FIELD.fullmatch(line)
        if found:
            key = " ".join(found[1].upper().split())
            fields.setdefault(key, found[2].strip())
        elif key == "SIZE LIST":
            fields[key] += " " + line
    for key in ("SIZE LIST", "SAMPLE SIZE"):
        if not fields.get(key):
            raise StudioError(f"{path} has no '{key}:' before its first rule, so it is no grade rule table.")
    return fields


def _rules(path: Path, lines: list[str], sizes: int, unit_cm: float) -> dict[int, np.ndarray]:
    found: dict[int, list[tuple[str, str]]] = {}
    number: int | None = None
    for line in lines:
        heading = _RULE.match(line)
        if heading:
            number = int(heading[1])
            if number in found:
                raise StudioError(f"{path} has the rule {number} twice; keep one of them.")
            if len(found) >= MAX_RULES:
                raise StudioError(f"{path} has more than {MAX_RULES:,} rules; a table has far fewer.")
            found[number] = []
        elif line.upper() == "END" or _FIELD.fullmatch(line):
            number = None
        elif number is not None and line:
            if _PAIR.sub("", line).strip(" ,;\t"):
                raise StudioError(f"{path}: rule {number} has the line '{line[:60]}', where pairs of numbers such as '-2.5, 0.0' belong.")
            found[number] += _PAIR.findall(line)
            if len(found[number]) > sizes:
                break
    for number, pairs in found.items():
        if len(pairs) != sizes:
            raise StudioError(f"{path}: rule {number} has {len(pairs)} pairs of numbers, and the table lists {sizes} sizes.")
    return {number: unit_cm * np.array(pairs, dtype=float) for number, pairs in found.items()}
