"""garment list, show, check: the library of garments and their patterns."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from studio.cli.app import app
from studio.cli.session import Session
from studio.errors import StudioError
from studio.store.refs import Ref

garment = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The library of garments, fabrics and sizes.")
app.add_typer(garment, name="garment")


@garment.command("list")
def list_garments(context: typer.Context) -> None:
    """List garments, fabrics with their colours, and size charts with their sizes."""
    from studio.garment.catalog import chart_names, fabric_names, garment_names, load_chart, load_fabric, load_garment

    session: Session = context.obj
    garments = {name: load_garment(name).spec.title for name in garment_names()}
    fabrics = {name: sorted(load_fabric(name).appearance.colourways) for name in fabric_names()}
    charts = {name: list(load_chart(name).sizes) for name in chart_names()}
    lines = ["garments", *(f"  {name:<20}{title}" for name, title in garments.items())]
    lines += ["fabrics", *(f"  {name:<20}{', '.join(colours)}" for name, colours in fabrics.items())]
    lines += ["size charts", *(f"  {name:<20}{' '.join(sizes)}" for name, sizes in charts.items())]
    session.answer({"garments": garments, "fabrics": fabrics, "sizes": charts}, "\n".join(lines))


@garment.command("show")
def show(context: typer.Context, name: Annotated[str, typer.Argument(help="A garment of the library.")]) -> None:
    """Show a garment: its block, design in cm, usual fabric and size chart."""
    from studio.garment.catalog import load_garment

    session: Session = context.obj
    found = load_garment(name)
    design = found.design.model_dump(mode="json")
    spec = found.spec
    lines = [f"{name}: {spec.title}", f"  block {spec.block}, fabric {spec.fabric}, chart {spec.chart}, layer {spec.layer}"]
    lines += [f"  {key:<26}{value}" for key, value in design.items()]
    session.answer({"garment": name, **spec.model_dump(mode="json"), "design": design}, "\n".join(lines))


@garment.command("check")
def check(
    context: typer.Context,
    wear: Annotated[str, typer.Argument(help="GARMENT[:SIZE], for example tee:M.")],
    out: Annotated[Path, typer.Option("--out", help="The SVG file to write, to scale, with numbered edges.")] = Path("pattern.svg"),
    twin: Annotated[str | None, typer.Option("--twin", help="Draft it to this twin's measures; needed where no size is given.")] = None,
) -> None:
    """Draft a garment, check its outlines and seams, and draw the pattern."""
    from studio.garment.catalog import draft, load_garment, parse_wear
    from studio.garment.drawing import pattern_svg
    from studio.twin.measure import measure_twin

    session: Session = context.obj
    asked = parse_wear(wear)
    if asked.size is None and twin is None:
        raise StudioError(f"'{wear}' names no size and no twin was given: write {asked.garment}:M, or add --twin twin/NAME.")
    measures = measure_twin(session.open_store(), Ref.parse(twin, kind="twin")) if asked.size is None else None
    pattern = draft(load_garment(asked.garment), measures=measures, size=asked.size, chart=asked.chart)
    out.write_text(pattern_svg(pattern), encoding="utf-8")
    seams = [
        {"a": ".".join(seam.a), "b": ".".join(seam.b), "a_cm": round(a, 2), "b_cm": round(b, 2), "ease": seam.ease}
        for seam, a, b in pattern.seam_lengths()
    ]
    panels = {panel.name: round(panel.area_cm2(), 1) for panel in pattern.panels}
    session.answer(
        {"garment": asked.garment, "panels_cm2": panels, "seams": seams, "notes": dict(pattern.notes), "file": str(out)},
        f"{wear}: {len(panels)} panels, {len(seams)} seams, {sum(panels.values()) / 1e4:.2f} m2 of cloth; drawn in {out}",
    )
