"""Tiles of cloth: seamless, at true scale, their diagonals as woven, their colour the cloth's; and prints, read with care."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PIL import Image

from studio.errors import StudioError
from studio.garment.catalog import fabric_names, load_fabric
from studio.garment.prints import MAX_SIDE_PX, load_print
from studio.garment.relief import periodic_noise, smooth
from studio.garment.weave import normals, weave_tile
from studio.shot.photometry import linear_rgb
from studio.specs.fabric import FabricAppearance, Print

BLUE = linear_rgb("#3a4a69")


def looks(construction="plain", pitch=0.4, **changes) -> FabricAppearance:
    return FabricAppearance(construction=construction, yarn_pitch_mm=pitch, roughness=0.8, sheen=0.1, colour="#3a4a69", **changes)


def tile(construction="plain", pitch=0.4, thickness=0.5, rgb=BLUE, weft=None, **changes):
    return weave_tile(looks(construction, pitch, **changes), thickness_mm=thickness, rgb=rgb, weft_rgb=weft)


def library_tile(name):
    fabric = load_fabric(name)
    weft = fabric.appearance.weft_colour
    return weave_tile(
        fabric.appearance,
        thickness_mm=fabric.mechanics.thickness_mm,
        rgb=linear_rgb(fabric.appearance.colour),
        weft_rgb=None if weft is None else linear_rgb(weft),
    )


@pytest.fixture(scope="module", params=fabric_names())
def cloth(request):
    return load_fabric(request.param), library_tile(request.param)


# --- every fabric of the library -----------------------------------------------------------------------------------------------


def test_tiles_are_seamless(cloth):
    """Over the edge the surface goes on as it does between other rows and columns: the edge is one of many gaps between yarns."""
    _, made = cloth
    for field in (made.height_mm, *np.moveaxis(made.normal, 2, 0), *np.moveaxis(made.colour, 2, 0)):
        for turned in (field, field.T):
            steps = np.abs(np.diff(turned, axis=1)).mean(axis=0)
            assert np.abs(turned[:, 0] - turned[:, -1]).mean() <= 1.15 * steps.max()
    for turned in (made.height_mm, made.height_mm.T):  # and neighbours are alike there as elsewhere
        alike = [np.corrcoef(turned[:, k], turned[:, k + 1])[0, 1] for k in range(turned.shape[1] - 1)]
        assert np.corrcoef(turned[:, -1], turned[:, 0])[0, 1] >= min(alike) - 0.12


def test_the_mean_colour_of_a_tile_is_the_cloth_s_in_linear_light(cloth):
    fabric, made = cloth
    np.testing.assert_allclose(made.colour.mean(axis=(0, 1), dtype=float), linear_rgb(fabric.appearance.colour), atol=2e-4)
    assert made.colour.min() >= 0
    assert made.colour.max() <= 1 + 1e-6


def test_normals_are_unit_look_outwards_and_are_those_of_the_height(cloth):
    _, made = cloth
    np.testing.assert_allclose(np.linalg.norm(made.normal, axis=2), 1, atol=1e-4)
    assert made.normal[..., 2].min() > 0
    assert np.abs(made.normal[..., :2].mean(axis=(0, 1))).max() < 0.08  # the cloth as a whole lies flat
    np.testing.assert_allclose(made.normal, normals(made.height_mm.astype(float), made.size_mm), atol=2e-3)


def test_the_relief_is_no_higher_than_the_cloth_is_thick(cloth):
    fabric, made = cloth
    assert made.height_mm.min() == pytest.approx(0, abs=1e-6)
    assert 0.02 * fabric.mechanics.thickness_mm < made.height_mm.max() < fabric.mechanics.thickness_mm
    assert max(made.height_mm.shape) <= 1200


def test_the_same_fabric_gives_the_same_tile_and_its_relief_does_not_depend_on_its_colour():
    one, two = library_tile("denim"), library_tile("denim")
    for field in ("height_mm", "normal", "colour"):
        np.testing.assert_array_equal(getattr(one, field), getattr(two, field))
    other = tile("twill", rgb=linear_rgb("#ffffff"))
    np.testing.assert_array_equal(other.height_mm, tile("twill").height_mm)
    assert not np.array_equal(tile("twill", pitch=0.41).height_mm, other.height_mm)


# --- true scale ----------------------------------------------------------------------------------------------------------------


def spectrum(made):
    """Amplitudes by frequency [1/mm] along the weft and along the warp."""
    power = np.abs(np.fft.fft2(made.height_mm - made.height_mm.mean()))
    rows, columns = made.height_mm.shape
    along_weft = np.fft.fftfreq(columns, made.size_mm[0] / columns)
    along_warp = np.fft.fftfreq(rows, made.size_mm[1] / rows)
    return power, along_weft, along_warp


def peaks(made, count):
    """The strongest frequencies of a height field [1/mm], one of each pair of opposites, as (along weft, along warp)."""
    power, along_weft, along_warp = spectrum(made)
    order = np.argsort(power, axis=None)[::-1][: 2 * count]
    found = {(round(along_weft[c], 4), round(along_warp[r], 4)) for r, c in zip(*np.unravel_index(order, power.shape), strict=True)}
    return {(u, v) if (u, v) > (0, 0) else (-u, -v) for u, v in found}


@pytest.mark.parametrize(("pitch", "course"), [(0.4, 0.5), (0.25, 0.25), (0.9, 0.7)])
def test_plain_weave_repeats_with_its_yarns(pitch, course):
    made = tile("plain", pitch, course_pitch_mm=course)
    yarns = made.size_mm[0] / pitch, made.size_mm[1] / course
    assert yarns == pytest.approx([round(each) for each in yarns])
    strongest = peaks(made, 2)
    assert {(round(1 / pitch, 4), 0.0), (0.0, round(1 / course, 4))} == strongest


@pytest.mark.parametrize("construction", ["single-jersey", "interlock"])
def test_knits_repeat_with_wales_and_courses(construction):
    made = tile(construction, 0.8, course_pitch_mm=0.6, thickness=0.8)
    power, along_weft, along_warp = spectrum(made)
    across, up = power[0, : power.shape[1] // 2], power[: power.shape[0] // 2, 0]
    legs = {"single-jersey": 1, "interlock": 2}[construction]  # interlock's legs stand upright: two alike in a wale
    assert along_weft[np.argmax(across)] * 0.8 == pytest.approx(legs)
    assert along_warp[np.argmax(up)] * 0.6 == pytest.approx(1)


def test_every_other_wale_of_a_rib_lies_back():
    made = tile("rib", 0.9, thickness=1.0)
    power, along_weft, _ = spectrum(made)
    assert abs(along_weft[np.argmax(power[0, 1 : power.shape[1] // 2]) + 1]) == pytest.approx(1 / 1.8, rel=1e-6)


def test_leather_s_grains_and_fleece_s_tufts_have_their_size():
    for construction in ("leather", "fleece"):
        small, large = (tile(construction, pitch, thickness=1.0) for pitch in (0.5, 1.0))
        assert large.size_mm[0] == pytest.approx(2 * small.size_mm[0])


# --- twills --------------------------------------------------------------------------------------------------------------------


def diagonal_deg(made):
    """Direction of the strongest diagonal lines, from the weft, -90 to 90: lines run across their frequency."""
    power, along_weft, along_warp = spectrum(made)
    slanted = power * (along_weft[None] != 0) * (along_warp[:, None] != 0)
    row, column = np.unravel_index(np.argmax(slanted), power.shape)
    angle = math.degrees(math.atan2(along_weft[column], -along_warp[row]))
    return (angle + 90) % 180 - 90


@pytest.mark.parametrize(("direction", "sign"), [("right", 1), ("left", -1)])
@pytest.mark.parametrize(("twill", "pitch", "course"), [("2/1", 0.4, 0.4), ("3/1", 0.4, 0.56), ("1/3", 0.5, 0.4), ("2/2", 0.4, 0.56)])
def test_diagonals_rise_to_the_side_and_at_the_angle_of_the_weave(twill, direction, sign, pitch, course):
    """One pick up, one end to the side: the angle is that of the two pitches."""
    made = tile("twill", pitch, course_pitch_mm=course, twill=twill, twill_direction=direction)
    assert diagonal_deg(made) == pytest.approx(sign * math.degrees(math.atan2(course, pitch)), abs=0.5)


def test_left_is_the_mirror_of_right_in_its_share_of_warp():
    indigo, ecru = BLUE, linear_rgb("#d9d6cc")
    for side in ("right", "left"):
        bright = tile("twill", twill="3/1", twill_direction=side, weft=ecru, rgb=indigo).colour[..., 0] > 1.5 * indigo[0]
        assert 0.1 < bright.mean() < 0.3  # a quarter of the crossings shows the weft


# --- colour --------------------------------------------------------------------------------------------------------------------


def test_denim_s_weft_is_lighter_than_its_warp_and_the_mean_is_still_the_cloth_s():
    made = tile("twill", twill="3/1", weft=linear_rgb("#d9d6cc"))
    plain = tile("twill", twill="3/1")
    assert made.colour[..., 0].std() > 3 * plain.colour[..., 0].std()
    np.testing.assert_allclose(made.colour.mean(axis=(0, 1), dtype=float), BLUE, atol=2e-4)


@pytest.mark.parametrize(
    ("weft", "cloth_colour"), [("#ffffff", "#202020"), ("#000000", "#f4f4f4"), ("#c02020", "#102040"), ("#ffffff", "#808080")]
)
def test_no_pair_of_colours_breaks_the_mean(weft, cloth_colour):
    rgb = linear_rgb(cloth_colour)
    made = tile("plain", rgb=rgb, weft=linear_rgb(weft))
    np.testing.assert_allclose(made.colour.mean(axis=(0, 1), dtype=float), rgb, atol=2e-4)


def test_melange_spreads_lightness_and_keeps_the_hue():
    plain, marl = (tile("single-jersey", 0.8, thickness=0.8, rgb=linear_rgb("#9b9c9e"), melange=each) for each in (0.0, 0.5))
    spread = [np.log(each.colour[..., 1]).std() for each in (plain, marl)]
    assert spread[1] > 1.5 * spread[0]
    ratio = marl.colour[..., 0] / marl.colour[..., 2]
    assert ratio.std() / ratio.mean() < 0.02


def test_nap_hides_the_weave():
    bare, napped = (tile("twill", nap=each, thickness=1.2) for each in (0.0, 0.95))

    def weave_share(made):
        power, along_weft, along_warp = spectrum(made)
        yarns = np.isclose(np.abs(along_weft[None]) * 0.4 * 3 % 1, 0) & np.isclose(np.abs(along_warp[:, None]) * 0.48 * 3 % 1, 0)
        return (power**2 * yarns).sum() / (power**2).sum()

    assert weave_share(bare) > 0.6
    assert weave_share(napped) < 0.7 * weave_share(bare)


# --- the noise under it --------------------------------------------------------------------------------------------------------


def test_noise_is_periodic_normalised_and_as_smooth_as_asked():
    field = periodic_noise((128, 96), (6.0, 2.0), np.random.default_rng(1))
    assert field.mean() == pytest.approx(0, abs=1e-12)
    assert field.std() == pytest.approx(1)
    for axis in (0, 1):
        edge = np.abs(np.take(field, 0, axis=axis) - np.take(field, -1, axis=axis)).mean()
        assert edge < 1.5 * np.abs(np.diff(field, axis=axis)).mean()
    down, across = (np.abs(np.diff(field, axis=axis)).mean() for axis in (0, 1))
    assert down < 0.5 * across


def test_smoothing_keeps_the_mean_and_is_a_gaussian_s():
    spike = np.zeros((64, 64))
    spike[20, 30] = 1.0
    out = smooth(spike, 3.0)
    assert out.sum() == pytest.approx(1)
    place = np.arange(64)
    assert (out.sum(axis=0) * (place - 30) ** 2).sum() == pytest.approx(9, rel=0.01)


# --- prints --------------------------------------------------------------------------------------------------------------------

ROSE = Print(file="rose.png", repeat_cm=(12, 8))


def test_a_print_is_read_as_it_is(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 255, (20, 30, 4)).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / "rose.png")
    found = load_print(ROSE, tmp_path)
    np.testing.assert_array_equal(found.pixels, pixels)
    assert found.repeat_cm == (12, 8)
    Image.new("L", (5, 4), 77).save(tmp_path / "grey.jpg")
    grey = load_print(Print(file="grey.jpg", repeat_cm=(1, 1)), tmp_path)
    assert grey.pixels.shape == (4, 5, 4)
    assert (grey.pixels[..., 3] == 255).all()


def written(tmp_path, kind):
    path = tmp_path / "rose.png"
    if kind == "text":
        path.write_text("a rose")
    elif kind == "gif":
        Image.new("RGB", (4, 4)).save(path, format="GIF")
    elif kind == "cut off":
        Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3)).astype(np.uint8)).save(path)
        path.write_bytes(path.read_bytes()[:2000])
    elif kind == "huge":
        Image.new("1", (MAX_SIDE_PX + 1, 2)).save(path)
    elif kind == "elsewhere":
        (tmp_path / "other").mkdir()
        Image.new("RGB", (4, 4)).save(tmp_path / "other" / "rose.png")
        path.symlink_to(tmp_path / "other" / "rose.png")


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("missing", "is not in .*, beside its fabric"),
        ("text", "cannot be read as PNG or JPEG"),
        ("gif", "cannot be read as PNG or JPEG"),
        ("cut off", "cannot be read as PNG or JPEG"),
        ("huge", f"has {MAX_SIDE_PX + 1}x2 pixels, and a print may have {MAX_SIDE_PX}"),
        ("elsewhere", "leads to another folder"),
    ],
)
def test_bad_prints_are_refused_in_one_sentence(tmp_path, kind, message):
    written(tmp_path, kind)
    with pytest.raises(StudioError, match=message) as caught:
        load_print(ROSE, tmp_path)
    assert "\n" not in str(caught.value)
