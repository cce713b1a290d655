"""Tape measures: closed forms on a body of simple solids, invariances, and plausibility against a survey."""

import csv

import numpy as np
import pytest
import trimesh

from studio.body.joints import INDEX, JOINTS
from studio.body.landmarks import find_landmarks
from studio.body.lengths import taut
from studio.body.measure import measure_body
from studio.body.standing import StandingBody
from studio.errors import StudioError

# A body of simple solids [m]: an elliptic trunk, a tapering neck with a spherical head, cylindrical limbs. Depth axes are y.
TRUNK = (0.15, 0.10)
CROTCH, ARMPIT, SHOULDER, STATURE = 0.80, 1.30, 1.42, 1.75
THIGH_RADIUS, LEG_X = 0.06, 0.10
ARM_RADIUS = 0.045


def ellipse_perimeter(a, b):
    t = np.linspace(0, 2 * np.pi, 100_001)
    return np.linalg.norm(np.diff(np.stack([a * np.cos(t), b * np.sin(t)], axis=1), axis=0), axis=1).sum()


def _solid_body(pitch=0.015):
    """A closed mesh of the union of the solids, as the zero level of an implicit function, and its joints."""
    low, high = np.array([-0.75, -0.22, -0.04]), np.array([0.75, 0.22, 1.82])
    counts = np.ceil((high - low) / pitch).astype(int)
    axes = [low[k] + pitch * np.arange(counts[k]) for k in range(3)]
    x, y, z = np.meshgrid(*axes, indexing="ij")

    def capsule(a, b, radius):
        a, b = np.array(a), np.array(b)
        d = b - a
        t = np.clip(((x - a[0]) * d[0] + (y - a[1]) * d[1] + (z - a[2]) * d[2]) / (d @ d), 0, 1)
        return np.sqrt((x - a[0] - t * d[0]) ** 2 + (y - a[1] - t * d[1]) ** 2 + (z - a[2] - t * d[2]) ** 2) - radius

    trunk = np.maximum((np.hypot(x / TRUNK[0], y / TRUNK[1]) - 1) * TRUNK[1], np.maximum(CROTCH - z, z - SHOULDER))
    parts = [trunk, capsule([0, 0, 1.40], [0, 0, 1.52], 0.055), capsule([0, -0.01, 1.64], [0, -0.01, 1.66], 0.09)]
    joints = {name: np.zeros(3) for name in JOINTS}
    for side, s in (("left", 1), ("right", -1)):
        shoulder, elbow, wrist = (s * 0.165, 0, 1.37), (s * 0.36, 0, 1.175), (s * 0.53, 0, 1.005)
        hand = (s * 0.57, 0, 0.965)
        hip, knee, ankle = (s * LEG_X, 0, 0.86), (s * LEG_X, 0, 0.46), (s * LEG_X, 0, 0.07)
        parts += [capsule(shoulder, elbow, ARM_RADIUS), capsule(elbow, hand, ARM_RADIUS)]
        parts += [capsule(hip, ankle, THIGH_RADIUS), capsule((s * LEG_X, 0, 0.03), (s * LEG_X, -0.12, 0.03), 0.03)]
        joints |= {f"{side}_shoulder": shoulder, f"{side}_elbow": elbow, f"{side}_wrist": wrist, f"{side}_middle1": hand,
                   f"{side}_hip": hip, f"{side}_knee": knee, f"{side}_ankle": ankle, f"{side}_foot": (s * LEG_X, -0.10, 0.03),
                   f"{side}_eye": (s * 0.03, -0.08, 1.63)}  # fmt: skip
    joints |= {"pelvis": (0, 0, 0.88), "spine1": (0, 0, 1.0), "spine2": (0, 0, 1.1), "spine3": (0, 0, 1.2), "neck": (0, 0, 1.46),
               "head": (0, 0, 1.58)}  # fmt: skip
    vertices, faces = _isosurface(np.minimum.reduce(parts), low, pitch)
    return vertices, np.array([joints[name] for name in JOINTS], dtype=float), faces


def _isosurface(field, low, pitch):
    """Marching tetrahedra over a grid: closed, outward, no dependency."""
    corners = np.array([[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)])
    tetrahedra = [(0, 1, 3, 7), (0, 3, 2, 7), (0, 2, 6, 7), (0, 6, 4, 7), (0, 4, 5, 7), (0, 5, 1, 7)]
    shape = field.shape
    strides = np.array([shape[1] * shape[2], shape[2], 1])
    flat = field.ravel()
    inside = field < 0
    mixed = np.zeros(np.array(shape) - 1, dtype=int)
    for c in corners:
        mixed += inside[c[0] : shape[0] - 1 + c[0], c[1] : shape[1] - 1 + c[1], c[2] : shape[2] - 1 + c[2]]
    cells = np.argwhere((mixed > 0) & (mixed < 8)) @ strides
    pairs, triangles = [], []
    offsets = corners @ strides
    for tetrahedron in tetrahedra:
        ids = cells[:, None] + offsets[list(tetrahedron)]
        negative = flat[ids] < 0
        order = np.argsort(~negative, axis=1, kind="stable")  # inside corners first
        ids = np.take_along_axis(ids, order, axis=1)
        count = negative.sum(axis=1)
        for n, tris in ((1, [(0, 1, 0, 2, 0, 3)]), (3, [(0, 3, 1, 3, 2, 3)]), (2, [(0, 2, 0, 3, 1, 2), (1, 2, 0, 3, 1, 3)])):
            chosen = ids[count == n]
            for a, b, c, d, e, f in tris:
                pairs.append(np.stack([chosen[:, [a, b]], chosen[:, [c, d]], chosen[:, [e, f]]], axis=1))
    pairs = np.sort(np.concatenate(pairs), axis=2).reshape(-1, 2)
    unique, index = np.unique(pairs, axis=0, return_inverse=True)
    t = flat[unique[:, 0]] / (flat[unique[:, 0]] - flat[unique[:, 1]])

    def place(i):
        return low + pitch * np.stack(np.unravel_index(i, shape), axis=1)

    a, b = place(unique[:, 0]), place(unique[:, 1])
    vertices = a + t[:, None] * (b - a)
    triangles = index.reshape(-1, 3)
    mesh = trimesh.Trimesh(vertices, triangles, process=False)
    trimesh.repair.fix_normals(mesh)
    return np.asarray(mesh.vertices), np.asarray(mesh.faces)


@pytest.fixture(scope="session")
def solid():
    return _solid_body()


@pytest.fixture(scope="session")
def measured(solid):
    return measure_body(*solid)


def test_the_solid_body_is_closed(solid):
    assert trimesh.Trimesh(solid[0], solid[2], process=False).is_watertight


def test_trunk_girths_are_the_perimeter_of_its_ellipse(measured):
    perimeter = ellipse_perimeter(*TRUNK)
    for name in ("underbust_girth", "waist_girth", "high_hip_girth"):
        assert measured[name].value_m == pytest.approx(perimeter, rel=0.004), name


def test_limb_girths_are_circles(measured):
    assert measured["upper_arm_girth"].value_m == pytest.approx(2 * np.pi * ARM_RADIUS, rel=0.02)
    assert measured["wrist_girth"].value_m == pytest.approx(2 * np.pi * ARM_RADIUS, rel=0.02)
    assert measured["calf_girth"].value_m == pytest.approx(2 * np.pi * THIGH_RADIUS, rel=0.01)
    assert measured["knee_girth"].value_m == pytest.approx(2 * np.pi * THIGH_RADIUS, rel=0.01)
    assert measured["neck_girth"].value_m == pytest.approx(2 * np.pi * 0.055, rel=0.02)


def test_heights_are_where_the_solids_are(measured):
    assert measured["stature"].value_m == pytest.approx(STATURE, abs=0.004)
    assert measured["inside_leg"].value_m == pytest.approx(CROTCH, abs=0.006)
    assert measured["knee_height"].value_m == pytest.approx(0.46, abs=3e-3)
    assert measured["sleeve_length"].value_m == pytest.approx(0.195 * 2**0.5 + 0.17 * 2**0.5, abs=0.06)


def test_clauses_and_uncertainties_are_given(measured):
    expected = {"stature": "5.1.1", "neck_girth": "5.3.2", "bust_girth": "5.3.4", "waist_girth": "5.3.10", "hip_girth": "5.3.13"}
    assert {name: measured[name].clause for name in expected} == expected
    assert all(np.isfinite(measure.value_m) and measure.value_m > 0 for measure in measured if measure.name != "shoulder_drop")
    slips = {"neck_base_girth"}  # the neck of this body is a pipe on a flat shoulder: its base is where exactly the tape lies
    assert all(0 < measure.uncertainty_m < 0.05 for measure in measured if measure.name not in slips)


def test_measures_do_not_depend_on_where_the_body_stands(solid, measured):
    vertices, joints, faces = solid
    shift = np.array([0.3, -1.2, 0.0])
    moved = measure_body(vertices + shift, joints + shift, faces)
    for measure in measured:
        assert moved[measure.name].value_m == pytest.approx(measure.value_m, abs=2e-3), measure.name


def test_measures_do_not_depend_on_the_density_of_the_mesh(solid, measured):
    vertices, joints, faces = solid
    finer = trimesh.remesh.subdivide(vertices, faces)  # the same surface from four times as many triangles
    again = measure_body(finer[0], joints, finer[1])
    for measure in measured:
        assert again[measure.name].value_m == pytest.approx(measure.value_m, abs=measure.uncertainty_m), measure.name


def test_lengths_grow_with_the_body(solid, measured):
    vertices, joints, faces = solid
    larger = measure_body(vertices * 1.1, joints * 1.1, faces)
    for name in ("stature", "waist_girth", "hip_girth", "sleeve_length", "inside_leg"):
        assert larger[name].value_m == pytest.approx(1.1 * measured[name].value_m, rel=0.01), name


def test_a_taut_tape_over_a_ball_is_an_arc(solid):
    ball = trimesh.creation.icosphere(subdivisions=5, radius=0.5)
    body = StandingBody(np.asarray(ball.vertices), solid[1], np.asarray(ball.faces))
    a, b = np.array([-0.5, 0, 0]), np.array([0.5, 0, 0])
    assert taut(body, a, np.array([0, 0, 0.5]), b) == pytest.approx(np.pi / 2, rel=2e-3)


def test_the_arms_do_not_count_to_the_trunk(solid):
    body = StandingBody(*(solid[0], solid[1], solid[2]))
    landmarks = find_landmarks(body)
    points = body.trunk(landmarks.level("waist"))
    assert np.abs(points[:, 0]).max() < TRUNK[0] + 0.005
    assert any(loop.points[:, 0].max() > 0.3 for loop in body.level_cut(1.1))  # though an arm passes at that height


def test_another_pose_is_refused_with_its_angle(solid):
    vertices, joints, faces = solid
    joints = joints.copy()
    joints[INDEX["left_elbow"], 2] = joints[INDEX["left_shoulder"], 2]
    with pytest.raises(StudioError, match=r"left upper arm points 0 degrees from level.*A-pose"):
        measure_body(vertices, joints, faces)


def test_millimetres_are_refused(solid):
    vertices, joints, faces = solid
    with pytest.raises(StudioError, match="must be in metres"):
        measure_body(vertices * 1000, joints * 1000, faces)


def test_an_unknown_measure_names_the_closest(measured):
    with pytest.raises(StudioError, match="did you mean 'waist_girth'"):
        measured["waste_girth"]


# --- the open body ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def open_bodies():
    """Measures of the open body's mean and of random shapes, in the A-pose."""
    from studio.body.ground import stand
    from studio.body.model import BodyParameters, forward, load_body
    from studio.body.poses import apply_pose, load_pose
    from studio.frames import world_from_smplx

    model = load_body()
    rng = np.random.default_rng(11)
    shapes = [np.zeros(model.beta_count, dtype=np.float32)]
    for _ in range(4):
        betas = np.zeros(model.beta_count, dtype=np.float32)
        betas[:10] = rng.normal(size=10)
        shapes.append(betas)
    bodies = []
    for betas in shapes:
        parameters = stand(model, apply_pose(model, BodyParameters.zero(model).replace(betas=betas), load_pose("a")))
        out = forward(model, parameters)
        bodies.append(measure_body(world_from_smplx(out.vertices), world_from_smplx(out.joints), model.faces))
    return bodies


def test_every_shape_of_the_open_body_is_measured(open_bodies):
    for body in open_bodies:
        assert body.cm("inside_leg") < body.cm("hip_height") < body.cm("waist_height") < body.cm("underbust_height")
        assert body.cm("underbust_height") < body.cm("bust_height") < body.cm("armpit_height") < body.cm("cervical_height")
        assert body.cm("wrist_girth") < body.cm("elbow_girth") < body.cm("upper_arm_girth") < body.cm("thigh_girth") < body.cm("hip_girth")
        assert body.cm("ankle_girth") < body.cm("calf_girth")
        assert body.cm("back_waist_length") > body.cm("cervical_height") - body.cm("waist_height")  # the back is not straight
        assert body.cm("shoulder_width") > 2 * body.cm("shoulder_length")


@pytest.mark.shared_data
def test_the_mean_body_lies_inside_the_survey(open_bodies, shared_data):
    """Every measure of the mean open body lies between the 1st and 99th percentile of ANSUR II, men and women together."""
    columns = {
        "stature": "stature", "inside_leg": "crotchheight", "cervical_height": "cervicaleheight", "knee_height": "kneeheightmidpatella",
        "bust_girth": "chestcircumference", "hip_girth": "buttockcircumference", "neck_girth": "neckcircumference",
        "neck_base_girth": "neckcircumferencebase", "wrist_girth": "wristcircumference", "thigh_girth": "thighcircumference",
        "calf_girth": "calfcircumference", "ankle_girth": "anklecircumference", "head_girth": "headcircumference",
        "sleeve_length": "sleeveoutseam", "shoulder_length": "shoulderlength", "foot_length": "footlength",
    }  # fmt: skip
    values = {name: [] for name in columns}
    for path in sorted((shared_data / "anthropometry").glob("ANSUR_II_*.csv")):
        with path.open(encoding="latin-1", newline="") as file:
            for row in csv.DictReader(file):
                for name, column in columns.items():
                    values[name].append(float(row[column]) / 10)
    outside = {}
    for name in columns:
        low, high = np.percentile(values[name], [1, 99])
        if not low <= open_bodies[0].cm(name) <= high:
            outside[name] = (round(open_bodies[0].cm(name), 1), round(low, 1), round(high, 1))
    assert outside == {}
