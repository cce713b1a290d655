"""Tables of a fit report: balance, points of measure, sizes, and the quality of the simulation."""

from __future__ import annotations

from collections.abc import Iterator

from studio.fit.assess import Assessment
from studio.fit.garments import GarmentFit
from studio.page.document import Column, paragraph, table


def balance_tables(found: Assessment) -> Iterator[str]:
    """Hems and side seams."""
    if found.hems:
        yield paragraph("Each quarter of a hem over its mean height, in mm: positive hangs higher.")
        titles = ("Above the floor, cm", "Highest less lowest", "Front", "Back", "Left", "Right", "Front less back")
        columns = [Column("Hem"), *(Column(name, number=True) for name in titles)]
        rows = [
            (row.name, f"{100 * row.height_m:.1f}", f"{row.spread_mm:.0f}", *(f"{value:+.0f}" for value in (row.front_mm, row.back_mm,
             row.left_mm, row.right_mm, row.front_mm - row.back_mm)))
            for row in found.hems
        ]  # fmt: skip
        yield table(columns, rows)
    if found.seams:
        titles = ("Length, cm", "Lower end forward, mm", "From plumb, °")
        columns = [Column("Side seam"), *(Column(name, number=True) for name in titles)]
        yield table(
            columns, [(row.side, f"{100 * row.length_m:.1f}", f"{row.forward_mm:+.0f}", f"{row.lean_deg:+.1f}") for row in found.seams]
        )


def point_table(found: Assessment) -> Iterator[str]:
    """Points of measure."""
    yield paragraph(
        "In the manner of ISO 18890, widths as half girths. Spec: by the draft. Flat: on the mesh that was simulated. Worn: the same line "
        "of cloth as it lies; what is worn longer is stretched. Tolerance: what a sewn garment may differ from the spec by."
    )
    columns = [
        Column("Point"),
        *(Column(name, number=True) for name in ("Spec, cm", "Flat, cm", "Worn, cm", "Worn less spec", "Tolerance, cm")),
    ]
    rows = [
        (row.name, *(f"{value:.1f}" for value in (row.spec_cm, row.flat_cm, row.worn_cm)), f"{row.worn_cm - row.spec_cm:+.1f}",
         f"± {row.tolerance_cm:g}")
        for row in found.points
    ]  # fmt: skip
    yield table(columns, rows, marked=[abs(row.worn_cm - row.spec_cm) > row.tolerance_cm for row in found.points])


def size_tables(fit: GarmentFit) -> Iterator[str]:
    """All sizes from their flat patterns, then those that were draped."""
    matrix = fit.matrix
    if matrix is None:
        return
    levels = [level.level for level in fit.found.offsets]
    yield paragraph(matrix.why)
    yield paragraph("Ease in cm of every size on this body, from its flat pattern.", kind="fine")
    columns = [
        Column("Size"),
        *(Column(level.capitalize(), number=True) for level in levels),
        Column("Sizes off", number=True),
        Column("Fit"),
    ]
    rows = []
    for row in matrix.sizes:
        if row.refused:
            rows.append((row.size, *("–" for _ in levels), "–", row.refused))
            continue
        eases = [f"{row.ease_cm[level]:+.1f}" if level in row.ease_cm else "–" for level in levels]
        off = f"{max(row.sizes_off.values(), key=abs):+.1f}" if row.sizes_off else "–"
        rows.append((row.size, *eases, off, row.word + (f": {', '.join(row.blamed)}" if row.blamed else "")))
    yield table(columns, rows, marked=[row.size == matrix.best for row in matrix.sizes])
    if len(fit.draped) > 1:
        yield paragraph(
            "Worn ease in cm, and strain round the level in %, of the sizes that were draped on this twin in this pose.", kind="fine"
        )
        columns = [Column("Size"), *(Column(level.capitalize(), number=True) for level in levels), Column("Look"), Column("Gates")]
        rows = []
        for each in fit.draped:
            by_name = {level.numbers.level: level.numbers for level in each.levels}
            cells = [
                f"{by_name[level].ease_worn_cm:+.1f} ({100 * by_name[level].strain:+.1f} %)" if level in by_name else "–"
                for level in levels
            ]
            rows.append((each.size, *cells, str(each.ref), "passed" if each.passed else "failed"))
        yield table(columns, rows)


def quality_table(fit: GarmentFit) -> Iterator[str]:
    """What a reader should know before relying on the numbers."""
    q = fit.quality
    yield paragraph(
        "An equilibrium of forces: what is left of motion says how near it is. Laplace's pressure knows nothing of the solver's contact: "
        "where both agree, tension, curvature and pressure belong together; where they do not, cloth bends more finely than the mesh "
        "shows, and its pressures are rough."
    )
    rows = [
        ("Motion in the last step, mean and 95 %", f"{q.motion_mean_mm:.3f} / {q.motion_p95_mm:.3f} mm"),
        ("Steps of the last equilibrium", f"{q.steps}"),
        ("Simulated mesh", f"{q.vertices:,} vertices, edges of {q.edge_mm:.1f} mm"),
        ("Kept between skin and the cloth's middle", f"{q.standoff_mm:.1f} mm; skin gives way by up to {q.pressed_in_mm:.2f} mm"),
        ("Mean pressure over all contact: solver, Laplace", f"{q.pressure_kpa:.3f} / {q.laplace_kpa:.3f} kPa"),
    ]
    yield table([Column("What"), Column("Found")], rows)
