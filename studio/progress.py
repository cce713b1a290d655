"""How a long stage tells how far it is: it calls ``report(label, fraction)``; the CLI draws, everyone else stays silent."""

from __future__ import annotations

from collections.abc import Callable

#: ``report(label, fraction)``: what is being done, and how much of the whole stage is done, 0 to 1.
Report = Callable[[str, float], None]


def silent(label: str, fraction: float) -> None:
    """The report of library use and tests: says nothing."""


def within(report: Report, start: float, stop: float) -> Report:
    """A report for a part of a stage: its 0 to 1 is ``start`` to ``stop`` of the whole."""

    def scaled(label: str, fraction: float) -> None:
        report(label, start + (stop - start) * fraction)

    return scaled
