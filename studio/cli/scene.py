"""scene: the sets of the library, what their light meter reads, how they look."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from studio.cli.app import app
from studio.cli.session import Session
from studio.errors import StudioError
from studio.store.refs import Ref

scene = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Scenes: set, lights and cameras.")
app.add_typer(scene, name="scene")

Name = Annotated[str, typer.Argument(help="A scene of the library, or the path of a scene.toml.")]


@scene.command("list")
def list_scenes(context: typer.Context) -> None:
    """List the scenes of the library."""
    from studio.specs.scene import load_scene, scene_names

    session: Session = context.obj
    found = {name: load_scene(name) for name in scene_names()}
    rows = [
        {"name": name, "title": spec.title, "set": spec.set.kind, "cameras": [camera.name for camera in spec.cameras]}
        for name, spec in found.items()
    ]
    width = max(map(len, found))
    session.answer({"scenes": rows}, "\n".join(f"{row['name']:{width}}  {row['title']}: {', '.join(row['cameras'])}" for row in rows))


@scene.command("show")
def show(context: typer.Context, name: Name) -> None:
    """Say everything about a scene, the words of its file filled up with what it leaves out."""
    import json

    from studio.specs.scene import load_scene

    session: Session = context.obj
    content = load_scene(name).model_dump(mode="json")
    session.answer({"scene": content}, json.dumps(content, indent=1))


@scene.command("meter")
def meter(
    context: typer.Context,
    name: Name,
    height_cm: Annotated[float, typer.Option("--height-cm", help="Stature of the subject, whom lights aim at.")] = 172.0,
) -> None:
    """Hold a light meter at the subject: lx, EV and stops of every light alone, the key:fill ratio, the exposure of every camera."""
    from studio.shot.meter import metering_facts, read_meter
    from studio.specs.scene import load_scene

    if not 50 <= height_cm <= 250:
        raise StudioError(f"A subject of {height_cm:g} cm was asked for: people of 50 to 250 cm are lit.")
    session: Session = context.obj
    found = metering_facts(read_meter(load_scene(name), stature=height_cm / 100))
    lines = [f"{'light':16} {'role':11} {'lx':>10} {'EV100':>7} {'stops':>7}"]
    lines += [f"{r['light']:16} {r['role']:11} {r['lux']:10,.0f} {r['ev100']:7.2f} {r['stops']:+7.2f}" for r in found["readings"]]
    ratio = found["key_to_fill"]
    lines.append(f"key and fill to fill: {ratio:.1f} to 1" if ratio is not None else "no fill")
    lines += [f"camera {camera}: {stops:+.2f} stops from the key's reading" for camera, stops in found["exposure_stops"].items()]
    session.answer(found, "\n".join(lines))


@scene.command("preview")
def preview(
    context: typer.Context,
    name: Name,
    look: Annotated[str | None, typer.Option("--look", help="Who stands in it; the average open body by default.")] = None,
    camera: Annotated[str | None, typer.Option("--camera", help="A camera of the scene; its first by default.")] = None,
    out: Annotated[Path, typer.Option("--out", help="The PNG file to write.")] = Path("scene.png"),
) -> None:
    """Render a small draft of a scene, with a look in it or a body in its undergarments."""
    from studio.shot.preview import preview_scene

    session: Session = context.obj
    with session.progress() as report:
        file = preview_scene(
            name,
            out=out,
            camera=camera,
            store=session.open_store() if look else None,
            look=Ref.parse(look, kind="look") if look else None,
            report=report,
        )
    session.answer({"scene": name, "file": str(file)}, str(file))
