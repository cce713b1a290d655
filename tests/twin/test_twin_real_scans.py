"""Bodies that another model family made, and real captures of clothed people."""

from __future__ import annotations

import numpy as np
import pytest

from studio.body.model import forward
from studio.body.poses import apply_pose, load_pose
from studio.frames import world_from_smplx
from studio.mesh.closest import Surface
from studio.mesh.intersect import self_intersections
from studio.scan.prepare import prepare
from studio.scan.readers import read_scan
from studio.specs.fit import FitSpec
from studio.specs.scan import ScanSpec
from studio.twin.fit import fit_body
from studio.twin.landmarks import LANDMARKS

pytestmark = pytest.mark.shared_data


def scan_of(folder, name: str, **spec):
    file = folder / name
    return prepare(read_scan(file), ScanSpec(**spec), name=file.name)


@pytest.fixture(scope="module")
def neutral(shared_data, model):
    """The SMPL-X neutral body as a scan, and its fit with the usual spec."""
    scan = scan_of(shared_data, "bodies/smplx_neutral_tpose.obj", up="+y", facing="+z", unit="m")
    return scan, fit_body(model, scan.points, scan.normals, faces=scan.faces, spec=FitSpec())


def test_foreign_body_is_met_within_millimetres(neutral):
    _, fit = neutral
    assert fit.parameters_only.mean < 2.5
    assert fit.scan_to_twin.mean < 1.2


def test_fingertips_nose_heels_and_toes_land_where_they_are(shared_data, model, neutral):
    scan, fit = neutral
    lines = (shared_data / "bodies/smplx_neutral_tpose.obj").read_text().splitlines()
    places = np.array([line.split()[1:4] for line in lines if line.startswith("v ")], dtype=np.float64)
    world_from_file = np.linalg.inv(scan.file_from_world)
    twin = world_from_smplx(forward(model, fit.parameters, offsets=fit.offsets).vertices.astype(np.float64))
    for name, vertex in LANDMARKS.items():
        if name == "right_heel":
            vertex_of_scan = 8634  # SMPL-X names 8635 there, 17 mm below the mirror image of its left heel 8846
        elif name.endswith("_ear"):
            continue  # a point of the cheek before the ear in SMPL-X
        else:
            vertex_of_scan = vertex
        place = world_from_file[:3, :3] @ places[vertex_of_scan] + world_from_file[:3, 3]
        assert np.linalg.norm(twin[vertex] - place) < 0.015, name


def test_foreign_body_can_be_posed_again_without_new_crossings(model, neutral):
    _, fit = neutral
    a_pose = apply_pose(model, fit.parameters, load_pose("a"))
    plain, bent = (len(self_intersections(forward(model, a_pose, offsets=each).vertices, model.faces)) for each in (None, fit.offsets))
    assert fit.crossings == 0
    assert bent <= plain


def test_clothed_person_becomes_an_upright_body_inside_the_cloud(shared_data, model):
    scan = scan_of(shared_data, "scans/kinect_fusion/20190823_020756.pcd")
    fit = fit_body(model, scan.points, scan.normals, spec=FitSpec(mode="clothed", points=3000, starts=6))
    body = forward(model, fit.parameters)
    joints, vertices = world_from_smplx(body.joints), world_from_smplx(body.vertices.astype(np.float64))
    upright = joints[15] - joints[0]
    assert upright[2] / np.linalg.norm(upright) > 0.95
    assert 1.5 < np.ptp(vertices[:, 2]) < 2.0
    nose = vertices[LANDMARKS["nose"]]
    assert nose[1] < joints[15][1]  # faces the way the capture says
    assert np.abs(fit.parameters.betas).max() < 3.0
    assert fit.scan_to_twin.explained > 0.7
    trunk = np.abs(scan.points[:, 2] - joints[6][2]) < 0.1
    deep = Surface(vertices, model.faces).signed_distance(scan.points[trunk]) < -0.02
    assert deep.mean() < 0.1  # cloth lies outside


def test_head_and_shoulders_of_one_depth_frame_are_enough_for_a_plausible_body(shared_data, model):
    scan = scan_of(shared_data, "scans/depth_frame/person.pcd")
    fit = fit_body(model, scan.points, scan.normals, spec=FitSpec(mode="clothed", points=3000, starts=6))
    vertices = world_from_smplx(forward(model, fit.parameters).vertices)
    assert fit.scan_to_twin.explained > 0.95
    assert fit.scan_to_twin.median < 8
    assert np.abs(fit.parameters.betas).max() < 3.0
    assert vertices[:, 2].max() - vertices[:, 2].min() > 1.3  # a whole person hangs on it
