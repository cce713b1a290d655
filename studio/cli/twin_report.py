"""twin report, twin history and diff: what people read about twins."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

import typer

from studio.cli.app import app
from studio.cli.session import Session
from studio.cli.twin import twin
from studio.errors import StudioError
from studio.store.refs import Ref

TwinRef = Annotated[str, typer.Argument(help="twin/NAME or twin/NAME@VERSION.")]


@twin.command("report")
def report(
    context: typer.Context,
    ref: TwinRef,
    out: Annotated[Path, typer.Option("--out", help="An .html file, or a folder for it.")] = Path(),
) -> None:
    """Write one HTML page: scan and twin side by side, distance maps, measures, warnings."""
    from studio.twin.report.sheet import report_twin

    session: Session = context.obj
    with session.progress() as told:
        written = report_twin(session.open_store(), Ref.parse(ref, kind="twin"), out=out, report=told)
    near = written.near
    result = {
        "ref": str(written.ref),
        "file": str(written.file),
        "warnings": [remark.text for remark in written.remarks if remark.level == "warning"],
        "notes": [remark.text for remark in written.remarks if remark.level == "note"],
        "distances": None if near is None else {key: _rounded(value) for key, value in near.facts().items()},
    }
    lines = [f"{written.ref}  {written.file}", *(f"  {remark.level}: {remark.text}" for remark in written.remarks)]
    session.answer(result, "\n".join(lines))


@twin.command("history")
def history(
    context: typer.Context,
    ref: TwinRef,
    out: Annotated[Path | None, typer.Option("--out", help="An .svg or .html file for the plot.")] = None,
) -> None:
    """List the versions of a twin with their measures, and plot how these changed."""
    from studio.twin.history import KEY_MEASURES, twin_history
    from studio.twin.report.past import cells_cm, history_file, write_history

    session: Session = context.obj
    asked = Ref.parse(ref, kind="twin")
    if out is not None:
        history_file(asked, out=out)  # refused before anything is measured
    with session.progress() as told:
        versions = twin_history(session.open_store(), asked, report=told)
    file = None if out is None else write_history(versions, out=out)
    rows = [
        {
            "ref": str(version.ref),
            "created_at": version.created_at.isoformat(timespec="milliseconds"),
            "made": version.made,
            "passed": version.passed,
            "measures": {
                item.name: {"cm": round(item.cm, 2), "uncertainty_cm": round(100 * item.uncertainty_m, 2)}
                for item in version.measures or ()
            },
        }
        for version in versions
    ]
    width = max(len(str(version.ref)) for version in versions)
    heads = "".join(f"{name.removesuffix('_girth'):>10}" for name in KEY_MEASURES)
    lines = [f"{'':<{width}}  {'published':<17} {'made by':<9}{heads}  cm"]
    lines += [
        f"{version.ref!s:<{width}}  {version.created_at:%Y-%m-%d %H:%M}  {version.made:<9}"
        + "".join(f"{cell:>10}" for cell in cells_cm(version))
        + ("" if version.passed else "  failed")
        for version in versions
    ]
    session.answer({"versions": rows, "file": None if file is None else str(file)}, "\n".join([*lines, *([str(file)] if file else [])]))


@app.command()
def diff(
    context: typer.Context,
    before: Annotated[str, typer.Argument(help="kind/NAME@VERSION.")],
    after: Annotated[str, typer.Argument(help="kind/NAME@VERSION.")],
    out: Annotated[Path | None, typer.Option("--out", help="For twins: an .html page, or a .png with the map of what moved.")] = None,
) -> None:
    """Show what changed between two assets: twins by their measures and surface, others by what is recorded of them."""
    session: Session = context.obj
    store = session.open_store()
    first, second = (store.resolve(Ref.parse(ref)) for ref in (before, after))
    if first.ref.kind != second.ref.kind:
        raise StudioError(f"{first.ref} is a {first.ref.kind} and {second.ref} a {second.ref.kind}: name two assets of one kind.")
    if first.ref.kind == "twin":
        _diff_twins(session, store, first.ref, second.ref, out)
        return
    if out is not None:
        raise StudioError(f"A change between two {first.ref.kind}s is not drawn, only listed: leave --out away, or compare two twins.")
    from studio.store.changes import changes

    rows = changes(first, second)
    result = {"before": str(first.ref), "after": str(second.ref), "facts": _facts(rows)}
    session.answer(result, "\n".join(_fact_lines(rows)) or f"{first.ref} and {second.ref} say the same.")


def _diff_twins(session: Session, store, before: Ref, after: Ref, out: Path | None) -> None:
    from studio.twin.compare import compare_twins
    from studio.twin.report.change import change_file, write_change

    if out is not None:
        change_file(before, after, out=out)  # refused before anything is measured
    with session.progress() as told:
        change = compare_twins(store, before, after, report=told)
    file = None if out is None else write_change(change, out=out)
    result = {
        "before": str(change.before),
        "after": str(change.after),
        "measures": {
            row.name: {
                "before_cm": _rounded(row.before_cm),
                "after_cm": _rounded(row.after_cm),
                "change_cm": _rounded(row.change_cm),
                "uncertainty_cm": _rounded(row.uncertainty_cm),
                "beyond_uncertainty": row.beyond_uncertainty,
            }
            for row in change.measures
        },
        "surface_mm": _surface(change.whole) | {"parts": {row.part: _surface(row) for row in change.parts}},
        "pose_deg": {name: _rounded(angle) for name, angle in change.turned_deg},
        "facts": _facts(change.facts),
        "file": None if file is None else str(file),
    }
    session.answer(result, "\n".join([*_change_lines(change), *([str(file)] if file else [])]))


def _change_lines(change) -> list[str]:
    """A change as a table for a terminal."""
    from studio.twin.report.words import cm

    lines = [f"{change.before} to {change.after}", "", f"{'measure, cm':<22}{'before':>9}{'after':>9}{'change':>9}"]
    for row in change.measures:
        values = f"{cm(row.before_cm):>9}{cm(row.after_cm):>9}{cm(row.change_cm, signed=True):>9}"
        lines.append(f"{row.name:<22}{values}{f'  * more than {row.uncertainty_cm:.1f}' if row.beyond_uncertainty else ''}")
    lines += [
        "* changed by more than both uncertainties together",
        "",
        f"{'skin moved, mm':<22}{'mean':>9}{'p95':>9}{'max':>9}{'outward':>9}",
    ]
    lines += [f"{row.part:<22}{row.mean:>9.2f}{row.p95:>9.2f}{row.max:>9.2f}{row.outward:>+9.2f}" for row in (change.whole, *change.parts)]
    if change.turned_deg:
        turned = ", ".join(f"{name} {angle:.0f}" for name, angle in change.turned_deg[:6])
        lines += ["", f"joints turned in the scan's pose, degrees: {turned}"]
    return [*lines, "", *_fact_lines(change.facts)] if change.facts else lines


def _surface(row) -> dict[str, float | None]:
    return {name: _rounded(getattr(row, name)) for name in ("mean", "p95", "max", "outward")}


def _facts(rows) -> dict[str, dict[str, object]]:
    return {row.name: {"before": row.before, "after": row.after} for row in rows}


def _fact_lines(rows) -> list[str]:
    width = max((len(row.name) for row in rows), default=0)
    return [f"{row.name:<{width}}  {_said(row.before)} -> {_said(row.after)}" for row in rows]


def _said(value: object) -> str:
    return "-" if value is None else str(value)


def _rounded(value: float) -> float | None:
    """To a hundredth, as a tape is read; None where there is no number, which JSON does not have."""
    return round(value, 3) if math.isfinite(value) else None
