"""Shoes on a twin: a pair in the size of its feet, feet posed to their inner soles, and the whole body raised by what they stand on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.body.feet import sole_turn
from studio.body.ground import pose_body
from studio.body.joints import INDEX
from studio.body.model import BodyModel, BodyParameters, forward
from studio.body.poses import load_pose
from studio.body.rotations import axis_rotation
from studio.errors import StudioError
from studio.frames import apply, world_from_smplx
from studio.garment.finished.mend import GarmentMesh, parts_of
from studio.garment.finished.mhclo import Binding
from studio.garment.finished.shoe import BALL, HEEL, PLAIN_SOLE_M, Shoe, measure_shoe
from studio.look.wearing.bound import bound_vertices, in_rest_pose
from studio.look.wearing.feet import SIDES, Foot, ShoeSolid, find_feet, pointed, pressed
from studio.look.wearing.rigid import Rigid, rigid_in, world_from_rest
from studio.mesh.closest import Surface

#: How much longer the room in a shoe is than the foot [m]. Chosen: fitters leave 10 to 15 mm before the longest toe. The heel is
#: pressed this far into the padding behind it.
ALLOWANCE_M, _PADDING_M = 0.012, 0.006
#: A bound shoe is stiff up to this height above the ankle joint, and goes with the leg from this height on, as a sock or a shaft does [m].
_STIFF_M, _SOFT_M = 0.01, 0.06
#: Up to this height a bound shoe is sole, and from this one on it is upper [m].
_SOLE_M, _UPPER_M = 0.015, 0.05
#: Feet that point down by less than this stand as they are [rad].
_FLAT_RAD = np.radians(0.5)
#: No foot points down by more than this in a shoe [rad]: a ballet heel.
_STEEPEST_RAD = np.radians(60.0)


@dataclass(frozen=True, eq=False)
class Shod:
    """A body that stands in shoes: its pose, its offsets with the feet pressed into them, and the shoes.

    parts: Left shoe, then right. mesh: Of both, positions as they are worn [m], world. solids: Both, as obstacles. remarks: What was done.
    """

    posed: BodyParameters
    offsets: np.ndarray
    parts: tuple[Rigid, ...]
    mesh: GarmentMesh
    solids: tuple[ShoeSolid, ...]
    remarks: tuple[str, ...]


def put_shoes_on(
    model: BodyModel, posed: BodyParameters, mesh: GarmentMesh, *, binding: Binding | None, offsets: np.ndarray, name: str
) -> Shod:
    """Stand a posed body in shoes. mesh: One shoe in its own frame, or a bound pair. name: Of the shoes, for messages.

    The lowest point of both soles is on the floor; a foot that its pose lifts keeps its shoe in the air.
    """
    feet, remarks = find_feet(model, posed, offsets=offsets), []
    if binding is None:
        shoe = measure_shoe(mesh)
        if shoe.slope_rad > _STEEPEST_RAD:
            raise StudioError(
                f"{name} stands {np.degrees(shoe.slope_rad):.0f} degrees steep inside, and feet point by 60 at most: mend its sole."
            )
        shoe, said = _in_size(shoe, feet)
        remarks.append(said)
        if abs(shoe.slope_rad) > _FLAT_RAD:
            posed = pointed(model, posed, feet, shoe.slope_rad, offsets=offsets)
        both, parts = _pair(shoe, feet)
    else:
        posed = _toes_at_rest(posed)
        both, parts = _bound_pair(model, posed, mesh, binding, feet, offsets=offsets)
    body = forward(model, posed, offsets=offsets)
    lowest = min(part.placed(body)[:, 2].min() for part in parts)
    posed = posed.replace(transl=posed.transl - np.array([0.0, lowest, 0.0], dtype=np.float32))
    placed = _placed(model, posed, parts, both, binding, offsets=offsets)
    worn = GarmentMesh(np.concatenate(placed), both.faces, both.part, both.corner_uv, both.source)
    offsets, deepest, solids = pressed(model, posed, feet, _surfaces(placed, both.faces), offsets=offsets)
    remarks.append(f"{name} raises the body by {1000 * -lowest:.0f} mm; the feet are pressed into it by {1000 * deepest:.0f} mm at most.")
    return Shod(posed, offsets, parts, worn, solids, tuple(remarks))


def _low(heights: np.ndarray) -> np.ndarray:
    """How much of a shoe's vertices is sole, (N,): shoes for bodies whose feet are hidden have none, and a foot must stand on something."""
    return np.clip((heights.min() + _UPPER_M - heights) / (_UPPER_M - _SOLE_M), 0.0, 1.0)


def _toes_at_rest(posed: BodyParameters) -> BodyParameters:
    """The toes as they were when shoes were bound to them: a shoe is stiff, and its toes are often raised."""
    pose = posed.full_pose.copy()
    pose[[INDEX[f"{side}_foot"] for side in SIDES]] = 0.0
    return posed.with_full_pose(pose)


def _placed(
    model: BodyModel, posed: BodyParameters, parts: tuple[Rigid, ...], both: GarmentMesh, binding: Binding | None, *, offsets: np.ndarray
) -> list[np.ndarray]:
    """Each shoe's vertices as it is worn [m], world: with the ankle, and above it as the binding has them."""
    body = forward(model, posed, offsets=offsets)
    placed = [part.placed(body) for part in parts]
    if binding is not None:
        bound = np.split(bound_vertices(model, posed, binding, offsets=offsets)[both.source], [len(placed[0])])
        placed = [
            part.share[:, None] * own + (1 - part.share[:, None]) * soft for part, own, soft in zip(parts, placed, bound, strict=True)
        ]
    return placed


def _surfaces(placed: list[np.ndarray], faces: np.ndarray) -> dict[str, Surface]:
    """Each shoe as it is worn, by side."""
    count = len(placed[0])
    left = (faces < count).all(axis=1)
    return dict(zip(SIDES, (Surface(placed[0], faces[left]), Surface(placed[1], faces[~left] - count)), strict=True))


def _in_size(shoe: Shoe, feet: tuple[Foot, Foot]) -> tuple[Shoe, str]:
    """The shoe in the size of both feet."""
    length = max(foot.length for foot in feet)
    factor = (length + ALLOWANCE_M) / shoe.inner_length
    words = f"The shoe was made {factor - 1:+.0%} in size for feet of {100 * length:.1f} cm"
    return shoe.scaled(factor), f"{words}; they point down by {np.degrees(max(shoe.slope_rad, 0.0)):.0f} degrees in it."


def _pair(shoe: Shoe, feet: tuple[Foot, Foot]) -> tuple[GarmentMesh, tuple[Rigid, ...]]:
    """The left shoe and its mirror image as one mesh, and both as they go with the ankles."""
    count, parts = len(shoe.mesh.vertices), []
    for foot in feet:
        mirror = np.array([1.0 if foot.side == "left" else -1.0, 1.0, 1.0])
        foot_from_shoe = np.linalg.inv(_shoe_from_foot(shoe, foot.length, mirror[0]))
        local = apply(foot.rest_from_foot @ foot_from_shoe, shoe.mesh.vertices * mirror)
        parts.append(Rigid(f"{foot.side}_ankle", local, np.ones(count)))
    mesh = shoe.mesh
    other = mesh.turned(np.ones(len(mesh.faces), bool))
    uv = None if mesh.corner_uv is None else np.concatenate([mesh.corner_uv, other.corner_uv])
    faces = np.concatenate([mesh.faces, other.faces + count])
    both = GarmentMesh(np.tile(mesh.vertices, (2, 1)), faces, np.tile(mesh.part, 2), uv, np.tile(np.arange(count), 2))
    return both, tuple(parts)


def _shoe_from_foot(shoe: Shoe, length: float, side: float) -> np.ndarray:
    """Where a foot stands in its shoe: on the inner sole at heel and ball, along the sole's middle, its heel at the back, (4, 4)."""
    across = side * (shoe.centre_x[1] - shoe.centre_x[0])
    turn = axis_rotation(2, float(np.arctan2(across, (BALL - HEEL) * shoe.length))) @ axis_rotation(0, shoe.slope_rad)
    heel = np.array([0.0, -HEEL * length, 0.0])
    place = np.array([side * shoe.centre_x[0], shoe.heel_y + _PADDING_M - HEEL * length, shoe.insole[0]])
    transform = np.eye(4)
    transform[:3, :3], transform[:3, 3] = turn, place - turn @ heel
    return transform


def _bound_pair(
    model: BodyModel, posed: BodyParameters, mesh: GarmentMesh, binding: Binding, feet: tuple[Foot, Foot], *, offsets: np.ndarray
) -> tuple[GarmentMesh, tuple[Rigid, ...]]:
    """A bound pair as it lies on the feet at rest, each shoe made level and rigid."""
    rest = in_rest_pose(model, posed)
    vertices, at_rest = bound_vertices(model, rest, binding, offsets=offsets), forward(model, rest, offsets=offsets)
    part = parts_of(mesh.faces, len(mesh.vertices))
    middle = np.bincount(part, vertices[:, 0]) / np.bincount(part)
    is_left = middle[part] > 0
    if is_left.all() or not is_left.any():
        raise StudioError("These bound shoes lie on one foot alone: add them as a mesh, and the other is made by mirroring.")
    standing = forward(model, pose_body(model, posed, load_pose("t"), offsets=offsets), offsets=offsets)
    order, parts = [], []
    for foot, own in zip(feet, (is_left, ~is_left), strict=True):
        joint = f"{foot.side}_ankle"
        stood = world_from_rest(standing, joint) @ np.linalg.inv(world_from_rest(at_rest, joint))
        points = apply(stood, vertices[own])
        turn = sole_turn(points, up=np.array([0.0, 0.0, 1.0]))
        points = (points - points.mean(axis=0)) @ turn.T + points.mean(axis=0)
        points[:, 2] -= max(points[:, 2].min() + PLAIN_SOLE_M, 0.0) * _low(points[:, 2])
        above = (points[:, 2] - world_from_smplx(standing.joints[INDEX[joint]])[2] - _STIFF_M) / (_SOFT_M - _STIFF_M)
        parts.append(rigid_in(points, standing, joint, 1 - np.clip(above, 0, 1)))
        order.append(np.flatnonzero(own))
    number = np.empty(len(vertices), np.int64)
    number[np.concatenate(order)] = np.arange(len(vertices))
    both = GarmentMesh(vertices[np.concatenate(order)], number[mesh.faces], mesh.part, mesh.corner_uv, np.concatenate(order))
    return both, tuple(parts)
