"""scan add: a file becomes a scan."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from studio.cli.app import app
from studio.cli.options import Again
from studio.cli.session import Session

scan = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Scans of people: point clouds and meshes.")
app.add_typer(scan, name="scan")


@scan.command("add")
def add(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="PLY, OBJ, GLB, PCD, XYZ or STL.")],
    name: Annotated[str, typer.Option("--name", help="What to call the scan.")],
    subject: Annotated[str, typer.Option("--subject", help="'synthetic', or the person who was scanned.")],
    unit: Annotated[str | None, typer.Option("--unit", help="m, cm, mm, dm, in or ft; found from the stature by default.")] = None,
    up: Annotated[str | None, typer.Option("--up", help="The file's up axis, for example +y; found by default.")] = None,
    facing: Annotated[
        str | None, typer.Option("--facing", help="The axis the person looks along, for example +z; found by default.")
    ] = None,
    keep_all: Annotated[
        bool, typer.Option("--keep-all", help="Keep every point: no floor, turntable or stray points are removed.")
    ] = False,
    again: Again = False,
) -> None:
    """Read, clean, orient and scale a scan, and publish it."""
    from studio.scan.stage import add_scan
    from studio.specs.base import validate
    from studio.specs.scan import ScanSpec

    session: Session = context.obj
    asked = {"unit": unit, "up": up, "facing": facing, "keep_all": keep_all}
    spec = validate(ScanSpec, {key: value for key, value in asked.items() if value is not None}, source="scan add")
    with session.progress() as report:
        production = add_scan(session.open_store(), file, name=name, subject=subject, spec=spec, report=report, again=again)
    facts = production.asset.facts
    result = {key: facts[key] for key in ("points", "height_m", "unit", "up", "facing", "colour", "remarks")}
    session.answer_produced(
        production,
        result,
        f"{facts['points']:,} points, {facts['height_m']:.3f} m tall; read as {facts['unit']}, up {facts['up']}, facing {facts['facing']}, "
        f"colour: {facts['colour']}",
    )
    for remark in facts["remarks"]:
        session.say(remark)
