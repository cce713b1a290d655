"""dress: garments are draped on a twin."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from studio.cli.app import app
from studio.cli.options import POSE, Again, Name, Wind
from studio.cli.session import Session
from studio.errors import GateFailed
from studio.store.refs import Ref


@app.command()
def dress(
    context: typer.Context,
    twin: Annotated[str, typer.Argument(help="twin/NAME.")],
    wear: Annotated[list[str], typer.Option("--wear", help="GARMENT[:SIZE][:FABRIC][/COLOURWAY], innermost first; repeat for more.")],
    pose: Annotated[str, typer.Option("--pose", help=POSE)] = "relaxed",
    solver: Annotated[
        Literal["statics", "blender"], typer.Option("--solver", help="statics: equilibrium of forces; blender: its cloth, in time.")
    ] = "statics",
    wind: Wind = None,
    name: Name = None,
    again: Again = False,
) -> None:
    """Sew and drape garments on a twin in a pose, and publish the look."""
    from studio.look.stage import dress as dress_twin
    from studio.specs.wind import parse_wind

    session: Session = context.obj
    with session.progress() as report:
        production = dress_twin(
            session.open_store(),
            Ref.parse(twin, kind="twin"),
            wear=tuple(wear),
            pose=pose,
            solver=solver,
            wind=None if wind is None else parse_wind(wind),
            name=name,
            report=report,
            again=again,
        )
    facts = production.asset.facts
    session.answer_produced(
        production,
        {"gates": facts["gates"], "passed": production.asset.passed},
        "every gate passed" if production.asset.passed else "failed",
    )
    if not production.asset.passed:
        failed = "; ".join(facts["failures"])
        raise GateFailed(f"{production.ref} is kept and marked failed: {failed}. Try another size, fabric or pose.")
