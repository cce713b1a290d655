"""From MakeHuman's rest pose to the SMPL-X T-pose: reduced weights, joint regressors, per-body posing.

Posing is the inverse of linear blend skinning with the weights of the finished model, so that the model, posed back from
the T-pose, gives the sculpted rest shape exactly: a catalogue stance is close to it, the T-pose is seldom worn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.body.joints import FINGERS, INDEX, JOINTS, MIRROR, PARENTS
from studio.body.makehuman import MakeHuman
from studio.body.open_recipe import BodyRecipe, TPoseRecipe
from studio.body.rotations import least_rotation

#: How far single vertices of a body are thought to be off where its joints are looked for [m], standard deviation, each on its own. It is
#: the ridge of the regressor: what no shape of the sample tells is averaged over much skin. On bodies of anny's own code with wider
#: variations and displacements of 5 to 15 mm that no shape has, knees are 7 mm off, shoulders 3.5 and necks 3; convex combinations of
#: the nearest 160 vertices left 14, 10 and 9: MakeHuman's variations move skin past its joints.
_SKIN_NOISE_M = 0.02


def reduced_weights(source: MakeHuman, recipe: BodyRecipe) -> np.ndarray:
    """Weights of the 55 joints for all vertices of hm08, shape (19158, 55), float64, rows sum to 1."""
    names, weights = source.weights()
    children: dict[str, list[str]] = {}
    for name, bone in source.bones.items():
        children.setdefault(bone.parent, []).append(name)
    owner: dict[str, str] = {}
    subtrees = []
    for joint in JOINTS:
        for bone in recipe.joint(joint).bones:
            (subtrees.append((bone[:-1], joint)) if bone.endswith("*") else owner.__setitem__(bone, joint))
    for bone, joint in subtrees:
        owner[bone] = joint
    for bone, joint in subtrees:
        todo = list(children.get(bone, ()))
        while todo:
            name = todo.pop()
            if name not in owner:
                owner[name] = joint
                todo += children.get(name, ())
    reduced = np.zeros((len(weights), len(JOINTS)))
    for column, name in enumerate(names):
        reduced[:, INDEX[owner[name]]] += weights[:, column]
    return reduced


def marker_joints(source: MakeHuman, recipe: BodyRecipe, vertices: np.ndarray) -> np.ndarray:
    """Joints by MakeHuman's helper cubes [m], for vertices of shape (N, 19158, 3): shape (N, 55, 3), float64."""
    bones = source.bones
    joints = []
    for name in JOINTS:
        heads = [vertices[:, list(bones[bone].head)].mean(axis=1, dtype=np.float64) for bone in recipe.joint(name).head]
        joints.append(np.mean(heads, axis=0))
    return np.stack(joints, axis=1)


def fit_regressor(vertices: np.ndarray, joints: np.ndarray, weights: np.ndarray, allowed: np.ndarray, mirror: np.ndarray) -> np.ndarray:
    """Joint regressor whose rows sum to 1, equal on both sides of the body.

    An eye is the middle of its eyeball. Every other joint is told by all the skin there is (ridge regression; Hoerl and Kennard 1970): the
    skin near a joint says where it is across the limb, and what the rest of the body is like says where it is along it.

    Args:
        vertices: Sampled bodies [m], shape (N, V, 3).
        joints: Where their joints lie [m], shape (N, 55, 3).
        weights: Skinning weights, shape (V, 55).
        allowed: Vertices that may carry joints, shape (V,), bool.
        mirror: Mirror partner of each vertex, shape (V,).

    Returns:
        Regressor of shape (55, V), float64.
    """
    eyes = [INDEX["left_eye"], INDEX["right_eye"]]
    skin = np.flatnonzero(allowed & (weights[:, eyes].sum(axis=1) < 0.5))
    regressor = np.zeros((len(JOINTS), vertices.shape[1]))
    regressor[:, skin] = _ridge(vertices[:, skin].astype(np.float64), joints)
    for eye in eyes:
        ball = allowed & (weights[:, eye] > 0.5)
        regressor[eye] = ball / ball.sum()
    return 0.5 * (regressor + regressor[list(MIRROR)][:, mirror])


def _ridge(points: np.ndarray, joints: np.ndarray) -> np.ndarray:
    """Weights (55, C), sum 1, that best combine points (N, C, 3) into joints (N, 55, 3), axis by axis alike, over all bodies."""
    count = points.shape[1]
    middle = points.mean(axis=1, keepdims=True)  # weights that tell places from here sum to nothing in particular: the rest is the middle's
    a = (points - middle).transpose(0, 2, 1).reshape(-1, count)
    b = (joints - middle).transpose(0, 2, 1).reshape(-1, len(JOINTS))
    kernel = a @ a.T  # there are fewer equations than vertices
    kernel[np.diag_indices_from(kernel)] += len(a) * _SKIN_NOISE_M**2
    weights = (a.T @ np.linalg.solve(kernel, b)).T
    return weights + (1 - weights.sum(axis=1, keepdims=True)) / count


@dataclass(frozen=True)
class TPosed:
    """Bodies in the T-pose with the pelvis at the origin. vertices (N, V, 3) float32, joints (N, 55, 3) float64, [m].

    rest_from_t: linear part of the blended transform of each vertex for the mean body, shape (V, 3, 3): turns offsets.
    rest_pose: joint rotations that take the mean T-pose back to the sculpted rest pose, shape (55, 3, 3).
    """

    vertices: np.ndarray
    joints: np.ndarray
    rest_from_t: np.ndarray
    rest_pose: np.ndarray


def _frame(direction: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """Right-handed frames whose first column is ``direction`` and whose second is ``normal`` made perpendicular to it."""
    first = direction / np.linalg.norm(direction, axis=-1, keepdims=True)
    second = normal - (normal * first).sum(axis=-1, keepdims=True) * first
    second = second / np.linalg.norm(second, axis=-1, keepdims=True)
    return np.stack([first, second, np.cross(first, second)], axis=-1)


def t_rotations(joints: np.ndarray, tips: np.ndarray, recipe: TPoseRecipe) -> np.ndarray:
    """Rotations that take every joint's segment from the rest pose to the T-pose, world axes, shape (N, 55, 3, 3).

    Arms and hands are aligned per body: the upper arm and forearm by their directions with the elbow's hinge turned to the
    vertical (so the elbow flexes about y, as in SMPL-X), the hand by its direction with the palm turned down, the fingers
    made straight. Legs take one rotation for all bodies, the mean's, so that knock knees and bow
    legs remain a matter of shape. Head, spine, collar bones and feet stay as they are.

    Args:
        joints: Rest-pose joints [m], shape (N, 55, 3). tips: ends of the fingers [m], shape (N, 10, 3), ordered as the
            fingers of the left hand, then of the right hand, in joint order.
    """
    rotations = np.tile(np.eye(3), (len(joints), len(JOINTS), 1, 1))
    for side, sign in (("left", 1.0), ("right", -1.0)):
        place = {name.removeprefix(f"{side}_"): joints[:, INDEX[name]] for name in JOINTS if name.startswith(side)}
        number = {name.removeprefix(f"{side}_"): INDEX[name] for name in JOINTS if name.startswith(side)}
        flip = np.array([sign, 1.0, 1.0])
        upper_arm, forearm = place["elbow"] - place["shoulder"], place["wrist"] - place["elbow"]
        hand = place["middle1"] - place["wrist"]
        hinge = sign * np.cross(upper_arm, forearm)
        palm = sign * np.cross(place["index1"] - place["wrist"], place["pinky1"] - place["wrist"])
        down, up = np.array([0.0, -1.0, 0.0]), np.array([0.0, 1.0, 0.0])
        arm = (("shoulder", recipe.upper_arm, upper_arm, hinge, down), ("elbow", recipe.forearm, forearm, hinge, down))
        for joint, target, direction, normal, turned in (*arm, ("wrist", recipe.hand, hand, palm, up)):
            rotations[:, number[joint]] = _frame(np.array(target) * flip, turned) @ _frame(direction, normal).swapaxes(-1, -2)
        chains = {finger: [number[f"{finger}{phalanx}"] for phalanx in (1, 2, 3)] for finger in FINGERS}
        ends = {finger: tips[:, k + (0 if side == "left" else 5)] for k, finger in enumerate(FINGERS)}
        whole = {finger: _mean_direction(rotations, number["wrist"], joints[:, chains[finger][0]], ends[finger]) for finger in FINGERS}
        for finger in FINGERS:
            points = [*(joints[:, each] for each in chains[finger]), ends[finger]]
            _straighten(rotations, chains[finger], points, number["wrist"], _laid_flat(whole[finger], whole["middle"], finger, recipe))
        outward = np.array([sign, 0.0, 0.0])
        legs = (("hip", recipe.thigh, place["knee"] - place["hip"]), ("knee", recipe.shin, place["ankle"] - place["knee"]))
        for joint, target, direction in legs:
            mean = direction.mean(axis=0)
            rotations[:, number[joint]] = _frame(np.array(target) * flip, outward) @ _frame(mean, outward).T
    return rotations


def _mean_direction(rotations: np.ndarray, wrist: int, start: np.ndarray, stop: np.ndarray) -> np.ndarray:
    """Direction from knuckle to tip of the mean body, turned with the hand, (3,)."""
    direction = np.einsum("nij,nj->ni", rotations[:, wrist], stop - start).mean(axis=0)
    return direction / np.linalg.norm(direction)


def _laid_flat(direction: np.ndarray, middle: np.ndarray, finger: str, recipe: TPoseRecipe) -> np.ndarray:
    """Direction of a straight finger: fingers in the palm's plane (it faces down) and fanned less, the thumb under it."""
    turn = np.arctan2(direction[2], direction[0]), np.arctan2(middle[2], middle[0])
    if finger == "thumb":
        return direction * np.array([1.0, recipe.thumb_drop, 1.0])
    apart = (turn[0] - turn[1] + np.pi) % (2 * np.pi) - np.pi
    angle = turn[1] + recipe.finger_fan * apart
    return np.array([np.cos(angle), -recipe.finger_drop, np.sin(angle)])


def _straighten(rotations: np.ndarray, chain: list[int], points: list[np.ndarray], wrist: int, whole: np.ndarray) -> None:
    """Lay a finger flat, in place: every phalanx is turned, after the hand, to the one direction ``whole``."""
    hand = rotations[:, wrist]
    for joint, start, stop in zip(chain, points[:3], points[1:], strict=True):
        phalanx = np.einsum("nij,nj->ni", hand, stop - start)
        rotations[:, joint] = least_rotation(phalanx, whole) @ hand


def t_pose(vertices: np.ndarray, joints: np.ndarray, weights: np.ndarray, rotations: np.ndarray) -> TPosed:
    """Pose bodies (N, V, 3) with rest joints (N, 55, 3) into the T-pose by inverse linear blend skinning."""
    t_joints = np.zeros_like(joints)
    for number, parent in enumerate(PARENTS):
        if parent >= 0:
            bone = joints[:, number] - joints[:, parent]
            t_joints[:, number] = t_joints[:, parent] + np.einsum("nij,nj->ni", rotations[:, parent], bone)
    back = rotations.swapaxes(-1, -2)  # rest from T, linear part
    shift = joints - np.einsum("njab,njb->nja", back, t_joints)
    posed = np.empty_like(vertices, dtype=np.float32)
    for body in range(len(vertices)):
        linear = weights @ back[body].reshape(-1, 9)
        moved = vertices[body] - weights @ shift[body]
        posed[body] = np.einsum("vij,vj->vi", inverse(linear.reshape(-1, 3, 3)), moved)
    mean = _nearest_rotations(back.mean(axis=0))
    rest_from_t = (weights @ mean.reshape(-1, 9)).reshape(-1, 3, 3)
    local = np.stack([mean[parent].T @ mean[number] if parent >= 0 else mean[number] for number, parent in enumerate(PARENTS)])
    return TPosed(posed, t_joints, rest_from_t, local)


def _nearest_rotations(matrices: np.ndarray) -> np.ndarray:
    """The rotations nearest to means of rotations, (J, 3, 3) (Arun et al., PAMI 1987)."""
    u, _, vt = np.linalg.svd(matrices)
    u[:, :, 2] *= np.linalg.det(u @ vt)[:, None]
    return u @ vt


def inverse(matrices: np.ndarray) -> np.ndarray:
    """Inverse of 3x3 matrices (V, 3, 3) by cofactors: three times as fast as LAPACK for this many small ones."""
    a, b, c = matrices[:, 0], matrices[:, 1], matrices[:, 2]
    bc, ca, ab = np.cross(b, c), np.cross(c, a), np.cross(a, b)
    return np.stack([bc, ca, ab], axis=-1) / (a * bc).sum(axis=-1)[:, None, None]


def finger_tips(source: MakeHuman, vertices: np.ndarray) -> np.ndarray:
    """Ends of the fingers [m] in the order of :func:`t_rotations`, shape (N, 10, 3)."""
    digit = {"thumb": 1, "index": 2, "middle": 3, "ring": 4, "pinky": 5}
    names = [f"finger{digit[finger]}-3.{side}" for side in "LR" for finger in FINGERS]
    return np.stack([vertices[:, list(source.bones[name].tail)].mean(axis=1, dtype=np.float64) for name in names], axis=1)
