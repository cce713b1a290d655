"""Fabrics of which little is known: areal weight, hand and construction give the rest, each value with its uncertainty.

Bending comes from the cantilever survey of Feng, Huang, Xu, Wang (Learning-Based Bending Stiffness Parameter Estimation by a Drape Tester,
SIGGRAPH Asia 2022): 618 fabrics, 251 of them different, 15 to 870 g/m2. In it the bending length hardly depends on the weight and scatters
log-normally about a power of it, so the estimate is smooth in weight and has no classes. Membrane stiffness and thickness are medians of
the measured fabrics of the library.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any, get_args

from studio.errors import StudioError, did_you_mean
from studio.specs import base
from studio.specs.base import validate
from studio.specs.fabric import GRAVITY, KNITS, Construction, FabricAppearance, FabricMechanics, FabricSketch, FabricSpec, Hand

#: Bending length c [cm] of a medium cloth: exp(a) x (areal weight [g/m2])^b; least squares over the survey's 251 fabrics, median residual.
_LENGTH_LOG, _LENGTH_POWER = 0.2806, 0.0762
#: ln(c / medium c) of each hand: 10th, 50th and 90th percentile of the survey's residuals.
_HAND_LOG: dict[str, float] = {"soft": -0.3936, "medium": 0.0, "stiff": 0.3079}
_HAND_WORDS: dict[str, str] = {"soft": "10th", "medium": "50th", "stiff": "90th"}
#: 68 % of the fabrics of each third of the survey lie within this |ln(c / estimate)|.
_HAND_SPREAD: dict[str, float] = {"soft": 0.200, "medium": 0.063, "stiff": 0.145}
#: What a person calls soft is not a percentile. Chosen: hands are told apart to about a third of the survey's spread (0.28).
_HAND_DOUBT = 0.10
#: Rigidity of each direction over their mean in the survey, and 68 % of |ln| about it.
_WARP_SHARE, _WEFT_SHARE = (1.193, 0.216), (0.807, 0.357)

#: By kind: membrane stiffness along warp, along weft, in shear [N/m], wearable stretch [%]. Medians of the library's measured fabrics.
_MEMBRANE: dict[str, tuple[float, float, float, float]] = {
    "woven": (3455.0, 2822.0, 202.0, 5.0),
    "knit": (109.2, 74.0, 97.6, 20.0),
    "leather": (5000.0, 5000.0, 1000.0, 2.0),  # chosen: far stiffer than any drape feels; the stretch limit of leather goods
}
#: Warp, weft, shear: 68 % of the eight measured wovens lie within these factors of the medians. The four knits lie within 1.6, but four are
#: few: 2 is chosen.
_MEMBRANE_FACTORS: dict[str, tuple[float, float, float]] = {"woven": (1.9, 2.9, 4.3), "knit": (2.0, 2.0, 2.0), "leather": (3.0, 3.0, 3.0)}

#: Bulk density [g/cm3], and the factor it is known to. Wovens: 0.38 to 0.61 in Clyde et al. 2017 and 0.41 to 0.65 in Penava et al. 2014.
#: Knits, fleece and leather: chosen, usual values.
_BULK: dict[str, tuple[float, float]] = {
    "plain": (0.54, 1.2), "twill": (0.54, 1.2), "satin": (0.48, 1.2), "single-jersey": (0.30, 1.25), "interlock": (0.26, 1.25),
    "rib": (0.26, 1.25), "fleece": (0.12, 1.5), "leather": (0.65, 1.15),
}  # fmt: skip
#: Yarn pitch [mm] of 200 g/m2, and the power of the weight it goes with. Chosen: poplin, twill, denim and T-shirt jersey lie on it.
_PITCH: dict[str, tuple[float, float]] = {
    "plain": (0.40, 0.75), "twill": (0.42, 0.75), "satin": (0.20, 0.75), "single-jersey": (0.78, 0.5), "interlock": (0.75, 0.5),
    "rib": (0.90, 0.5), "fleece": (1.6, 0.3), "leather": (0.7, 0.3),
}  # fmt: skip
_FINEST_MM, _THICKEST_MM = 0.06, 9.0
#: Roughness, anisotropy, sheen. Chosen: those of the library's fabrics of that construction.
_FINISH: dict[str, tuple[float, float, float]] = {
    "plain": (0.80, 0.0, 0.10), "twill": (0.80, 0.0, 0.10), "satin": (0.40, 0.5, 0.15), "single-jersey": (0.88, 0.0, 0.25),
    "interlock": (0.88, 0.0, 0.25), "rib": (0.90, 0.0, 0.25), "fleece": (0.95, 0.0, 0.5), "leather": (0.45, 0.0, 0.0),
}  # fmt: skip
_FRICTION = (0.4, 1.3)  # cottons, wools and polyesters lie between 0.3 and 0.5
_STRETCH_FACTOR = 1.5

#: Colour of an estimate that names none, and the colours in which every estimate by name can be had.
PLAIN_COLOUR = "#d8d5cf"
COLOURWAYS = {
    "white": "#f2f1ee", "black": "#1d1d1f", "grey": "#8f9092", "navy": "#232d45", "beige": "#cdbfa6", "red": "#9c2a2f",
    "blue": "#4a6c9b", "green": "#4f6650",
}  # fmt: skip

#: ``g200``, ``g200-soft``, ``g200-soft-single-jersey``, ``g200-twill``.
_NAME = re.compile(r"^g(\d{2,4}(?:\.\d)?)((?:-[a-z]+)*)$")


def estimate_fabric(
    areal_weight_g_m2: float,
    hand: Hand = "medium",
    construction: Construction = "plain",
    *,
    colour: str = PLAIN_COLOUR,
    colourways: dict[str, str] | None = None,
    title: str | None = None,
    fibres: dict[str, float] | None = None,
    thickness_mm: float | None = None,
) -> FabricSpec:
    """A fabric from its areal weight, hand and construction: every mechanical property estimated, with its uncertainty.

    areal_weight_g_m2: 15 to 1500. hand: Among cloths of that weight. thickness_mm: Where it was measured.

    Raises StudioError for a weight, hand or construction that there is not.
    """
    sketch = {
        "title": title, "areal_weight_g_m2": areal_weight_g_m2, "hand": hand, "construction": construction, "colour": colour,
        "colourways": colourways or {}, "fibres": fibres, "thickness_mm": thickness_mm,
    }  # fmt: skip
    return estimate_sketch(validate(FabricSketch, sketch, source="the estimated fabric"))


def estimate_sketch(sketch: FabricSketch) -> FabricSpec:
    """The fabric that a sketch stands for, as `estimate_fabric`."""
    weight, hand, construction = sketch.areal_weight_g_m2, sketch.hand, sketch.construction
    mechanics, uncertainty = _mechanics(sketch)
    pitch_mm = max(_FINEST_MM, _PITCH[construction][0] * (weight / 200) ** _PITCH[construction][1])
    roughness, anisotropy, sheen = _FINISH[construction]
    appearance = FabricAppearance(
        construction=construction, yarn_pitch_mm=pitch_mm, roughness=roughness, anisotropy=anisotropy, sheen=sheen,
        colour=sketch.colour, colourways=sketch.colourways, print=sketch.print,
    )  # fmt: skip
    return FabricSpec(
        title=sketch.title or f"Estimated {hand} {construction.replace('-', ' ')}, {weight:g} g/m2",
        fibres=sketch.fibres or {"unknown": 100},
        mechanics=mechanics,
        appearance=appearance,
        source="Feng, Huang, Xu, Wang, Learning-Based Bending Stiffness Parameter Estimation by a Drape Tester, SIGGRAPH Asia 2022.",
        measured=("areal_weight_g_m2",) if sketch.thickness_mm is None else ("areal_weight_g_m2", "thickness_mm"),
        estimates=(
            f"Only weight, hand ({hand}) and construction were given. Bending is that of the {_HAND_WORDS[hand]} percentile of bending "
            "length in the survey at this weight; stretch, shear and thickness are medians of the library's measured fabrics of the kind; "
            "friction and wearable stretch are usual values."
        ),
        uncertainty=uncertainty,
    )


def _mechanics(sketch: FabricSketch) -> tuple[FabricMechanics, dict[str, float]]:
    weight, construction = sketch.areal_weight_g_m2, sketch.construction
    kind = "knit" if construction in (*KNITS, "fleece") else "leather" if construction == "leather" else "woven"
    warp, weft, shear, wearable = _MEMBRANE[kind]
    length_cm = math.exp(_LENGTH_LOG + _HAND_LOG[sketch.hand]) * weight**_LENGTH_POWER
    rigidity = weight / 1000 * GRAVITY * (length_cm / 100) ** 3
    doubt = 3 * math.hypot(_HAND_SPREAD[sketch.hand], _HAND_DOUBT)  # B goes with the cube of c
    density, density_factor = _BULK[construction]
    mechanics = FabricMechanics(
        areal_weight_g_m2=weight,
        thickness_mm=sketch.thickness_mm or min(weight / 1000 / density, _THICKEST_MM),
        bending_warp_n_m=rigidity * _WARP_SHARE[0],
        bending_weft_n_m=rigidity * _WEFT_SHARE[0],
        stretch_warp_n_m=warp,
        stretch_weft_n_m=weft,
        shear_n_m=shear,
        friction=_FRICTION[0],
        wearable_stretch_percent=wearable,
    )
    uncertainty = {
        "bending_warp_n_m": math.exp(math.hypot(doubt, _WARP_SHARE[1])),
        "bending_weft_n_m": math.exp(math.hypot(doubt, _WEFT_SHARE[1])),
        **dict(zip(("stretch_warp_n_m", "stretch_weft_n_m", "shear_n_m"), _MEMBRANE_FACTORS[kind], strict=True)),
        "friction": _FRICTION[1],
        "wearable_stretch_percent": _STRETCH_FACTOR,
    }
    if sketch.thickness_mm is None:
        uncertainty["thickness_mm"] = density_factor
    return mechanics, {name: round(factor, 3) for name, factor in uncertainty.items()}


def fabric_from(data: dict[str, Any], *, source: str) -> FabricSpec:
    """A fabric from plain data: a whole `FabricSpec`, or a `FabricSketch` where no ``mechanics`` are given. Raises StudioError."""
    if "mechanics" in data or "appearance" in data:
        return validate(FabricSpec, data, source=source)
    return estimate_sketch(validate(FabricSketch, data, source=source))


def load_fabric_file(path: Path) -> FabricSpec:
    """A fabric from a TOML file, whole or sketched. Raises StudioError that names the file and the key."""
    return fabric_from(base.load_toml(path), source=str(path))


def estimate_name(text: str, *, construction: Construction = "plain") -> str | None:
    """The full name of an estimate, for example ``g200-soft-interlock`` for ``g200-soft``; None where the text has not that form.

    construction: What is meant where the text names none: that of the garment's usual fabric.

    Raises StudioError for a hand or construction that there is not, and for a weight that no cloth has.
    """
    match = _NAME.match(text)
    if match is None:
        return None
    weight, words = float(match[1]), match[2].split("-")[1:]
    hand = words.pop(0) if words and words[0] in get_args(Hand) else "medium"
    named = "-".join(words) or construction
    known = get_args(Construction)
    if named not in known:
        hint = did_you_mean(words[0] if len(words) == 1 else named, [*known, *get_args(Hand)])
        raise StudioError(f"'{named}' in '{text}' is neither a hand nor a construction: {hint}")
    low, high = 15, 1500
    if not low <= weight <= high:
        raise StudioError(f"'{text}' asks for {weight:g} g/m2, and cloth has {low} to {high}.")
    return f"g{weight:g}-{hand}-{named}"


def estimate_named(name: str) -> FabricSpec | None:
    """The fabric of a name like ``g200-soft-interlock``, in the colours of `COLOURWAYS`; None where the name has not that form.

    Raises StudioError as `estimate_name`.
    """
    full = estimate_name(name)
    if full is None:
        return None
    weight, hand, construction = full[1:].split("-", 2)
    return estimate_fabric(float(weight), hand, construction, colourways=COLOURWAYS)
