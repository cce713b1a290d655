"""twin fit, measure, export: a scan becomes a persistent, posable person."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from studio.cli.app import app
from studio.cli.options import Again, Name
from studio.cli.session import Session
from studio.store.refs import Ref

twin = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Twins: rigged SMPL-X avatars of scanned people.")
app.add_typer(twin, name="twin")


@twin.command("fit")
def fit(
    context: typer.Context,
    scan: Annotated[str, typer.Argument(help="scan/NAME.")],
    name: Name = None,
    body: Annotated[str, typer.Option("--body", help="open (default) or smplx (your own licensed weights).")] = "open",
    mode: Annotated[
        str, typer.Option("--mode", help="skin: the scan shows skin or tight clothes; clothed: the body under clothes.")
    ] = "skin",
    landmarks: Annotated[
        Path | None,
        typer.Option("--landmarks", help="JSON or CSV of landmarks, Kinect v2, COCO or OpenPose joints, in the scan file's coordinates."),
    ] = None,
    again: Again = False,
) -> None:
    """Fit the body model to a scan and publish the twin."""
    from studio.errors import GateFailed
    from studio.specs.base import validate
    from studio.specs.fit import FitSpec
    from studio.twin.stage import fit_twin

    session: Session = context.obj
    spec = validate(FitSpec, {"body": body, "mode": mode}, source="twin fit")
    with session.progress() as report:
        production = fit_twin(
            session.open_store(), Ref.parse(scan, kind="scan"), name=name, spec=spec, landmarks=landmarks, report=report, again=again
        )
    facts = production.asset.facts
    result = {key: facts[key] for key in ("scan_to_twin_mm", "parameters_only_mm", "iterations", "coverage", "remarks")}
    distance, parameters = facts["scan_to_twin_mm"], facts["parameters_only_mm"]
    session.answer_produced(
        production,
        result,
        f"{mode}: scan to twin {distance['mean']:.2f} mm mean, {distance['median']:.2f} median, {distance['p95']:.2f} p95 "
        f"({parameters['mean']:.2f} mm mean with parameters alone); the scan shows {100 * facts['coverage']:.0f} % of the body",
    )
    for remark in facts["remarks"]:
        session.say(remark)
    if not production.asset.passed:
        raise GateFailed(f"{production.asset.ref} is kept and marked failed: {' '.join(facts['failures'])}")


@twin.command("measure")
def measure(context: typer.Context, ref: Annotated[str, typer.Argument(help="twin/NAME.")]) -> None:
    """Take a twin's measures by ISO 8559-1."""
    from studio.twin.measure import measure_twin

    session: Session = context.obj
    store = session.open_store()
    asset = store.resolve(Ref.parse(ref, kind="twin"))
    measures = measure_twin(store, asset.ref)
    rows = {
        item.name: {"cm": round(item.value_m * 100, 2), "clause": item.clause, "uncertainty_cm": round(item.uncertainty_m * 100, 2)}
        for item in measures
    }
    text = "\n".join(f"{name:<22}{row['cm']:>8.1f} cm  +-{row['uncertainty_cm']:.1f}   {row['clause']}" for name, row in rows.items())
    session.answer({"ref": str(asset.ref), "measures": rows}, text)


@twin.command("export")
def export(
    context: typer.Context,
    ref: Annotated[str, typer.Argument(help="twin/NAME.")],
    file: Annotated[Path, typer.Argument(help="A .ply, .obj or .npz file to write.")],
    pose: Annotated[str, typer.Option("--pose", help="scan (in the scan's own coordinates), a, t, or a pose of the library.")] = "scan",
) -> None:
    """Write a twin to a file."""
    from studio.twin.export import export_twin

    session: Session = context.obj
    store = session.open_store()
    asset = store.resolve(Ref.parse(ref, kind="twin"))
    written = export_twin(store, asset.ref, file, pose=pose)
    session.answer({"ref": str(asset.ref), "file": str(written), "pose": pose}, f"{asset.ref} in pose {pose}: {written}")
