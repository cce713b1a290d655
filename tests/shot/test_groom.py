from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest

from studio.mesh.closest import Surface
from studio.shot.figure import figure_of
from studio.shot.groom.grow import Groom, grow_hair, hair_thickening
from studio.shot.groom.pigment import absorption, of_dye, of_melanin
from studio.shot.groom.scalp import plant
from studio.shot.groom.styles import STYLES
from studio.shot.groom.styles.coiled import coil, diameter_m, shrinkage
from studio.shot.head import Head, find_head
from studio.shot.subject import Skin, build_skin
from studio.specs.appearance import AppearanceSpec, Hair, HairStyle

#: How deep hair may go into skin: half of what a picture would show, and less than a hair is drawn thick from afar.
DEEPEST_M = 0.0010
#: Roots lie this close to the skin.
ROOT_M = 0.0005
#: Lengths of the hairs of a style as grown by default [cm]: all are shorter than the last, nine in ten longer than the first.
LENGTHS_CM = {
    "buzz": (0.3, 1.6), "fade": (0.1, 6.5), "crop": (1.0, 8.5), "pixie": (1.8, 13), "bob": (7, 40), "lob": (10, 46), "fringe": (4, 50),
    "long": (25, 66), "waves": (18, 60), "curls": (12, 48), "afro": (4, 32), "ponytail": (30, 66), "half-up": (20, 68), "bun": (2.5, 28),
    "braid": (50, 105),
}  # fmt: skip
HANGING = ("bob", "lob", "long", "waves", "curls")


@dataclass(frozen=True)
class Sitter:
    head: Head
    skin: Skin


@cache
def sitter(who: str) -> Sitter:
    """The average body; others of another shape that hold their head aside."""
    from studio.body.ground import pose_body
    from studio.body.joints import JOINTS
    from studio.body.model import BodyParameters, load_body
    from studio.body.poses import load_pose

    model = load_body()
    parameters, nod = {
        "average": (BodyParameters.zero(model), (0, 0, 0)),
        "tilted": (_shaped(model, 5), (10, -20, 24)),
        "bowed": (_shaped(model, 9), (38, 0, 0)),
    }[who]
    posed = pose_body(model, parameters, load_pose("relaxed"))
    turned = posed.body_pose.copy()
    turned.reshape(-1, 3)[JOINTS.index("head") - 1] += np.radians(nod)
    figure = figure_of(model, posed.replace(body_pose=turned))
    head = find_head(figure)
    return Sitter(head, build_skin(figure, head))


def _shaped(model, seed):
    from studio.body.model import BodyParameters

    zero = BodyParameters.zero(model)
    betas = np.zeros_like(zero.betas)
    betas[:12] = np.random.default_rng(seed).normal(size=12) * 1.2
    return zero.replace(betas=betas)


@cache
def groom(who: str, style: str, *, seed: int = 3, strands: int = 700, wind: tuple[float, float, float] = (0, 0, 0), **hair) -> Groom:
    person = sitter(who)
    appearance = AppearanceSpec(title="t", figure="female", hair=Hair(style=style, strands=strands, seed=seed, **hair))
    return grow_hair(person.skin, person.head, appearance, worn=[], thickening=1.0, wind_m_s=wind)


def hair_of(grown: Groom) -> np.ndarray:
    return next(tuft for tuft in grown.tufts if tuft.name == "hair").points


def along(strands: np.ndarray) -> np.ndarray:
    """Points, and points at 0.37 and 0.63 of the segments between them, but for the segment that leaves the skin."""
    start, step = strands[:, 1:-1], np.diff(strands[:, 1:], axis=1)
    return np.concatenate([strands[:, 1:], start + 0.37 * step, start + 0.63 * step], axis=1).reshape(-1, 3)


@pytest.mark.parametrize(
    ("style", "who", "wind"),
    [(style, "average", (0, 0, 0)) for style in STYLES]
    + [(style, "tilted", (1.5, 3.5, 0)) for style in STYLES]
    + [(style, "bowed", (0, -2.5, 0)) for style in (*HANGING, "fringe", "pixie", "half-up")],
)
def test_no_hair_goes_into_the_body_whatever_the_head_the_pose_and_the_wind(style, who, wind):
    surface = sitter(who).skin.surface
    for tuft in groom(who, style, wind=wind).tufts:
        if tuft.name not in ("brows", "lashes"):
            assert np.isfinite(tuft.points).all()
            points = along(tuft.points)
            inside = points[surface.contains(points)]
            assert not len(inside) or surface.closest(inside).distances.max() < DEEPEST_M, tuft.name


@pytest.mark.parametrize("style", STYLES)
def test_every_hair_is_rooted_in_the_scalp(style):
    for who in ("average", "tilted"):
        skin = sitter(who).skin
        found = skin.surface.closest(hair_of(groom(who, style))[:, 0])
        assert found.distances.max() < ROOT_M
        scalp = (skin.fields["scalp"][skin.triangles[found.triangles]] * found.barycentric).sum(axis=1)
        assert scalp.min() > 0.0


@pytest.fixture(scope="module")
def cape():
    """A stiff cape with a collar: the skin of neck and shoulders, 12 mm out."""
    skin, head = sitter("average").skin, sitter("average").head
    local, faces = head.head_from_world(skin.vertices), skin.triangles
    band = (local[faces][..., 2] < -0.105).all(axis=1) & (local[faces][..., 2] > -0.45).all(axis=1)
    band &= (np.abs(local[faces][..., 0]) < 0.22).all(axis=1)
    used, inverse = np.unique(faces[band], return_inverse=True)
    return Surface(skin.vertices[used] + 0.012 * skin.normals[used], inverse.reshape(-1, 3))


@pytest.mark.parametrize("style", ["bob", "long", "waves", "curls", "ponytail", "half-up", "braid"])
def test_hair_never_goes_through_a_collar_and_lies_upon_it(cape, style):
    person = sitter("average")
    appearance = AppearanceSpec(title="t", figure="female", hair=Hair(style=style, strands=700, length_cm=34 if style != "bob" else None))
    strands = hair_of(grow_hair(person.skin, person.head, appearance, worn=[cape], thickening=1.0))
    start, step = strands[:, 1:-1].reshape(-1, 3), np.diff(strands[:, 1:], axis=1).reshape(-1, 3)
    assert (cape.first_hits(start, step)[0] > 1.0).all()
    ends = strands[:, -1]
    lower = person.head.head_from_world(ends)[:, 2] < -0.17
    if lower.any():  # hair that reaches the cape is outside of it, and most of what could is there
        found = cape.closest(ends[lower])
        over = ((ends[lower] - found.points) * found.normals).sum(axis=1)
        assert (over[found.distances < 0.03] > -0.0005).mean() > 0.97
    if style in ("long", "waves", "ponytail", "braid"):
        assert lower.mean() > 0.8


@pytest.mark.parametrize("style", STYLES)
def test_hairs_are_as_long_as_the_style_says(style):
    strands = hair_of(groom("average", style))
    length = 100 * np.linalg.norm(np.diff(strands, axis=1), axis=2).sum(axis=1)
    shortest, longest = LENGTHS_CM[style]
    assert np.quantile(length, 0.1) > shortest
    assert length.max() < longest


@pytest.mark.parametrize("style", ["bob", "long", "ponytail", "afro"])
def test_the_same_seed_grows_the_same_hair_to_the_last_bit(style):
    first, other = groom("average", style, strands=1200), groom("average", style, seed=4, strands=1200)
    again = groom.__wrapped__("average", style, strands=1200)
    for a, b in zip(first.tufts, again.tufts, strict=True):
        np.testing.assert_array_equal(a.points, b.points)
        np.testing.assert_array_equal(a.radii, b.radii)
        if a.absorption is not None:
            np.testing.assert_array_equal(a.absorption, b.absorption)
    assert not np.array_equal(hair_of(first), hair_of(other))


@pytest.mark.parametrize("style", [*HANGING, "ponytail"])
def test_hair_falls_to_the_floor_however_the_head_is_held(style):
    """The last third of what hangs free runs down in the world; in the head's own axes it has turned with the head."""
    own = []
    for who in ("average", "tilted"):
        strands = hair_of(groom(who, style))
        free = sitter(who).skin.surface.closest(strands[:, -1]).distances > 0.02
        tail = strands[:, -1] - strands[:, -strands.shape[1] // 4]
        way = tail[free] / np.linalg.norm(tail[free], axis=1, keepdims=True)
        assert free.sum() > 15
        assert np.median(-way[:, 2]) > 0.88, who
        own.append((way @ sitter(who).head.rotation).mean(axis=0))
    turned = np.degrees(np.arccos(own[0] @ own[1] / np.linalg.norm(own[0]) / np.linalg.norm(own[1])))
    assert turned > 12


@pytest.mark.parametrize("style", [*HANGING, "ponytail", "half-up", "pixie"])
def test_wind_blows_the_tips_downwind_and_a_stronger_one_farther(style):
    calm = hair_of(groom("average", style))[:, -1]
    drift = [float((hair_of(groom("average", style, wind=(speed, 0.0, 0.0)))[:, -1] - calm)[:, 0].mean()) for speed in (2.0, 4.0)]
    least = 0.004 if style == "pixie" else 0.03
    assert drift[1] > least
    assert drift[1] > 1.3 * drift[0] > 0


@pytest.mark.parametrize("style", STYLES)
def test_the_face_is_free(style):
    local = sitter("average").head.head_from_world(hair_of(groom("average", style)).reshape(-1, 3))
    highest = 0.012 if style in ("fringe", "pixie") else 0.030
    face = (np.abs(local[:, 0]) < 0.035) & (local[:, 2] < highest) & (local[:, 2] > -0.09) & (local[:, 1] < 0.0)
    assert face.mean() < 0.002


def test_a_bob_ends_at_the_chin_a_lob_at_the_collarbone_and_long_hair_below():
    ends = {
        style: sitter("average").head.head_from_world(hair_of(groom("average", style))[:, -1])[:, 2] for style in ("bob", "lob", "long")
    }
    assert np.median(ends["bob"]) == pytest.approx(-0.120, abs=0.02)
    assert np.median(ends["lob"]) == pytest.approx(-0.175, abs=0.03)
    assert np.median(ends["long"]) < -0.28


def test_a_fringe_covers_the_forehead_and_not_the_eyes():
    local = sitter("average").head.head_from_world(hair_of(groom("average", "fringe", strands=3000)).reshape(-1, 3))
    before = (np.abs(local[:, 0]) < 0.03) & (local[:, 1] < -0.01)
    assert ((local[:, 2] > 0.030) & (local[:, 2] < 0.045) & before).sum() > 110
    assert ((local[:, 2] < 0.008) & (local[:, 2] > -0.08) & before).mean() < 0.001


def test_ponytail_half_up_and_braid_go_through_their_ties():
    head = sitter("average").head
    for style, at in (("ponytail", 25), ("braid", 84)):
        grown = groom("average", style)
        tie = head.head_from_world(grown.tie).mean(axis=0)
        tied = head.head_from_world(hair_of(grown)[:, at])
        assert np.linalg.norm(tied - tie, axis=1).max() < 0.02, style
    assert groom("average", "half-up").tie is not None


def test_a_braid_is_three_strands_that_cross_from_side_to_side():
    head = sitter("average").head
    strands = hair_of(groom("average", "braid"))
    local = head.head_from_world(strands.reshape(-1, 3)).reshape(strands.shape)[:, 34:80]
    middle = local[..., 0] - local[..., 0].mean(axis=0)
    crossings = (np.diff(np.sign(middle), axis=1) != 0).sum(axis=1)
    assert np.median(crossings) >= 8
    signs = np.sign(middle[:, 20]) + 3 * np.sign(middle[:, 24])
    assert len(np.unique(signs)) >= 3  # no two of the three are on the same way at the same time


@pytest.mark.parametrize("length_cm", [20.0, 45.0])
def test_the_length_that_was_asked_is_grown(length_cm):
    tail = hair_of(groom("average", "ponytail", length_cm=length_cm))[:, 25:]
    length = np.linalg.norm(np.diff(tail, axis=1), axis=2).sum(axis=1)
    assert np.median(length) == pytest.approx(length_cm / 100, rel=0.08)


@pytest.mark.parametrize("style", ["bob", "crop", "long"])
def test_volume_lifts_the_hair_off_the_skull(style):
    head, heights = sitter("average").head, []
    for volume in (0.3, 1.0, 2.0):
        local = head.head_from_world(hair_of(groom("average", style, volume=volume)).reshape(-1, 3))
        heights.append(np.quantile(local[:, 2], 0.999))
    assert heights[1] - heights[0] > 0.001
    assert heights[2] - heights[1] > 0.002


@pytest.mark.parametrize("part_cm", [-3.0, 3.0])
def test_hair_divides_at_the_parting(part_cm):
    strands, head = hair_of(groom("average", "bob", part_cm=part_cm, strands=1500)), sitter("average").head
    root, tip = head.head_from_world(strands[:, 0]), head.head_from_world(strands[:, -1])
    front = (root[:, 1] < head.centre[1] - 0.02) & (root[:, 2] > 0.06)
    left = root[:, 0] * 100 > part_cm
    assert (tip[front & left, 0] > 0).mean() > 0.95
    assert (tip[front & ~left, 0] < 0).mean() > 0.95


@pytest.mark.parametrize("curl", [3.0, 4.5, 6.0, 8.0])
def test_coils_have_the_diameter_and_the_shrinkage_of_their_class(curl, rng):
    """A straight hair of 30 cm, wound: how far it reaches is its natural length, how far it leaves its axis half of its diameter."""
    straight = np.zeros((200, 40, 3))
    straight[..., 2] = -np.linspace(0, 0.30, 40)
    wound = coil(straight, np.arange(200), curl, rng, begin_m=0.01)
    assert np.median(-wound[:, -1, 2]) == pytest.approx(0.30 * shrinkage(curl), rel=0.03)
    off = np.linalg.norm(wound[..., :2], axis=2)
    middle = off[:, wound.shape[1] // 3 : wound.shape[1] // 2]
    assert np.median(middle) == pytest.approx(diameter_m(curl) / 2, rel=0.2)
    length = np.linalg.norm(np.diff(wound, axis=1), axis=2).sum(axis=1)
    assert np.median(length) == pytest.approx(0.30, rel=0.15)


def test_an_afro_stands_off_the_scalp_and_is_round():
    strands, person = hair_of(groom("average", "afro")), sitter("average")
    tips = person.head.head_from_world(strands[:, -1])
    top = tips[person.head.head_from_world(strands[:, 0])[:, 2] > 0.05]
    reach = np.linalg.norm(top - person.head.centre, axis=1)
    assert np.median(reach) > 0.12
    assert reach.std() < 0.016
    length = np.linalg.norm(np.diff(strands, axis=1), axis=2).sum(axis=1)
    assert np.median(np.linalg.norm(strands[:, -1] - strands[:, 0], axis=1) / length) < 0.65


def test_a_fade_is_long_on_top_and_shaved_at_the_ears():
    strands, head = hair_of(groom("average", "fade")), sitter("average").head
    length = np.linalg.norm(np.diff(strands, axis=1), axis=2).sum(axis=1)
    z = head.head_from_world(strands[:, 0])[:, 2]
    assert np.median(length[z > 0.09]) > 0.025
    assert np.median(length[z < 0.0]) < 0.003


def test_grey_is_a_share_of_white_hairs_and_darker_hair_absorbs_more():
    person = sitter("average")
    roots = plant(person.skin, person.head, 4000, np.random.default_rng(1))

    def absorbed(**hair):
        return absorption(Hair(style="bob", **hair), roots, person.head, np.random.default_rng(2))

    for grey in (0.0, 0.3, 1.0):
        white = absorbed(melanin=0.9, grey=grey).max(axis=1) < 0.2
        assert white.mean() == pytest.approx(grey, abs=0.01)
    blond, black = absorbed(melanin=0.2).mean(axis=0), absorbed(melanin=0.97).mean(axis=0)
    assert (black > 5 * blond).all()
    red, blue = absorbed(dye="#c0392b").mean(axis=0), absorbed(dye="#2b5fc0").mean(axis=0)
    assert red[0] < red[2]
    assert blue[2] < blue[0]
    assert of_melanin(0.5, 1.0)[2] > of_melanin(0.5, 0.0)[2]  # pheomelanin takes more blue
    assert (of_dye(np.array([0.8, 0.8, 0.8])) < of_dye(np.array([0.1, 0.1, 0.1]))).all()


def test_brows_and_lashes_lie_before_the_skin():
    person = sitter("average")
    grown = {tuft.name: tuft for tuft in groom("average", "crop").tufts}
    for name, most in (("brows", 0.004), ("lashes", 0.012)):
        tips = grown[name].points[:, 2:].reshape(-1, 3)
        distance = person.skin.surface.closest(tips).distances
        assert distance.max() < most
        assert (person.head.head_from_world(tips)[:, 1] < 0.02).all()


def test_hair_grows_thicker_in_steps_as_pixels_grow():
    assert hair_thickening(0.2) == 1.0
    steps = [hair_thickening(pixel) for pixel in np.linspace(0.1, 6, 60)]
    assert steps == sorted(steps)
    assert len(set(steps)) <= 5


def test_the_command_offers_every_style_and_every_style_is_grown():
    from typing import get_args

    from studio.cli.twin_create import HAIR_STYLES

    assert set(get_args(HairStyle)) == {"none", *STYLES} == set(HAIR_STYLES)
