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


@scene.command("chart")
def chart(
    context: typer.Context,
    name: Name,
    out: Annotated[Path | None, typer.Option("--out", help="Also write the picture of the chart as a PNG file.")] = None,
) -> None:
    """Hold a colour chart into a scene: the difference of each patch (CIEDE2000) at the exposure of the grey one, and that exposure."""
    from studio.engine import Engine
    from studio.shot.chart import read_chart
    from studio.shot.develop import encode_srgb, to_8_bit, write_png
    from studio.specs.scene import load_scene, scene_path

    session: Session = context.obj
    with session.progress() as report, Engine() as engine:
        report("reading the chart", 0.1)
        reading = read_chart(load_scene(name), engine=engine, folder=scene_path(name).parent)
    facts = reading.as_facts() | ({} if out is None else {"file": str(out)})
    if out is not None:
        write_png(out, to_8_bit(encode_srgb(reading.picture)))
    session.answer(
        facts,
        f"CIEDE2000 {facts['mean_delta_e']:.2f} on average, {facts['worst_delta_e']:.2f} at worst; "
        f"grey {facts['exposure_stops']:+.2f} stops" + (f"  {out}" if out is not None else ""),
    )


@scene.command("preview")
def preview(
    context: typer.Context,
    name: Name,
    camera: Annotated[
        list[str] | None, typer.Option("--camera", help="A camera or a framing; repeat for more; the first by default.")
    ] = None,
    twin: Annotated[str | None, typer.Option("--twin", help="Who stands in it; the average open body by default.")] = None,
    out: Annotated[Path, typer.Option("--out", help="The PNG file to write.")] = Path("scene.png"),
) -> None:
    """Render a scene small and fast, with a body in its underwear."""
    from studio.shot.preview import preview_scene

    session: Session = context.obj
    store, reference = (session.open_store(), Ref.parse(twin, kind="twin")) if twin else (None, None)
    with session.progress() as report:
        file = preview_scene(name, out=out, cameras=tuple(camera or ()), store=store, twin=reference, report=report)
    session.answer({"scene": name, "file": str(file)}, str(file))
