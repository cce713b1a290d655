"""The cloth solver in the textile laboratory: strips, cantilevers, sleeves, and the drape of the library's fabrics."""

from __future__ import annotations

from bench import drape_lab
from studio.look.statics.specimens import cantilever_angle_deg, sleeve_pressure_pa, strip_stretch_m
from studio.specs.fabric import GRAVITY

#: Weight of plain specimens [kg/m2], and edge lengths at which they are tested [m].
_MASS = 0.2
_STRIP_EDGES_M, _CANTILEVER_EDGES_M, _SLEEVE_EDGES_M = (0.02, 0.01, 0.007), (0.005, 0.0035), (0.012, 0.007)
_BENDING_LENGTHS_M = (0.015, 0.02, 0.025, 0.03)


def run() -> str:
    """Test the specimens and return the tables."""
    return "\n\n".join(table() for table in (_strips, _cantilevers, _sleeves, drape_lab.table))


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
