"""What the numbers at a level mean: too tight, tight, good, loose or too loose, and why, by thresholds that name their source."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from studio.specs.fitting import FittingSpec

Word = Literal["too tight", "tight", "good", "loose", "too loose"]
#: Strain round a level that is told where it is tight for another reason.
_WORTH_TELLING = 0.01
#: From what hinders most to what matters least: the verdict of a garment is that of its worst level.
SEVERITY: tuple[Word, ...] = ("too tight", "too loose", "tight", "loose", "good")


@dataclass(frozen=True)
class Target:
    """What was meant at a level. ease_cm: By the design. interval_cm: What two neighbouring sizes of the chart differ by there.
    spread_cm: How far people of one size differ there (standard deviation), 0 where the chart itself gives the measure. made_for_cm: The
    girth of the body that the size is drafted for; None where it was drafted for this one."""

    ease_cm: float
    interval_cm: float
    spread_cm: float
    made_for_cm: float | None


@dataclass(frozen=True)
class LevelNumbers:
    """A garment at a level; of one that was only drafted, what is worn is not a number. body_cm: Girth of the body. flat_cm, worn_cm: Of
    the pattern there, and of its cloth as it is stretched. tape_cm: Of a tape round the worn garment. ease_worn_cm: Worn, less body, less
    what the solver keeps between them. strain, strain_p95: Round the level. contact: Share of the line that touches. pressure_kpa: Mean
    where it does. beside_cm: How far down from the level it was read. target: None where nobody said what was meant. encloses: Whether the
    cloth has to go round the body there; a neckline finds its own height."""

    level: str
    measure: str
    body_cm: float
    flat_cm: float
    worn_cm: float = math.nan
    tape_cm: float = math.nan
    ease_worn_cm: float = math.nan
    strain: float = 0.0
    strain_p95: float = 0.0
    contact: float = 0.0
    pressure_kpa: float = 0.0
    beside_cm: float = 0.0
    target: Target | None = None
    encloses: bool = True

    @property
    def ease_cm(self) -> float:
        """Of the flat pattern: its girth less the body's."""
        return self.flat_cm - self.body_cm

    @property
    def ease_percent(self) -> float:
        """The same, of the body's girth."""
        return 100 * self.ease_cm / self.body_cm

    @property
    def needed(self) -> float:
        """Strain that the cloth needs to go round the body at all, as a share."""
        return max(-self.ease_cm / self.flat_cm, 0.0) if self.encloses else 0.0


@dataclass(frozen=True)
class Verdict:
    """word: How it fits. reason: Why, in one sentence. source: Of the threshold that decided."""

    word: Word
    reason: str
    source: str


def judge(numbers: LevelNumbers, *, limit: float, rules: FittingSpec) -> Verdict | None:
    """The verdict at a level; None where nothing hinders and nobody said what ease was meant. limit: Strain that the fabric is worn at.

    What the cloth bears comes first, for it is measured: strain, then pressure. Then ease, against what the design meant.
    """
    found = [verdict for verdict in (_by_strain(numbers, limit, rules), _by_pressure(numbers, rules), _by_ease(numbers, rules)) if verdict]
    tight = [verdict for verdict in found if verdict.word in ("too tight", "tight")]
    return min(tight or found, key=lambda verdict: SEVERITY.index(verdict.word), default=None)


def judge_region(strain_p95: float, over: float, kpa: float, *, limit: float, rules: FittingSpec) -> Verdict | None:
    """The verdict of a region of the body by what the cloth over it bears; None where that is little.

    strain_p95: 95 % of the cloth is stretched by less. over: Share of it that is stretched beyond what it is worn at, which is limit.
    kpa: Mean pressure where it touches.
    """
    found = _by_kpa(kpa, rules)
    if strain_p95 > rules.strain.tight_share * limit:
        far = strain_p95 > limit
        reason = (
            f"{over:.0%} of the cloth there is stretched beyond"
            if far
            else f"5% of the cloth there is stretched by {strain_p95:.1%} or more, of"
        )
        by_strain = Verdict(
            "too tight" if far else "tight", f"{reason} the {limit:.0%} that it is worn at.", _one_line(rules.strain.source)
        )
        return min((by_strain, *([found] if found else [])), key=lambda verdict: SEVERITY.index(verdict.word))
    return found


def worst(words: Iterable[Word]) -> Word:
    """The verdict of a garment from those of its levels."""
    return min(words, key=SEVERITY.index, default="good")


def _by_strain(numbers: LevelNumbers, limit: float, rules: FittingSpec) -> Verdict | None:
    source = _one_line(rules.strain.source)
    if numbers.needed > limit:
        reason = (
            f"the pattern is {-numbers.ease_cm:.1f} cm smaller than the body, so its cloth would have to stretch by {numbers.needed:.1%}, "
            f"and its fabric is worn at {limit:.0%}"
        )
        return Verdict("too tight", reason + ".", source)
    if numbers.strain_p95 > limit and numbers.strain > rules.strain.tight_share * limit:
        reason = f"the cloth is stretched by {numbers.strain:.1%} round the body, up to {numbers.strain_p95:.1%}, and worn at {limit:.0%}"
        return Verdict("too tight", f"{reason}; {_ease(numbers)}.", source)
    if numbers.strain > rules.strain.tight_share * limit:
        reason = (
            f"the cloth is stretched by {numbers.strain:.1%} round the body, more than half of the {limit:.0%} that its fabric is worn at"
        )
        return Verdict("tight", f"{reason}; {_ease(numbers)}.", source)
    return None


def _by_pressure(numbers: LevelNumbers, rules: FittingSpec) -> Verdict | None:
    found = _by_kpa(numbers.pressure_kpa, rules)
    return replace(found, reason=f"{found.reason.removesuffix('.')}; {_ease(numbers)}.") if found else None


def _by_kpa(kpa: float, rules: FittingSpec) -> Verdict | None:
    rule = rules.pressure
    if not kpa > rule.comfortable_kpa:
        return None
    over = kpa > rule.uncomfortable_kpa
    limit = rule.uncomfortable_kpa if over else rule.comfortable_kpa
    felt = "what is uncomfortable" if over else "what a band that sits well presses with"
    return Verdict("too tight" if over else "tight", f"it presses with {kpa:.2f} kPa, more than {felt}, {limit:g}.", _one_line(rule.source))


def _by_ease(numbers: LevelNumbers, rules: FittingSpec) -> Verdict | None:
    target = numbers.target
    if target is None:
        return None
    good = max(rules.ease.good_sizes * target.interval_cm, target.spread_cm)
    most = good * rules.ease.loose_sizes / rules.ease.good_sizes
    off = numbers.ease_cm - target.ease_cm
    meant = f"{_ease(numbers)}, and {target.ease_cm:+.1f} cm {'are' if target.made_for_cm is None else 'were'} meant"
    if target.made_for_cm is not None:
        meant += f" on a body of {target.made_for_cm:.1f} cm"
    if abs(off) <= good:
        return Verdict("good", f"{meant}: within {good:.1f} cm.", _one_line(rules.ease.source))
    sizes = f", {abs(off) / target.interval_cm:.1f} sizes" if target.interval_cm > 0 and math.isfinite(target.interval_cm) else ""
    side = "less" if off < 0 else "more"
    words: tuple[Word, Word] = ("tight", "too tight") if off < 0 else ("loose", "too loose")
    borne = f"; its cloth is stretched by {numbers.strain:.1%} round the body" if off < 0 and numbers.strain > _WORTH_TELLING else ""
    far = abs(off) > most and (off > 0 or numbers.ease_cm <= 0)  # what still has ease is tight at most
    return Verdict(words[far], f"{meant}: {abs(off):.1f} cm{sizes} {side}{borne}.", _one_line(rules.ease.source))


def _ease(numbers: LevelNumbers) -> str:
    return f"the pattern has {numbers.flat_cm:.1f} cm there and the body {numbers.body_cm:.1f}, an ease of {numbers.ease_cm:+.1f} cm"


def _one_line(text: str) -> str:
    return " ".join(text.split())
