"""Pose correctives: what linear blend skinning gets wrong at bent and twisted joints, distilled into SMPL-X pose directions.

The teacher poses the sculpted rest body by dual quaternion skinning (Kavan et al., "Geometric Skinning with Approximate Dual
Quaternion Blending", TOG 2008) over the bones of the full rig, which share out twists along limbs and bends along spine and
neck. The pupil is linear blend skinning of the T-pose plus directions that are linear in the joints' rotation matrices
(Loper et al., "SMPL", TOG 2015, equation 9). A vertex listens only to joints that move it and to their neighbours, as in
Osman et al., "STAR", ECCV 2020: fewer poses teach as much, and a bent knee never moves a shoulder.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from studio.body.joint_words import joint_rotation
from studio.body.joints import INDEX, JOINTS, MIRROR, PARENTS
from studio.body.open_recipe import CorrectiveRecipe
from studio.body.open_rig import inverse
from studio.body.rotations import from_matrix, to_matrix
from studio.specs.pose import KIND, WORDS

_FEATURES = 9 * (len(JOINTS) - 1)
#: Bones that follow a share of a joint's rotation: (bone, joint, what is shared, share). "twist" is the part of the rotation
#: about the limb; the rest is taken whole. Shares: half way along the limb, half of the twist; the shoulder blade turns by about
#: a third of the arm's elevation (scapulohumeral rhythm, Inman et al. 1944), which the skin over it shows.
SHARED_BONES = (
    ("shoulder01.{}", "{}_shoulder", "onward", 0.3),
    ("upperarm01.{}", "{}_shoulder", "twist", 0.5),
    ("lowerarm01.{}", "{}_elbow", "twist", 0.5),
    ("lowerarm02.{}", "{}_wrist", "onward twist", 0.5),
    ("upperleg01.{}", "{}_hip", "twist", 0.5),
    ("spine04", "spine1", "all", 0.5),
    ("neck01", "neck", "all", 0.5),
    ("neck03", "head", "onward", 0.4),
)
#: Where rotations far apart are blended, a T-pose displacement hardly moves the posed skin: the inverse is damped there.
DAMPING = 0.02
MAX_CORRECTION_M = 0.06  # chosen: half the width of an upper arm; beyond it linear blending has collapsed, not erred
_LIMB_END = {"shoulder": "elbow", "elbow": "wrist", "wrist": "elbow", "hip": "knee"}


@dataclass(frozen=True)
class Skeleton:
    """What posing needs of one body shape: T-pose joints (55, 3) and vertices (V, 3), and the pose of the sculpted rest shape.

    weights: of the 55 joints (V, 55). shared: weights of the bones in ``shared_bones()``, which are part of their joint's (V, S).
    rest_pose: joint rotations that take the T-pose to the sculpted shape (55, 3, 3).
    """

    vertices: np.ndarray
    joints: np.ndarray
    weights: np.ndarray
    shared: np.ndarray
    rest_pose: np.ndarray


def shared_bones() -> list[tuple[str, str, str, float]]:
    """SHARED_BONES for both sides: bone, joint, kind, share."""
    bones = []
    for bone, joint, kind, share in SHARED_BONES:
        sides = (("L", "left"), ("R", "right")) if "{}" in bone else (("", ""),)
        bones += [(bone.format(letter), joint.format(side), kind, share) for letter, side in sides]
    return bones


def chain(pose: np.ndarray, joints: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """World rotations (55, 3, 3) and places (55, 3) of joints for local rotations (55, 3, 3) and T-pose joints (55, 3)."""
    world, place = pose.copy(), joints.copy()
    for joint, parent in enumerate(PARENTS):
        if parent >= 0:
            world[joint] = world[parent] @ pose[joint]
            place[joint] = place[parent] + world[parent] @ (joints[joint] - joints[parent])
    return world, place


def bone_rotations(pose: np.ndarray, joints: np.ndarray, world: np.ndarray) -> np.ndarray:
    """World rotations of the shared bones, (S, 3, 3)."""
    rotations = []
    for _, joint, kind, share in shared_bones():
        number = INDEX[joint]
        parent = world[PARENTS[number]]
        if kind in ("all", "onward"):
            rotations.append(parent @ to_matrix(share * from_matrix(pose[number])))
        else:
            side, name = joint.split("_")
            axis = joints[INDEX[f"{side}_{_LIMB_END[name]}"]] - joints[number]
            axis = axis / np.linalg.norm(axis)
            twist = _twist(pose[number], axis)
            if kind == "twist":
                rotations.append(world[number] @ to_matrix(-(1 - share) * twist * axis))
            else:  # the forearm's end takes a share of the wrist's twist, on top of the elbow's rotation
                rotations.append(parent @ to_matrix(share * twist * axis))
    return np.stack(rotations)


def _twist(rotation: np.ndarray, axis: np.ndarray) -> float:
    """Angle of the twist about ``axis`` in rotation = swing @ twist [rad], -pi to pi."""
    from scipy.spatial.transform import Rotation

    x, y, z, w = Rotation.from_matrix(rotation).as_quat()
    angle = 2 * np.arctan2(np.dot([x, y, z], axis), w)
    return float((angle + np.pi) % (2 * np.pi) - np.pi)


def skin_taught(body: Skeleton, sculpt: np.ndarray, pose: np.ndarray, share: np.ndarray) -> np.ndarray:
    """The teacher: pose the sculpted rest shape ``sculpt`` (V, 3) over the bones of the full rig, shape (V, 3).

    share: How much of dual quaternion blending each vertex takes (V, 1); the rest is linear blending of the same bones.
    """
    rest_world, rest_place = chain(body.rest_pose, body.joints)
    world, place = chain(pose, body.joints)
    owners, pivots = _owners_and_pivots()
    bones = bone_rotations(pose, body.joints, world), bone_rotations(body.rest_pose, body.joints, rest_world)
    linear = np.concatenate([world @ rest_world.swapaxes(1, 2), bones[0] @ bones[1].swapaxes(1, 2)])
    about = [*range(len(JOINTS)), *pivots]
    shift = place[about] - np.einsum("jab,jb->ja", linear, rest_place[about])
    own = body.weights.copy()
    for column, owner in enumerate(owners):
        own[:, owner] -= body.shared[:, column]
    weights = np.concatenate([own, body.shared], axis=1)
    blended = weights @ _dual_quaternions(linear, shift, [*PARENTS, *owners]).astype(np.float32)
    blended /= np.linalg.norm(blended[:, :4], axis=1, keepdims=True)
    affine = weights @ np.concatenate([linear.reshape(-1, 9), shift], axis=1).astype(np.float32)
    straight = np.einsum("vab,vb->va", affine[:, :9].reshape(-1, 3, 3), sculpt) + affine[:, 9:]
    return straight + share * (_apply(blended, sculpt) - straight)


def dual_share(body: Skeleton, recipe: CorrectiveRecipe) -> np.ndarray:
    """Share of dual quaternion blending per vertex (V, 1): less at the shoulder girdle, where it swells the armpit."""
    girdle = [INDEX[name] for name in ("left_collar", "right_collar", "left_shoulder", "right_shoulder", "spine3")]
    amount = body.weights[:, girdle].sum(axis=1, keepdims=True)
    return recipe.dual_share + amount * (recipe.dual_share_at_shoulders - recipe.dual_share)


def _owners_and_pivots() -> tuple[list[int], list[int]]:
    """The joint whose weights hold each shared bone's, and the joint about which the bone turns."""
    bones = [(INDEX[joint], kind) for _, joint, kind, _ in shared_bones()]
    return [PARENTS[joint] if kind.startswith("onward") else joint for joint, kind in bones], [joint for joint, _ in bones]


def _dual_quaternions(linear: np.ndarray, shift: np.ndarray, parents: list[int]) -> np.ndarray:
    """Unit dual quaternions (w, x, y, z; dual part) of rigid transforms, (K, 8), on the same hemisphere as their parents'."""
    from scipy.spatial.transform import Rotation

    q = Rotation.from_matrix(linear).as_quat()[:, [3, 0, 1, 2]]
    for number, parent in enumerate(parents):
        if q[number] @ (q[parent] if parent >= 0 else np.array([1.0, 0, 0, 0])) < 0:
            q[number] = -q[number]
    w, v = q[:, :1], q[:, 1:]
    dual = 0.5 * np.concatenate([-(shift * v).sum(axis=1, keepdims=True), w * shift + np.cross(shift, v)], axis=1)
    return np.concatenate([q, dual], axis=1)


def _apply(dual: np.ndarray, points: np.ndarray) -> np.ndarray:
    w, v, dw, dv = dual[:, :1], dual[:, 1:4], dual[:, 4:5], dual[:, 5:]
    turned = points + 2 * np.cross(v, np.cross(v, points) + w * points)
    return turned + 2 * (w * dv - dw * v + np.cross(v, dv))


def linear_blend(body: Skeleton, pose: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Blended transforms of linear blend skinning: linear parts (V, 3, 3) and shifts (V, 3)."""
    world, place = chain(pose, body.joints)
    shift = place - np.einsum("jab,jb->ja", world, body.joints)
    blended = body.weights @ np.concatenate([world.reshape(-1, 9), shift], axis=1).astype(np.float32)
    return blended[:, :9].reshape(-1, 3, 3), blended[:, 9:]


def sample_poses(recipe: CorrectiveRecipe) -> np.ndarray:
    """Random poses within the ranges of human joints, rotation matrices, shape (N, 55, 3, 3).

    Each word of ``studio.specs.pose`` is drawn from a triangular distribution: most often near its usual value, seldom at the
    end of its range.
    """
    rng = np.random.default_rng(recipe.seed)
    poses = np.tile(np.eye(3), (recipe.poses, len(JOINTS), 1, 1))
    for number in range(recipe.poses):
        curl = rng.uniform(-0.1, 0.9, 2)  # fingers close together, hand by hand
        for joint, kind in KIND.items():
            if joint == "pelvis" or kind == "eye":
                continue
            angles = {}
            for word, (_, _, low, high) in WORDS[kind].items():
                usual = recipe.usual.get(f"{kind}.{word}", 0.0)
                reached = [usual + recipe.reach * (end - usual) for end in (low, high)]
                angles[word] = float(rng.triangular(reached[0], usual, reached[1]))
            if kind == "finger":
                angles["bend"] = 0.5 * angles["bend"] + curl[int(joint.startswith("right"))] * 85.0
                angles["twist"] *= 0.2
                angles["side"] *= 0.4
            poses[number, INDEX[joint]] = joint_rotation(joint, angles)
    return poses


def learn_correctives(
    body: Skeleton, shapes: np.ndarray, shape_joints: np.ndarray, mirror: np.ndarray, recipe: CorrectiveRecipe
) -> np.ndarray:
    """Pose directions [m], shape (V, 3, 486), float32.

    Args:
        body: The mean body.
        shapes: T-pose vertices of further body shapes (N, V, 3) that poses are tried on in turn; the mean comes every second time.
        shape_joints: Their joints (N, 55, 3).
        mirror: Mirror partner of each vertex (V,).
    """
    poses = sample_poses(recipe)
    features = (poses[:, 1:] - np.eye(3)).reshape(len(poses), -1)
    square = features.T @ features
    product = np.zeros((_FEATURES, body.vertices.size), dtype=np.float32)
    share, block = dual_share(body, recipe), 32
    for start in range(0, len(poses), block):
        part = range(start, min(start + block, len(poses)))
        residuals = []
        for number in part:
            shape = body if number % 2 == 0 else _with_shape(body, shapes, shape_joints, number // 2)
            residuals.append(residual(shape, poses[number], share).reshape(-1))
        product += features[part.start : part.stop].T.astype(np.float32) @ np.stack(residuals)
    return symmetric(_solve_locally(square, product, body, recipe.ridge * len(poses)), mirror)


def _with_shape(body: Skeleton, shapes: np.ndarray, joints: np.ndarray, number: int) -> Skeleton:
    k = number % len(shapes)
    return replace(body, vertices=shapes[k], joints=joints[k])


def residual(body: Skeleton, pose: np.ndarray, share: np.ndarray) -> np.ndarray:
    """What the T-pose vertices lack so that linear blend skinning gives the teacher's result, (V, 3) [m], float32."""
    rest, rest_shift = linear_blend(body, body.rest_pose)
    sculpt = np.einsum("vab,vb->va", rest, body.vertices) + rest_shift
    linear, shift = linear_blend(body, pose)
    taught = skin_taught(body, sculpt, pose, share)
    lack = taught - shift - np.einsum("vab,vb->va", linear, body.vertices)
    transposed = linear.swapaxes(1, 2)
    damped = inverse(transposed @ linear + DAMPING * np.eye(3, dtype=linear.dtype))
    back = np.einsum("vab,vb->va", damped, np.einsum("vab,vb->va", transposed, lack))
    size = np.linalg.norm(back, axis=1, keepdims=True)
    return (back * np.minimum(1.0, MAX_CORRECTION_M / np.maximum(size, 1e-9))).astype(np.float32)


def _listens(body: Skeleton) -> np.ndarray:
    """Which joints each vertex may listen to: those that move it, their parents and their children, (V, 54), bool."""
    near = np.eye(len(JOINTS), dtype=bool)
    for joint, parent in enumerate(PARENTS):
        if parent >= 0:
            near[joint, parent] = near[parent, joint] = True
    listens = (body.weights > 0.02) @ near
    listens[:, INDEX["left_eye"]] = listens[:, INDEX["right_eye"]] = False
    return listens[:, 1:]


def _solve_locally(square: np.ndarray, product: np.ndarray, body: Skeleton, ridge: float) -> np.ndarray:
    """Ridge regression vertex by vertex over the features of the joints it listens to: (V, 3, 486), float32."""
    patterns, which = np.unique(_listens(body), axis=0, return_inverse=True)
    directions = np.zeros((len(body.vertices), 3, _FEATURES), dtype=np.float32)
    columns = product.reshape(_FEATURES, -1, 3)
    for number, pattern in enumerate(patterns):
        features = np.flatnonzero(np.repeat(pattern, 9))
        vertices = np.flatnonzero(which.reshape(-1) == number)
        if not len(features):
            continue
        left = square[np.ix_(features, features)] + ridge * np.eye(len(features))
        right = columns[np.ix_(features, vertices)].reshape(len(features), -1)
        found = np.linalg.solve(left, right.astype(np.float64)).reshape(len(features), len(vertices), 3)
        directions[np.ix_(vertices, range(3), features)] = found.transpose(1, 2, 0)
    return directions


def symmetric(directions: np.ndarray, mirror: np.ndarray) -> np.ndarray:
    """The mean of pose directions (V, 3, 486) and their mirror image: both sides learn from both."""
    flip = np.array([-1.0, 1.0, 1.0], dtype=np.float32)
    order = np.array(MIRROR[1:]) - 1
    reflected = directions.reshape(len(directions), 3, len(JOINTS) - 1, 3, 3)[mirror][:, :, order]
    reflected = reflected * flip[:, None, None, None] * np.outer(flip, flip)
    return 0.5 * (directions + reflected.reshape(directions.shape))
