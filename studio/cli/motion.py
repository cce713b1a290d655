"""repose and animate: looks in other poses, and in motion."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from studio.cli.app import app
from studio.cli.options import POSE, Again, Name, Wind
from studio.cli.session import Session
from studio.errors import GateFailed
from studio.store.refs import Ref


@app.command()
def repose(
    context: typer.Context,
    look: Annotated[str, typer.Argument(help="look/NAME or look/NAME@VERSION, draped with --solver statics.")],
    pose: Annotated[str, typer.Option("--pose", help=POSE)],
    wind: Wind = None,
    name: Name = None,
    again: Again = False,
) -> None:
    """Take a look to another pose without sewing it again, and publish it as a look."""
    from studio.look.repose import repose as repose_look
    from studio.specs.wind import parse_wind

    session: Session = context.obj
    with session.progress() as report:
        production = repose_look(
            session.open_store(),
            Ref.parse(look, kind="look"),
            pose=pose,
            wind=None if wind is None else parse_wind(wind),
            name=name,
            report=report,
            again=again,
        )
    facts, passed = production.asset.facts, production.asset.passed
    session.answer_produced(production, {"gates": facts["gates"], "passed": passed}, "every gate passed" if passed else "failed")
    if not passed:
        raise GateFailed(
            f"{production.ref} is kept and marked failed: {'; '.join(facts['failures'])}. Dress the twin in that pose instead."
        )


@app.command()
def animate(
    context: typer.Context,
    look: Annotated[str, typer.Argument(help="look/NAME or look/NAME@VERSION, draped with --solver statics.")],
    motion: Annotated[str, typer.Option("--motion", help="A motion of the library (walk, sway), an .npz with SMPL-X poses, or a .bvh.")],
    frames: Annotated[int | None, typer.Option("--frames", help="Frames of one time through; as long as the motion by default.")] = None,
    loops: Annotated[int, typer.Option("--loops", help="How often a cyclic motion is gone through.")] = 1,
    fps: Annotated[float, typer.Option("--fps", help="Frames a second when it is played.")] = 24.0,
    preview: Annotated[Path | None, typer.Option("--preview", help="Write a strip of frames as .png, or all of them as .gif.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Write body and garments for film: .usdc, .usd or .usda.")] = None,
    name: Name = None,
    again: Again = False,
) -> None:
    """Take a look through a motion, frame by frame in equilibrium (nothing swings), and publish the animation."""
    from studio.look.motion.film import check_film, write_film
    from studio.look.motion.preview import check_preview, write_preview
    from studio.look.motion.stage import animate as animate_look
    from studio.progress import within

    session: Session = context.obj
    for file, check in ((preview, check_preview), (out, check_film)):
        if file is not None:
            check(file)  # before the minutes that the frames take
    with session.progress() as report:
        production = animate_look(
            session.open_store(),
            Ref.parse(look, kind="look"),
            motion=motion,
            frames=frames,
            loops=loops,
            fps=fps,
            name=name,
            report=within(report, 0.0, 0.9),
            again=again,
        )
        written = []
        if preview is not None:
            written.append(write_preview(production.asset, preview, report=within(report, 0.9, 0.95)))
        if out is not None:
            written.append(write_film(production.asset, out, report=within(report, 0.95, 1.0)))
    facts, passed = production.asset.facts, production.asset.passed
    keys = ("frames", "fps", "duration_s", "gates", "failed_frames", "passed", "closing_mm", "jump_mm")
    result = {key: facts[key] for key in keys} | {"files": [str(file) for file in written]}
    failed = facts["failed_frames"]
    words = "every frame passed" if passed else f"frames {', '.join(map(str, failed))} failed"
    text = f"{facts['frames']} frames, {facts['duration_s']:.2f} s, {words}"
    session.answer_produced(production, result, "  ".join([text, *map(str, written)]))
    if not passed:
        raise GateFailed(
            f"{production.ref} is kept and marked failed in {len(failed)} of {facts['frames'] // facts['loops']} frames: "
            f"{'; '.join(facts['failures'][:3])}. Take more frames, or another size or fabric."
        )
