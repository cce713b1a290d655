"""All sizes of a garment on one body: how much ease each would have, from its flat pattern, and which to take.

A level of the body lies on every size's pattern at the same distance from where the pattern hangs (the side neck point, the waist, the
shoulder), for all of them hang from the same body. That distance is read off the size that was draped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from studio.errors import StudioError
from studio.fit.points import inside_cm
from studio.fit.verdict import LevelNumbers, Target, Word, judge, worst
from studio.garment.catalog import draft, load_chart, load_garment, size_measures
from studio.garment.pattern import Pattern
from studio.specs.fitting import FittingSpec

#: The measures that decide a size, where the garment covers them: those that a chart gives itself. The others follow from them.
DECIDING = ("bust_girth", "waist_girth", "hip_girth")
#: A measure that no chart gives lies midway between two that it does, and how far people differ from that [cm]: chosen.
_BETWEEN, _BETWEEN_CM = {"high_hip_girth": ("waist_girth", "hip_girth")}, 3.0
#: Sizes of a chart whose bodies differ by less than this have no interval to count in [cm].
_LEAST_INTERVAL_CM = 0.1

#: Size, measure and flat girth [cm] to what was meant there.
TargetOfSize = Callable[[str, str, float], Target | None]


@dataclass(frozen=True)
class LevelOffsets:
    """Where a level lies on a pattern: for each panel that it crosses, the height over the point that the panel hangs from [cm].
    body_cm: The body's girth there."""

    level: str
    measure: str
    body_cm: float
    offsets_cm: Mapping[str, float]


@dataclass(frozen=True)
class SizeOnBody:
    """One size on the body. ease_cm: By level, from the flat pattern. sizes_off: By deciding level, how many sizes the body that it is
    made for is larger than this one. words: By level. word: The worst of them. needed: Most strain that a level needs to go round the
    body. goes_on: Whether that is no more than its cloth is worn at. refused: Why it cannot be drafted, else empty."""

    size: str
    ease_cm: Mapping[str, float]
    sizes_off: Mapping[str, float]
    words: Mapping[str, Word]
    word: Word
    needed: float = 0.0
    goes_on: bool = True
    refused: str = ""

    @property
    def off(self) -> float:
        """How many sizes it is off at its worst deciding level."""
        return max((abs(value) for value in self.sizes_off.values()), default=0.0)

    @property
    def blamed(self) -> tuple[str, ...]:
        """The levels that made its word; none where all are good."""
        return tuple(name for name, word in self.words.items() if word == self.word != "good")


@dataclass(frozen=True)
class SizeMatrix:
    """sizes: In their own order. best, second: Recommended, and next; empty where there is none. why: In one sentence."""

    sizes: tuple[SizeOnBody, ...]
    best: str
    second: str
    why: str


def flat_girth_cm(pattern: Pattern, offsets_cm: Mapping[str, float]) -> float | None:
    """What a pattern has at a level [cm]; None where it lacks one of the panels."""
    panels = {panel.name: panel for panel in pattern.panels}
    if not offsets_cm or not set(offsets_cm) <= set(panels):
        return None
    total = 0.0
    for name, offset in offsets_cm.items():
        corners, y = panels[name].polygon(), offset + panels[name].placement.at_cm[1]
        total += inside_cm(panels[name], (float(corners[:, 0].min()) - 1, y), (float(corners[:, 0].max()) + 1, y))
    return total if total > 0 else None


def made_for_cm(measure: str, *, chart: str, size: str) -> tuple[float, float] | None:
    """Girth of the body that a size is drafted for, and how far people of that size differ there [cm]; None where nobody knows."""
    own = size_measures(size, chart=chart)
    if measure in own:
        return own.cm(measure), 100 * own[measure].uncertainty_m
    if measure in _BETWEEN:
        return sum(own.cm(name) for name in _BETWEEN[measure]) / 2, _BETWEEN_CM
    return None


def interval_cm(measure: str, *, chart: str, size: str) -> float:
    """What neighbouring sizes of a chart differ by at a measure that it knows [cm]: the mean of both sides."""
    names = list(load_chart(chart).sizes)
    at = names.index(size)
    beside = [made_for_cm(measure, chart=chart, size=name) for name in names[max(at - 1, 0) : at + 2]]
    values = [found[0] for found in beside if found]
    return max((values[-1] - values[0]) / max(len(values) - 1, 1), _LEAST_INTERVAL_CM)


def target_at(flat_cm: float, measure: str, *, chart: str, size: str, eases: Mapping[str, float]) -> Target | None:
    """What a size of a chart was meant to have at a level where its pattern has ``flat_cm``; None where nobody knows.

    eases: What the design says, by measure [cm]. Where it is silent the pattern's own ease on the body that the size is drafted for counts.
    """
    made_for = made_for_cm(measure, chart=chart, size=size)
    if made_for is None:
        return None
    ease = eases.get(measure, flat_cm - made_for[0])
    return Target(ease, interval_cm(measure, chart=chart, size=size), made_for[1], made_for[0])


def chart_patterns(garment: str, chart: str) -> dict[str, Pattern | str]:
    """A garment of the library in every size of a chart; where one cannot be drafted, why."""
    found: dict[str, Pattern | str] = {}
    for size in load_chart(chart).sizes:
        try:
            found[size] = draft(load_garment(garment), size=size, chart=chart)
        except StudioError as error:
            found[size] = str(error)
    return found


def size_matrix(
    patterns: Mapping[str, Pattern | str], levels: Sequence[LevelOffsets], *, target_of: TargetOfSize, limit: float, rules: FittingSpec
) -> SizeMatrix:
    """Every size on a body. patterns: By size, or why there is none. limit: Strain that the fabric is worn at.

    The recommended size is the one whose worst deciding level is off by the fewest sizes, among those that go on; of sizes without a
    chart, the first that goes on.
    """
    rows = tuple(
        SizeOnBody(size, {}, {}, {}, "good", goes_on=False, refused=pattern) if isinstance(pattern, str)
        else _on_body(size, pattern, levels, target_of, limit, rules)
        for size, pattern in patterns.items()
    )  # fmt: skip
    ranked = sorted((row for row in rows if row.goes_on), key=lambda row: row.off)
    best, second = (ranked[k].size if len(ranked) > k else "" for k in (0, 1))
    return SizeMatrix(rows, best, second, _why(ranked))


def _on_body(
    size: str, pattern: Pattern, levels: Sequence[LevelOffsets], target_of: TargetOfSize, limit: float, rules: FittingSpec
) -> SizeOnBody:
    ease, off, words, needed = {}, {}, {}, 0.0
    for level in levels:
        flat = flat_girth_cm(pattern, level.offsets_cm)
        if flat is None:
            continue
        target = target_of(size, level.measure, flat)
        numbers = LevelNumbers(level.level, level.measure, level.body_cm, flat, target=target)
        verdict = judge(numbers, limit=limit, rules=rules)
        ease[level.level], needed = numbers.ease_cm, max(needed, numbers.needed)
        if verdict:
            words[level.level] = verdict.word
        if target and target.made_for_cm and level.measure in DECIDING:
            off[level.level] = (target.made_for_cm - level.body_cm) / target.interval_cm
    return SizeOnBody(size, ease, off, words, worst(words.values()), needed, needed <= limit)


def _why(ranked: Sequence[SizeOnBody]) -> str:
    if not ranked:
        return "No size goes on this body without asking more of the cloth than it is worn at."
    best = ranked[0]
    if not best.sizes_off:
        return f"{best.size} is the first that goes on; a chart decides by bust, waist and hip, and here none of them is known."
    text = f"{best.size} comes nearest: {_furthest(best)}"
    if best.off > 1.0:
        text = f"No size is made for this body. {text}"
    if len(ranked) > 1:
        text += f". Next {ranked[1].size}: {_furthest(ranked[1])}"
    return text + "."


def _furthest(row: SizeOnBody) -> str:
    level, off = max(row.sizes_off.items(), key=lambda item: abs(item[1]))
    if abs(off) < 0.05:
        return "it is made for a body like this one"
    return f"at its worst, the {level}, it is made for a body {abs(off):.1f} sizes {'larger' if off > 0 else 'smaller'}"
