"""The simulation of one sewn garment, planned here and run by Blender: it falls on the body, goes with it to the pose, comes to rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from studio.engine import Engine, write_job
from studio.look.cloth import Cloth
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
#: Colliders are cut to what the garment can reach: its box and this much around it [m].
REACH_M = 0.12


@dataclass(frozen=True, eq=False)
class Collider:
    """Something that cloth falls on. keys: Positions in each pose [m], shape (P, B, 3). faces: Shape (F, 3), normals outward."""

    keys: np.ndarray
    faces: np.ndarray

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
    motion_mm: Mean motion of the vertices in the last frame. motion_p95_mm: Its 95th percentile. frames: How many were simulated.
    """

    vertices: np.ndarray
    keys: np.ndarray
    motion_mm: float
    motion_p95_mm: float
    frames: int


def settle(
    cloth: Cloth, start: np.ndarray, colliders: Sequence[Collider], fabric: FabricMechanics, *, interfaced: np.ndarray, engine: Engine,
    folder: Path, report: Report = silent,
) -> Settled:  # fmt: skip
    """Simulate one garment.

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
