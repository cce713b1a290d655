"""The render job against arithmetic: where points land, how much light arrives, what white is, and the same pixels each time."""

from __future__ import annotations

import dataclasses
import math
import os

import numpy as np
import pytest

from studio.engine import Engine, write_job
from studio.errors import StudioError
from studio.shot import develop
from studio.shot import request as requests
from studio.shot.camera import place
from studio.shot.chart import read_chart
from studio.shot.colour_difference import ciede2000
from studio.shot.lights import place_lights
from studio.shot.meter import read_meter
from studio.shot.photometry import LUMENS_PER_WATT, irradiance_of_ev, linear_rgb, luminance
from studio.shot.plan import plan_shots, take
from studio.shot.quality import quality_of
from studio.specs.appearance import AppearanceSpec, Hair
from studio.specs.camera import Camera
from studio.specs.light import Card, Light
from studio.specs.scene import SceneSpec, load_scene
from studio.specs.surroundings import DesertSet, Sky
from tests.shot.conftest import figure  # noqa: F401  a fixture: the average open body

PLAIN = {
    "device": "cpu", "seed": 0, "view": {"transform": "standard", "contrast": "base"}, "around": None, "lights": [], "cards": [],
    "layers": False, "body": None, "eyes": None, "strands": [], "tie": None, "garments": [],
    "set": None,
}  # fmt: skip
FEW = {"samples": 64, "min_samples": 64, "threshold": 0.001, "prefilter": "ACCURATE", "denoise": "HIGH", "bounces": 2}


@pytest.fixture(scope="module")
def engine():
    with Engine() as engine:
        yield engine


def camera_request(camera, **fields):
    return {
        "name": camera.name, "position": camera.position.tolist(), "world_from_camera": camera.world_from_camera.tolist(),
        "focal_mm": camera.focal_mm, "crop_mm": list(camera.crop_mm), "shift": list(camera.shift), "size_px": list(camera.size_px),
        "focus_m": camera.focus_m, "f_number": 1000.0, "detail_mm": 1.0, "gain": 1.0, "rig_deg": 0.0, "gaze": None,
    } | fields  # fmt: skip


def overhead_card(distance=1.0):
    """A camera that sees nothing but the middle of a card that lies at the origin and faces up."""
    return {
        "name": "card", "position": [0, 0, distance], "world_from_camera": np.eye(3).tolist(), "focal_mm": 200.0, "crop_mm": [24, 24],
        "shift": [0, 0], "size_px": [24, 24], "focus_m": distance, "f_number": 1000.0, "detail_mm": 1.0, "gain": 1.0, "rig_deg": 0.0,
        "gaze": None,
    }  # fmt: skip


def linear(engine, folder, **request):
    write_job(folder, "render", **{**PLAIN, "quality": FEW, **request})
    result = engine.run(folder)
    return {name.removeprefix("linear-").removesuffix(".npz"): np.load(result.path(name))["pixels"] for name in result.files}


def test_a_point_lands_where_our_camera_says_to_half_a_pixel(engine, tmp_path, figure):  # noqa: F811
    rng = np.random.default_rng(2)
    cameras = [
        place(Camera(name="straight", azimuth_deg=20), figure, size_px=(180, 260)),
        place(Camera(name="shifted", azimuth_deg=-50, height_m=0.3, shift_x=0.15, focal_mm=50), figure, size_px=(260, 180)),
        place(Camera(name="tilted", azimuth_deg=110, height_m=2.2, tilt=True, focal_mm=40), figure, size_px=(200, 200)),
    ]
    for number, camera in enumerate(cameras):
        point = np.array([0.25, -0.1, 0.9]) + rng.uniform(-0.1, 0.1, 3)
        size = 9 * camera.millimetres_per_pixel / 1000
        ball = {"kind": "ball", "position": point.tolist(), "size_m": size, "rgb": [1, 1, 1]}
        pixels = linear(engine, tmp_path / str(number), cameras=[camera_request(camera)], targets=[ball])[camera.name][..., 0]
        rows, columns = np.indices(pixels.shape) + 0.5
        found = np.array([(pixels * columns).sum(), (pixels * rows).sum()]) / pixels.sum()
        np.testing.assert_allclose(found, camera.project(point[None])[0, :2], atol=0.5)
        assert pixels.max() > 0.9


@pytest.mark.parametrize(
    "light",
    [
        Light(role="key", shape="bare", size_cm=2, distance_m=2.0, watts=100, elevation_deg=89.9, aim=0),
        Light(role="key", shape="softbox", size_cm=(120, 60), distance_m=1.5, watts=80, elevation_deg=89.9, aim=0),
        Light(role="key", shape="octa", size_cm=150, distance_m=2.5, watts=80, elevation_deg=89.9, aim=0),
        Light(role="key", shape="octa", size_cm=2, distance_m=2.5, watts=80, elevation_deg=89.9, aim=0, grid_deg=40),
        Light(role="key", shape="dish", size_cm=55, distance_m=0.6, watts=80, elevation_deg=89.9, aim=0),
        Light(role="key", shape="umbrella", size_cm=110, distance_m=0.8, watts=80, elevation_deg=89.9, aim=0),
        Light(role="key", shape="spot", size_cm=5, distance_m=3.0, lumens=4000, beam_deg=40, elevation_deg=89.9, aim=0),
        Light(role="key", shape="sun", ev=9, elevation_deg=89.9, aim=0),
        Light(role="key", shape="sun", ev=9, elevation_deg=50, aim=0),
    ],
    ids=lambda light: f"{light.shape}{'-grid' if light.grid_deg else ''}-{light.elevation_deg:g}",
)
def test_a_white_card_gets_the_light_that_a_meter_would_show(engine, tmp_path, light):
    scene = SceneSpec(title="meter", lights=(light,), cameras=(Camera(name="front"),))
    placed = place_lights(scene, stature=1.7)
    request = requests.scene_request(tmp_path, scene, lights=placed, stature=1.7, base_gain=1.0, files={})["lights"]
    card = {"kind": "card", "position": [0, 0, 0], "facing": [0, 0, 1], "size_m": 0.5, "rgb": [0.5, 0.5, 0.5]}
    measured = linear(engine, tmp_path, cameras=[overhead_card()], lights=request, targets=[card])["card"][8:16, 8:16, 1].mean()
    upright = math.sin(math.radians(light.elevation_deg))
    assert measured * math.pi / 0.5 == pytest.approx(placed[0].irradiance * upright, rel=0.02)


def test_a_stop_is_twice_the_light_to_the_last_digit(engine, tmp_path):
    card = {"kind": "card", "position": [0, 0, 0], "facing": [0, 0, 1], "size_m": 0.5, "rgb": [0.8, 0.8, 0.8]}
    readings = []
    for stops in (0.0, 1.0):
        lights = (Light(role="key", ev=6, clock=9), Light(role="fill", shape="octa", stops=stops, elevation_deg=80, aim=0))
        scene = SceneSpec(title="t", lights=lights, cameras=(Camera(name="c"),))
        placed = place_lights(scene, stature=1.7)
        request = requests.scene_request(tmp_path, scene, lights=placed[1:], stature=1.7, base_gain=1.0, files={})["lights"]
        pixels = linear(engine, tmp_path / f"{stops:g}", cameras=[overhead_card()], lights=request, targets=[card])["card"]
        readings.append(pixels[8:16, 8:16, 1].mean())
    assert readings[1] / readings[0] == pytest.approx(2.0, abs=0.002)


def test_a_card_under_a_clear_sky_gets_what_the_meter_shows_of_it(engine, tmp_path):
    """And where the sun stands is where the sky is brightest, before a camera and in the world alike."""
    sky = Sky(sun_elevation_deg=25, sun_clock=9, sun="rim")
    scene = SceneSpec(title="t", set=DesertSet(sky=sky), lights=(Light(role="key", ev=9),), cameras=(Camera(name="c"),))
    around = requests.scene_request(tmp_path, scene, lights=[], stature=1.7, base_gain=1e-3, files={})["around"]
    card = {"kind": "card", "position": [0, 0, 0], "facing": [0, 0, 1], "size_m": 0.5, "rgb": [0.5, 0.5, 0.5]}
    level = linear(engine, tmp_path, cameras=[overhead_card()], around=around, targets=[card])["card"][8:16, 8:16].mean(axis=(0, 1))
    reading = next(reading for reading in read_meter(scene, stature=1.7).readings if reading.light == "sky")
    assert luminance(level[:3]) * math.pi / 0.5 / 1e-3 * LUMENS_PER_WATT == pytest.approx(reading.lux, rel=0.02)


def test_the_sky_is_bright_where_the_sun_stands_and_turns_with_the_rig(engine, tmp_path):
    sky = Sky(sun_elevation_deg=3, sun_clock=12, sun="rim")  # behind the subject, before the camera
    scene = SceneSpec(title="t", set=DesertSet(sky=sky), lights=(Light(role="key", ev=9),), cameras=(Camera(name="c"),))
    around = requests.scene_request(tmp_path, scene, lights=[], stature=1.7, base_gain=1e-3, files={})["around"]
    level = {"world_from_camera": [[1, 0, 0], [0, 0, -1], [0, 1, 0]], "position": [0, 0, 1], "focal_mm": 8.0, "crop_mm": [24, 12]}
    cameras = [overhead_card() | level | {"name": f"c{turn}", "size_px": [48, 24], "rig_deg": turn} for turn in (0, -30)]
    pictures = linear(engine, tmp_path, cameras=cameras, around=around)
    ahead = pictures["c0"][:12, :, 1].sum(axis=0)
    assert ahead.argmax() == pytest.approx(23.5, abs=1.5)
    # turned clockwise by 30 degrees as seen from above, what was ahead lies to the right
    shift = 8.0 * math.tan(math.radians(30)) / 24 * 48
    assert pictures["c-30"][:12, :, 1].sum(axis=0).argmax() == pytest.approx(23.5 + shift, abs=1.5)


def write_hdr(path, pixels):
    """A Radiance file of (H, W, 3), upper row first, without run-length encoding (Ward 1991, Real Pixels)."""
    exponent = np.floor(np.log2(np.maximum(pixels.max(axis=2), 1e-30))) + 1
    mantissa = np.clip(pixels / 2.0 ** exponent[..., None] * 256, 0, 255)
    body = np.concatenate([mantissa, exponent[..., None] + 128], axis=2).astype(np.uint8)
    head = f"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y {pixels.shape[0]} +X {pixels.shape[1]}\n"
    path.write_bytes(head.encode() + body.tobytes())


def panorama(tmp_path, **fields):
    """A job's light from a panorama whose right half is three times as bright as its left one."""
    pixels = np.ones((16, 32, 3)) * np.array([0.5, 0.4, 0.3])
    pixels[:, 16:] *= 3
    write_hdr(tmp_path / "hall.hdr", pixels)
    sky = Sky(**{"file": "hall.hdr", "ev": 8.0} | fields)
    scene = SceneSpec(title="t", set=DesertSet(sky=sky), lights=(Light(role="key", ev=9),), cameras=(Camera(name="c"),))
    files = {"hall.hdr": tmp_path / "hall.hdr"}
    return requests.scene_request(tmp_path, scene, lights=[], stature=1.7, base_gain=1.0, files=files)["around"]


def test_a_panorama_is_as_bright_as_the_meter_shows_whatever_its_file_says(engine, tmp_path):
    card = {"kind": "card", "position": [0, 0, 0], "facing": [0, 0, 1], "size_m": 0.5, "rgb": [0.5, 0.5, 0.5]}
    around = panorama(tmp_path)
    level = linear(engine, tmp_path, cameras=[overhead_card()], around=around, targets=[card])["card"][8:16, 8:16].mean(axis=(0, 1))
    assert luminance(level[:3]) * math.pi / 0.5 == pytest.approx(irradiance_of_ev(8.0), rel=0.02)


@pytest.mark.parametrize(("rotation_deg", "brighter"), [(0, "right"), (180, "left")])
def test_the_middle_of_a_panorama_is_behind_the_subject_and_its_right_half_on_the_right(engine, tmp_path, rotation_deg, brighter):
    level = {"world_from_camera": [[1, 0, 0], [0, 0, -1], [0, 1, 0]], "position": [0, 0, 1], "focal_mm": 12.0, "crop_mm": [24, 12]}
    camera = overhead_card() | level | {"size_px": [48, 24]}
    picture = linear(engine, tmp_path, cameras=[camera], around=panorama(tmp_path, rotation_deg=rotation_deg))["card"][..., 1]
    left, right = picture[:, :22].mean(), picture[:, 26:].mean()
    ratio = right / left if brighter == "right" else left / right
    assert ratio == pytest.approx(3.0, rel=0.02)


def test_a_file_that_is_no_panorama_is_refused(engine, tmp_path):
    around = panorama(tmp_path)
    write_hdr(tmp_path / "panorama.hdr", np.ones((16, 16, 3)))
    with pytest.raises(StudioError, match=r"hall\.hdr has 16x16 pixels; it wants twice as many across"):
        linear(engine, tmp_path, cameras=[overhead_card()], around=around)


@pytest.mark.parametrize("finish", ["white", "silver", "black"])
def test_a_reflector_adds_light_a_flag_takes_it_and_neither_is_seen(engine, tmp_path, finish):
    lights = (Light(role="key", shape="softbox", size_cm=60, ev=9, elevation_deg=70, clock=9, aim=0, distance_m=2),)
    card = Card(finish=finish, size_cm=(120, 120), distance_m=0.7, clock=3, elevation_deg=12, aim=0)
    if finish == "black":  # between light and card, on its way
        card = Card(finish=finish, size_cm=(60, 60), distance_m=0.8, clock=9, elevation_deg=70, aim=0)
    readings = []
    for cards in ((), (card,)):
        scene = SceneSpec(title="t", lights=lights, cards=cards, cameras=(Camera(name="c"),))
        request = requests.scene_request(tmp_path, scene, lights=place_lights(scene, stature=1.7), stature=1.7, base_gain=1.0, files={})
        target = {"kind": "card", "position": [0, 0, 0], "facing": [0, 0, 1], "size_m": 0.5, "rgb": [0.5, 0.5, 0.5]}
        parts = {name: request[name] for name in ("lights", "cards")}
        pixels = linear(engine, tmp_path / str(len(cards)), cameras=[overhead_card(3.0)], targets=[target], **parts)["card"]
        assert pixels[12, 12, 3] == 1.0
        readings.append(pixels[8:16, 8:16, 1].mean())
    ratio = readings[1] / readings[0]
    assert ratio < 0.05 if finish == "black" else 1.04 < ratio < 1.6, ratio


@pytest.mark.parametrize(("focal_mm", "distance"), [(85.0, 2.5), (100.0, 0.8)])
def test_what_is_out_of_focus_is_blurred_as_a_thin_lens_blurs_it(engine, tmp_path, figure, focal_mm, distance):  # noqa: F811
    camera = Camera(name="c", focal_mm=focal_mm, f_number=2.0, distance_m=distance, height_m=1.0, framing="full")
    placed = dataclasses.replace(place(camera, figure, size_px=(160, 160)), focus_m=distance, crop_mm=(12.0, 12.0), shift=(0.0, 0.0))
    beyond = 1.8 * distance
    ball = {"kind": "ball", "position": [0, beyond - distance, 1.0], "size_m": 0.0008, "rgb": [4000] * 3}
    request = requests.camera_request(placed, base_gain=1.0, rig_deg=0.0, gaze=None) | {"gain": 1.0}
    sharp = FEW | {"samples": 512, "min_samples": 512}
    pixels = linear(engine, tmp_path, cameras=[request], targets=[ball], quality=sharp)["c"][..., 1]
    focal = focal_mm / 1000
    circle_mm = focal**2 / (2.0 * (distance - focal)) * (beyond - distance) / beyond * 1000  # Hecht, Optics: on the sensor
    lit = pixels > 0.3 * np.percentile(pixels[pixels > 0], 90)
    found_mm = 2 * math.sqrt(lit.sum() / math.pi) * 12.0 / 160 * distance / (distance - focal)  # as large as the image of a thin lens
    assert found_mm == pytest.approx(circle_mm * distance / (distance - focal), rel=0.05)


def test_swatches_keep_their_colour_in_the_catalogue(engine, tmp_path):
    swatches = ("#735244", "#c29682", "#4f5b93", "#f3f3f2", "#343434", "#bb5695", "#0885a1", "#e0a32e")
    targets = [
        {"kind": "patch", "position": [0.04 * (k % 4) - 0.06, 0.04 * (k // 4) - 0.02, 0], "facing": [0, 0, 1], "size_m": 0.04,
         "rgb": linear_rgb(colour).tolist()}
        for k, colour in enumerate(swatches)
    ]  # fmt: skip
    camera = overhead_card() | {"crop_mm": [32, 16], "size_px": [64, 32], "focal_mm": 200.0}
    pixels = linear(engine, tmp_path, cameras=[camera], targets=targets)["card"]
    picture = develop.to_8_bit(develop.encode_srgb(pixels[..., :3]))
    for k, colour in enumerate(swatches):
        row, column = (24 if k < 4 else 8), 8 + 16 * (k % 4)
        seen = decode_srgb(picture[row, column] / 255)
        assert ciede2000(seen[None], linear_rgb(colour)[None])[0] < 1.0, colour


@pytest.fixture(scope="module")
def two_takes(tmp_path_factory, figure):  # noqa: F811
    """The same small catalogue job in two fresh processes, the second one on a single core and with another camera before it."""
    scene = load_scene("catalog-white")
    quality = dataclasses.replace(quality_of("draft"), samples=4, min_samples=2, shadow_px=48)
    appearance = AppearanceSpec(title="t", figure="female", hair=Hair(style="crop", strands=1500, dye="#8b8987"))
    takes = []
    for names in (("side",), ("front", "side")):
        cameras = [scene.camera(name) for name in names]
        folder = tmp_path_factory.mktemp("take")
        plan = plan_shots(folder, figure, scene=scene, cameras=cameras, appearance=appearance, quality=quality, size_px=(90, 130))
        cores = os.sched_getaffinity(0)
        try:
            os.sched_setaffinity(0, {min(cores)} if len(names) == 2 else cores)  # a child has its parent's cores
            with Engine() as engine:
                pictures, _ = take(plan, engine)
        finally:
            os.sched_setaffinity(0, cores)
        takes.append({picture.camera: picture for picture in pictures})
    return takes


def test_a_shot_has_the_same_pixels_in_a_fresh_process_on_any_number_of_cores_and_whatever_was_shot_before_it(two_takes):
    first, second = (taken["side"] for taken in two_takes)
    assert first.pixel_sha256 == second.pixel_sha256
    np.testing.assert_array_equal(first.pixels, second.pixels)
    np.testing.assert_array_equal(first.mask, second.mask)
    assert two_takes[1]["front"].pixel_sha256 != first.pixel_sha256


def test_the_ground_of_the_catalogue_is_exactly_white_and_carries_a_shadow(two_takes, figure):  # noqa: F811
    for name, picture in two_takes[1].items():
        pixels = picture.pixels
        border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
        assert (border == 255).all(), name
        assert (pixels[:4] == 255).all()
        assert pixels[20:110, 35:55].min() < 160  # somebody is there
    camera = place(load_scene("catalog-white").camera("front"), figure, size_px=(90, 130))
    ankle = figure.joint("left_ankle") * [1, 1, 0] + [0.02, -0.13, 0]
    column, row = camera.project(ankle[None])[0, :2].astype(int)
    near = two_takes[1]["front"].pixels[row : row + 4, column - 6 : column + 6]
    assert near.min() < 235  # the floor before the toes is not as bright as the rest


def test_the_subject_is_exposed_and_not_blown(two_takes, figure):  # noqa: F811
    pixels = two_takes[1]["front"].pixels.astype(int)
    subject = pixels[(pixels < 250).any(axis=2)]
    assert 90 < np.median(subject[:, 1]) < 215
    camera = place(load_scene("catalog-white").camera("front"), figure, size_px=(90, 130))
    inside = [figure.joint(name) for name in ("spine3", "pelvis", "left_knee", "right_knee", "left_elbow", "right_elbow", "head")]
    columns, rows = camera.project(np.array(inside))[:, :2].astype(int).T
    assert pixels[rows, columns].min(axis=1).max() < 250
    assert pixels[rows, columns].max(axis=1).min() > 80


def decode_srgb(code):
    return np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)


def test_the_chart_keeps_its_colours_in_the_catalogue_and_tells_how_it_is_exposed(engine):
    reading = read_chart(load_scene("catalog-white"), engine=engine)
    assert len(reading.patches) == 24
    assert reading.mean_delta_e <= 1.0
    assert reading.worst_delta_e < 2.5
    assert abs(reading.exposure_stops) < 0.5
    brighter = load_scene("catalog-white").model_copy(
        update={"cameras": (load_scene("catalog-white").cameras[0].model_copy(update={"ev": 1.0}),)}
    )
    assert read_chart(brighter, engine=engine).exposure_stops - reading.exposure_stops == pytest.approx(1.0, abs=1e-3)


def test_a_camera_balanced_to_the_wrong_light_is_found_out_by_the_chart(engine):
    scene = load_scene("catalog-white").model_copy(update={"white_balance_k": 4300.0})
    assert read_chart(scene, engine=engine).mean_delta_e > 4
