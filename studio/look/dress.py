"""Dressing a body: each garment is placed, sewn, simulated and finished, innermost first, and the whole look is measured."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from studio.garment.meshing import PatternMesh, mesh_pattern
from studio.garment.pattern import Panel, Pattern
from studio.look.cloth import along_grain
from studio.look.field import distance_field
from studio.look.figure import Figure
from studio.look.finish import RenderMesh, finish
from studio.look.gates import Allowed, Gates, Measured, measure_gates
from studio.look.obstacle import Layered, Obstacle, OuterBody, WornCloth
from studio.look.place import place
from studio.look.sew import Sewn, sew
from studio.look.solver import Collider, Settled, Solver
from studio.progress import Report, silent, within
from studio.specs.fabric import FabricMechanics

#: Edge length of the simulated mesh [m]. At 9 mm folds are hardly finer and a tee takes twice as long (measured: 17, 26, 42 s at 15, 12, 9
#: mm).
EDGE_LENGTH_M = 0.012
#: A strip of this height round the waist, or less, is a waistband [cm]: the highest that a garment spec allows, and its curve.
BAND_CM = 12.0
#: The field around the placed panels reaches this far beyond them [m].
_FIELD_MARGIN_M = 0.06

#: Shares of a garment's time, for the progress bar; measured on a tee.
_SEWN, _SETTLED = 0.25, 0.85


@dataclass(frozen=True)
class Piece:
    """One garment to put on: what it is called, its pattern, and its main fabric."""

    name: str
    pattern: Pattern
    fabric: FabricMechanics


@dataclass(frozen=True, eq=False)
class Worn:
    """One garment of a drape. allowed: What the gates let pass. seconds: Time by step."""

    piece: Piece
    mesh: RenderMesh
    panel_names: tuple[str, ...]
    sewn: Sewn
    settled: Settled
    allowed: Allowed
    seconds: dict[str, float]

    @property
    def measured(self) -> Measured:
        """What the gates want to know of it."""
        return Measured(self.mesh, self.sewn.seam_gap_max_m, self.settled.motion_mm, self.allowed)


@dataclass(frozen=True, eq=False)
class Drape:
    """A dressed body: the posed body's vertices [m], shape (V, 3), and faces (F, 3), its garments innermost first, and its gates."""

    body_vertices: np.ndarray
    body_faces: np.ndarray
    garments: tuple[Worn, ...]
    gates: Gates


def drape(
    figure: Figure, pieces: Sequence[Piece], *, solver: Solver, edge_length_m: float = EDGE_LENGTH_M, report: Report = silent
) -> Drape:
    """Dress a figure in its last pose. pieces: Garments, innermost first. solver: Brings each to rest."""
    report("closing creases", 0.0)
    fitting = _Fitting(figure, solver, edge_length_m)
    worn: list[Worn] = []
    for index, piece in enumerate(pieces):
        worn.append(fitting.put_on(piece, worn, within(report, index / len(pieces), (index + 1) / len(pieces))))
    gates = measure_gates(figure.vertices[-1], figure.faces, [garment.measured for garment in worn])
    return Drape(figure.vertices[-1], figure.faces, tuple(worn), gates)


@dataclass(frozen=True, eq=False)
class _Fitting:
    """What all garments of a look have in common."""

    figure: Figure
    solver: Solver
    edge_length_m: float

    def put_on(self, piece: Piece, worn: Sequence[Worn], report: Report) -> Worn:
        """One garment over those that are worn already."""
        clock, seconds = time.monotonic(), {}

        def lap(step: str) -> None:
            nonlocal clock
            seconds[step], clock = time.monotonic() - clock, time.monotonic()

        report(f"sewing {piece.name}", 0.0)
        mesh = mesh_pattern(piece.pattern, edge_length_m=self.edge_length_m)
        placed = place(piece.pattern, mesh, self.figure, worn=[_keys(other)[0][other.sewn.cloth.faces] for other in worn])
        lap("place")
        sewn = self._sew(mesh, placed, worn)
        lap("sew")
        simulating = within(report, _SEWN, _SETTLED)
        settled = self.solver.settle(
            sewn.cloth, sewn.vertices, self.figure, [self._collider(other) for other in worn], piece.fabric,
            grain_m=along_grain(sewn.cloth.flat_m, sewn.cloth.panel, sewn.cloth.panel_names, piece.pattern),
            interfaced=_interfaced(piece.pattern, sewn), name=f"{len(worn)}-{piece.name}",
            report=lambda _, done: simulating(f"draping {piece.name}", done),
        )  # fmt: skip
        lap("settle")
        report(f"finishing {piece.name}", _SETTLED)
        below = [WornCloth(other.mesh.vertices, other.mesh.faces) for other in worn]
        finished = finish(sewn.cloth, settled.vertices, sewn.vertices, _over(self.figure.vertices[-1], self.figure.faces, below, worn))
        lap("finish")
        sleeves = any(panel.placement.region.endswith("arm") for panel in piece.pattern.panels)
        return Worn(piece, finished, mesh.panel_names, sewn, settled, self.solver.allowed(piece.fabric, sleeves=sleeves), seconds)

    def _sew(self, mesh: PatternMesh, placed: np.ndarray, worn: Sequence[Worn]) -> Sewn:
        below = [WornCloth(_keys(other)[0], other.sewn.cloth.faces) for other in worn]
        low, high = placed.min(axis=0) - _FIELD_MARGIN_M, placed.max(axis=0) + _FIELD_MARGIN_M
        return sew(mesh, placed, distance_field(_over(self.figure.closed(0), self.figure.faces, below, worn), low=low, high=high))

    @staticmethod
    def _collider(worn: Worn) -> Collider:
        return Collider(_keys(worn), worn.sewn.cloth.faces, worn.piece.fabric.thickness_mm / 1000)


def _interfaced(pattern: Pattern, sewn: Sewn) -> np.ndarray:
    """Vertices of waistbands, shape (V,), bool."""
    bands = [index for index, name in enumerate(sewn.cloth.panel_names) if _is_band(pattern.panel(name))]
    vertices = np.zeros(sewn.cloth.vertex_count, dtype=bool)
    vertices[sewn.cloth.faces[np.isin(sewn.cloth.panel, bands)]] = True
    return vertices


def _is_band(panel: Panel) -> bool:
    """A strip round the waist."""
    return panel.placement.region == "waist" and float(np.ptp(panel.polygon()[:, 1])) <= BAND_CM


def _over(vertices: np.ndarray, faces: np.ndarray, cloths: Sequence[WornCloth], worn: Sequence[Worn]) -> Obstacle:
    """A body under garments, each as thick as its cloth: a mesh is the inner side of the cloth that is rendered."""
    body = OuterBody(vertices, faces)
    return Layered([body, *cloths], [0.0, *(other.piece.fabric.thickness_mm / 1000 for other in worn)]) if cloths else body


def _keys(worn: Worn) -> np.ndarray:
    """Where a worn garment is in each pose: as it was simulated, at the end as it was finished."""
    keys = worn.settled.keys.copy()
    keys[-1] = worn.mesh.vertices[: keys.shape[1]]  # the coarse mesh's vertices come first
    return keys
