"""shoot and pose preview: pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from studio.cli.app import app
from studio.cli.options import Again
from studio.cli.session import Session
from studio.errors import StudioError
from studio.store.refs import Ref


@app.command()
def shoot(
    context: typer.Context,
    look: Annotated[str, typer.Argument(help="look/NAME.")],
    scene: Annotated[str, typer.Option("--scene", help="A scene of the library, for example catalog-white.")],
    camera: Annotated[
        list[str] | None,
        typer.Option(
            "--camera", help="A camera of the scene, or a framing such as portrait, back or detail:collar; repeat for more; all by default."
        ),
    ] = None,
    quality: Annotated[str, typer.Option("--quality", help="draft, proof or final.")] = "proof",
    size: Annotated[str | None, typer.Option("--size", help="WIDTHxHEIGHT in pixels; the scene's own by default.")] = None,
    layers: Annotated[
        bool, typer.Option("--layers", help="Also a 16-bit TIFF, a linear EXR, masks of skin, hair and garments, depth and normals.")
    ] = False,
    again: Again = False,
) -> None:
    """Photograph a look with the cameras of a scene, and publish the shots."""
    from studio.shot.stage import shoot as shoot_look

    session: Session = context.obj
    with session.progress() as report:
        shots = shoot_look(
            session.open_store(),
            Ref.parse(look, kind="look"),
            scene=scene,
            cameras=tuple(camera) if camera else None,
            quality=quality,
            size_px=parse_size(size) if size else None,
            layers=layers,
            report=report,
            again=again,
        )
    rows = [
        {
            "ref": str(shot.ref),
            "camera": shot.asset.facts["camera"],
            "files": {role: str(shot.asset.path(role)) for role in sorted(shot.asset.manifest.files)},
            "pixel_sha256": shot.asset.facts["pixel_sha256"],
            "seconds": round(shot.seconds, 3),
        }
        for shot in shots
    ]
    for shot in shots:
        if shot.reused:
            session.say(f"{shot.ref}: nothing changed.")
    session.answer({"shots": rows}, "\n".join(f"{row['ref']}  {row['files']['picture.png']}" for row in rows))


def parse_size(text: str) -> tuple[int, int]:
    """``1801x2600`` as (width, height) in pixels."""
    parts = text.lower().split("x")
    if len(parts) != 2 or not all(part.isdigit() and int(part) > 0 for part in parts):
        raise StudioError(f"'{text}' is not a size: write WIDTHxHEIGHT in pixels, for example 1801x2600.")
    return int(parts[0]), int(parts[1])


pose = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Poses of the library.")
app.add_typer(pose, name="pose")


@pose.command("list")
def list_poses(context: typer.Context) -> None:
    """List the poses of the library."""
    from studio import library

    session: Session = context.obj
    names = library.names("rigs", "poses")
    session.answer({"poses": names}, "\n".join(names))


@pose.command("preview")
def preview(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="A pose of the library.")],
    out: Annotated[Path, typer.Option("--out", help="The PNG file to write.")] = Path("pose.png"),
    twin: Annotated[str | None, typer.Option("--twin", help="Show it on this twin; on the average open body by default.")] = None,
) -> None:
    """Render a pose on a plain grey set."""
    from studio.shot.preview import preview_pose

    session: Session = context.obj
    store = session.open_store() if twin else None
    with session.progress() as report:
        file = preview_pose(name, out=out, store=store, twin=Ref.parse(twin, kind="twin") if twin else None, report=report)
    session.answer({"pose": name, "file": str(file)}, str(file))
