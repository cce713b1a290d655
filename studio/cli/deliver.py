"""deliver and contact-sheet: files for sales channels, and the overview of a shoot."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from studio.cli.app import app
from studio.cli.options import Out, ShotRefs
from studio.cli.session import Session
from studio.errors import GateFailed
from studio.store.refs import Ref

if TYPE_CHECKING:
    from collections.abc import Iterable

    from studio.deliver.conformity import Check
    from studio.deliver.manifest import DeliveredFile
    from studio.deliver.stage import Delivery


@app.command()
def deliver(
    context: typer.Context,
    shots: ShotRefs,
    channel: Annotated[
        list[str], typer.Option("--channel", help="A channel of the library, for example zalando; repeat for more, a folder each.")
    ],
    out: Out,
    article: Annotated[
        str | None, typer.Option("--article", help="The article number in the file names; the look's name by default.")
    ] = None,
) -> None:
    """Cut, tag, name and check shots for sales channels."""
    from studio.deliver.stage import deliver as deliver_to_one
    from studio.deliver.stage import deliver_all

    session: Session = context.obj
    refs = tuple(Ref.parse(shot, kind="shot") for shot in shots)
    with session.progress() as report:
        store = session.open_store()
        if len(channel) == 1:
            deliveries = (deliver_to_one(store, refs, channel=channel[0], out=out, article=article, report=report),)
        else:
            deliveries = deliver_all(store, refs, channels=tuple(channel), out=out, article=article, report=report)
    _answer(session, deliveries)
    failed = [
        f"{file.file} for {delivery.channel}: {check.name} should be {check.demanded}, found {check.found}"
        for delivery in deliveries
        for file in delivery.files
        for check in file.checks
        if check.required and not check.passed
    ]
    if failed:
        raise GateFailed(f"The files are kept in {out} and do not conform: {'; '.join(failed)}.")


def _answer(session: Session, deliveries: Iterable[Delivery]) -> None:
    rows, parts = [], []
    for delivery in deliveries:
        rows += [_row(delivery, file) for file in delivery.files]
        parts.append({"channel": delivery.channel, "manifest": str(delivery.manifest), "passed": delivery.passed})
        for file in delivery.files:
            for check in file.checks:
                if not check.required and not check.passed:
                    session.say(f"{file.file} for {delivery.channel}: {check.name} {check.demanded} is advised, found {check.found}.")
    head: dict[str, Any] = dict(parts[0]) if len(parts) == 1 else {"deliveries": parts, "passed": all(part["passed"] for part in parts)}
    session.answer(
        head | {"files": rows}, "\n".join(f"{row['file']}  {'conforms' if row['passed'] else 'does not conform'}" for row in rows)
    )


def _row(delivery: Delivery, file: DeliveredFile) -> dict[str, Any]:
    return {
        "file": str(delivery.folder / file.file),
        "shot": file.shot,
        "channel": delivery.channel,
        "alt_text": file.alt_text,
        "cut": file.cut,
        "passed": file.passed,
        "checks": checks_by_name(file.checks),
    }


def checks_by_name(checks: Iterable[Check]) -> dict[str, dict[str, Any]]:
    """Checks as they stand in an answer."""
    return {
        check.name: {"demanded": check.demanded, "found": check.found, "passed": check.passed, "required": check.required}
        for check in checks
    }


@app.command("contact-sheet")
def contact_sheet(
    context: typer.Context,
    shots: ShotRefs,
    out: Annotated[Path, typer.Option("--out", help="The file to write: a JPEG, or a PDF of A4 pages.")] = Path("contact-sheet.jpg"),
    title: Annotated[str, typer.Option("--title", help="Stands at the top.")] = "Contact sheet",
) -> None:
    """Lay the pictures of a shoot out with their names and settings."""
    from studio.deliver.contact_sheet import contact_sheet as make_sheet

    session: Session = context.obj
    refs = tuple(Ref.parse(shot, kind="shot") for shot in shots)
    file = make_sheet(session.open_store(), refs, out=out, title=title)
    session.answer({"file": str(file), "shots": [str(ref) for ref in refs]}, str(file))
