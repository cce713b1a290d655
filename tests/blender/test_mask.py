"""The mask says where the subject is: where our camera projects it, the same in every kind of set, and nothing but the subject."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from studio.engine import Engine, write_job
from studio.shot.camera import place
from studio.shot.cloth import Garment, cloth_look, tailor
from studio.shot.plan import plan_shots, take
from studio.shot.quality import quality_of
from studio.shot.request import scene_request
from studio.specs.appearance import AppearanceSpec, Hair
from studio.specs.base import Spec
from studio.specs.camera import Camera
from studio.specs.light import Light
from studio.specs.scene import SceneSpec
from studio.specs.surroundings import CycloramaSet, DesertSet, LoftSet, Prop, RoomSet, StreetSet, Surface, SweepSet, WhiteSet
from tests.blender.test_render import PLAIN, camera_request
from tests.shot.conftest import figure  # noqa: F401  a fixture: the average open body

WALL = Surface(colour="#808080", finish="plaster")
SETS = (
    WhiteSet(wall_m=2.0),
    SweepSet(width_m=3.0, coving_m=0.5, wall_m=1.5, backdrop=WALL, floor=WALL),
    RoomSet(wall_m=1.5, backdrop=WALL, floor=WALL, skirting_cm=9),
    CycloramaSet(),
    LoftSet(),
    StreetSet(wet=0.5, lit=0.3, neon=("#ff2b8e",)),
    DesertSet(),
    RoomSet(
        props=(Prop(shape="box", at_m=(0.5, 0.3, 0)), Prop(shape="ball", at_m=(-0.5, 0.3, 0)), Prop(shape="cylinder", at_m=(0, 0.6, 0)))
    ),
)
FEW = {"samples": 64, "min_samples": 64, "threshold": 0.001, "prefilter": "FAST", "denoise": "FAST", "bounces": 1}


@pytest.fixture(scope="module")
def engine():
    with Engine() as engine:
        yield engine


def card(corners, folder):
    """A flat garment with these corners (4, 3), as a render job wants it."""
    faces = np.array([[0, 1, 2], [0, 2, 3]])
    flat = np.array([[0, 0], [40, 0], [40, 60], [0, 60]], dtype=float)
    look = cloth_look(construction="plain", pitch_mm=0.5, colour="#305080", roughness=0.9, sheen=0.1, thickness_mm=0.4)
    cloth = tailor(Garment("card", corners, faces, flat[faces], np.zeros(2, dtype=int), look))
    folder.mkdir()
    np.savez(
        folder / "card.npz",
        vertices=cloth.vertices.astype(np.float32),
        faces=cloth.faces.astype(np.int32),
        **{f"corner_{name}": values.astype(np.float32) for name, values in cloth.corners.items()},
    )
    return {"name": "card", "arrays": "card.npz", "look": look, "trim": None}


@pytest.mark.parametrize(
    ("each", "azimuth"),
    [(SETS[0], 0), (SETS[1], 0), *((each, 25) for each in SETS)],
    ids=lambda value: value.kind + ("-props" if value.props else "") if isinstance(value, Spec) else str(value),
)
def test_the_edges_of_a_garment_lie_where_our_camera_projects_them_to_half_a_pixel(engine, tmp_path, figure, each, azimuth):  # noqa: F811
    spec = Camera(name="c", azimuth_deg=azimuth, height_m=1.4, tilt=azimuth != 0, shift_x=0.05)
    camera = place(spec, figure, size_px=(120, 170))
    corners = np.array([[-0.2, -0.1, 0.6], [0.2, -0.1, 0.6], [0.2, -0.1, 1.2], [-0.2, -0.1, 1.2]])
    garment = card(corners, tmp_path / "job")
    scene = SceneSpec(title="t", set=each, lights=(Light(role="key", ev=9),), cameras=(spec,))
    requested = scene_request(tmp_path, scene, lights=[], stature=1.7, base_gain=1.0, files={})
    write_job(
        tmp_path / "job",
        "render",
        **{**PLAIN, "quality": FEW, "set": requested["set"], "garments": [garment], "cameras": [camera_request(camera)]},
    )
    cover = np.load(engine.run(tmp_path / "job").path("linear-c.npz"))["pixels"][..., 3]
    lower_left, lower_right, upper_right, upper_left = camera.project(corners)[:, :2]
    inside_x, inside_y = camera.project(corners.mean(axis=0)[None])[0, :2].astype(int)

    rows = np.arange(int(max(upper_left[1], upper_right[1])) + 3, int(min(lower_left[1], lower_right[1])) - 2)
    left, right = inside_x - cover[rows, :inside_x].sum(axis=1), inside_x + cover[rows, inside_x:].sum(axis=1)
    np.testing.assert_allclose(left, crossing(upper_left, lower_left, rows + 0.5), atol=0.5)
    np.testing.assert_allclose(right, crossing(upper_right, lower_right, rows + 0.5), atol=0.5)
    columns = np.arange(int(max(upper_left[0], lower_left[0])) + 3, int(min(upper_right[0], lower_right[0])) - 2)
    top, bottom = inside_y - cover[:inside_y, columns].sum(axis=0), inside_y + cover[inside_y:, columns].sum(axis=0)
    np.testing.assert_allclose(top, crossing(upper_left[::-1], upper_right[::-1], columns + 0.5), atol=0.5)
    np.testing.assert_allclose(bottom, crossing(lower_left[::-1], lower_right[::-1], columns + 0.5), atol=0.5)
    assert abs(cover[:8]).max() < 1e-5  # and no background is subject


def crossing(start, stop, at):
    """First coordinate of the line from start to stop, each (2,), where its second one is ``at``."""
    return start[0] + (stop[0] - start[0]) * (at - start[1]) / (stop[1] - start[1])


@pytest.fixture(scope="module")
def white_and_room(engine, tmp_path_factory, figure):  # noqa: F811
    """The same person by the same camera before white, where the mask is what the ground does not show through, and in a room."""
    wall = Surface(colour="#303030", finish="plaster")
    sets = {"white": WhiteSet(), "room": RoomSet(wall_m=1.2, backdrop=wall, floor=wall)}
    quality = dataclasses.replace(quality_of("draft"), samples=16, min_samples=16, shadow_px=48, bounces=2)
    appearance = AppearanceSpec(title="t", figure="female", hair=Hair(style="crop", strands=1500))
    pictures = {}
    for name, each in sets.items():
        camera = Camera(name="c", azimuth_deg=20)
        scene = SceneSpec(title="t", set=each, lights=(Light(role="key", ev=12),), cameras=(camera,))
        plan = plan_shots(
            tmp_path_factory.mktemp(name), figure, scene=scene, cameras=[camera], appearance=appearance, quality=quality, size_px=(90, 130)
        )
        pictures[name] = take(plan, engine)[0][0]
    return pictures


def test_two_ways_to_find_the_subject_agree(white_and_room):
    white, room = (white_and_room[name].mask.astype(float) / 255 for name in ("white", "room"))
    assert white.shape == room.shape == (130, 90)
    assert 0.1 < white.mean() < 0.4
    assert abs(white - room).mean() < 0.003
    assert ((white > 0.5) == (room > 0.5)).mean() > 0.995


def test_what_the_mask_leaves_out_is_exactly_white_or_shadow(white_and_room):
    picture, mask = white_and_room["white"].pixels.astype(int), white_and_room["white"].mask
    ground = picture[mask == 0]
    assert (ground.max(axis=1) == ground.min(axis=1)).all()  # light taken away from white, no colour of anything
    assert (picture[:100][mask[:100] == 0] == 255).all()  # and the shadow lies at the feet
    assert (picture[mask == 0] < 255).any()
    subject = picture[mask == 255]
    assert (subject.max(axis=1) - subject.min(axis=1) > 3).mean() > 0.9  # skin and hair have a colour
