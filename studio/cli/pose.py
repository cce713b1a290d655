"""pose list, show, preview and sheet: the poses of the library, and what they look like."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from studio.cli.app import app
from studio.cli.options import POSE
from studio.cli.session import Session
from studio.store.refs import Ref

pose = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Poses: of the library, of files, of motions.")
app.add_typer(pose, name="pose")

PoseName = Annotated[str, typer.Argument(help=POSE)]


@pose.command("list")
def list_poses(context: typer.Context) -> None:
    """List the poses of the library."""
    from studio.body.poses import load_pose, pose_names

    session: Session = context.obj
    rows = []
    for name in pose_names():
        spec = load_pose(name)
        hands = {side: spec.hand(side) for side in ("left", "right")}
        rows.append({"name": name, "description": spec.description, "hands": hands, "planted": list(spec.planted)})
    width = max(len(row["name"]) for row in rows)
    session.answer({"poses": rows}, "\n".join(f"{row['name']:{width}}  {row['description']}" for row in rows))


@pose.command("show")
def show(context: typer.Context, name: PoseName) -> None:
    """Show a pose in degrees, joint by joint."""
    from studio.body.poses import load_pose

    session: Session = context.obj
    data = load_pose(name).model_dump(mode="json")
    words = {joint: "  ".join(f"{word} {_degrees(value)}" for word, value in angles.items()) for joint, angles in data["joints"].items()}
    rest = {key: value for key, value in data.items() if key not in ("joints", "description")}
    width = max(len(key) for key in (*words, *rest))
    lines = [data["description"], *(f"{key:{width}}  {value}" for key, value in words.items() if value), ""]
    session.answer({"name": name, **data}, "\n".join([*lines, *(f"{key:{width}}  {_plain(value)}" for key, value in rest.items())]))


def _degrees(value: float | list[float]) -> str:
    return " ".join(f"{each:g}" for each in value) if isinstance(value, list) else f"{value:g}"


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_plain(each)}" for key, each in value.items()) or "-"
    return (", ".join(str(each) for each in value) or "-") if isinstance(value, list) else str(value)


@pose.command("preview")
def preview(
    context: typer.Context,
    name: PoseName,
    out: Annotated[Path, typer.Option("--out", help="The PNG file to write.")] = Path("pose.png"),
    twin: Annotated[str | None, typer.Option("--twin", help="Show it on this twin; on the average open body by default.")] = None,
    expression: Annotated[str | None, typer.Option("--expression", help="An expression of the library, or a .toml.")] = None,
) -> None:
    """Render a pose on a plain grey set."""
    from studio.shot.preview import preview_pose

    session: Session = context.obj
    store = session.open_store() if twin else None
    reference = Ref.parse(twin, kind="twin") if twin else None
    with session.progress() as report:
        file = preview_pose(name, out=out, store=store, twin=reference, expression=expression, report=report)
    session.answer({"pose": name, "file": str(file)}, str(file))


@pose.command("sheet")
def sheet(
    context: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(help="Poses to draw; all of the library by default.")] = None,
    out: Annotated[Path, typer.Option("--out", help="The PNG file to write.")] = Path("poses.png"),
) -> None:
    """Draw all poses in one picture, small, on the average body."""
    from studio.shot.pose_sheet import write_pose_sheet

    session: Session = context.obj
    with session.progress() as report:
        file = write_pose_sheet(out, names=tuple(names) if names else None, report=report)
    session.answer({"file": str(file)}, str(file))
