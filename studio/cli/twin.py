"""twin fit, measure, export: a scan becomes a persistent, posable person."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from studio.cli.app import app
from studio.cli.options import POSE, Again, Name
from studio.cli.session import Session
from studio.store.refs import Ref

twin = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Twins: rigged SMPL-X avatars of scanned people.")
app.add_typer(twin, name="twin")


_FIT_RESULT = ("scan_to_twin_mm", "parameters_only_mm", "iterations", "mode", "mode_reason", "coverage", "remarks")


@twin.command("fit")
def fit(
    context: typer.Context,
    scan: Annotated[str, typer.Argument(help="scan/NAME.")],
    name: Name = None,
    body: Annotated[str, typer.Option("--body", help="open (default) or smplx (your own licensed weights).")] = "open",
    mode: Annotated[
        str,
        typer.Option(
            "--mode", help="skin: the scan shows skin or tight clothes; clothed: the body under clothes; auto: choose, and say why."
        ),
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
    result = {key: facts[key] for key in _FIT_RESULT}
    distance, parameters = facts["scan_to_twin_mm"], facts["parameters_only_mm"]
    session.answer_produced(
        production,
        result,
        f"{facts['mode']}: scan to twin {distance['mean']:.2f} mm mean, {distance['median']:.2f} median, {distance['p95']:.2f} p95 "
        f"({parameters['mean']:.2f} mm mean with parameters alone); the scan shows {100 * facts['coverage']:.0f} % of the body",
    )
    for remark in (*([facts["mode_reason"]] if mode == "auto" else []), *facts["remarks"]):
        session.say(remark)
    if not production.asset.passed:
        raise GateFailed(f"{production.asset.ref} is kept and marked failed: {' '.join(facts['failures'])}")


@twin.command("measure")
def measure(
    context: typer.Context,
    ref: Annotated[str, typer.Argument(help="twin/NAME.")],
    scan: Annotated[bool, typer.Option("--scan/--no-scan", help="Read the girths on the twin's scan as well, in its pose.")] = True,
) -> None:
    """Take a twin's measures by ISO 8559-1, and check its girths on the scan it was fitted to."""
    from studio.cli.measures import measure_rows, measure_table
    from studio.twin.measure import measures_of
    from studio.twin.scan_tape import check_against_scan
    from studio.twin.twin import load_twin

    session: Session = context.obj
    store = session.open_store()
    loaded = load_twin(store, ref)
    checks = check_against_scan(store, loaded) if scan else None
    rows = measure_rows(measures_of(loaded), checks)
    session.answer({"ref": str(loaded.ref), "measures": rows}, measure_table(rows, checked=checks is not None))


@twin.command("export")
def export(
    context: typer.Context,
    ref: Annotated[str, typer.Argument(help="twin/NAME.")],
    file: Annotated[Path, typer.Argument(help="The file to write: .glb .usd .usdz .fbx are rigged, .obj .ply are meshes, .npz is SMPL-X.")],
    pose: Annotated[
        str, typer.Option("--pose", help=f"scan (a mesh then lies in the scan file's own coordinates and unit), or {POSE}")
    ] = "scan",
) -> None:
    """Write a twin to a file for another program.

    A rig holds the T-pose with joints, skin weights, facial shapes and textures, and stands in the pose that is asked for.
    """
    from studio.twin.export import export_twin

    session: Session = context.obj
    store = session.open_store()
    asset = store.resolve(Ref.parse(ref, kind="twin"))
    started = time.monotonic()
    with session.progress() as report:
        written = export_twin(store, asset.ref, file, pose=pose, report=report)
    seconds = round(time.monotonic() - started, 3)
    result = {"ref": str(asset.ref), "seconds": seconds, "file": str(written), "pose": pose}
    session.answer(result, f"{asset.ref} in pose {pose}: {written}")
