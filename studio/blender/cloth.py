"""A cloth job: a sewn, welded garment falls on colliders that may move to another pose meanwhile, and comes to rest.

Request: ``fabric`` (SI: ``areal_weight_kg_m2``, ``stretch_n_m``, ``interfaced_n_m``, ``bending_n_m``, ``friction``), ``frames`` (``still``,
``move``, ``settle``), ``colliders`` (names of files), ``contact`` (see `Contact`), ``quiet_mm`` (three frames whose mean motion is
less end the settling).
Files: ``cloth.npz`` with ``vertices`` (V, 3) [m], ``faces`` (F, 3), ``area_m2``, ``edge_m`` and, where wanted, ``pinned`` (V,), weights 0
to 1, and ``interfaced`` (V,), bool, where ``interfaced_n_m`` is the stiffness; each collider with ``keys`` (P, B, 3) [m], evenly spaced
over the move, and ``faces``.
Result: ``settled.npz`` with ``vertices``, ``keys`` (P, V, 3), where the cloth was when the colliders were at their keys, and the mean and
the 95th percentile of its motion per frame.

SI in Blender's cloth (read in its source; ``tests/blender/test_cloth.py`` holds it): gravity is multiplied by 0.001, so one frame lasts
sqrt(0.001) s whatever the frame rate, and a spring of stiffness k N/m has the parameter ``k e / 1000``. Mass is per vertex. Masses of real
cloth are too small beside the unscaled air drag and the default damping, so mass and all stiffnesses are multiplied by ``SCALE``,
which changes no equilibrium.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np

from studio.blender.job import Job
from studio.errors import StudioError

SCALE = 1000.0
#: Duration of one frame [s]: from the factor 0.001 on gravity.
FRAME_S = 0.001**0.5
#: In-plane stiffness of a triangle mesh of springs k: Y = 2 / sqrt(3) k.
TRIANGLES = 0.866
#: Bending parameter: B = 25 b e^2 on equilateral triangles.
BENDING = 25.0
#: Springs' damping as a share of SCALE, and air drag while the pose changes and when it has: cloth swings out and comes to rest soon.
DAMPING, AIR, STILL_AIR = 0.01, 1.0, 5.0
#: Frames over which the weight comes on, so that a garment that stands off the body does not drop onto it at once.
GRAVITY_RAMP = 10


@dataclass(frozen=True, kw_only=True)
class Contact:
    """Distances of the collision [m] and its effort.

    cloth_m: From the collider's outer side. outer_m: How far that side lies outside the body. inner_m: How deep cloth is still
    pushed back out. self_m: Between two layers of the cloth; 0 turns self-collision off. quality: Substeps per frame.
    """

    cloth_m: float = 0.002
    outer_m: float = 0.001
    inner_m: float = 0.02
    self_m: float = 0.0015
    quality: int = 8
    collision_quality: int = 3


def run(job: Job) -> dict[str, Any]:
    """Simulate; facts: ``frames``, ``motion_mm`` (mean of the last frame), ``motion_p95_mm``."""
    request = job.request
    cloth = job.arrays("cloth.npz")
    colliders = [job.arrays(name) for name in request.get("colliders", [])]
    still, move, settle = (int(request["frames"][key]) for key in ("still", "move", "settle"))
    plan = Plan(first_move=1 + still, last_move=1 + still + move, last=1 + still + move + settle, quiet_mm=float(request["quiet_mm"]))
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = 1, plan.last
    contact = Contact(**request.get("contact", {}))
    for collider in colliders:
        _add_collider(collider, contact, float(request["fabric"]["friction"]), plan)
    garment = _add_cloth(cloth, request["fabric"], contact, plan.last, collides=bool(colliders))
    settings = garment.modifiers["cloth"].settings
    _ramp(settings.effector_weights, "gravity", (1, 0.0), (1 + GRAVITY_RAMP, 1.0))
    _ramp(settings, "air_damping", (plan.last_move, AIR), (plan.last_move + GRAVITY_RAMP, STILL_AIR))
    keys = max((len(collider["keys"]) for collider in colliders), default=1)
    return _step(job, garment, cloth["vertices"], plan, keys)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Frames: the colliders move from ``first_move`` to ``last_move``; the cloth settles until ``last`` or until it is quiet."""

    first_move: int
    last_move: int
    last: int
    quiet_mm: float

    def key_frames(self, keys: int) -> list[int]:
        """The frames in which colliders of that many keys are at each of them."""
        return np.rint(np.linspace(self.first_move, self.last_move, keys)).astype(int).tolist()


def _add_collider(collider: dict[str, np.ndarray], contact: Contact, friction: float, plan: Plan) -> None:
    """A mesh that moves through its keys at an even pace."""
    keys = collider["keys"]
    mesh = bpy.data.meshes.new("collider")
    mesh.from_pydata(keys[0].tolist(), [], collider["faces"].tolist())
    thing = bpy.data.objects.new("collider", mesh)
    bpy.context.scene.collection.objects.link(thing)
    if len(keys) > 1:
        for index, key in enumerate(keys):
            block = thing.shape_key_add(name=str(index))
            block.data.foreach_set("co", np.ascontiguousarray(key, dtype=np.float32).ravel())
        shapes = mesh.shape_keys
        shapes.use_relative = False
        start, stop = shapes.key_blocks[0].frame, shapes.key_blocks[-1].frame
        for frame in range(plan.first_move, plan.last_move + 1):  # one by one: interpolated keys would ease in and out
            shapes.eval_time = start + (stop - start) * (frame - plan.first_move) / max(plan.last_move - plan.first_move, 1)
            shapes.keyframe_insert("eval_time", frame=frame)
    thing.modifiers.new("collision", "COLLISION")
    settings = thing.collision
    settings.thickness_outer, settings.thickness_inner = contact.outer_m, contact.inner_m
    # Blender takes friction as 100 times Coulomb's coefficient: the tangential impulse is friction * 0.01 * the normal one.
    settings.cloth_friction = min(100 * friction, 80.0)
    settings.damping = 0.1
    # Single-sided, and pushed along the body's normals: without the first a vertex that once slipped inside is kept there.
    settings.use_culling, settings.use_normal = True, True


def _add_cloth(cloth: dict[str, np.ndarray], fabric: dict[str, float], contact: Contact, last: int, *, collides: bool) -> bpy.types.Object:
    vertices = cloth["vertices"]
    mesh = bpy.data.meshes.new("cloth")
    mesh.from_pydata(vertices.tolist(), [], cloth["faces"].tolist())
    thing = bpy.data.objects.new("cloth", mesh)
    bpy.context.scene.collection.objects.link(thing)
    modifier = thing.modifiers.new("cloth", "CLOTH")
    settings = modifier.settings
    edge_m, area_m2 = float(cloth["edge_m"]), float(cloth["area_m2"])
    settings.quality = contact.quality
    settings.mass = SCALE * fabric["areal_weight_kg_m2"] * area_m2 / len(vertices)
    tension = SCALE * fabric["stretch_n_m"] * edge_m * TRIANGLES / 1000
    stiffest = tension * max(fabric.get("interfaced_n_m", 0.0) / fabric["stretch_n_m"], 1.0)
    settings.tension_stiffness, settings.tension_stiffness_max = tension, stiffest
    settings.compression_stiffness, settings.compression_stiffness_max = tension, stiffest
    if "interfaced" in cloth:
        settings.vertex_group_structural_stiffness = _vertex_group(thing, "interfaced", cloth["interfaced"])
    settings.shear_stiffness = settings.shear_stiffness_max = 0.0  # triangles have no diagonals
    bending = SCALE * fabric["bending_n_m"] / (BENDING * edge_m**2)
    settings.bending_stiffness = settings.bending_stiffness_max = bending
    settings.bending_damping = 0.0
    settings.tension_damping = settings.compression_damping = DAMPING * SCALE
    if "pinned" in cloth:
        settings.vertex_group_mass = _vertex_group(thing, "pinned", cloth["pinned"])
    collision = modifier.collision_settings
    collision.use_collision = collides
    collision.distance_min = contact.cloth_m
    collision.collision_quality = contact.collision_quality
    collision.use_self_collision = contact.self_m > 0
    if contact.self_m > 0:
        collision.self_distance_min = contact.self_m
        collision.self_friction = min(100 * fabric["friction"], 80.0)
    modifier.point_cache.frame_end = last  # beyond it the cloth silently stands still
    return thing


def _vertex_group(thing: bpy.types.Object, name: str, weights: np.ndarray) -> str:
    """A vertex group with those weights; its name."""
    group = thing.vertex_groups.new(name=name)
    for index in np.flatnonzero(weights):
        group.add([int(index)], float(weights[index]), "REPLACE")
    return name


def _ramp(owner: Any, name: str, *keys: tuple[int, float]) -> None:
    """Animate a property through (frame, value)."""
    for frame, value in keys:
        setattr(owner, name, value)
        owner.keyframe_insert(name, frame=frame)


def _step(job: Job, garment: bpy.types.Object, start: np.ndarray, plan: Plan, keys: int) -> dict[str, Any]:
    """Visit every frame (the solver does not jump) and stop early once three frames running were quiet."""
    before, motion, motion_p95, quiet, frame = start, [], [], 0, 1
    at_key = {key_frame: index for index, key_frame in enumerate(plan.key_frames(keys))}
    kept = np.repeat(start[None].astype(np.float64), keys, axis=0)
    for frame in range(1, plan.last + 1):
        bpy.context.scene.frame_set(frame)
        now = _positions(garment)
        if not np.isfinite(now).all():
            raise StudioError(f"The cloth flew apart in frame {frame} of {plan.last}.")
        moved = 1000 * np.linalg.norm(now - before, axis=1)
        motion.append(float(moved.mean()))
        motion_p95.append(float(np.percentile(moved, 95)))
        before = now
        if frame in at_key:
            kept[at_key[frame]] = now
        job.progress("simulating", frame / plan.last)
        quiet = quiet + 1 if motion[-1] < plan.quiet_mm else 0
        if frame > plan.last_move + GRAVITY_RAMP and quiet >= 3:
            break
    kept[-1] = before
    job.save("settled.npz", vertices=before, keys=kept, motion_mm=np.array(motion), motion_p95_mm=np.array(motion_p95))
    return {"frames": frame, "motion_mm": motion[-1], "motion_p95_mm": motion_p95[-1]}


def _positions(thing: bpy.types.Object) -> np.ndarray:
    evaluated = thing.evaluated_get(bpy.context.evaluated_depsgraph_get())
    mesh = evaluated.to_mesh()
    flat = np.empty(3 * len(mesh.vertices), dtype=np.float32)
    mesh.vertices.foreach_get("co", flat)
    evaluated.to_mesh_clear()
    return flat.reshape(-1, 3).astype(np.float64)
