"""The command tree and the options that all commands share."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from studio.cli.session import Session

app = typer.Typer(
    name="studio",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="A virtual photo studio for fashion digital twins: scan -> twin -> look -> shot -> delivery.",
)


@app.callback()
def root(
    context: typer.Context,
    workspace: Annotated[Path | None, typer.Option("--workspace", help="The workspace folder; the nearest one upwards by default.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer with one JSON object on one line of stdout.")] = False,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help="Say more on stderr.")] = False,
) -> None:
    """Options that go before the command."""
    context.obj = Session(workspace=workspace, as_json=as_json, verbose=verbose)


# Each module adds its commands to `app`, in the order of the help page.
for _group in (
    "demo",
    "doctor",
    "workspace",
    "scan",
    "twin",
    "twin_create",
    "twin_texture",
    "twin_report",
    "garment",
    "look",
    "motion",
    "fit",
    "pose",
    "shot",
    "scene",
    "deliver",
    "channel",
):
    import_module(f"studio.cli.{_group}")
