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
from studio.look.creases import fill_creases
from studio.look.field import distance_field
from studio.look.figure import Figure
from studio.look.gates import PAIRS_ALLOWED
from studio.look.obstacle import Layered, Obstacle, OuterBody, WornCloth
from studio.look.relax import relax
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
#: Waistbands are interfaced: a fusible makes them several times stiffer than their cloth, and holds their length [times].
INTERFACING = 4.0
#: The relaxation holds on to where the simulation left the cloth by the first weight, against a spring's 1. The second smooths
#: what is finer than cloth can buckle (springs that are pressed together leave an orange peel of one edge length).
INERTIA, BENDING = 0.2, 0.2
LEAST_ROUNDS, MOST_ROUNDS = 20, 80
#: Cloth that is pressed together by less than this buckles finer than the mesh can show; springs that resisted it would stretch others
#: (measured on a tee over a bust, strain at the 99th percentile: 7.6 % with a slack of 0.05, 6.6 % with 0.15).
SLACK = 0.15
#: Distance from the body that the relaxation keeps, and how far around it looks [m].
COARSE_CLEARANCE_M, _FIELD_MARGIN_M = 0.002, 0.04
#: Crossing pairs that Blender's cloth leaves: where sleeves fold under the arms more, as in GarmentCode's limits for its simulations.
PAIRS_AT_ARMS, PAIRS_AT_WAISTS = 100, 20
#: Colliders are cut to what the garment can reach: its box and this much around it [m].
REACH_M = 0.12


@dataclass(frozen=True, eq=False)
class Collider:
    """Something that cloth falls on.

    keys: Positions in each pose [m], shape (P, B, 3). faces: Shape (F, 3), normals outward. thickness_m: Of a garment's cloth.
    """

    keys: np.ndarray
    faces: np.ndarray
    thickness_m: float = 0.0

    def cut_to(self, low: np.ndarray, high: np.ndarray) -> Collider:
        """The part whose faces come into a box in any of the poses."""
        middles = self.keys[:, self.faces].mean(axis=2)
        near = ((middles > low) & (middles < high)).all(axis=2).any(axis=0)
        used, faces = np.unique(self.faces[near], return_inverse=True)
        return Collider(self.keys[:, used], faces.reshape(-1, 3))


@dataclass(frozen=True, eq=False)
class Settled:
    """A garment that has come to rest.

    vertices: Positions at the end [m], shape (V, 3). keys: Positions when the body was in each pose, the last at the end, (P, V, 3).
    motion_mm: Mean motion of the vertices in the last frame. motion_p95_mm: Its 95th percentile. frames: How many were simulated,
    or how many steps the last equilibrium took. pairs_allowed: Crossing pairs of triangles that the solver may leave in the garment.
    """

    vertices: np.ndarray
    keys: np.ndarray
    motion_mm: float
    motion_p95_mm: float
    frames: int
    pairs_allowed: int = PAIRS_ALLOWED


def obstacle_of(figure: Figure, below: Sequence[Collider], pose: int) -> Obstacle:
    """The body in a pose, under garments that are as thick as their cloth."""
    body = OuterBody(figure.vertices[pose], figure.faces)
    if not below:
        return body
    return Layered([body, *(WornCloth(each.keys[pose], each.faces) for each in below)], [0.0, *(each.thickness_m for each in below)])


@dataclass(frozen=True, eq=False)
class BlenderCloth:
    """The solver that is Blender's cloth modifier. engine: Runs the jobs. folder: Where they are kept."""

    engine: Engine
    folder: Path

    def settle(
        self, cloth: Cloth, start: np.ndarray, figure: Figure, below: Sequence[Collider], fabric: FabricMechanics, *, grain_m: np.ndarray,
        interfaced: np.ndarray, name: str, report: Report = silent,
    ) -> Settled:  # fmt: skip
        """As `Statics.settle`; ``name`` is that of the job's folder. Warp and weft are alike to Blender."""
        del grain_m
        closed = np.array([fill_creases(vertices, figure.faces, where=figure.dressable) for vertices in figure.vertices])
        colliders = [Collider(closed, figure.faces), *below]
        found = simulate(
            cloth, start, colliders, fabric, interfaced=interfaced, engine=self.engine, folder=self.folder / name, report=report
        )
        low, high = found.vertices.min(axis=0) - _FIELD_MARGIN_M, found.vertices.max(axis=0) + _FIELD_MARGIN_M
        field = distance_field(obstacle_of(figure, below, -1), low=low, high=high)
        system = cloth.system(inertia=INERTIA, bending=BENDING)
        relaxed = relax(
            system, cloth.faces, found.vertices, field, clearance_m=COARSE_CLEARANCE_M, least=LEAST_ROUNDS, most=MOST_ROUNDS, slack=SLACK
        )
        return replace(found, vertices=relaxed.vertices, pairs_allowed=PAIRS_AT_WAISTS if interfaced.any() else PAIRS_AT_ARMS)


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
