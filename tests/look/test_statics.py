"""The cloth solver against closed forms: strips, cantilevers, drape, a sleeve on a cylinder; and its derivatives against differences."""

from __future__ import annotations

import numpy as np
import pytest

from studio.look.obstacle import OuterBody
from studio.look.statics.bending import bending_matrix, patches
from studio.look.statics.contact import Support
from studio.look.statics.energy import Energy, Load
from studio.look.statics.equilibrium import find_equilibrium
from studio.look.statics.layers import LayerSearch, closest_on_segments
from studio.look.statics.specimens import cantilever_angle_deg, disc, drape_percent, plain, sleeve_pressure_pa, strip
from studio.specs.fabric import GRAVITY

WEIGHT = 0.2  # kg/m2


def rigidity(length_m: float) -> float:
    return WEIGHT * GRAVITY * length_m**3


def jittered(sheet_of, rng):
    """A specimen with its inner points moved about, so that no result hangs on a regular mesh."""
    points, faces = sheet_of
    inner = np.ones(len(points), dtype=bool)
    sides = np.sort(faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    unique, counts = np.unique(sides, axis=0, return_counts=True)
    inner[unique[counts == 1]] = False
    points = points.copy()
    points[inner] += rng.normal(0, 0.0012, (inner.sum(), 2))
    return points, faces


@pytest.mark.parametrize("edge_m", [0.02, 0.01, 0.007])
def test_a_hanging_strip_stretches_by_its_own_weight_over_its_stiffness(edge_m):
    """w L^2 / (2 Y), with a knit's true stiffness, warp and weft apart."""
    points, faces = strip(0.5, 0.05, edge_m)
    for turn, modulus in ((False, 30.0), (True, 90.0)):
        flat = points[:, ::-1] * [1, -1] if turn else points
        sheet = plain(flat, faces, weft=30.0, warp=90.0, shear=20.0, bending=1e-5, mass=WEIGHT)
        start = np.stack([points[:, 1], np.zeros(len(points)), -points[:, 0]], axis=1)
        held = points[:, 0] < 1e-9
        rest = find_equilibrium(Energy(sheet, Load(held)), start, most=80, rest_m=1e-6)
        assert rest.rests
        stretched = -rest.x[:, 2].min() - 0.5
        assert stretched == pytest.approx(WEIGHT * GRAVITY * 0.5**2 / (2 * modulus), rel=0.02)


@pytest.mark.parametrize(("length_m", "edge_m"), [(0.015, 0.0035), (0.02, 0.005), (0.02, 0.0035), (0.03, 0.007), (0.03, 0.005)])
def test_a_strip_over_an_edge_gives_back_its_bending_length(length_m, edge_m):
    """Peirce's test: an overhang of twice the bending length hangs at 41.5 degrees."""
    low, high = 1.6 * length_m, 2.5 * length_m
    for _ in range(7):
        overhang = (low + high) / 2
        low, high = (overhang, high) if cantilever_angle_deg(overhang, rigidity(length_m), WEIGHT, edge_m) < 41.5 else (low, overhang)
    assert overhang / 2 == pytest.approx(length_m, rel=0.05)


def test_bending_energy_is_exact_for_constant_curvature_on_any_mesh():
    points, faces = jittered(strip(0.2, 0.15, 0.01), np.random.default_rng(1))
    sheet = plain(points, faces, weft=1e3, warp=1e3, shear=1e2, bending=1e-5, mass=WEIGHT, bend_warp=3e-5)
    patch = patches(sheet)
    u, v = points.T
    bending = bending_matrix(sheet, patch)
    for height, rigidity in ((u**2 / 2, 1e-5), (v**2 / 2, 3e-5), (u * v, 2 * np.sqrt(3) * 1e-5)):
        assert height @ (bending @ height) == pytest.approx(rigidity * 0.2 * 0.15, rel=2e-3)
    flat = 0.3 + 2 * u - v
    assert flat @ (bending @ flat) < 1e-12


def test_the_gradient_is_the_derivative_of_the_energy_and_the_hessian_is_positive():
    rng = np.random.default_rng(2)
    points, faces = jittered(strip(0.06, 0.04, 0.01), rng)
    sheet = plain(points, faces, weft=50.0, warp=400.0, shear=30.0, bending=2e-5, mass=WEIGHT)
    x = np.stack([points[:, 0], points[:, 1], 0.01 * np.sin(60 * points[:, 0])], axis=1) + rng.normal(0, 0.0004, (len(points), 3))
    ball = np.array([0.03, 0.02, -0.05])
    load = Load(np.zeros(len(x), dtype=bool), Support(_Ball(ball, 0.055), 0.002, 0.4))
    energy = Energy(sheet, load)
    everywhere = np.ones(len(x), dtype=bool)
    start = energy.instant(x, energy.touch(x, everywhere), np.full(len(x), 1e-3), None)
    gradient, hessian = energy.derivatives(start)
    for _ in range(6):
        step = rng.normal(0, 1, x.shape)
        ahead, behind = (energy.value(start, y, energy.touch(y, everywhere)) for y in (x + 1e-7 * step, x - 1e-7 * step))
        assert (ahead - behind) / 2e-7 == pytest.approx((gradient * step).sum(), rel=1e-3, abs=1e-6)
    values = np.linalg.eigvalsh(hessian.toarray())
    assert values.min() > -1e-6 * values.max()
    assert abs(hessian - hessian.T).max() < 1e-9 * values.max()


class _Ball:
    def __init__(self, centre: np.ndarray, radius: float) -> None:
        self.centre, self.radius = centre, radius

    def closest(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        offset = points - self.centre
        length = np.linalg.norm(offset, axis=1)
        return length - self.radius, offset / length[:, None]


@pytest.mark.parametrize("edge_m", [0.012, 0.007])
def test_a_stretched_sleeve_presses_on_a_cylinder_with_its_tension_over_its_radius(edge_m):
    """Laplace: P = T / R, here with a sleeve that is 8 % too narrow."""
    found, by_the_book = sleeve_pressure_pa(0.05, 0.08, 80.0, edge_m)
    assert found > 100
    assert found == pytest.approx(by_the_book, rel=0.05)


def test_the_limper_a_cloth_disc_is_the_more_it_drapes():
    found = [drape_percent(rigidity(length), WEIGHT, 0.01) for length in (0.015, 0.02, 0.03)]
    percents = [each.percent for each in found]
    assert 0 < percents[0] < percents[1] - 5 < percents[2] - 15 < 85
    assert found[0].nodes > found[2].nodes  # limp cloth falls in more and smaller folds
    assert 4 <= found[2].nodes <= 8


def test_how_a_disc_drapes_hangs_on_its_bending_length_alone():
    """A disc three times as heavy and three times as stiff drapes alike, and so does one of finer triangles."""
    usual = drape_percent(rigidity(0.025), WEIGHT, 0.01).percent
    heavy = drape_percent(3 * rigidity(0.025), 3 * WEIGHT, 0.01, weft_n_m=6000.0, warp_n_m=6000.0, shear_n_m=1500.0).percent
    assert heavy == pytest.approx(usual, abs=0.5)
    assert drape_percent(rigidity(0.025), WEIGHT, 0.008).percent == pytest.approx(usual, abs=4)


def test_friction_holds_a_cloth_on_a_slope_up_to_its_angle_and_no_further():
    points, faces = strip(0.1, 0.08, 0.01)
    sheet = plain(points, faces, weft=500.0, warp=500.0, shear=100.0, bending=1e-5, mass=WEIGHT)
    slid = {}
    for degrees in (15.0, 30.0):
        slope = np.radians(degrees)
        normal = np.array([np.sin(slope), 0.0, np.cos(slope)])
        down = np.array([np.cos(slope), 0.0, -np.sin(slope)])
        x = points[:, :1] * down + points[:, 1:] * np.array([0.0, 1.0, 0.0]) + 0.002 * normal
        load = Load(np.zeros(len(x), dtype=bool), Support(_Plane(normal), 0.002, np.tan(np.radians(22.0))))
        rest = find_equilibrium(Energy(sheet, load), x, most=25, rest_m=1e-6)
        slid[degrees] = float(((rest.x - x) @ down).mean())
    assert slid[15.0] < 0.001
    assert slid[30.0] > 0.01


class _Plane:
    def __init__(self, normal: np.ndarray) -> None:
        self.normal = normal

    def closest(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return points @ self.normal, np.tile(self.normal, (len(points), 1))


def test_a_sheet_that_falls_on_another_part_of_itself_lies_on_it():
    """A strip folded over keeps its layers apart, and nothing passes through."""
    from studio.mesh.intersect import self_crossings

    points, faces = strip(0.16, 0.06, 0.01)
    sheet = plain(points, faces, weft=300.0, warp=300.0, shear=80.0, bending=3e-6, mass=WEIGHT)
    bend = np.clip((points[:, 0] - 0.06) / 0.02, 0.0, np.pi)  # half a turn of radius 2 cm
    x = np.stack([
        np.where(points[:, 0] < 0.06, points[:, 0], 0.06 + 0.02 * np.sin(bend)) - np.maximum(points[:, 0] - 0.06 - 0.02 * np.pi, 0.0),
        points[:, 1], 0.002 + 0.02 * (1 - np.cos(bend)),
    ], axis=1)  # fmt: skip
    load = Load(np.zeros(len(x), dtype=bool), Support(_Plane(np.array([0.0, 0.0, 1.0])), 0.002, 0.4))
    layers = LayerSearch(sheet.faces, sheet.vertex_areas, apart_m=0.002)
    rest = find_equilibrium(Energy(sheet, load), x, most=60, rest_m=5e-5, layers=layers)
    upper = points[:, 0] > 0.06 + 0.02 * np.pi + 0.015
    assert not len(self_crossings(rest.x, sheet.faces).faces)
    assert rest.x[upper, 2].max() < 0.02
    assert rest.x[upper, 2].min() > 0.0025


def test_segments_meet_where_they_are_nearest():
    rng = np.random.default_rng(3)
    p, q, r, s = rng.normal(0, 1, (4, 200, 3))
    a, b = closest_on_segments(p, q, r, s)
    found = np.linalg.norm(p + a[:, None] * (q - p) - r - b[:, None] * (s - r), axis=1)
    grid = np.linspace(0, 1, 101)
    all_of = (
        p[:, None, None] + grid[:, None, None] * (q - p)[:, None, None] - r[:, None, None] - grid[None, :, None] * (s - r)[:, None, None]
    )
    assert (found <= np.linalg.norm(all_of, axis=3).min(axis=(1, 2)) + 1e-9).all()


def test_a_body_made_of_triangles_carries_cloth_as_a_smooth_one_does():
    """A disc on a ball of triangles comes to rest where it does on a ball."""
    import trimesh

    ball = trimesh.creation.icosphere(subdivisions=4, radius=0.1)
    points, faces = disc(0.08, None, 0.01)
    sheet = plain(points, faces, weft=100.0, warp=100.0, shear=50.0, bending=1e-5, mass=WEIGHT)
    x = np.concatenate([points, np.full((len(points), 1), 0.103)], axis=1)
    found = []
    for body in (OuterBody(np.asarray(ball.vertices), np.asarray(ball.faces)), _Ball(np.zeros(3), 0.1)):
        load = Load(np.zeros(len(x), dtype=bool), Support(body, 0.002, 0.4))
        found.append(find_equilibrium(Energy(sheet, load), x, most=60, rest_m=5e-5).x)
    assert np.linalg.norm(found[0] - found[1], axis=1).mean() < 0.002
