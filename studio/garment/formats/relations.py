"""Sewing relations beside a pattern file: ``seams.toml`` says what DXF cannot, which edges are sewn and where pieces go on the body.

::

    [pieces.front]                # what the panel is called from now on
    piece = "FRONT"               # what the DXF calls it; its own name where left out
    region = "torso"
    side = "front"
    landmark = "side_neck"
    at_edge = ["e5", 0.5]         # the middle of its edge e5 goes there

    [pieces.sleeve_right]
    piece = "SLEEVE"
    mirrored = true               # the DXF draws the left one
    region = "right_arm"
    side = "around"
    landmark = "right_shoulder"
    split = { e3 = ["n1"] }       # at its first notch: e3a and e3b

    [[seams]]
    a = ["front", "e3"]
    b = ["back", "e2-e4"]         # three edges in a row, sewn as one

Edges are numbered ``e1``, ``e2``, ... counter-clockwise from the corner that lies farthest down and left in the piece as it is drawn.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from studio.errors import StudioError, did_you_mean
from studio.garment.pattern import Region, Side
from studio.specs.base import Spec, load_spec

#: Limits. Chosen: a tailored jacket has 40 pieces and 150 seams.
_MOST_PIECES, _MOST_SEAMS, _FAR_CM = 200, 2000, 1000.0


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _point(value: object) -> bool:
    return isinstance(value, list | tuple) and len(value) == 2 and all(_number(each) and abs(each) <= _FAR_CM for each in value)


def _cuts(value: object) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(each, str) or (_number(each) and 0 < each < 1) for each in value)


def _meant(fits: Callable[[Any], bool], words: str) -> BeforeValidator:
    """Refuse what is none of a union's kinds in plain words; pydantic would name every kind of its own."""

    def check(value: object) -> object:
        if not all(fits(each) for each in (value.values() if isinstance(value, dict) else [value])):
            raise ValueError(words)
        return value

    return BeforeValidator(check)


Name = Annotated[str, Field(min_length=1, max_length=80)]
At = tuple[float, float]
SomeAt = Annotated[At | dict[str, At], _meant(_point, "this is a point [x, y] in cm, for all sizes or for each, as { M = [0, 12] }")]
Share = Annotated[
    float | dict[str, float],
    _meant(lambda value: _number(value) and 0 < value <= 1, "this is a share above 0, 1 at most, for all sizes or for each"),
]
Ease = Annotated[
    float | dict[str, float],
    _meant(lambda value: _number(value) and -0.9 < value <= 5, "this is a share such as 0.05, for all sizes or for each"),
]
Cuts = Annotated[
    dict[Name, tuple[float | Name, ...]],
    _meant(_cuts, 'this lists shares between 0 and 1 and notches for edges, as { e3 = [0.5, "n1"] }'),
]


class PieceRelation(Spec):
    """A panel that is made from a piece of the DXF.

    piece: The DXF's name of it, in any case; the panel's own name where left out.
    mirrored: The other hand: the piece as drawn, reflected. turn_deg: How far the drawn piece is turned counter-clockwise to stand as it
    is worn, top up; AccuMark lays pieces on their side.
    fold: A half piece is unfolded at this edge (its number in the half); not needed where the file draws a mirror line.
    seam_allowance_cm: What the file's cut lines lie outside of its sewing lines, where it has no sewing lines.
    region, side, landmark, share: See `studio.garment.pattern.Placement`; the share is one for all sizes or one for each. folded_over: Its
    ``turned``.
    at_cm: The point of the drawn piece that goes to the landmark [cm], one for all sizes or one for each. at_edge: The same as an edge and
    a share of its length. Both left out: the middle of the piece's top.
    split: Edges that are cut, each at shares of its length (0 to 1) or at notches (``n1`` is its first): ``e3`` becomes e3a, e3b.
    edges: Names for edges or runs of edges, such as ``hem = "e1"`` or ``side = "e2-e4"``.
    """

    piece: Name | None = None
    mirrored: bool = False
    turn_deg: Annotated[float, Field(ge=-360, le=360)] = 0.0
    fold: Name | None = None
    seam_allowance_cm: Annotated[float, Field(ge=0, le=5)] | None = None
    region: Region = "torso"
    side: Side = "front"
    landmark: Name = "side_neck"
    share: Share = 1.0
    folded_over: bool = False
    at_cm: SomeAt | None = None
    at_edge: tuple[Name, Annotated[float, Field(ge=0, le=1)]] | None = None
    cloth: Literal["main", "rib"] = "main"
    split: Cuts = Field(default_factory=dict)
    edges: dict[Name, Name] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_place(self) -> PieceRelation:
        if self.at_cm is not None and self.at_edge is not None:
            raise ValueError("give at_cm or at_edge, not both")
        return self


class SeamRelation(Spec):
    """Two edges that are sewn together: panel and edge, run of edges or name of an edge.

    ease: How much longer ``b`` is than ``a``, as a share, one for all sizes or one for each; left out, it is what the two lengths make it,
    up to a limit.
    turned: Right side to wrong side: the start of ``a`` goes to the start of ``b``, not to its end.
    """

    a: tuple[Name, Name]
    b: tuple[Name, Name]
    ease: Ease | None = None
    turned: bool = False


class RelationsSpec(Spec):
    """A ``seams.toml``. unit: What the DXF's numbers are, where it states none or a wrong one."""

    unit: Literal["mm", "cm", "inch"] | None = None
    pieces: Annotated[dict[Name, PieceRelation], Field(min_length=1, max_length=_MOST_PIECES)]
    seams: Annotated[tuple[SeamRelation, ...], Field(max_length=_MOST_SEAMS)] = ()


@dataclass(frozen=True)
class Relations:
    """Sewing relations and what the user calls the file they stand in."""

    source: str
    spec: RelationsSpec

    def edges_of(self, panel: str) -> tuple[str, ...]:
        """What the seams call the edges of a panel, each once."""
        ends = [end for seam in self.spec.seams for end in (seam.a, seam.b)]
        return tuple(dict.fromkeys(edge for name, edge in ends if name == panel))


def read_relations(path: Path) -> Relations:
    """Read a ``seams.toml``. Raises StudioError for what is missing or malformed, and for seams of panels that it does not list."""
    spec = load_spec(RelationsSpec, path)
    for seam in spec.seams:
        for panel, edge in (seam.a, seam.b):
            if panel not in spec.pieces:
                raise StudioError(f"{path}: a seam names the edge '{edge}' of '{panel}': {did_you_mean(panel, spec.pieces)}")
    return Relations(str(path), spec)


def toml_text(spec: RelationsSpec) -> str:
    """The relations as a TOML file; what has its usual value is left out. Equal relations give equal text."""
    parts = [f"unit = {_value(spec.unit)}\n"] if spec.unit else []
    for name, piece in spec.pieces.items():
        values = piece.model_dump(exclude_defaults=True)
        named = values.pop("edges", {})
        parts.append(_table(f"[pieces.{_key(name)}]", values))
        if named:
            parts.append(_table(f"[pieces.{_key(name)}.edges]", named))
    parts += [_table("[[seams]]", seam.model_dump(exclude_defaults=True)) for seam in spec.seams]
    return "\n".join(parts)


def _table(heading: str, values: Mapping[str, object]) -> str:
    return "\n".join([heading, *(f"{_key(key)} = {_value(value)}" for key, value in values.items()), ""])


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _string(name)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, int | float):
        if not math.isfinite(value):
            raise StudioError(f"{value} cannot stand in sewing relations; it is no length, angle or share.")
        return repr(float(value))
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(str(key))} = {_value(each)}" for key, each in value.items()) + " }"
    if isinstance(value, tuple | list):
        return "[" + ", ".join(_value(each) for each in value) + "]"
    raise TypeError(f"no TOML for {type(value).__name__}")


def _string(text: str) -> str:
    """A basic string: TOML escapes backslash, quotation mark and control characters."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(f"\\u{ord(c):04x}" if ord(c) < 0x20 or ord(c) == 0x7F else c for c in escaped) + '"'
