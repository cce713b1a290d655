"""fit-report: how the garments of a look fit."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from studio.cli.app import app
from studio.cli.options import Out
from studio.cli.session import Session
from studio.store.refs import Ref


@app.command("fit-report")
def fit_report(
    context: typer.Context,
    look: Annotated[str, typer.Argument(help="look/NAME or look/NAME@VERSION, draped with --solver statics.")],
    out: Out = Path("fit"),
    sizes: Annotated[
        str | None, typer.Option("--sizes", help="all, or XS,S,M: drape these sizes of the outermost garment as well (minutes each).")
    ] = None,
) -> None:
    """Write how a look fits: ease, strain, tension, pressure, balance, verdicts, sizes; one HTML page, JSON and maps."""
    from studio.fit.report import fit_report as write_report

    session: Session = context.obj
    start = time.perf_counter()
    with session.progress() as report:
        written = write_report(session.open_store(), Ref.parse(look, kind="look"), out=out, sizes=sizes, report=report)
    result = {
        "ref": str(written.ref),
        "seconds": round(time.perf_counter() - start, 3),
        "ease_cm": written.ease_cm,
        "strain": written.strain,
        "pressure_kpa": written.pressure_kpa,
        "verdict": written.verdict,
        "files": [str(file) for file in written.files],
    }
    session.answer(result, "\n".join([f"{written.ref}  {written.files[0]}", *_lines(written.verdict)]))


def _lines(verdicts) -> list[str]:
    """The verdicts as text for a terminal."""
    lines = []
    for garment, verdict in verdicts.items():
        lines.append(f"  {garment}: {verdict['overall']}")
        lines += [
            f"    {level}: {found['word']}; {found['reason']}" for level, found in verdict["levels"].items() if found["word"] != "good"
        ]
        lines += [f"    over the {region}: {found['word']}; {found['reason']}" for region, found in verdict["regions"].items()]
        if verdict["size"]:
            lines.append(f"    sizes: {verdict['size']['why']}")
    return lines
