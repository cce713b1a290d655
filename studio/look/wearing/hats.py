"""A hat on a twin: in the size of its head, on the scalp, going with the head."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.body.joints import INDEX
from studio.body.model import BodyModel, BodyParameters, forward
from studio.frames import apply
from studio.garment.finished.hat import lay_out_hat
from studio.garment.finished.mend import GarmentMesh
from studio.garment.finished.mhclo import Binding
from studio.look.wearing.bound import bound_vertices, in_rest_pose
from studio.look.wearing.rigid import Rigid, rigid_in, world_from_rest
from studio.mesh.closest import Surface
from studio.mesh.section import convex_hull

#: Girth of a hat inside less the head's where it rests [m]. Chosen: hatters leave a finger's breadth, 1 to 2 cm.
EASE_M = 0.012
#: Where a hat rests, above the eyes [m]. Chosen: brows lie 2 cm above them, hats sit 2 to 4 cm above the brows.
_ABOVE_EYES_M = 0.045
#: A hat keeps this far from the scalp [m], and is made larger by this at most for it [times].
_APART_M, _LARGEST = 0.004, 1.15
#: The head is felt for from this far up between the eyes and its top: below any brim, above the ears.
_SKULL = 0.2


@dataclass(frozen=True, eq=False)
class Hatted:
    """part: The hat as it goes with the head. mesh: As it is worn [m], world. remark: What was done."""

    part: Rigid
    mesh: GarmentMesh
    remark: str


def put_hat_on(
    model: BodyModel, posed: BodyParameters, mesh: GarmentMesh, *, binding: Binding | None, offsets: np.ndarray, name: str
) -> Hatted:
    """Put a hat on a posed body. mesh: In its own frame, or bound. name: Of the hat, for messages."""
    rest = in_rest_pose(model, posed)
    body = forward(model, rest, offsets=offsets)
    skin = apply(world_from_rest(body, "head"), _in_rest(body, model, "head"))
    head = model.weights[:, [INDEX[joint] for joint in ("head", "jaw")]].sum(axis=1) > 0.5
    scalp, eyes = skin[head], apply(world_from_rest(body, "head"), body.rest_joints[[INDEX["left_eye"], INDEX["right_eye"]]])
    if binding is None:
        vertices = _by_girth(mesh, scalp, float(eyes[:, 2].mean()), name)
    else:
        vertices = bound_vertices(model, rest, binding, offsets=offsets)
    centre = _centre(scalp, float(eyes[:, 2].mean()))
    factor = _needed(vertices, mesh.faces, scalp, centre)
    vertices = centre + factor * (vertices - centre)
    part = rigid_in(vertices, body, "head")
    worn = part.placed(forward(model, posed, offsets=offsets))
    words = f", made {factor - 1:.0%} larger to clear the scalp" if factor > 1.005 else ""
    return Hatted(part, GarmentMesh(worn, mesh.faces, mesh.part, mesh.corner_uv, mesh.source), f"{name} goes with the head{words}.")


def _in_rest(body, model: BodyModel, joint: str) -> np.ndarray:
    """Skin in a joint's rest coordinates."""
    return apply(np.linalg.inv(body.posed_from_rest[INDEX[joint]].astype(np.float64)), body.vertices.astype(np.float64))


def _centre(scalp: np.ndarray, eyes: float) -> np.ndarray:
    """The middle of the skull."""
    top = scalp[:, 2].max()
    skull = scalp[scalp[:, 2] > eyes + 0.5 * _ABOVE_EYES_M]
    middle = (skull.min(axis=0) + skull.max(axis=0)) / 2
    return np.array([middle[0], middle[1], eyes + _SKULL * (top - eyes)])


def _by_girth(mesh: GarmentMesh, scalp: np.ndarray, eyes: float, name: str) -> np.ndarray:
    """A hat in the size of the head, on the level at which it rests."""
    hat, _ = lay_out_hat(mesh, name=name)
    level = eyes + _ABOVE_EYES_M
    ring = scalp[np.abs(scalp[:, 2] - level) < 0.008]
    outline = convex_hull(ring[:, :2])
    girth = float(np.linalg.norm(outline - np.roll(outline, -1, axis=0), axis=1).sum())
    middle = (ring.min(axis=0) + ring.max(axis=0)) / 2
    return hat.scaled((girth + EASE_M) / hat.girth).mesh.vertices + np.array([middle[0], middle[1], level])


def _needed(vertices: np.ndarray, faces: np.ndarray, scalp: np.ndarray, centre: np.ndarray) -> float:
    """How much larger a hat must be for all of the scalp under it to stay inside [times]."""
    way = scalp - centre
    length = np.linalg.norm(way, axis=1)
    above = way[:, 2] > 0
    hit, _ = Surface(vertices, faces).first_hits(np.tile(centre, (int(above.sum()), 1)), way[above] / length[above, None])
    met = np.isfinite(hit)
    if not met.any():
        return 1.0
    return float(np.clip(((length[above][met] + _APART_M) / hit[met]).max(), 1.0, _LARGEST))
