"""What a reader of a twin's report should know before they rely on it: sentences, each with the number that it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from studio.body.tape import Measures
from studio.twin.nearness import Nearness
from studio.twin.report.words import words

#: Less of the scan than this within 30 mm of the twin is unusual. Measured: bodies in skin mode have 1.0; of two captures in loose trousers
#: one has 0.73, and one with ghost limbs 0.55.
_EXPLAINED = {"skin": 0.95, "clothed": 0.65}
#: Mean and 95th percentile of a good fit in skin mode [mm]. Measured: 0.7 to 1.1 and 1.9 to 4.1 on bodies of another model family and on a
#: made-up capture with 1 mm of noise; twice that is unusual.
_MEAN_MM, _P95_MM = 2.5, 8.0
#: Noise above which details of a surface are no longer the person's [mm]: what a hand-held structured-light scanner stays below.
_NOISE_MM = 2.5
#: Less of the whole skin, or of one part, than this and the rest is a guess. Soles that stand on the floor are a third of a foot.
_SHOWN_ALL, _SHOWN_PART = 0.85, 0.5
#: Smallest and largest of 6,068 people of 17 to 58 years [cm]: ANSUR II (NATICK TR-15/007, 2014), women and men together. The standard's
#: names stand for its dimensions stature, chest, waist (omphalion), buttock, thigh and calf circumference, crotch height, foot length.
_RANGE_CM = {
    "stature": (140.9, 199.3), "bust_girth": (69.5, 146.9), "waist_girth": (61.1, 137.9), "hip_girth": (73.7, 134.1),
    "thigh_girth": (41.2, 87.0), "calf_girth": (26.6, 52.3), "inside_leg": (61.0, 103.1), "head_girth": (50.0, 63.5),
    "foot_length": (19.8, 32.3),
}  # fmt: skip
#: Outside of that range by more than this share is unusual. Chosen: soldiers are neither the slimmest nor the heaviest of people.
_BEYOND = 0.08


@dataclass(frozen=True)
class Remark:
    """One thing to know. about: The subject in a word. level: ``warning`` where it can make a result wrong, else ``note``."""

    about: str
    text: str
    level: Literal["warning", "note"] = "warning"


def twin_warnings(
    facts: Mapping[str, Any], *, passed: bool, near: Nearness | None, measures: Measures | None, scan: Mapping[str, Any] | None = None
) -> tuple[Remark, ...]:
    """What should be known of a twin.

    facts: Of the twin's asset. passed: Whether it passed its gate. near: Against its scan, None where it has none. measures: None where
    the tape failed. scan: Facts of the scan.
    """
    mode = str(facts.get("mode", ""))
    found: list[Remark] = []
    failures, said = list(facts.get("failures") or ()), list(facts.get("remarks") or ())
    found += [Remark("gate", str(sentence)) for sentence in failures]
    if not passed and not failures:
        found.append(
            Remark("gate", "This twin failed its gate and is kept for inspection only: its pose or the scan is not what was assumed.")
        )
    found += [Remark("fit", str(sentence)) for sentence in said]
    if near is not None:
        found += [*_fit(near, mode), *_coverage(near, " ".join(map(str, (*failures, *said))))]
    found += [*_quality(facts), *_clothes(mode), *_unusual(measures), *_of_scan(scan or {})]
    return tuple(found)


def _fit(near: Nearness, mode: str) -> Iterable[Remark]:
    least = _EXPLAINED.get(mode, _EXPLAINED["clothed"])
    if near.explained < least:
        yield Remark(
            "explained",
            f"Only {100 * near.explained:.0f} % of the scan's points lie within 30 mm of the twin, where {100 * least:.0f} % are usual: "
            "look for remains of floor or room in the scan, a limb in the wrong place, or clothes that need --mode clothed.",
        )
    if mode == "skin" and (near.mean_mm > _MEAN_MM or near.percentile_mm(95) > _P95_MM):
        yield Remark(
            "distance",
            f"The scan lies {near.mean_mm:.1f} mm from the twin on average and {near.percentile_mm(95):.1f} mm at the 95th percentile, "
            f"where {_MEAN_MM:g} and {_P95_MM:g} mm are usual at most: the distance map shows where.",
        )


def _coverage(near: Nearness, said: str) -> Iterable[Remark]:
    """What the scan does not show. said: What the fit recorded already; parts that it names are not named again."""
    if near.shown < _SHOWN_ALL:
        yield Remark("coverage", f"The scan shows {100 * near.shown:.0f} % of the skin: the rest of the twin is the body model's guess.")
    lacking = [row for row in near.parts if row.shown < _SHOWN_PART and not _is_named(row.part, said)]
    unseen = [row for row in lacking if row.shown < 0.05]
    partly = [row for row in lacking if row.shown >= 0.05]
    if unseen:
        names = _listed([row.part for row in unseen])
        yield Remark("parts", f"The scan shows nothing of the {names}: shape and pose there are the body model's guess.")
    if partly:
        names = _listed([f"{row.part} ({100 * row.shown:.0f} %)" for row in partly])
        yield Remark("parts", f"The scan shows less than half of the {names}: what it does not show is the body model's guess.")


def _quality(facts: Mapping[str, Any]) -> Iterable[Remark]:
    noise, crossings = facts.get("noise_mm"), facts.get("offset_crossings")
    if noise is not None and noise > _NOISE_MM:
        yield Remark(
            "noise", f"The scan's points scatter by {noise:.1f} mm about their surface: detail below a few centimetres is smoothed away."
        )
    if crossings:
        yield Remark(
            "crossings",
            f"{crossings} pairs of triangles of the twin's surface cross each other because of its offsets: cloth may catch there.",
        )


def _clothes(mode: str) -> Iterable[Remark]:
    if mode == "clothed":
        yield Remark("clothes", "Fitted under clothes: girths are estimates of the body beneath, the less sure the looser the clothes are.")


def _unusual(measures: Measures | None) -> Iterable[Remark]:
    if measures is None:
        yield Remark("measures", "This body could not be measured by the tape: its measures are missing from this report.")
        return
    for name, (low, high) in _RANGE_CM.items():
        if name in measures and not (1 - _BEYOND) * low <= measures.cm(name) <= (1 + _BEYOND) * high:
            yield Remark(
                "measures",
                f"{words(name).capitalize()} is {measures.cm(name):.1f} cm, outside of what 6,068 measured adults have "
                f"({low:.0f} to {high:.0f} cm): check the scan's unit and the fit.",
            )


def _of_scan(scan: Mapping[str, Any]) -> Iterable[Remark]:
    for remark in scan.get("remarks", ()):
        yield Remark("scan", str(remark))
    if scan and not scan.get("floor_seen", True):
        yield Remark("floor", "The scan shows no floor: heights count from the lowest point of the twin, as it was fitted.", level="note")


def _is_named(part: str, text: str) -> bool:
    """Whether a sentence names a part, or both sides of it at once."""
    plural = f"{part.split()[-1]}s".replace("foots", "feet")
    return part in text or plural in text


def _listed(names: list[str]) -> str:
    """Names as they are said: "left hand, right hand and head"."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
