"""doctor: what this machine has and lacks."""

from __future__ import annotations

import typer

from studio.cli.app import app
from studio.cli.session import Session
from studio.errors import MissingDependency


@app.command()
def doctor(context: typer.Context) -> None:
    """Say what is installed, which devices render, which body models are there, and what is missing."""
    from studio.doctor import examine

    session: Session = context.obj
    findings = examine()
    rows = [{"what": item.what, "found": item.found, "good": item.good, "remedy": item.remedy} for item in findings]
    lines = [f"{'ok  ' if item.good else 'MISS'}  {item.what:<20} {item.found}" for item in findings]
    session.answer({"findings": rows, "good": all(item.good for item in findings)}, "\n".join(lines))
    missing = [f"{item.what}: {item.remedy}" for item in findings if not item.good]
    if missing:
        raise MissingDependency(f"Something is missing. {'; '.join(missing)}.")
