"""init, list, show, log, verify: the workspace and its store."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from studio.cli.app import app
from studio.cli.session import Session
from studio.errors import GateFailed, StudioError, did_you_mean
from studio.store.refs import Ref
from studio.store.workspace import create_workspace

#: What stages publish.
KINDS = ("scan", "twin", "garment", "look", "shot")


@app.command()
def init(context: typer.Context, folder: Annotated[Path, typer.Argument(help="Made where it is not there yet.")] = Path()) -> None:
    """Make a folder a workspace."""
    session: Session = context.obj
    made = create_workspace(folder).resolve()
    session.answer({"workspace": str(made)}, f"{made} is a workspace.")


@app.command("list")
def list_assets(
    context: typer.Context, kind: Annotated[str | None, typer.Argument(help="scan, twin, garment, look or shot; all by default.")] = None
) -> None:
    """List published assets, the newest version of each name."""
    session: Session = context.obj
    if kind is not None and kind not in KINDS:
        raise StudioError(f"There is no kind '{kind}': {did_you_mean(kind, KINDS)}")
    newest = {}
    for entry in session.open_store().entries(kind=kind):
        newest[entry.ref.kind, entry.ref.name] = entry
    rows = [{"ref": str(entry.ref), "created_at": entry.created_at, "passed": entry.passed} for entry in newest.values()]
    text = "\n".join(f"{row['ref']:<40} {row['created_at'][:19]}{'' if row['passed'] else '  failed'}" for row in rows)
    session.answer({"assets": rows}, text or "Nothing is published here yet.")


@app.command()
def show(context: typer.Context, ref: Annotated[str, typer.Argument(help="kind/name or kind/name@version.")]) -> None:
    """Show what is known of one asset: inputs, spec, tools, files, facts."""
    session: Session = context.obj
    asset = session.open_store().resolve(ref)
    content = {"ref": str(asset.ref), "digest": asset.digest, **asset.manifest.model_dump(mode="json")}
    session.answer(content, json.dumps(content, indent=2))


@app.command()
def log(context: typer.Context, ref: Annotated[str, typer.Argument(help="kind/name.")]) -> None:
    """List the versions of a name, newest first, with what each was made from and what was made of it."""
    session: Session = context.obj
    store = session.open_store()
    name = store.resolve(Ref.parse(ref)).ref
    rows = []
    for entry in reversed(store.entries(kind=name.kind, name=name.name)):
        asset = store.resolve(entry.ref)
        rows.append(
            {
                "ref": str(entry.ref),
                "created_at": entry.created_at,
                "passed": entry.passed,
                "inputs": [item.name for item in asset.manifest.inputs],
                "made_from_it": [str(made.ref) for made in store.made_from(asset)],
            }
        )
    lines = [
        f"{row['ref']}  {row['created_at'][:19]}{'' if row['passed'] else '  failed'}  from {', '.join(row['inputs']) or 'nothing'}"
        for row in rows
    ]
    session.answer({"versions": rows}, "\n".join(lines))


@app.command()
def verify(context: typer.Context) -> None:
    """Read every byte of the store again and compare it with what was published."""
    session: Session = context.obj
    store = session.open_store()
    problems = store.verify()
    count = len(store.entries())
    session.answer(
        {"assets": count, "problems": [{"ref": problem.ref, "what": problem.what} for problem in problems]},
        "\n".join(f"{problem.ref}: {problem.what}." for problem in problems) or f"{count} assets, each byte as it was published.",
    )
    if problems:
        raise GateFailed(
            f"{len(problems)} of the store's files are not as they were published: restore them from a copy, or make them again."
        )
