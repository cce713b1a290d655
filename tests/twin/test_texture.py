"""A body whose paint is known, scanned in a known light, with holes, cloth and hair: what comes onto its texture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from studio.frames import world_from_smplx
from studio.mesh.closest import Surface
from studio.scan.pictures import sample
from studio.twin.skin import PARTS
from studio.twin.texture.bake import Baked, bake
from studio.twin.texture.canvas import Canvas, build_canvas, texels
from studio.twin.texture.colour import linear_from_srgb, srgb_from_linear
from studio.twin.texture.gather import gather
from studio.twin.texture.margin import fill_margins
from studio.twin.texture.relief import corner_tangents, facet_size, quiet_normals
from studio.twin.texture.sight import Reach, sight_of

SIZE = 1024
REACH = Reach(0.008, 0.016)
SKIN, CLOTH, HAIR = (np.array(rgb) for rgb in ((0.42, 0.23, 0.155), (0.16, 0.17, 0.18), (0.02, 0.014, 0.01)))
#: How far the scan lies outside of the twin [m]: what a fit leaves.
LIFT_M = 0.0008


@pytest.fixture(scope="module")
def canvas(model, skin) -> Canvas:
    from studio.body.model import BodyParameters, forward
    from studio.body.poses import apply_pose, load_pose

    zero = BodyParameters.zero(model)
    posed, rest = (forward(model, each).vertices.astype(np.float64) for each in (apply_pose(model, zero, load_pose("relaxed")), zero))
    one_side = np.array([PARTS.index(name.replace("right_", "left_")) for name in PARTS])
    return build_canvas(model.surface, world_from_smplx(posed), world_from_smplx(rest), part=one_side[skin.part], outer=skin.outer)


def paint(rest: np.ndarray) -> np.ndarray:
    """Linear albedo of the T-pose body: blotched skin with chequers of 12 mm on the left thigh and the middle of the belly."""
    x, y, z = rest.T
    blotch = 0.05 * np.sin(x / 0.06 + 1) * np.cos(z / 0.09) + 0.03 * np.sin(y / 0.04)
    colour = SKIN * (1 + blotch[:, None] * [0.7, 1.0, 1.1])
    odd = (np.floor(x / 0.012) + np.floor(z / 0.012)) % 2 > 0
    on_thigh = (np.abs(x - 0.13) < 0.04) & (np.abs(z + 0.22) < 0.04) & (y < -0.02)
    on_belly = (np.abs(x) < 0.04) & (np.abs(z - 0.15) < 0.04) & (y < -0.02)
    return np.where(((on_thigh | on_belly) & odd)[:, None], colour * 0.6, colour)


def light(canvas: Canvas, *, shadows: bool) -> np.ndarray:
    """What arrives at the vertices from a key at the upper left front, a cool sky and a warm floor, by rays; mean 1, (V, 3)."""
    z = 1 - (2 * np.arange(90) + 1) / 90
    turn = np.pi * (3 - np.sqrt(5)) * np.arange(90)
    ways = np.stack([np.sqrt(1 - z * z) * np.cos(turn), np.sqrt(1 - z * z) * np.sin(turn), z], axis=1)
    key = np.array([0.5, -0.6, 0.62]) / np.linalg.norm([0.5, -0.6, 0.62])
    radiance = 1.2 * np.exp(5 * (ways @ key - 1))[:, None] + np.where(z[:, None] > 0, [[0.30, 0.31, 0.34]], [[0.24, 0.21, 0.18]])
    surface = Surface(canvas.vertices, canvas.triangles)
    total = np.zeros((len(canvas.vertices), 3))
    for way, each in zip(ways, radiance, strict=True):
        facing = np.flatnonzero((canvas.normals @ way > 0) & canvas.outer)
        seen = np.ones(len(facing), bool)
        if shadows:
            starts = canvas.vertices[facing] + 0.002 * canvas.normals[facing]
            seen = np.isinf(surface.first_hits(starts, np.tile(way, (len(facing), 1)))[0])
        total[facing] += (canvas.normals[facing] @ way * (0.25 + 0.75 * seen))[:, None] * each
    return np.maximum(total / total[canvas.outer].mean(axis=0), 0.05)


@dataclass(frozen=True)
class Known:
    """A baked scan, and places on the canvas: texels with their T-pose positions, colours and confidence."""

    canvas: Canvas
    baked: Baked
    rest: np.ndarray
    vertex: np.ndarray
    colour: np.ndarray
    confidence: np.ndarray

    @property
    def ratio(self) -> np.ndarray:
        """Brightness against the paint, but for the exposure."""
        ratio = self.colour.mean(axis=1) / paint(self.rest).mean(axis=1)
        return ratio / np.median(ratio[self.confidence > 230])

    def near(self, x: float, z: float, radius: float, *, front: bool = True) -> np.ndarray:
        """Texels around a place of the T-pose body."""
        side = self.rest[:, 1] < -0.02 if front else np.ones(len(self.rest), bool)
        return (np.hypot(self.rest[:, 0] - x, self.rest[:, 2] - z) < radius) & side


def known(canvas: Canvas, baked: Baked) -> Known:
    parts = list(texels(canvas.uv, SIZE))
    corners = np.concatenate([canvas.triangles[part.triangle] for part in parts])
    weights = np.concatenate([part.weights for part in parts])
    uv = np.concatenate([np.einsum("nk,nkd->nd", part.weights, canvas.uv[part.triangle]) for part in parts])
    rest = np.einsum("nk,nkd->nd", weights, canvas.rest[corners])
    vertex = corners[np.arange(len(corners)), weights.argmax(axis=1)]
    outer = canvas.outer[corners].all(axis=1)
    confidence = sample(np.repeat(baked.confidence[..., None], 3, axis=2), uv)[:, 0]
    return Known(canvas, baked, rest[outer], vertex[outer], linear_from_srgb(sample(baked.albedo, uv))[outer], confidence[outer])


def is_cloth(rest: np.ndarray) -> np.ndarray:
    return (rest[:, 2] > 0.33) & (rest[:, 2] < 0.43) & (np.abs(rest[:, 0]) < 0.15)


def is_hair(canvas: Canvas) -> np.ndarray:
    return canvas.regions["scalp"] > 0.5


def picture_of(canvas: Canvas, size: int, lit: np.ndarray) -> np.ndarray:
    """The scan's own picture, in the layout of the body for convenience: paint, cloth, hair, light."""
    picture, painted = np.zeros((size, size, 3), np.uint8), np.zeros((size, size), bool)
    for part in texels(canvas.uv, size):
        corners = canvas.triangles[part.triangle]
        rest = part.of(canvas.rest, corners)
        colour = paint(rest)
        colour[is_cloth(rest)] = CLOTH
        colour[is_hair(canvas)[corners].all(axis=1)] = HAIR
        picture[part.row, part.column] = srgb_from_linear(colour * part.of(lit, corners) * 0.75)
        painted[part.row, part.column] = True
    fill_margins(picture, painted)
    return picture


def holes(canvas: Canvas) -> np.ndarray:
    """Triangles that the scanner lost: the outside of the right thigh, whose other side is there, and a spot in the middle of the chest."""
    middle = canvas.rest[canvas.triangles].mean(axis=1)
    thigh = np.hypot(middle[:, 0] + 0.13, middle[:, 2] + 0.22) < 0.06
    chest = (np.hypot(middle[:, 0], middle[:, 2] - 0.26) < 0.03) & (middle[:, 1] < 0)
    return thigh | chest


def mesh_sight(canvas: Canvas, lit: np.ndarray):
    keep = canvas.outer[canvas.triangles].all(axis=1) & ~holes(canvas)
    points = canvas.vertices + LIFT_M * canvas.normals
    grey = np.full((len(points), 3), 128, np.uint8)
    return sight_of(
        canvas,
        points,
        canvas.normals,
        grey,
        reach=REACH,
        faces=canvas.triangles[keep],
        pictures=(picture_of(canvas, 2048, lit),),
        picture=np.zeros(int(keep.sum()), np.int32),
        corner_uv=canvas.uv[keep],
    )


@pytest.fixture(scope="module")
def lit(canvas) -> np.ndarray:
    return light(canvas, shadows=True)


@pytest.fixture(scope="module")
def result(canvas, lit) -> Known:
    return known(canvas, bake(canvas, mesh_sight(canvas, lit), mode="skin", size=SIZE))


def test_the_mirror_of_the_canvas_is_its_mirror_image(canvas):
    paired = canvas.mirror >= 0
    assert paired.mean() > 0.999
    np.testing.assert_array_equal(canvas.mirror[canvas.mirror[paired]], np.flatnonzero(paired))
    np.testing.assert_allclose(canvas.rest[canvas.mirror[paired]] * [-1, 1, 1], canvas.rest[paired], atol=2e-3)


def test_texels_lie_where_their_coordinates_say_and_all_are_found(canvas):
    seen = np.zeros((256, 256), bool)
    for part in texels(canvas.uv, 256):
        uv = np.einsum("nk,nkd->nd", part.weights, canvas.uv[part.triangle])
        np.testing.assert_allclose(uv * 256, np.stack([part.column + 0.5, 256 - part.row - 0.5], axis=1), atol=0.01)
        seen[part.row, part.column] = True
    first, second = canvas.uv[:, 1] - canvas.uv[:, 0], canvas.uv[:, 2] - canvas.uv[:, 0]
    area = np.abs(first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]).sum() / 2
    assert seen.mean() == pytest.approx(area, rel=0.01)


def test_paint_is_recovered_and_the_light_is_gone(result, canvas, lit):
    seen = (result.confidence > 230) & ~is_cloth(result.rest) & ~is_hair(canvas)[result.vertex]
    before = lit[result.vertex[seen]].mean(axis=1)
    assert np.std(np.log(result.ratio[seen])) < 0.22 * np.std(np.log(before))  # a twentieth of the variance
    assert np.percentile(np.abs(result.ratio[seen] - 1), 90) < 0.08
    assert 0.2 < result.baked.unevenness < 0.6


def agreement(known: Known, inside: np.ndarray, *, right: float = 0.0, up: float = 0.0) -> float:
    """Correlation of a texture with the paint moved by so many metres."""
    true = paint(known.rest[inside] + np.array([right, 0.0, up])).mean(axis=1)
    return float(np.corrcoef(true, known.colour[inside].mean(axis=1))[0, 1])


def test_marks_are_sharp_and_lie_where_they_are_to_half_a_millimetre(result):
    for x, z in ((0.13, -0.22), (0.0, 0.15)):
        inside = result.near(x, z, 0.03)
        here = agreement(result, inside)
        assert here > 0.9
        for step in (-0.001, 0.001):
            assert here > agreement(result, inside, right=step) + 0.03
            assert here > agreement(result, inside, up=step) + 0.03
        sides = [abs(agreement(result, inside, **{way: 0.0005}) - agreement(result, inside, **{way: -0.0005})) for way in ("right", "up")]
        assert max(sides) < 0.04


def test_a_hole_takes_the_other_sides_marks_and_one_in_the_middle_what_is_around_it(result):
    thigh = result.near(-0.13, -0.22, 0.035)
    assert np.abs(result.confidence[thigh] - 128).max() <= 1
    true = paint(result.rest[thigh] * [-1, 1, 1]).mean(axis=1)
    assert np.corrcoef(true, result.colour[thigh].mean(axis=1))[0, 1] > 0.9
    exposure = np.median(result.colour.mean(axis=1) / paint(result.rest).mean(axis=1))
    assert np.median(result.colour[thigh].mean(axis=1) / true) / exposure == pytest.approx(1, abs=0.06)
    chest = result.near(0.0, 0.26, 0.02)
    assert result.confidence[chest].max() == 0
    around = result.near(0.0, 0.26, 0.055) & ~result.near(0.0, 0.26, 0.04)
    np.testing.assert_allclose(result.colour[chest].mean(axis=0), result.colour[around].mean(axis=0), rtol=0.08)
    assert 0.005 < np.std(result.colour[chest].mean(axis=1)) / result.colour[chest].mean() < 0.08  # grain, not a flat spot


def test_cloth_and_hair_do_not_become_skin(result, canvas):
    warm = np.log(SKIN[0] / SKIN[2])
    for place in (is_cloth(result.rest), is_hair(canvas)[result.vertex]):
        colour = result.colour[place]
        assert np.percentile(np.log(colour[:, 0] / colour[:, 2]), 1) > 0.8 * warm
        assert np.percentile(colour.mean(axis=1), 1) > 0.6 * np.median(result.colour.mean(axis=1))
        assert np.median(result.confidence[place]) == 0


def test_colours_go_on_across_the_cuts_of_the_texture(result, canvas):
    half = np.sort(canvas.triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    middle = ((canvas.uv + np.roll(canvas.uv, -1, axis=1)) / 2).reshape(-1, 2)
    order = np.lexsort((half[:, 1], half[:, 0]))
    same = np.flatnonzero((half[order[1:]] == half[order[:-1]]).all(axis=1))
    first, second = middle[order[same]], middle[order[same + 1]]
    cut = (np.abs(first - second).max(axis=1) > 1e-3) & canvas.outer[half[order[same]]].all(axis=1)
    cut &= ~np.isin(
        canvas.part[half[order[same]][:, 0]], [PARTS.index("left_hand"), PARTS.index("left_foot")]
    )  # a texel is a finger's edge
    assert cut.sum() > 400
    apart = np.abs(sample(result.baked.albedo, first[cut]) - sample(result.baked.albedo, second[cut])).max(axis=1)
    assert np.percentile(apart, 95) < 8
    assert apart.mean() < 3


def test_shares_add_up_and_confidence_says_the_same(result):
    shares = result.baked.shares
    assert shares.covered + shares.mirrored + shares.inpainted == pytest.approx(1)
    assert shares.covered == pytest.approx((result.confidence >= 128).mean(), abs=0.02)
    assert shares.mirrored > 0.001


def test_same_scan_gives_the_same_bytes(result, canvas, lit):
    again = bake(canvas, mesh_sight(canvas, lit), mode="skin", size=SIZE)
    for name in ("albedo", "normal", "confidence"):
        np.testing.assert_array_equal(getattr(again, name), getattr(result.baked, name))


def test_one_limb_is_not_painted_on_another(canvas):
    """A scan of the arms alone, which hang 1 to 3 cm beside the trunk."""
    arm = np.isin(canvas.part, [PARTS.index("left_arm"), PARTS.index("left_hand")])
    faces = canvas.triangles[arm[canvas.triangles].all(axis=1)]
    grey = np.full((len(canvas.vertices), 3), 128, np.uint8)
    gathered = gather(canvas, sight_of(canvas, canvas.vertices, canvas.normals, grey, reach=Reach(0.04, 0.06), faces=faces))
    shoulder = np.abs(canvas.rest[:, 0]) < 0.12
    other = canvas.outer & ~arm & (shoulder | np.isin(canvas.part, [PARTS.index("left_leg")]))
    assert gathered.cover[arm & canvas.outer].mean() > 0.95
    assert gathered.cover[other].max() < 0.05


def test_a_cloud_gives_the_same_skin_as_a_mesh(canvas, result, lit):
    rng = np.random.default_rng(5)
    faces = canvas.triangles[canvas.outer[canvas.triangles].all(axis=1) & ~holes(canvas)]
    corners = canvas.vertices[faces].astype(np.float64)
    areas = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    chosen, weights = faces[rng.choice(len(faces), 250_000, p=areas / areas.sum())], rng.dirichlet((1, 1, 1), 250_000)[..., None]
    points, normals, rest, arriving = (
        (weights * array[chosen]).sum(axis=1) for array in (canvas.vertices, canvas.normals, canvas.rest, lit)
    )
    points += normals * rng.normal(0, 0.001, (len(points), 1))
    colours = srgb_from_linear(paint(rest) * arriving * 0.75)
    cloud = known(canvas, bake(canvas, sight_of(canvas, points, normals, colours, reach=REACH), mode="skin", size=SIZE))
    both = (cloud.confidence > 230) & (result.confidence > 230)
    assert both.mean() > 0.6
    apart = cloud.ratio[both] / result.ratio[both]
    assert np.percentile(np.abs(apart / np.median(apart) - 1), 90) < 0.08
    belly = cloud.near(0.0, 0.15, 0.03)
    assert agreement(cloud, belly) > 0.77  # cells of 12 mm by points 2.5 mm apart
    assert agreement(cloud, belly) > max(agreement(cloud, belly, right=step) for step in (-0.002, 0.002))


def test_relief_points_where_the_scans_surface_points(canvas):
    """Waves of 0.7 mm on the belly, 25 mm long: the normal map must turn the twin's normal to the scan's, by tangents taken apart."""
    wave = 2 * np.pi / 0.025
    x, z = canvas.rest[:, 0].astype(np.float64), canvas.rest[:, 2].astype(np.float64)
    belly = (np.abs(x) < 0.10) & (np.abs(z - 0.15) < 0.10) & (canvas.normals[:, 1] < -0.7)
    slope = np.zeros((len(x), 3))
    slope[:, 0], slope[:, 2] = 0.0007 * wave * np.cos(wave * x), -0.0005 * wave * np.sin(wave * z)
    normals = canvas.normals - belly[:, None] * slope
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    skin = srgb_from_linear(np.tile(SKIN, (len(x), 1)))
    faces = canvas.triangles[canvas.outer[canvas.triangles].all(axis=1)]
    baked = bake(canvas, sight_of(canvas, canvas.vertices, normals, skin, reach=REACH, faces=faces), mode="skin", size=SIZE)
    tangents = corner_tangents(canvas)
    before, after = [], []
    for part in texels(canvas.uv, 512):
        corners = canvas.triangles[part.triangle]
        inside = belly[corners].all(axis=1)
        uv = np.einsum("nk,nkd->nd", part.weights, canvas.uv[part.triangle])[inside]
        mapped = sample(baked.normal, uv) / 127.5 - 1
        here, there = (_unit(np.einsum("nk,nkd->nd", part.weights, array[corners])[inside]) for array in (canvas.normals, normals))
        frame = _unit(np.einsum("nk,nkcd->ncd", part.weights, tangents[part.triangle])[inside])
        turned = _unit(mapped[:, :1] * frame[:, 0] + mapped[:, 1:2] * frame[:, 1] + mapped[:, 2:] * here)
        before.append(np.einsum("nd,nd->n", here, there))
        after.append(np.einsum("nd,nd->n", turned, there))
    before, after = (np.degrees(np.arccos(np.clip(np.concatenate(each), -1, 1))) for each in (before, after))
    assert np.mean(before) > 4
    assert np.mean(after) < 0.25 * np.mean(before)
    flat = baked.normal[baked.confidence == 255]
    assert np.abs(np.median(flat, axis=0) - [128, 128, 255]).max() <= 1


def test_noise_and_facets_leave_no_relief():
    rng = np.random.default_rng(1)
    grid = np.stack(np.meshgrid(np.arange(120), np.arange(120), indexing="ij"), axis=-1).reshape(-1, 2) * 0.002
    points = np.column_stack([grid, np.zeros(len(grid))])
    normals = _unit(np.column_stack([rng.normal(0, 0.25, (len(grid), 2)), np.ones(len(grid))]))
    quiet = quiet_normals(points, normals, 0.0005)
    assert np.std(quiet[:, 0]) < 0.3 * np.std(normals[:, 0])
    np.testing.assert_array_equal(quiet_normals(points, normals, 0.0), normals.astype(np.float32))
    corner = np.arange(81).reshape(9, 9)
    quads = np.stack([corner[:-1, :-1], corner[1:, :-1], corner[1:, 1:], corner[:-1, 1:]], axis=-1).reshape(-1, 4)
    faces = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    bent = np.column_stack([grid[:81] * 0, np.zeros(81)])
    bent[:, :2] = np.stack(np.meshgrid(np.arange(9), np.arange(9), indexing="ij"), axis=-1).reshape(-1, 2) * 0.001
    bent[:, 2] = np.abs(bent[:, 0] - 0.004)  # two planes of 4 x 8 mm that meet in a ridge
    assert 0.006 < facet_size(bent, faces) < 0.013
    bent[:, 2] = (bent[:, 0] ** 2 + bent[:, 1] ** 2) * 100
    assert facet_size(bent, faces) == 0


def test_margins_hold_the_colour_of_the_skin_beside_them():
    picture, painted = np.zeros((64, 64, 3), np.uint8), np.zeros((64, 64), bool)
    picture[20:40, 10:30], painted[20:40, 10:30] = (200, 150, 120), True
    picture[20:40, 40:60], painted[20:40, 40:60] = (100, 50, 20), True
    fill_margins(picture, painted)
    assert painted.all()
    np.testing.assert_array_equal(picture[18:42, 8:32], np.broadcast_to((200, 150, 120), (24, 24, 3)))
    assert picture.min(axis=(0, 1)).tolist() == [100, 50, 20]
    assert picture.max(axis=(0, 1)).tolist() == [200, 150, 120]


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
