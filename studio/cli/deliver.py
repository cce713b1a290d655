"""deliver and contact-sheet: files for a sales channel, and the overview of a shoot."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from studio.cli.app import app
from studio.cli.options import Out, ShotRefs
from studio.cli.session import Session
from studio.errors import GateFailed
from studio.store.refs import Ref


@app.command()
def deliver(
    context: typer.Context,
    shots: ShotRefs,
    channel: Annotated[str, typer.Option("--channel", help="A channel of the library, for example zalando.")],
    out: Out,
    article: Annotated[
        str | None, typer.Option("--article", help="The article number in the file names; the look's name by default.")
    ] = None,
) -> None:
    """Cut, tag, name and check shots for a sales channel."""
    from studio.deliver.stage import deliver as deliver_shots

    session: Session = context.obj
    refs = tuple(Ref.parse(shot, kind="shot") for shot in shots)
    with session.progress() as report:
        delivery = deliver_shots(session.open_store(), refs, channel=channel, out=out, article=article, report=report)
    rows = [
        {
            "file": str(delivery.folder / file.file),
            "shot": file.shot,
            "passed": file.passed,
            "checks": {check.name: {"demanded": check.demanded, "found": check.found, "passed": check.passed} for check in file.checks},
        }
        for file in delivery.files
    ]
    failed = [
        f"{file.file}: {check.name} should be {check.demanded}, found {check.found}"
        for file in delivery.files
        for check in file.checks
        if not check.passed
    ]
    session.answer(
        {"channel": channel, "manifest": str(delivery.manifest), "files": rows, "passed": delivery.passed},
        "\n".join(f"{row['file']}  {'conforms' if row['passed'] else 'does not conform'}" for row in rows),
    )
    if failed:
        raise GateFailed(f"The files are kept in {out} and do not conform to {channel}: {'; '.join(failed)}.")


@app.command("contact-sheet")
def contact_sheet(
    context: typer.Context,
    shots: ShotRefs,
    out: Annotated[Path, typer.Option("--out", help="The JPEG file to write.")] = Path("contact-sheet.jpg"),
    title: Annotated[str, typer.Option("--title", help="Stands at the top.")] = "Contact sheet",
) -> None:
    """Lay the pictures of a shoot out on one page."""
    from studio.deliver.contact_sheet import contact_sheet as make_sheet

    session: Session = context.obj
    refs = tuple(Ref.parse(shot, kind="shot") for shot in shots)
    file = make_sheet(session.open_store(), refs, out=out, title=title)
    session.answer({"file": str(file), "shots": [str(ref) for ref in refs]}, str(file))
