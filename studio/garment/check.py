"""What is to be said of a pattern before it is sewn: its pieces, its seams, and seams whose sides are not of one length."""

from __future__ import annotations

from dataclasses import dataclass

from studio.garment.pattern import Pattern

#: Sides of a seam that differ by more than this without a word are worth one [cm]: what pygarment warns of (garmentcode/connector.py).
UNEQUAL_CM = 0.3


@dataclass(frozen=True)
class CheckedPanel:
    """name, its area [cm2] with holes taken out, and how many edges it has."""

    name: str
    area_cm2: float
    edges: int


@dataclass(frozen=True)
class CheckedSeam:
    """a, b: Panel and edge, with a dot between. a_cm, b_cm: Lengths. ease: By how much b is longer, as a share of a."""

    a: str
    b: str
    a_cm: float
    b_cm: float
    ease: float
    right_wrong: bool


@dataclass(frozen=True)
class PatternCheck:
    """mismatches: Seams whose sides differ by more than a thread, longest difference first; empty for a drafted pattern, where the
    draft means its ease."""

    panels: tuple[CheckedPanel, ...]
    seams: tuple[CheckedSeam, ...]
    mismatches: tuple[CheckedSeam, ...]

    @property
    def cloth_m2(self) -> float:
        """Area of all panels [m2]."""
        return sum(panel.area_cm2 for panel in self.panels) / 1e4


def check_pattern(pattern: Pattern, *, drafted: bool) -> PatternCheck:
    """Look a pattern over. drafted: It comes from a block, so that its seams match by design; files may say anything."""
    panels = tuple(CheckedPanel(panel.name, round(panel.area_cm2(), 1), len(panel.edges)) for panel in pattern.panels)
    seams = tuple(
        CheckedSeam(".".join(seam.a), ".".join(seam.b), round(a, 2), round(b, 2), seam.ease, seam.right_wrong)
        for seam, a, b in pattern.seam_lengths()
    )
    unequal = [] if drafted else [seam for seam in seams if abs(seam.b_cm - seam.a_cm) > UNEQUAL_CM]
    return PatternCheck(panels, seams, tuple(sorted(unequal, key=lambda seam: -abs(seam.b_cm - seam.a_cm))))
