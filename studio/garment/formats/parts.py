"""What each panel of a GarmentCode file is: a torso piece, a sleeve, a trouser leg, a skirt, a band, a collar, a hood.

The format says it in part. pygarment labels panels ``body``, ``arm`` or ``leg`` (one label for skirts and trousers), its garment programs
and the older templates name them after what they are (``left_sleeve_f``, ``wb_back``, ``rfsleeve``), and what neither tells is read off
the seams: shoulders make a torso, inseams make trouser legs.
"""

from __future__ import annotations

import re
from typing import Literal

import numpy as np

from studio.garment.formats.laid import Laid, Link
from studio.garment.pattern import Edge

Part = Literal["torso", "arm", "leg", "skirt", "band", "neck", "hood"]

#: Words in names, the first that is found decides. From pygarment's garment programs (sleeves.py, bands.py, pants.py, skirt_*.py,
#: collars.py, bodice.py) and the templates of Garment-Pattern-Generator, with the usual English words beside them.
_WORDS: tuple[tuple[str, Part], ...] = (
    (r"sleeve", "arm"), (r"hood", "hood"), (r"collar|turtle|lapel|neckband", "neck"), (r"(^|[^a-z])wb([^a-z]|$)|waist_?band|belt", "band"),
    (r"skirt|godet|flare|ruffle|gore", "skirt"), (r"pant|trouser|(^|[^a-z])leg([^a-z]|$)|shorts", "leg"),
    (r"torso|bodice|(^|[^a-z])top([^a-z]|$)", "torso"),
)  # fmt: skip

#: A strip round the waist over a skirt or trousers is a band: no higher than the first [cm], and wider than high by the second. Chosen: the
#: highest waistband that a design of the library may have; half a waist is six times as wide as that.
_BAND_CM, _STRIP = 12.0, 2.5

#: A cuff is of the limb it is sewn to.
_CUFF = re.compile(r"cuff", re.IGNORECASE)

#: A shoulder seam lies in the top quarter of its panel: 4 to 5 of 43 to 61 cm in the shared examples' torsos. Chosen: with room for
#: cropped ones.
_TOP_SHARE = 0.72

#: An inseam lies in the inner half of its panel; a leg reaches over the middle by no more than this share of its width (a seat seam may
#: lean over it: by 1 % in the examples).
_INNER, _OVER_MIDDLE = 0.5, 0.08

#: A sleeve's middle lies beyond this share of the garment's half width, and what it is sewn to within the second share of that: 0.67 and
#: more, 0.5 and less in the examples.
_OUT, _NEARER = 0.55, 0.65

#: Where no seam tells either, panels are torso pieces above this height of their top [cm], and skirts below: pygarment's mean body has its
#: waist at 109 of 172 cm above the floor; the older templates count from the middle of SMPL's body, their skirts' tops at -5, their
#: shoulders at 29.
_ABOVE_WAIST, _ABOVE_WAIST_OLD = 120.0, 8.0


def parts_of(panels: dict[str, Laid], links: dict[str, tuple[Link, ...]]) -> tuple[dict[str, Part], tuple[str, ...]]:
    """The part each panel is, by name, and the names of those of which neither the file nor a seam says it."""
    found = {name: part for name, panel in panels.items() if (part := _said(panel)) is not None}
    for name, panel in panels.items():
        if name not in found and not _CUFF.search(name) and (part := _sewn_as(panel, panels, links[name], found)) is not None:
            found[name] = part
    _cuffs(panels, links, found)
    rest = [name for name in panels if name not in found]
    torsos = {name for name in found if found[name] == "torso"}
    guessed = []
    for name in rest:
        beside = [panels[link.other] for link in links[name] if link.other in torsos]
        if not beside:
            guessed.append(name)
        found[name] = _from_torsos(panels[name], beside) if beside else _by_height(panels[name], panels)
    bands = [name for name in panels if found[name] == "skirt" and not _said(panels[name]) and _is_band(name, panels, links, found)]
    return found | dict.fromkeys(bands, "band"), tuple(name for name in guessed if name not in bands)


def hand_of(panel: Laid) -> Literal["left", "right"]:
    """The side of the body on which a panel lies."""
    return "left" if panel.centre[0] > 0 else "right"


def shoulder_edges(panel: Laid, panels: dict[str, Laid], links: tuple[Link, ...], parts: dict[str, Part]) -> list[Edge]:
    """The edges that join front and back over the shoulders: they run across, near the panel's top. parts: Those known so far."""
    low, high = panel.world[:, 1].min(), panel.world[:, 1].max()
    return [
        link.edge
        for link in links
        if parts.get(link.other) != "arm"
        and _faces_other_way(panel, panels[link.other])
        and panel.runs_across(link.edge)
        and panel.middle(link.edge)[1] > low + _TOP_SHARE * (high - low)
    ]


def _said(panel: Laid) -> Part | None:
    """What the file itself says: by label, then by name."""
    if panel.label == "arm":
        return "arm"
    for pattern, part in _WORDS:
        if re.search(pattern, panel.name, re.IGNORECASE):
            return part
    return None


def _sewn_as(panel: Laid, panels: dict[str, Laid], links: tuple[Link, ...], parts: dict[str, Part]) -> Part | None:
    """What the seams and the lie of the panel say."""
    if shoulder_edges(panel, panels, links, parts):
        return "torso"
    if _is_leg(panel, panels, links):
        return "leg"
    if panel.label == "leg":
        return "skirt"
    return "arm" if _is_arm(panel, panels, links) else None


def _is_leg(panel: Laid, panels: dict[str, Laid], links: tuple[Link, ...]) -> bool:
    x = panel.world[:, 0] * (1 if hand_of(panel) == "left" else -1)
    if x.min() < -_OVER_MIDDLE * np.ptp(x):
        return False
    return any(
        _faces_other_way(panel, panels[link.other])
        and not panel.runs_across(link.edge)
        and abs(panel.middle(link.edge)[0]) < _INNER * x.max()
        for link in links
    )


def _is_arm(panel: Laid, panels: dict[str, Laid], links: tuple[Link, ...]) -> bool:
    half = max(float(np.abs(each.world[:, 0]).max()) for each in panels.values())
    out = abs(float(panel.centre[0]))
    astride = panel.world[:, 0].min() < 0 < panel.world[:, 0].max()
    if astride or panel.faces_aside or out < _OUT * half:
        return False
    return any(abs(float(panels[link.other].centre[0])) < _NEARER * out for link in links)


def _is_band(name: str, panels: dict[str, Laid], links: dict[str, tuple[Link, ...]], found: dict[str, Part]) -> bool:
    panel = panels[name]
    height = float(np.ptp(panel.polygon[:, 1]))
    lower = [panels[link.other] for link in links[name] if found[link.other] in ("skirt", "leg")]
    return height <= _BAND_CM and panel.width > _STRIP * height and any(each.centre[1] < panel.centre[1] - height / 2 for each in lower)


def _faces_other_way(a: Laid, b: Laid) -> bool:
    return float(a.normal[2] * b.normal[2]) < -0.2


def _cuffs(panels: dict[str, Laid], links: dict[str, tuple[Link, ...]], found: dict[str, Part]) -> None:
    """Cuffs follow what they are sewn to, in place."""
    todo = [name for name in panels if name not in found and _CUFF.search(name)]
    while todo:
        known = [(name, found[link.other]) for name in todo for link in links[name] if link.other in found]
        if not known:
            return
        found.update(reversed(known))  # the first seam decides
        todo = [name for name in todo if name not in found]


def _from_torsos(panel: Laid, torsos: list[Laid]) -> Part:
    """A skirt below the torso pieces that it is sewn to, a collar above them."""
    return "skirt" if panel.centre[1] < min(float(torso.centre[1]) for torso in torsos) else "neck"


def _by_height(panel: Laid, panels: dict[str, Laid]) -> Part:
    """By a panel's height above the floor, or in the older body."""
    stands = min(float(each.world[:, 1].min()) for each in panels.values()) > -1.0
    top = float(panel.world[:, 1].max())
    return "torso" if top > (_ABOVE_WAIST if stands else _ABOVE_WAIST_OLD) else "skirt"
