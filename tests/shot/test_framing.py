from __future__ import annotations

import numpy as np
import pytest

from studio.errors import StudioError
from studio.shot.camera import place
from studio.shot.framing import frame_of
from studio.specs.camera import DETAILS, FRAMINGS, Camera
from studio.specs.scene import load_scene

SIZE = (270, 390)


@pytest.fixture(scope="module")
def cloth(figure):
    """A skirt like a tube around the legs, from the waist to 0.45 m above the floor."""
    angle, height = np.meshgrid(np.linspace(0, 2 * np.pi, 40, endpoint=False), np.linspace(0.45, 1.0, 20))
    return np.stack([0.22 * np.cos(angle), 0.16 * np.sin(angle), height], axis=-1).reshape(-1, 3)


@pytest.mark.parametrize("detail", DETAILS)
def test_every_detail_lies_in_the_middle_of_its_picture_and_is_sharp(figure, cloth, detail):
    camera = Camera(name="d", framing=f"detail:{detail}", focal_mm=100, fill=1.0)
    placed = place(camera, figure, size_px=SIZE, worn=[cloth])
    centre = frame_of(camera.framing, figure, [cloth]).centre
    column, row, depth = placed.project(centre[None])[0]
    assert (column, row) == pytest.approx((SIZE[0] / 2, SIZE[1] / 2), abs=0.5)
    assert 0.3 < placed.focus_m < 2.0
    assert abs(placed.focus_m - depth) < 0.25  # the surface lies before the joint it is named after
    tall = placed.crop_mm[1] / placed.focal_mm * depth
    assert 0.12 * figure.body_height < tall < 0.25 * figure.body_height


def test_a_hem_is_found_on_the_garment_that_is_worn_outermost(figure, cloth):
    hem, lower = (frame_of("detail:hem", figure, worn).centre for worn in ([cloth], [cloth, cloth - [0, 0, 0.2]]))
    assert hem[2] - lower[2] == pytest.approx(0.2)
    assert hem[1] < -0.05  # in front
    with pytest.raises(StudioError, match="nothing is worn"):
        frame_of("detail:hem", figure)


def test_focus_on_the_garment_is_on_the_cloth_before_the_middle_of_the_picture(figure, cloth):
    camera = Camera(name="c", framing="half", focus="garment", height_m=1.0)
    placed = place(camera, figure, size_px=SIZE, worn=[cloth])
    assert placed.focus_m == pytest.approx(-placed.position[1] - 0.16, abs=0.01)


def test_focus_on_a_joint_is_on_that_joint(figure):
    for joint in ("left_wrist", "right_index3", "head"):
        placed = place(Camera(name="c", focus=joint), figure, size_px=SIZE)
        assert placed.focus_m == pytest.approx(placed.project(figure.joint(joint)[None])[0, 2])


def test_a_camera_may_have_an_aspect_of_its_own(figure):
    wide = place(Camera(name="c", aspect=(16, 9)), figure, size_px=(320, 180))
    assert wide.crop_mm[0] / wide.crop_mm[1] == pytest.approx(16 / 9)


def test_every_scene_answers_for_every_framing_without_a_camera_of_its_own():
    scene = load_scene("catalog-white")
    for framing in set(FRAMINGS) - {camera.name for camera in scene.cameras}:
        assert scene.camera(framing).framing == framing
    back = scene.camera("back")
    assert (back.azimuth_deg, back.framing) == (180.0, "full")
    collar = scene.camera("detail:collar")
    assert (collar.name, collar.framing, collar.detail) == ("detail-collar", "detail:collar", "collar")
    with pytest.raises(StudioError, match="did you mean 'detail:collar'"):
        scene.camera("detail:colar")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"framing": "detail:colar"}, "there is no framing 'detail:colar': did you mean 'detail:collar'"),
        ({"focus": "left_wirst"}, "no point 'left_wirst' to focus on: did you mean 'left_wrist'"),
    ],
)
def test_an_unknown_framing_or_focus_is_answered_with_the_nearest(fields, sentence):
    with pytest.raises(ValueError, match=sentence):
        Camera(name="c", **fields)
