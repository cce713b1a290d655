"""One plain sentence for those who do not see the picture, from what the store knows. Of the person it says nothing at all."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from studio.deliver.colour_words import colour_word
from studio.deliver.origin import Origin, WornGarment

#: What assistive technology reads at one go, and what IPTC recommends at most [characters].
MOST_CHARACTERS = 250

#: The poses of the library in words; a pose that is not of the library is called by its name.
_POSES = {
    "a": "standing with arms held slightly away", "t": "standing with arms straight out to the sides",
    "arms-out": "standing with arms away from the body",
    "attention": "standing upright with arms at the sides", "front": "standing upright", "relaxed": "standing relaxed",
    "hand-on-hip": "standing with one hand on the hip", "over-shoulder": "standing and looking back over one shoulder",
    "seated": "sitting upright", "stride": "standing with one foot forward", "walk": "walking",
    "arms-crossed": "standing with arms crossed", "back": "standing turned away", "contrapposto": "standing with the weight on one leg",
    "hand-at-collar": "standing with one hand at the collar", "hand-in-hair": "standing with one hand in the hair",
    "hands-behind": "standing with hands behind the back", "hands-in-front": "standing with hands joined in front",
    "hands-on-hips": "standing with both hands on the hips", "in-pocket": "standing with one hand at the pocket",
    "jacket-over-shoulder": "standing with one hand over the shoulder", "leaning": "leaning", "looking-down": "standing and looking down",
    "profile": "standing in profile", "reach-up": "reaching up with one arm", "seated-side": "sitting sideways",
    "step-up": "with one foot on a step", "three-quarter": "standing turned a little aside", "walk-away": "walking away",
}  # fmt: skip
_FRAMINGS = {
    "full": " in full figure", "three-quarter": ", from mid-thigh up", "half": ", from the waist up", "portrait": ", from the chest up",
}  # fmt: skip
_PLACES = {"white": "on plain white", "cyclorama": "in a studio", "loft": "in a loft with tall windows", "desert": "on desert sand"}
#: From which side, by the azimuth in steps of 45 degrees: 90 is the subject's left.
_SIDES = (
    "from the front", "from the front left", "from the left side", "from behind on the left", "from behind", "from behind on the right",
    "from the right side", "from the front right",
)  # fmt: skip
#: What in a fabric's title says nothing to people who read the sentence: its weight, and the names of estimates.
_MEASURE = re.compile(r",.*$|^Estimated .*$")


def alt_text(origin: Origin, *, shown: Sequence[bool] | None = None) -> str:
    """What is worn, of which cloth and colour, in which pose, from where, before what. Where it gets long, cloth and set are left out.

    shown: For each garment whether it is in the picture; all are without it. Of a portrait the pose is not told.
    """
    worn = origin.worn
    if worn is not None and shown is not None:
        worn = tuple(garment for garment, is_shown in zip(worn, shown, strict=True) if is_shown)
    pose = "" if origin.camera.get("framing") == "portrait" else _pose(origin.pose)
    figure = ", ".join(part for part in (pose, _view(origin.camera)) if part)
    ground = _ground(origin.set)
    for clothes in (_clothes(worn, fabrics=True), _clothes(worn, fabrics=False)):
        for parts in ((clothes, figure, ground), (clothes, figure)):
            text = ", ".join(part for part in parts if part) + "."
            if len(text) <= MOST_CHARACTERS:
                return text
    return text[: MOST_CHARACTERS - 1].rsplit(" ", 1)[0].rstrip(",") + "…"


def title_of(origin: Origin, article: str) -> str:
    """The picture's title: its article and its view."""
    return f"{article}, {origin.view}"


def _clothes(worn: Sequence[WornGarment] | None, *, fabrics: bool) -> str:
    if not worn:
        return "A virtual model"
    outermost_first = [_garment(garment, fabric=fabrics) for garment in reversed(worn)]
    *first, last = outermost_first
    return "A virtual model wears " + (f"{', '.join(first)} and {last}" if first else last)


def _garment(garment: WornGarment, *, fabric: bool) -> str:
    words = []
    if garment.colour is not None:
        words.append(colour_word(garment.colour, name=garment.colourway))
    if garment.printed:
        words.append("printed")
    words.append(_small(garment.title))
    text = " ".join(words)
    cloth = _small(_MEASURE.sub("", garment.fabric_title or "")) if fabric else ""
    cloth = f" in {cloth}" if cloth else ""
    last = text.rsplit(" ", 1)[-1]
    if garment.kind == "shoe" or (last.endswith("s") and not last.endswith("ss")):  # trousers, shorts, sneakers: more than one by nature
        return text + cloth
    return f"{'an' if text[0].lower() in 'aeiou' else 'a'} {text}{cloth}"


def _small(title: str) -> str:
    """A title inside a sentence: it loses its first capital, unless it is T-shirt, A-line or a name in capitals."""
    title = title.replace("_", " ").strip()
    return title[:1].lower() + title[1:] if title[1:2].islower() and title.split(" ")[0][1:].islower() else title


def _pose(pose: str | None) -> str:
    return "" if pose is None else _POSES.get(pose, f"in the pose {pose.replace('-', ' ')}")


def _view(camera: Mapping[str, Any]) -> str:
    if "azimuth_deg" not in camera:
        return ""
    side = _SIDES[round(float(camera["azimuth_deg"]) / 45) % 8]
    framing = str(camera.get("framing"))
    if framing.startswith("detail:"):
        return f"{framing.removeprefix('detail:')} in detail, seen {side}"
    return f"seen {side}{_FRAMINGS.get(framing, '')}"


def _ground(studio_set: Mapping[str, Any]) -> str:
    kind, backdrop = studio_set.get("kind"), studio_set.get("backdrop")
    if kind in _PLACES:
        return _PLACES[kind]
    if kind == "street":
        return "in a street at night" if studio_set.get("neon") else "in a street"
    if kind not in {"sweep", "room"} or not isinstance(backdrop, Mapping):
        return ""
    colour = colour_word(str(backdrop["colour"]))
    return (
        f"on {colour} paper" if kind == "sweep" else f"before a {colour} {backdrop.get('finish', 'plain')} wall".replace("a off", "an off")
    )
