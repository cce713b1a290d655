"""Dressing a body: each garment is placed, sewn, simulated and finished, innermost first, and the whole look is measured."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from studio.garment.meshing import PatternMesh, mesh_pattern
from studio.garment.pattern import Pattern
from studio.look.cloth import along_grain
from studio.look.cut import cut_of
from studio.look.figure import Figure
from studio.look.finish import RenderMesh, finish
from studio.look.gates import Allowed, Gates, Measured, measure_gates, percentile
from studio.look.obstacle import Layered, Obstacle, OuterBody, WornCloth
from studio.look.sew import Sewn, sew
from studio.look.solver import Collider, Settled, Solver
from studio.look.tight import tightest
from studio.progress import Report, silent, within
from studio.specs.fabric import FabricMechanics

#: Edge length of the simulated mesh [m]. At 9 mm folds are hardly finer and a tee takes twice as long (measured: 17, 26, 42 s at 15, 12, 9
#: mm).
EDGE_LENGTH_M = 0.012
#: What is tangled when it is sewn, or does not hold in the end, is tried once more with edges of this share: a small shirt's collar that
#: left 55 crossings at 12 mm leaves none at 11.5, 10.5 and 9.5 mm.
_FINER = 0.88
#: Shares of a garment's time, for the progress bar; measured on a tee.
_SEWN, _SETTLED = 0.25, 0.85

AnyPiece = TypeVar("AnyPiece")


@dataclass(frozen=True)
class Piece:
    """One garment to put on: what it is called, its pattern, its main fabric, and that of its ribs; the main one where None."""

    name: str
    pattern: Pattern
    fabric: FabricMechanics
    rib: FabricMechanics | None = None

    @property
    def ribs(self) -> tuple[int, ...]:
        """Panels that are of rib knit, by number."""
        return tuple(index for index, panel in enumerate(self.pattern.panels) if panel.cloth == "rib")


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
        return Measured(self.mesh, self.grain_m, self.sewn.seam_gap_max_m, self.settled.motion_mm, self.allowed, self.piece.ribs)

    @property
    def grain_m(self) -> np.ndarray:
        """Flat corners of the triangles that are rendered, the warp along y [m], (F, 3, 2); as they are where it has no pattern."""
        if not isinstance(self.piece, Piece):
            return self.mesh.flat_m
        return along_grain(self.mesh.flat_m, self.mesh.panel, self.panel_names, self.piece.pattern)

    @property
    def keys(self) -> np.ndarray:
        """Where it is in each pose [m], shape (P, V, 3): as it was simulated, at the end as it was finished."""
        keys = self.settled.keys.copy()
        keys[-1] = self.mesh.vertices[: keys.shape[1]]  # the coarse mesh's vertices come first
        return keys

    @property
    def collider(self) -> Collider:
        """What the next garment falls on."""
        return Collider(self.keys, self.sewn.cloth.faces, self.piece.fabric.thickness_mm / 1000)


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
    return dressed(Fitting(figure, solver, edge_length_m), pieces, Fitting.put_on, report=report)


def dressed(
    fitting: Fitting, pieces: Sequence[AnyPiece], put_on: Callable[[Fitting, AnyPiece, Sequence[Worn], Report], Worn], *, report: Report
) -> Drape:
    """Put pieces on, innermost first, and measure them.

    An outfit that fails by anything but stretch, and has a sewn piece in it, is dressed once more with a finer mesh; the better one counts.
    put_on: One piece over those that are worn already.
    """
    from threadpoolctl import threadpool_limits

    report("closing creases", 0.0)
    figure, tries = fitting.figure, []
    for meshed in (fitting, replace(fitting, edge_length_m=_FINER * fitting.edge_length_m)):
        part, worn = (within(report, 0.99, 1.0) if tries else report), []
        with threadpool_limits(1, user_api="blas"):  # thousands of tiny systems: threads that wait for each other take most of the time
            for index, piece in enumerate(pieces):
                worn.append(put_on(meshed, piece, worn, within(part, index / len(pieces), (index + 1) / len(pieces))))
        tries.append(Drape(figure.vertices[-1], figure.faces, tuple(worn), judged(figure, worn)))
        gates = tries[-1].gates
        if gates.passed or gates.stretched or not any(isinstance(piece, Piece) for piece in pieces):
            break
    return min(tries, key=lambda made: len(made.gates.failures))


def judged(figure: Figure, worn: Sequence[Worn]) -> Gates:
    """The gates of what is worn, innermost first; where it is stretched too far they say at which measure."""
    measured = [garment.measured for garment in worn]
    gates = measure_gates(figure.vertices[-1], figure.faces, measured)
    if not gates.stretched:
        return gates
    stretched = gates.strain_p99 > gates.strain_allowed
    for garment, found in zip(worn, measured, strict=True):
        threads, bias = found.strain
        over = threads > garment.allowed.strain if stretched else bias > garment.allowed.bias
        if not isinstance(garment.piece, Piece) or not percentile(over.astype(float), found.grain_m):
            continue
        if place := tightest(garment.mesh, garment.piece.pattern, figure.landmarks, over=over):
            return replace(gates, tightest=place)
    return gates


@dataclass(frozen=True, eq=False)
class Fitting:
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
        sewn = self._sewn(piece.pattern, worn)
        lap("sew")
        simulating = within(report, _SEWN, _SETTLED)
        grain_m = along_grain(sewn.cloth.flat_m, sewn.cloth.panel, sewn.cloth.panel_names, piece.pattern)
        rib = piece.rib or piece.fabric
        cut = cut_of(sewn.cloth, piece.pattern, grain_m, fabric=piece.fabric, rib=rib, ribs=piece.ribs)
        settled = self.solver.settle(
            sewn.cloth, sewn.vertices, self.figure, [other.collider for other in worn], cut, name=f"{len(worn)}-{piece.name}",
            report=lambda _, done: simulating(f"draping {piece.name}", done),
        )  # fmt: skip
        lap("settle")
        report(f"finishing {piece.name}", _SETTLED)
        finished = finished_over(self.figure, sewn, settled.vertices, worn)
        lap("finish")
        sleeves = any(panel.placement.region.endswith("arm") for panel in piece.pattern.panels)
        return Worn(piece, finished, sewn.cloth.panel_names, sewn, settled, self.solver.allowed(cut, sleeves=sleeves), seconds)

    def _sewn(self, pattern: Pattern, worn: Sequence[Worn]) -> Sewn:
        """The pattern sewn round the body and what is worn; where it is left tangled, the less so of two meshes."""
        sewn = self._sew(pattern, mesh_pattern(pattern, edge_length_m=self.edge_length_m), worn)
        if not sewn.crossings:
            return sewn
        finer = self._sew(pattern, mesh_pattern(pattern, edge_length_m=_FINER * self.edge_length_m), worn)
        return finer if finer.crossings < sewn.crossings else sewn

    def _sew(self, pattern: Pattern, mesh: PatternMesh, worn: Sequence[Worn]) -> Sewn:
        first = [(other.keys[0], other.sewn.cloth.faces) for other in worn]
        around = _over(self.figure.closed(0), self.figure.faces, [WornCloth(*mesh) for mesh in first], worn)
        return sew(pattern, mesh, self.figure, around, [vertices[faces] for vertices, faces in first])


def finished_over(figure: Figure, sewn: Sewn, settled: np.ndarray, worn: Sequence[Worn]) -> RenderMesh:
    """What is rendered of a garment that came to rest at ``settled`` (V, 3) [m] in the figure's last pose, over what is worn already."""
    last = len(figure.vertices) - 1
    body = figure.hooded(last) if figure.is_hood(sewn.vertices) else figure.vertices[last]
    below = [WornCloth(other.mesh.vertices, other.mesh.faces) for other in worn]
    return finish(sewn.cloth, settled, sewn.vertices, _over(body, figure.faces, below, worn))


def _over(vertices: np.ndarray, faces: np.ndarray, cloths: Sequence[WornCloth], worn: Sequence[Worn]) -> Obstacle:
    """A body under garments, each as thick as its cloth: a mesh is the inner side of the cloth that is rendered."""
    body = OuterBody(vertices, faces)
    return Layered([body, *cloths], [0.0, *(other.piece.fabric.thickness_mm / 1000 for other in worn)]) if cloths else body
