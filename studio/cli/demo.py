"""demo: the whole chain in its own workspace."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from studio.cli.app import app
from studio.cli.session import Session
from studio.store.workspace import create_workspace, open_store


@app.command()
def demo(
    context: typer.Context,
    out: Annotated[Path, typer.Option("--out", help="The demo's own workspace; made, or used again.")] = Path("studio-demo"),
    scan: Annotated[Path | None, typer.Option("--scan", help="Your own scan; without it the demo makes one.")] = None,
    subject: Annotated[str, typer.Option("--subject", help="'synthetic', or the person on your scan.")] = "synthetic",
) -> None:
    """Run the whole chain: scan, twin, look, shots, contact sheet."""
    from studio.pipeline import run_demo

    session: Session = context.obj
    folder = create_workspace(out)
    if scan is None:
        session.say("The scan is synthetic: no scan of a real person is shipped. Use --scan FILE for your own.")
    with session.progress() as report:
        made = run_demo(open_store(folder), folder=folder, scan_file=scan, subject=subject, report=report)
    if made.nothing_changed:
        session.say("Nothing changed: every result was there already.")
    seconds = sum(production.seconds for production in (made.scan, made.twin, made.look, *made.shots))
    result = {
        "ref": str(made.look.ref),
        "seconds": round(seconds, 3),
        "scan": str(made.scan.ref),
        "twin": str(made.twin.ref),
        "look": str(made.look.ref),
        "shots": [str(shot.ref) for shot in made.shots],
        "contact_sheet": str(made.contact_sheet),
        "nothing_changed": made.nothing_changed,
    }
    session.answer(result, f"{made.look.ref}: {len(made.shots)} pictures in {seconds:.0f} s. Contact sheet: {made.contact_sheet}")
