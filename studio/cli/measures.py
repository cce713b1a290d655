"""How measures are shown: rows for programs, a table for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from studio.body.tape import Measures
    from studio.twin.scan_tape import ScanCheck


def measure_rows(measures: Measures, checks: Sequence[ScanCheck] | None) -> dict[str, dict[str, Any]]:
    """Name -> ``cm``, ``clause``, ``uncertainty_cm``, and ``scan_check`` for girths where the twin's scan is there.

    A check holds ``scan_cm`` and ``twin_cm`` in the scan's pose, ``difference_cm`` (scan less twin; all three null where the scan shows too
    little of the tape), and ``coverage``, the share of the tape's directions that rest on data.
    """
    rows: dict[str, dict[str, Any]] = {
        item.name: {"cm": round(item.cm, 2), "clause": item.clause, "uncertainty_cm": round(item.uncertainty_m * 100, 2)} for item in measures
    }
    for check in checks or ():
        rows[check.name]["scan_check"] = {
            "scan_cm": _cm(check.scan_m),
            "twin_cm": _cm(check.twin_m),
            "difference_cm": _cm(check.difference_m),
            "coverage": round(check.coverage, 3),
        }
    return rows


def _cm(metres: float | None) -> float | None:
    return None if metres is None else round(metres * 100, 2)


def measure_table(rows: dict[str, dict[str, Any]], *, checked: bool) -> str:
    """The rows as text; with the tape on the scan beside them where it was read."""
    lines = [f"{'measure':<22}{'cm':>7}   {'+-':<5}{'ISO 8559-1':<11}" + (f"{'scan - twin, in the scan pose':>29}" if checked else "")]
    for name, row in rows.items():
        line = f"{name:<22}{row['cm']:>7.1f}   {row['uncertainty_cm']:<5.1f}{row['clause']:<11}"
        check = row.get("scan_check")
        if checked and check is not None:
            shown = f"{100 * check['coverage']:.0f} % shown"
            line += f"{check['difference_cm']:>+13.1f}   {shown:>13}" if check["difference_cm"] is not None else f"{'-':>13}   {shown:>13}"
        lines.append(line.rstrip())
    return "\n".join(lines)
