"""A made-up photogrammetry scan with a known truth: for the demo, and for tests that need to know what is under the noise.

The body is one that a fit with the open body's leading shape directions cannot reach exactly: it has random betas up to the
last, an uneven pose, millimetres of smooth random displacement that differ left and right, tied-back hair and tight capture clothes.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from studio.body.joints import INDEX
from studio.body.model import BodyModel, BodyParameters, forward, load_body
from studio.frames import AXES, METRES_PER_UNIT, world_from_axes, world_from_smplx
from studio.mesh.normals import vertex_normals
from studio.scan.raw import RawScan
from studio.scan.synthetic_capture import Capture, capture
from studio.scan.synthetic_paint import RestSamples, SmoothField, Wardrobe, cloth_weight, paint, random_wardrobe

#: The unit and axes of the made-up file: neither the world's nor the body model's.
UNIT, UP, FACING = "cm", "+y", "-x"

#: Spread of the betas [sd], below and above the 60th: the first are what a fit finds anyway, the later ones are what it may leave out.
_BETA_SD = (0.35, 0.6)
_LEADING_BETAS = 60
_FEMALE_SHARE = 0.6
#: Stature, mean and standard deviation [m]: models' sizing rather than the population's.
_FEMALE_STATURE_M, _MALE_STATURE_M = (1.74, 0.03), (1.83, 0.03)
#: Soft tissue and posture that no shape direction has: amplitude [m] and length [m] of smooth displacement along the normals.
_TISSUE = ((0.0035, 0.16), (0.0015, 0.05))
#: Tied-back hair over the skull, and capture clothes over the skin [m].
_HAIR_M, _CLOTH_M = 0.006, 0.0012
#: Uneven pose: standard deviation of each axis [deg] by joint; people do not stand like models.
_UNEVEN_DEG = {
    "left_shoulder": 3.5, "right_shoulder": 3.5, "left_elbow": 4.0, "right_elbow": 4.0, "left_wrist": 5.0, "right_wrist": 5.0,
    "left_hip": 1.2, "right_hip": 1.2, "spine1": 1.0, "spine2": 1.0, "spine3": 1.0, "neck": 2.5, "head": 2.5,
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Synthetic:
    """A made-up scan and what is true about it.

    raw: What the file says: points, normals none, colours; in `UNIT`, with `UP` and `FACING`.
    is_body: Which points were taken from the person, not floor, turntable or strays, shape (N,), bool.
    surface_vertices, surface_faces: The person's true surface without noise, world frame [m], shapes (V, 3) float64 and (F, 3) int32.
    file_from_world: Takes the world frame to the file's coordinates, shape (4, 4), float64.
    parameters: The body below hair, clothes and displacement; smplx frame, standing on y = 0.
    stature_m: From the floor to the top of the hair.
    """

    raw: RawScan
    is_body: np.ndarray
    surface_vertices: np.ndarray
    surface_faces: np.ndarray
    file_from_world: np.ndarray
    parameters: BodyParameters
    stature_m: float


def synthesize_scan(*, seed: int, points: int = 220_000) -> Synthetic:
    """A person in an A-like pose on a turntable, as a photogrammetry rig sees them; equal seeds give equal scans.

    points: About how many points are taken from the person; the surroundings add a quarter.
    """
    rng = np.random.default_rng(seed)
    model = load_body("open")
    female = bool(rng.random() < _FEMALE_SHARE)
    parameters = _person(model, female, rng)
    rest = forward(model, parameters.with_full_pose(np.zeros((len(INDEX), 3))).replace(transl=np.zeros(3)))
    wardrobe = random_wardrobe(rest.joints, top=female, rng=rng)
    offsets = _displacement(model, rest.vertices.astype(np.float64), wardrobe, rng)
    parameters = _standing(model, parameters, offsets)
    vertices = world_from_smplx(forward(model, parameters, offsets=offsets).vertices.astype(np.float64))
    faces = _seen_faces(model)
    taken: Capture = capture(vertices, faces, points, hair=model.surface.regions["scalp"], rng=rng)
    samples = RestSamples.at(model, rest.vertices, faces, taken.triangles, taken.barycentric)
    colours = np.concatenate([paint(samples, wardrobe, rng), taken.other_colours])
    world = np.concatenate([taken.points, taken.other_points])
    file_from_world = _file_from_world(rng)
    order = rng.permutation(len(world))
    stored = (world @ file_from_world[:3, :3].T + file_from_world[:3, 3])[order].astype(np.float32)
    return Synthetic(
        raw=RawScan(stored.astype(np.float64), colours=colours[order]),
        is_body=(np.arange(len(world)) < len(taken.points))[order],
        surface_vertices=vertices,
        surface_faces=faces,
        file_from_world=file_from_world,
        parameters=parameters,
        stature_m=float(vertices[np.unique(faces), 2].max()),
    )


def write_ply(path: Path, raw: RawScan) -> None:
    """Write points with their colours, if any, as binary PLY (float32)."""
    names = ["x", "y", "z"]
    fields: list[tuple[str, str]] = [(name, "<f4") for name in names]
    header = [f"property float {name}" for name in names]
    if raw.colours is not None:
        fields += [(name, "u1") for name in ("red", "green", "blue")]
        header += [f"property uchar {name}" for name in ("red", "green", "blue")]
    table = np.empty(len(raw.points), dtype=fields)
    for axis, name in enumerate(names):
        table[name] = raw.points[:, axis]
    if raw.colours is not None:
        for channel, name in enumerate(("red", "green", "blue")):
            table[name] = raw.colours[:, channel]
    lines = ["ply", "format binary_little_endian 1.0", f"element vertex {len(table)}", *header, "end_header", ""]
    path.write_bytes("\n".join(lines).encode() + table.tobytes())


def _person(model: BodyModel, female: bool, rng: np.random.Generator) -> BodyParameters:
    """A plausible adult in an uneven A-pose: a phenotype, and random betas on top."""
    from studio.body.poses import apply_pose, load_pose

    with np.load(model.path, allow_pickle=False) as file:
        names, directions = [str(name) for name in file["studio_phenotypes"]], file["studio_phenotype_betas"]
    races = rng.dirichlet([1.5] * 3)
    phenotype = {
        "gender": float(female), "age": rng.uniform(0.05, 0.3), "muscle": rng.uniform(0.45, 0.65),
        "weight": rng.uniform(0.4, 0.6), "height": 0.5, "proportions": rng.uniform(0.6, 0.85), "cupsize": rng.uniform(0.35, 0.6),
        "firmness": rng.uniform(0.5, 0.7), "african": races[0], "asian": races[1], "caucasian": races[2],
    }  # fmt: skip
    betas = np.array([1.0, *(phenotype[name] for name in names)]) @ directions
    spread = np.where(np.arange(model.beta_count) < _LEADING_BETAS, *_BETA_SD)
    betas = betas + rng.normal(0, 1, model.beta_count) * spread
    taller = directions[1 + names.index("height")]
    target = rng.normal(*(_FEMALE_STATURE_M if female else _MALE_STATURE_M))
    for _ in range(3):  # the stature is nearly linear in the betas
        low, high = (_stature(model, betas + step * taller) for step in (0.0, 0.01))
        betas = betas + 0.01 * (target - low) / (high - low) * taller
    parameters = apply_pose(model, BodyParameters.zero(model).replace(betas=betas), load_pose("a"))
    pose = parameters.full_pose.copy()
    for name, spread_deg in _UNEVEN_DEG.items():
        pose[INDEX[name]] += np.radians(rng.normal(0, spread_deg, 3))
    return parameters.with_full_pose(pose)


def _stature(model: BodyModel, betas: np.ndarray) -> float:
    vertices = forward(model, BodyParameters.zero(model).replace(betas=betas)).vertices[model.surface.outer]
    return float(np.ptp(vertices[:, 1]))


def _standing(model: BodyModel, parameters: BodyParameters, offsets: np.ndarray) -> BodyParameters:
    from studio.body.ground import stand

    return stand(model, parameters, offsets=offsets)


def _displacement(model: BodyModel, rest: np.ndarray, wardrobe: Wardrobe, rng: np.random.Generator) -> np.ndarray:
    """Displacements of the rest body [m], shape (V, 3), float32: tissue, hair and cloth, fading out on hands, feet and face."""
    fine = [f"{side}_{part}" for side in ("left", "right") for part in ("wrist", "index1", "middle1", "ring1", "pinky1", "thumb1", "foot")]
    calm = model.weights[:, [INDEX[name] for name in fine]].sum(axis=1) + model.surface.regions["face"] + model.surface.regions["ears"]
    amount = sum(amplitude * SmoothField(length, rng)(rest) for amplitude, length in _TISSUE) * np.clip(1 - 0.85 * calm, 0.1, 1)
    scalp = model.surface.regions["scalp"].astype(np.float64)
    lumps = 1 + 0.25 * SmoothField(0.05, rng)(rest)
    amount += _HAIR_M * scalp**0.7 * lumps + _CLOTH_M * cloth_weight(rest, model.weights, wardrobe)
    amount *= model.surface.is_part("skin")
    return (amount[:, None] * vertex_normals(rest, model.faces)).astype(np.float32)


def _seen_faces(model: BodyModel) -> np.ndarray:
    """Triangles that a camera could see: outer skin and eyeballs."""
    surface = model.surface
    seen = surface.outer | surface.is_part("left_eye") | surface.is_part("right_eye")
    return model.faces[seen[model.faces].all(axis=1)]


def _file_from_world(rng: np.random.Generator) -> np.ndarray:
    """The file's frame: another unit and up axis, an origin somewhere on the floor, and a person turned by a few degrees."""
    turn = np.radians(rng.uniform(-5, 5))
    about_up = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    transform = np.eye(4)
    transform[:3, :3] = world_from_axes(UP, FACING).T @ about_up / METRES_PER_UNIT[UNIT]
    level = rng.uniform(-40, 40, 3)
    transform[:3, 3] = level - (level @ np.array(AXES[UP])) * np.array(AXES[UP])
    return transform
