"""garment list, show, add, check, export: the library of garments, imported ones, and their patterns."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from studio.cli.app import app
from studio.cli.options import Again
from studio.cli.session import Session
from studio.errors import StudioError, did_you_mean
from studio.store.refs import Ref
from studio.store.workspace import find_workspace

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from studio.garment.check import PatternCheck
    from studio.garment.formats.pattern_set import PatternSet
    from studio.garment.imported import ImportedGarment
    from studio.store.store import Store

garment = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The library of garments, fabrics and sizes; pattern files.")
app.add_typer(garment, name="garment")

Seams = Annotated[Path | None, typer.Option("--seams", help="For a DXF: the TOML file that says what is sewn to what.")]
Rules = Annotated[Path | None, typer.Option("--rules", help="For a DXF: its grade rule table; the .rul file beside it by default.")]
Twin = Annotated[str | None, typer.Option("--twin", help="Draft it to this twin's measures; needed where no size is given.")]

#: What `export` writes.
_EXPORTS = (".json", ".svg", ".png", ".dxf")


@garment.command("list")
def list_garments(context: typer.Context) -> None:
    """List garments, imported garments, fabrics with their colours, and size charts with their sizes."""
    from studio.garment.catalog import chart_names, fabric_names, garment_names, load_chart, load_fabric, load_garment

    session: Session = context.obj
    garments = {name: load_garment(name).spec.title for name in garment_names()}
    imported = _imported(session)
    fabrics = {name: sorted(load_fabric(name).appearance.colourways) for name in fabric_names()}
    charts = {name: list(load_chart(name).sizes) for name in chart_names()}
    lines = ["garments", *(f"  {name:<20}{title}" for name, title in garments.items())]
    if imported:
        lines += ["imported garments", *(f"  {each.ref:<28}{each.title}, {' '.join(each.roles)}" for each in imported.values())]
    lines += ["fabrics", *(f"  {name:<20}{', '.join(colours)}" for name, colours in fabrics.items())]
    lines += ["size charts", *(f"  {name:<20}{' '.join(sizes)}" for name, sizes in charts.items())]
    listed = {each.ref: {"title": each.title, "sizes": list(each.roles)} for each in imported.values()}
    session.answer({"garments": garments, "imported": listed, "fabrics": fabrics, "sizes": charts}, "\n".join(lines))


@garment.command("show")
def show(context: typer.Context, name: Annotated[str, typer.Argument(help="A garment of the library, or garment/NAME.")]) -> None:
    """Show a garment: its block and design in cm, or the file it came from; its usual fabric and sizes."""
    from studio.garment.catalog import load_garment, parse_wear

    session: Session = context.obj
    asked = parse_wear(name, store=_store(session, name))
    if asked.asset is not None:
        _show_imported(session, asked.asset)
        return
    found = load_garment(asked.garment)
    design = found.design.model_dump(mode="json")
    spec = found.spec
    lines = [f"{asked.garment}: {spec.title}", f"  block {spec.block}, fabric {spec.fabric}, chart {spec.chart}, layer {spec.layer}"]
    lines += [f"  {key:<26}{value}" for key, value in design.items()]
    session.answer({"garment": asked.garment, **spec.model_dump(mode="json"), "design": design}, "\n".join(lines))


@garment.command("add")
def add(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(help="A pattern (GarmentCode JSON, DXF), or a finished garment (OBJ, GLB, FBX, MakeHuman .mhclo).")
    ],
    name: Annotated[str, typer.Option("--name", help="What to call the garment.")],
    title: Annotated[str | None, typer.Option("--title", help="What people call it; its name in the file by default.")] = None,
    fabric: Annotated[str | None, typer.Option("--fabric", help="Its usual fabric; cotton-jersey by default, if it is a pattern.")] = None,
    layer: Annotated[int, typer.Option("--layer", help="1 is worn next to the skin, higher numbers over lower ones.")] = 1,
    seams: Seams = None,
    rules: Rules = None,
    kind: Annotated[Literal["garment", "shoe", "hat"] | None, typer.Option("--kind", help="Of a finished garment: what it is.")] = None,
    mannequin: Annotated[
        str | None, typer.Option("--mannequin", help="What a finished garment was made on: a mesh file, or twin/NAME.")
    ] = None,
    unit: Annotated[str | None, typer.Option("--unit", help="Of a finished garment's file: m, cm, mm, dm, in or ft.")] = None,
    variant: Annotated[str | None, typer.Option("--variant", help="Of a finished garment: the one that is worn by default.")] = None,
    again: Again = False,
) -> None:
    """Read a pattern or a finished garment and publish it as a garment that can be worn."""
    from studio.garment.finished.read import is_finished_file

    session: Session = context.obj
    said = {"title": title, "fabric": fabric, "layer": layer}
    finished = {"kind": kind, "unit": unit, "variant": variant}
    if is_finished_file(file.name):
        for option, value in (("--seams", seams), ("--rules", rules)):
            if value is not None:
                raise StudioError(f"{option} goes with a DXF, and {file.name} is a finished garment: leave it out.")
        _add_finished(session, file, name, said | finished, mannequin, again)
        return
    for option, value in (*((f"--{key}", value) for key, value in finished.items()), ("--mannequin", mannequin)):
        if value is not None:
            raise StudioError(f"{option} goes with a finished garment (OBJ, GLB, FBX, .mhclo), and {file.name} is none: leave it out.")
    _add_pattern(session, file, name, said, seams, rules, again)


def _add_pattern(
    session: Session, file: Path, name: str, said: dict[str, object], seams: Path | None, rules: Path | None, again: bool
) -> None:
    from studio.garment.imported import ImportSpec, add_garment
    from studio.specs.base import validate

    spec = validate(ImportSpec, {key: value for key, value in said.items() if value is not None}, source="garment add")
    production = add_garment(session.open_store(), file, name=name, spec=spec, seams=seams, rules=rules, again=again)
    facts = production.asset.facts
    sizes = [entry["size"] for entry in facts["sizes"]]
    result = {key: facts[key] for key in ("title", "fabric", "layer", "panels", "seams", "remarks")} | {"sizes": sizes}
    words = f"sizes {' '.join(sizes)}" if len(sizes) > 1 else "one size"
    session.answer_produced(production, result, f"{facts['title']}: {facts['panels']} panels, {facts['seams']} seams, {words}")
    for remark in facts["remarks"]:
        session.say(remark)


def _add_finished(session: Session, file: Path, name: str, said: dict[str, object], mannequin: str | None, again: bool) -> None:
    from studio.garment.finished.asset import FinishedSpec, add_finished
    from studio.specs.base import validate

    spec = validate(FinishedSpec, {key: value for key, value in said.items() if value is not None}, source="garment add")
    with session.progress() as report:
        production = add_finished(
            session.open_store(), file, name=name, spec=spec, mannequin=mannequin, report=report, again=again
        )  # fmt: skip
    facts = production.asset.facts
    variants = [entry["size"] for entry in facts["sizes"]]
    keys = ("title", "kind", "fabric", "layer", "unit", "triangles", "cm_per_uv", "remarks")
    result = {key: facts[key] for key in keys} | {"variants": variants}
    session.answer_produced(production, result, f"{facts['title']}: {_of_mesh(facts)}")
    for remark in facts["remarks"]:
        session.say(remark)


def _of_mesh(facts: Mapping[str, Any]) -> str:
    """What a finished garment is, for people."""
    variants = [entry["size"] for entry in facts["sizes"]]
    words = f"variants {' '.join(variants)}" if len(variants) > 1 else "one variant"
    looks = f"{len(facts['materials'])} materials of its own" if facts["materials"] else f"fabric {facts['fabric']}"
    return f"a {facts['kind']} of {facts['triangles']:,} triangles, {looks}, {words}"


@garment.command("check")
def check(
    context: typer.Context,
    wear: Annotated[str, typer.Argument(help="A pattern file or a garment, each with [:SIZE], for example tee:M or shirt.dxf:38.")],
    out: Annotated[Path, typer.Option("--out", help="The drawing: SVG to scale with numbered edges, or PNG.")] = Path("pattern.svg"),
    twin: Twin = None,
    seams: Seams = None,
    rules: Rules = None,
) -> None:
    """Check a pattern's outlines and seams, say what does not match, and draw it."""
    from studio.garment.check import check_pattern
    from studio.garment.formats.read import is_pattern_file, read_pattern, rules_beside
    from studio.page.files import page_file

    session: Session = context.obj
    out = page_file(out, name="pattern", suffixes=(".svg", ".png"))
    file, _, size = wear.rpartition(":") if not is_pattern_file(wear) else (wear, "", "")
    drafted = not is_pattern_file(file)
    if drafted:
        found, drafted = _patterns(session, wear, twin)
        size = found.base
    else:
        path = Path(file)
        found = read_pattern(path, seams=seams, rules=rules_beside(path) if rules is None else rules)
        size = size or found.base
        if size not in found.patterns:
            raise StudioError(f"{path.name} has no size '{size}': {did_you_mean(size, found.patterns)}")
    pattern = found.patterns[size]
    checked = check_pattern(pattern, drafted=drafted)
    _draw(pattern, out)
    result = {
        "garment": found.name,
        "size": size,
        "sizes": list(found.patterns),
        "panels_cm2": {panel.name: panel.area_cm2 for panel in checked.panels},
        "seams": [asdict(seam) for seam in checked.seams],
        "mismatches": [asdict(seam) for seam in checked.mismatches],
        "notes": dict(pattern.notes),
        "remarks": list(found.remarks),
        "file": str(out),
    }
    session.answer(result, _report(wear, checked, out))
    for remark in found.remarks:
        session.say(remark)


@garment.command("export")
def export(
    context: typer.Context,
    wear: Annotated[str, typer.Argument(help="GARMENT[:SIZE] or garment/NAME[:SIZE]; a DXF holds all sizes where none is given.")],
    file: Annotated[Path, typer.Argument(help="The file to write: .json (GarmentCode), .dxf (ASTM), .svg or .png.")],
    twin: Twin = None,
    seams: Annotated[Path | None, typer.Option("--seams", help="With a DXF: write here what is sewn to what, as TOML.")] = None,
) -> None:
    """Write a garment's pattern as a file for other programs."""
    session: Session = context.obj
    suffix = file.suffix.lower()
    if suffix not in _EXPORTS:
        raise StudioError(f"A pattern is not written as {file.name}: {did_you_mean(suffix, _EXPORTS)}")
    for path in filter(None, (file, seams)):
        if not path.parent.is_dir():
            raise StudioError(f"There is no folder {path.parent}: make it first, or name another place for {path.name}.")
        if path.is_dir():
            raise StudioError(f"{path} is a folder, and a file is to be written: give it another name.")
    if seams is not None and suffix != ".dxf":
        raise StudioError(f"--seams goes with a DXF, and {file.name} is none: {suffix} holds its seams itself, or shows them.")
    found, _ = _patterns(session, wear, twin, every_size=suffix == ".dxf")
    if suffix != ".dxf" and len(found.patterns) > 1:
        sizes = ", ".join(found.patterns)
        raise StudioError(f"'{wear}' comes in the sizes {sizes}, and {file.name} holds one: say which, for example {wear}:{found.base}.")
    if suffix == ".dxf":
        from studio.garment.formats.dxf import write_dxf

        write_dxf(found, file)
        if seams is not None:
            from studio.garment.formats.dxf_relations import write_relations

            write_relations(found, seams)
    elif suffix == ".json":
        from studio.garment.formats.garmentcode_write import write_garmentcode

        write_garmentcode(found.patterns[found.base], file)
    else:
        _draw(found.patterns[found.base], file)
    result = {"garment": found.name, "sizes": list(found.patterns), "file": str(file), "seams": None if seams is None else str(seams)}
    session.answer(result, f"{file}: {found.name}, {' '.join(found.patterns)}")


def _patterns(session: Session, wear: str, twin: str | None, *, every_size: bool = False) -> tuple[PatternSet, bool]:
    """The patterns of a garment, and whether they are drafted: of the size that is named, else all sizes of an imported garment.

    every_size: Draft all sizes of a chart where none is named and no twin is given; otherwise that is refused.
    """
    from studio.garment.catalog import draft, load_chart, load_garment, parse_wear
    from studio.garment.formats.garmentcode import ONE_SIZE
    from studio.garment.formats.pattern_set import PatternSet
    from studio.garment.imported import load_imported

    asked = parse_wear(wear, store=_store(session, wear))
    if asked.asset is not None:
        if twin is not None:
            raise StudioError(f"{asked.asset} has the sizes of its file, and is not drafted to measure: leave out --twin.")
        imported = load_imported(session.open_store(), asked.asset).patterns()
        if asked.size is None:
            return imported, False
        return PatternSet(imported.name, {asked.size: imported.patterns[asked.size]}, asked.size, imported.remarks), False
    found = load_garment(asked.garment)
    if asked.size is not None:
        if twin is not None:
            raise StudioError(f"'{wear}' names a size, and --twin asks for made to measure: leave out one of the two.")
        return PatternSet(asked.garment, {asked.size: draft(found, size=asked.size, chart=asked.chart)}, asked.size), True
    if twin is not None:
        from studio.twin.measure import measure_twin

        measures = measure_twin(session.open_store(), Ref.parse(twin, kind="twin"))
        return PatternSet(asked.garment, {ONE_SIZE: draft(found, measures=measures)}, ONE_SIZE), True
    if not every_size:
        raise StudioError(f"'{wear}' names no size and no twin was given: write {asked.garment}:M, or add --twin twin/NAME.")
    sizes = list(load_chart(found.spec.chart).sizes)
    return PatternSet(asked.garment, {size: draft(found, size=size) for size in sizes}, sizes[(len(sizes) - 1) // 2]), True


def _draw(pattern, out: Path) -> None:
    from studio.garment.drawing import pattern_svg
    from studio.garment.raster import pattern_png
    from studio.page.files import write_whole

    write_whole(out, pattern_png(pattern) if out.suffix.lower() == ".png" else pattern_svg(pattern))


def _report(wear: str, checked: PatternCheck, out: Path) -> str:
    """Panels, seams and mismatches, for people."""
    lines = [f"{wear}: {len(checked.panels)} panels, {len(checked.seams)} seams, {checked.cloth_m2:.2f} m2 of cloth; drawn in {out}"]
    lines += [f"  {panel.name:<24}{panel.area_cm2:>8.1f} cm2  {panel.edges} edges" for panel in checked.panels]
    for seam in checked.seams:
        words = f"{seam.a} {seam.a_cm:.1f} cm to {seam.b} {seam.b_cm:.1f} cm"
        wrong = ", right side to wrong side" if seam.right_wrong else ""
        lines.append(f"  {words}{f', ease {seam.ease:+.1%}' if seam.ease else ''}{wrong}")
    if checked.mismatches:
        lines.append("sides that are not of one length")
        lines += [f"  {seam.a} {seam.a_cm:.1f} cm, {seam.b} {seam.b_cm:.1f} cm" for seam in checked.mismatches]
    return "\n".join(lines)


def _show_imported(session: Session, ref: str) -> None:
    from studio.garment.finished.asset import is_finished
    from studio.garment.imported import load_imported

    found = load_imported(session.open_store(), ref)
    facts = found.asset.facts
    lines = [f"{found.ref}: {found.title}", f"  from {facts['file']['name']}, fabric {found.fabric}, layer {facts['layer']}"]
    if is_finished(found.asset):
        lines += [f"  {_of_mesh(facts)}"]
    else:
        lines += [f"  sizes {' '.join(found.roles)}; {facts['panels']} panels, {facts['seams']} seams"]
    lines += [f"  {remark}" for remark in facts["remarks"]]
    session.answer({"garment": found.ref, **facts}, "\n".join(lines))


def _imported(session: Session) -> dict[str, ImportedGarment]:
    """Imported garments by name, where there is a workspace."""
    from studio.garment.imported import imported_garments

    store = _store(session, "")
    return {} if store is None else imported_garments(store)


def _store(session: Session, wear: str) -> Store | None:
    """The store of the workspace; None where there is none and nothing asks for one: the library needs no workspace."""
    if session.workspace is None and not wear.startswith("garment/"):
        try:
            find_workspace(Path.cwd())
        except StudioError:
            return None
    return session.open_store()
