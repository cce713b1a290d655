"""The cloth solver in the textile laboratory: strips, cantilevers, sleeves, and the drape of every fabric of the library."""

from __future__ import annotations

import time

import numpy as np

from studio.garment.catalog import fabric_names, load_fabric
from studio.look.statics.specimens import cantilever_angle_deg, drape_percent, sleeve_pressure_pa, strip_stretch_m
from studio.specs.fabric import GRAVITY, FabricSpec

#: Weight of plain specimens [kg/m2], and edge lengths at which they are tested [m].
_MASS = 0.2
_STRIP_EDGES_M, _CANTILEVER_EDGES_M, _SLEEVE_EDGES_M = (0.02, 0.01, 0.007), (0.005, 0.0035), (0.012, 0.007)
_BENDING_LENGTHS_M = (0.015, 0.02, 0.025, 0.03)
#: The drape test is calibrated at the first edge length [m]; the second is held out.
_DRAPE_EDGES_M = (0.010, 0.007)
_DRAPES = 3


def run() -> str:
    """Test the specimens and return the tables."""
    return "\n\n".join(table() for table in (_strips, _cantilevers, _sleeves, _drapes))


def _strips() -> str:
    rows = ["## Cloth: closed forms\n\nA strip of 50 cm that hangs by its end stretches by weight x length^2 / (2 stiffness).\n"]
    rows += ["| stiffness N/m | edges mm | stretch mm | by the book | off |", "|---|---|---|---|---|"]
    for modulus in (33.0, 300.0, 3000.0):
        for edge in _STRIP_EDGES_M:
            found, book = strip_stretch_m(0.5, modulus, _MASS, edge), _MASS * GRAVITY * 0.25 / (2 * modulus)
            rows.append(f"| {modulus:g} | {1e3 * edge:g} | {1e3 * found:.3f} | {1e3 * book:.3f} | {found / book - 1:+.2%} |")
    return "\n".join(rows)


def _cantilevers() -> str:
    rows = ["A strip over an edge (ASTM D1388): its bending length is half of the overhang at which it hangs at 41.5 degrees.\n"]
    rows += ["| bending length given cm | edges mm | found cm | off |", "|---|---|---|---|"]
    for length in _BENDING_LENGTHS_M:
        for edge in _CANTILEVER_EDGES_M:
            found = _bending_length(length, edge)
            rows.append(f"| {1e2 * length:g} | {1e3 * edge:g} | {1e2 * found:.2f} | {found / length - 1:+.1%} |")
    return "\n".join(rows)


def _bending_length(length_m: float, edge_m: float) -> float:
    rigidity = _MASS * GRAVITY * length_m**3
    low, high = 1.5 * length_m, 2.6 * length_m
    for _ in range(8):
        middle = (low + high) / 2
        low, high = (middle, high) if cantilever_angle_deg(middle, rigidity, _MASS, edge_m) < 41.5 else (low, middle)
    return (low + high) / 4


def _sleeves() -> str:
    rows = ["A sleeve that is too narrow for a cylinder of 10 cm: pressure against tension over radius.\n"]
    rows += ["| narrower by | stiffness N/m | edges mm | pressure Pa | T / R | off |", "|---|---|---|---|---|---|"]
    for narrow, modulus in ((0.05, 60.0), (0.10, 200.0)):
        for edge in _SLEEVE_EDGES_M:
            found, book = sleeve_pressure_pa(0.05, narrow, modulus, edge)
            rows.append(f"| {narrow:.0%} | {modulus:g} | {1e3 * edge:g} | {found:.0f} | {book:.0f} | {found / book - 1:+.1%} |")
    return "\n".join(rows)


def _drapes() -> str:
    rows = [
        "## Cloth: drape of the library's fabrics\n\nCusick's test, 30 cm on 18 cm, mean of three discs that are laid down differently, "
        "with\nthe fabric's own stiffness in every direction. Published: of that fabric, or the band of its kind.\n"
    ]
    rows += [
        "| fabric | bending length cm | 10 mm edges % | folds | 7 mm % | folds | apart | published % | s |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name in fabric_names():
        fabric, start = load_fabric(name), time.process_time()
        found = [_draped(fabric, edge) for edge in _DRAPE_EDGES_M]
        (coarse, some), (fine, others) = found
        rows.append(
            f"| {name} | {fabric.mechanics.bending_length_cm:.2f} | {coarse:.1f} | {some} | {fine:.1f} | {others} | {fine - coarse:+.1f} | "
            f"{_published(fabric)} | {time.process_time() - start:.0f} |"
        )
        print(rows[-1], flush=True)
    return "\n".join(rows)


def _draped(fabric: FabricSpec, edge_m: float) -> tuple[float, str]:
    """Mean drape coefficient of several discs [%], and the least and most folds."""
    m = fabric.mechanics
    discs = [
        drape_percent(
            m.bending_weft_n_m, m.areal_weight_g_m2 / 1000, edge_m, bend_warp_n_m=m.bending_warp_n_m, weft_n_m=m.stretch_weft_n_m,
            warp_n_m=m.stretch_warp_n_m, shear_n_m=m.shear_n_m, seed=seed,
        )
        for seed in range(_DRAPES)
    ]  # fmt: skip
    folds = [disc.nodes for disc in discs]
    return float(np.mean([disc.percent for disc in discs])), f"{min(folds)}-{max(folds)}"


def _published(fabric: FabricSpec) -> str:
    m = fabric.mechanics
    if m.drape_percent is not None:
        return f"{m.drape_percent:g}"
    return "{:g}-{:g}".format(*m.drape_band_percent) if m.drape_band_percent is not None else "-"
