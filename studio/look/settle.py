"""The simulation of one sewn garment in time, planned here and run by Blender: it falls on the body, goes with it, comes to rest.

Blender's cloth leaves springs stretched by 8 to 25 % where contacts pinch; that is noise of the contact response, not tension in the
fabric. It is relaxed afterwards: a projection onto what cloth can be, by a few millimetres, and not an equilibrium of forces.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from studio.engine import Engine, write_job
from studio.look.cloth import Cloth
from studio.look.field import distance_field
from studio.look.figure import Figure
from studio.look.gates import Allowed
from studio.look.relax import relax
from studio.look.solver import INTERFACING, Collider, Cut, Settled, obstacle_of
from studio.progress import Report, silent
from studio.specs.fabric import FabricMechanics

#: Frames of 31.6 ms: the garment settles before the pose changes, while it changes, and afterwards at most.
STILL, MOVE, SETTLE = 8, 40, 40
#: The cloth has come to rest when its vertices move by less than this in a frame in the mean [mm], three frames running: half of what the
#: gate allows.
QUIET_MM = 0.25
#: Membrane stiffness that is simulated [N/m]. A knit's measured slope about the relaxed state (33 to 130 N/m) is not its stiffness under
#: load: knits stiffen, Blender's springs do not, and at 50 N/m a tee's own weight stretched its shoulders by 14 %. Woven cloth is stiffer
#: than the upper bound; it stretches by less than 1 % under its own weight either way, and stiffer springs only cost stability.
STIFFNESS_N_M = (200.0, 1000.0)
#: The relaxation holds on to where the simulation left the cloth by the first weight, against a spring's 1. The second smooths
#: what is finer than cloth can buckle (springs that are pressed together leave an orange peel of one edge length).
INERTIA, BENDING = 0.2, 0.2
LEAST_ROUNDS, MOST_ROUNDS = 20, 80
#: Cloth that is pressed together by less than this buckles finer than the mesh can show; springs that resisted it would stretch others
#: (measured on a tee over a bust, strain at the 99th percentile: 7.6 % with a slack of 0.05, 6.6 % with 0.15).
SLACK = 0.15
#: Distance from the body that the relaxation keeps, and how far around it looks [m].
COARSE_CLEARANCE_M, _FIELD_MARGIN_M = 0.002, 0.04
#: Crossing pairs that may be left: where sleeves fold under the arms more, as in GarmentCode's limits for its simulations. Strain that may
#: be, of whatever fabric, for the stiffness that is simulated is not the fabric's own.
PAIRS_WITH_SLEEVES, PAIRS_WITHOUT, STRAIN = 100, 20, 0.08
#: Colliders are cut to what the garment can reach: its box and this much around it [m].
REACH_M = 0.12


@dataclass(frozen=True, eq=False)
class BlenderCloth:
    """The solver that is Blender's cloth modifier. engine: Runs the jobs. folder: Where they are kept."""

    engine: Engine
    folder: Path

    def settle(
        self, cloth: Cloth, start: np.ndarray, figure: Figure, below: Sequence[Collider], cut: Cut, *, name: str, report: Report = silent
    ) -> Settled:
        """As `Solver.settle`; the job's folder has the garment's name. Blender knows one fabric, the main one, warp and weft alike."""
        closed = np.array([figure.closed(pose) for pose in range(len(figure.vertices))])
        colliders = [Collider(closed, figure.faces), *below]
        found = simulate(
            cloth, start, colliders, cut.fabric, interfaced=cut.interfaced, engine=self.engine, folder=self.folder / name, report=report
        )
        low, high = found.vertices.min(axis=0) - _FIELD_MARGIN_M, found.vertices.max(axis=0) + _FIELD_MARGIN_M
        field = distance_field(obstacle_of(figure, below, len(figure.vertices) - 1, hooded=figure.is_hood(start)), low=low, high=high)
        system = cloth.system(inertia=INERTIA, bending=BENDING)
        relaxed = relax(
            system, cloth.faces, found.vertices, field, clearance_m=COARSE_CLEARANCE_M, least=LEAST_ROUNDS, most=MOST_ROUNDS, slack=SLACK
        )
        return replace(found, vertices=relaxed.vertices)

    def allowed(self, cut: Cut, *, sleeves: bool) -> Allowed:
        """See `Solver.allowed`."""
        del cut
        return Allowed(PAIRS_WITH_SLEEVES if sleeves else PAIRS_WITHOUT, STRAIN, STRAIN, STRAIN)


def simulate(
    cloth: Cloth, start: np.ndarray, colliders: Sequence[Collider], fabric: FabricMechanics, *, interfaced: np.ndarray, engine: Engine,
    folder: Path, report: Report = silent,
) -> Settled:  # fmt: skip
    """Simulate one garment in Blender.

    start: Positions to begin with, outside all colliders in their first pose [m], shape (V, 3).
    interfaced: Vertices of waistbands, shape (V,), bool.
    colliders: The body and the garments that are worn already, with as many poses each. folder: Where the job is kept.
    """
    low, high = start.min(axis=0) - REACH_M, start.max(axis=0) + REACH_M
    names = [f"collider-{index}.npz" for index in range(len(colliders))]
    stretch_n_m = float(np.clip((fabric.stretch_warp_n_m + fabric.stretch_weft_n_m) / 2, *STIFFNESS_N_M))
    write_job(
        folder,
        "cloth",
        fabric={
            "areal_weight_kg_m2": fabric.areal_weight_g_m2 / 1000,
            "stretch_n_m": stretch_n_m,
            "interfaced_n_m": INTERFACING * stretch_n_m,
            "bending_n_m": (fabric.bending_warp_n_m + fabric.bending_weft_n_m) / 2,
            "friction": fabric.friction,
        },
        frames={"still": STILL, "move": MOVE, "settle": SETTLE},
        colliders=names,
        quiet_mm=QUIET_MM,
    )
    area_m2, edge_m = np.array(cloth.areas_m2.sum()), np.array(cloth.lengths_m.mean())
    np.savez(folder / "cloth.npz", vertices=start, faces=cloth.faces, interfaced=interfaced, area_m2=area_m2, edge_m=edge_m)
    for name, collider in zip(names, colliders, strict=True):
        near = collider.cut_to(low, high)
        np.savez(folder / name, keys=near.keys, faces=near.faces)
    result = engine.run(folder, report=report)
    with np.load(result.path("settled.npz"), allow_pickle=False) as stored:
        vertices, keys = stored["vertices"], stored["keys"]
    facts = result.facts
    return Settled(vertices, keys, float(facts["motion_mm"]), float(facts["motion_p95_mm"]), int(facts["frames"]))
