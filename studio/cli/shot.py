"""shoot: pictures."""

from __future__ import annotations

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
    expression: Annotated[
        str | None, typer.Option("--expression", help="An expression of the library, or a .toml; the appearance's own by default.")
    ] = None,
    gaze: Annotated[
        str | None, typer.Option("--gaze", help="camera, forward, left, right, up, down, or a point X,Y,Z in m; the scene's by default.")
    ] = None,
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
            expression=expression,
            gaze=gaze,
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
