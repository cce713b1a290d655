"""twin texture: the scan's own skin on the twin."""

from __future__ import annotations

from typing import Annotated

import typer

from studio.cli.options import Again
from studio.cli.session import Session
from studio.cli.twin import twin
from studio.store.refs import Ref


@twin.command("texture")
def texture(
    context: typer.Context,
    ref: Annotated[str, typer.Argument(help="twin/NAME.")],
    size: Annotated[str, typer.Option("--size", help="Side of the texture, 1k to 8k.")] = "4k",
    scan: Annotated[str | None, typer.Option("--scan", help="scan/NAME; the scan that the twin was fitted to by default.")] = None,
    again: Again = False,
) -> None:
    """Bake the scan's colour to the twin, with the light evened out and holes filled."""
    from studio.twin.texture.stage import texture_size, texture_twin

    session: Session = context.obj
    side, other = texture_size(size), None if scan is None else Ref.parse(scan, kind="scan")
    with session.progress() as report:
        production = texture_twin(session.open_store(), Ref.parse(ref, kind="twin"), size=side, scan=other, report=report, again=again)
    facts = production.asset.facts["texture"]
    session.answer_produced(
        production,
        {"texture": facts},
        f"{facts['size_px']} texels from {facts['scan']}: {100 * facts['covered_share']:.0f} % of the skin as scanned, "
        f"{100 * facts['mirrored_share']:.0f} % from its other side, {100 * facts['inpainted_share']:.0f} % filled in",
    )
