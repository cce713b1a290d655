"""What holds for every garment: it is drafted in every size and for odd bodies, its seams match, it measures what it should."""

import math
from itertools import pairwise

import numpy as np
import pytest

from studio.body.tape import Measures
from studio.garment.bodice import shoulder_frame
from studio.garment.catalog import _block, draft, garment_names, load_chart, load_garment
from studio.garment.pattern import loop_polygon
from tests.garment.measuring import (
    LETTERS,
    ODD,
    OTHERS,
    armholes,
    body_of,
    chest,
    chord_length,
    corner_deg,
    drafted,
    fronts,
    girth_below,
    has,
    hip_y,
    odd_body,
    panels,
    underarm_y,
    upper_arm,
    waist_seam,
    width_at,
    wrist,
)

TOPS = ("tee", "long-sleeve-top", "tank", "shirt", "hoodie", "jacket")
RIBBED = ("hoodie", "jacket")
SKIRTS = ("a-line-skirt", "pencil-skirt")
BODIES = [*LETTERS, *ODD]


@pytest.fixture(scope="module")
def odd():
    """Every garment for every odd body."""
    return {(name, body): draft(load_garment(name), measures=odd_body(body)) for name in garment_names() for body in ODD}


def each(names, odd):
    """Name, design, body measures and pattern of garments, for the letters' sizes and the odd bodies."""
    for name in names:
        design = load_garment(name).design
        for chart, size in LETTERS:
            yield name, design, body_of(chart, size), drafted(name, chart, size)
        for body in ODD:
            yield name, design, odd_body(body), odd[name, body]


def test_every_garment_is_drafted_in_every_size_of_every_chart():
    """Every size of the charts whose letters are worn, and the extremes of the others: between them sizes only grow."""
    assert len(LETTERS) == 12
    for name in garment_names():
        for chart, size in LETTERS + OTHERS:
            assert drafted(name, chart, size).name == name


def test_both_sides_of_every_seam_match(odd):
    """Measured along chords; a seam that is eased or gathered states by how much."""
    for pattern in [*odd.values(), *(drafted(name, *size) for name in garment_names() for size in LETTERS[::5])]:
        for seam in pattern.seams:
            a, b = (chord_length(pattern.edge(ref)) for ref in (seam.a, seam.b))
            assert b == pytest.approx(a * (1 + seam.ease), rel=2e-4), (pattern.name, seam)
            assert -0.35 < seam.ease <= 0.05, (pattern.name, seam)


def crossings(polygon):
    """Pairs of sides of a closed polygon that cross properly: both parameters of the lines' intersection lie inside."""
    a, b = polygon, np.roll(polygon, -1, axis=0)
    d = b - a
    cross = d[:, None, 0] * d[None, :, 1] - d[:, None, 1] * d[None, :, 0]
    offset = a[None, :] - a[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        t = (offset[..., 0] * d[None, :, 1] - offset[..., 1] * d[None, :, 0]) / cross
        u = (offset[..., 0] * d[:, None, 1] - offset[..., 1] * d[:, None, 0]) / cross
    slack = 1e-7
    return int(((np.abs(cross) > 1e-9) & (t > slack) & (t < 1 - slack) & (u > slack) & (u < 1 - slack)).sum()) // 2


def test_outlines_are_simple_and_run_counter_clockwise(odd):
    patterns = [drafted(name, chart, "M") for name in garment_names() for chart in ("women", "men")]
    for pattern in [*patterns, *(odd[name, body] for name in garment_names() for body in list(ODD)[::3])]:
        for panel in pattern.panels:
            polygon = loop_polygon(panel.outline, 1.5)
            assert crossings(polygon) == 0, (pattern.name, panel.name)
            x, y = polygon.T
            assert (x * np.roll(y, -1) - np.roll(x, -1) * y).sum() > 0, (pattern.name, panel.name)


def test_panels_for_left_and_right_are_mirror_images():
    for name in garment_names():
        pattern = drafted(name, "women", "M")
        for panel in pattern.panels:
            if panel.name.endswith("_left"):
                other = pattern.panel(panel.name.removesuffix("left") + "right")
                points = np.array(sorted(np.round(panel.polygon(0.5) * [-1, 1], 6).tolist()))
                assert np.allclose(points, np.array(sorted(np.round(other.polygon(0.5), 6).tolist())), atol=2e-6), (name, panel.name)
                assert other.placement.at_cm == pytest.approx((-panel.placement.at_cm[0], panel.placement.at_cm[1]))
            elif not has(pattern, f"{panel.name}_left") and panel.name in ("front", "back", "yoke", "stand", "collar"):
                polygon = panel.polygon(0.5)
                assert np.allclose(sorted(polygon[:, 0]), sorted(-polygon[:, 0]), atol=1e-6), (name, panel.name)


# --- girths: the body's and the ease, read off the panels ---------------------------------------------------------------------


def test_tops_measure_the_bust_plus_its_ease(odd):
    for name, design, body, pattern in each((*TOPS, "shift-dress"), odd):
        assert chest(pattern) == pytest.approx(body.cm("bust_girth") + design.bust_ease_cm, abs=0.3), name


def test_tops_measure_the_hips_plus_their_ease_where_the_chest_leaves_it_to_them(odd):
    compared = 0
    for name, design, body, pattern in each(("tee", "long-sleeve-top", "tank", "shirt", "shift-dress"), odd):
        wanted = body.cm("hip_girth") + design.hip_ease_cm
        found = girth_below(pattern, hip_y(body) + 0.02)
        if name == "shift-dress" or chest(pattern) - 4 < wanted:
            assert found == pytest.approx(wanted, abs=0.3), name
            compared += 1
        else:
            assert found == pytest.approx(chest(pattern) - 4, abs=0.3), name
    assert compared > 80


def test_ribs_measure_the_hips_and_the_wrists_with_their_ease(odd):
    for name, design, body, pattern in each(RIBBED, odd):
        ribs = panels(pattern, "rib")
        assert sum(width_at(rib, -design.rib_cm / 2) for rib in ribs) == pytest.approx(body.cm("hip_girth") + design.rib_ease_cm, abs=0.3)
        assert wrist(pattern) == pytest.approx(body.cm("wrist_girth") + design.cuff_ease_cm, abs=0.3), name
        assert {rib.cloth for rib in ribs} == {"rib"}


def test_sleeves_measure_the_upper_arm_plus_its_ease_or_what_the_draft_says_more(odd):
    for name, design, body, pattern in each((*(name for name in TOPS if name != "tank"),), odd):
        widened = dict(pattern.notes)["sleeve_widened"]
        assert upper_arm(pattern) == pytest.approx(body.cm("upper_arm_girth") + design.upper_arm_ease_cm + widened, abs=0.3), name
        assert widened >= 0
        if name in ("shirt", *RIBBED):
            assert widened < 3.0, name


def test_cuffs_and_hems_of_long_sleeves_measure_the_wrist_plus_its_ease(odd):
    for _, design, body, pattern in each(("shirt",), odd):
        assert wrist(pattern) == pytest.approx(body.cm("wrist_girth") + design.cuff_ease_cm, abs=0.3)
    for _, design, body, pattern in each(("long-sleeve-top",), odd):
        assert wrist(pattern) == pytest.approx(body.cm("wrist_girth") + design.wrist_ease_cm, abs=0.3)


def test_skirts_measure_waist_and_hips_with_their_ease(odd):
    for name, design, body, pattern in each(SKIRTS, odd):
        waist, hip = body.cm("waist_girth") + design.waist_ease_cm, body.cm("hip_girth") + design.hip_ease_cm
        assert waist_seam(pattern) == pytest.approx(waist, abs=0.3), name
        assert sum(width_at(band, 1.0) for band in panels(pattern, "band")) == pytest.approx(waist, abs=0.3), name
        depth = body.cm("waist_height") - body.cm("hip_height")
        assert girth_below(pattern, -depth) == pytest.approx(max(hip, waist), abs=0.3), name


def test_armholes_clear_the_armpit_and_go_round_the_arm(odd):
    """Deep enough that nothing cuts in, not so deep that a raised arm lifts the garment."""
    for name, design, body, pattern in each(TOPS, odd):
        armpit = -(shoulder_frame(body).back_depth_cm + body.cm("scye_depth"))
        deepened = dict(pattern.notes).get("armhole_deepened", 0.0)
        assert armpit - underarm_y(pattern) == pytest.approx(design.armhole_ease_cm + deepened, abs=1e-6), name
        assert deepened <= 6.0, name  # for the heaviest arms
        if name != "tank":
            assert armholes(pattern) > 1.2 * body.cm("upper_arm_girth"), name


def test_seams_run_on_smoothly_across_the_shoulder_and_the_underarm(odd):
    """Neck and armhole leave the shoulder seam, and the armhole the side seam, at right angles."""
    for name, _, _, pattern in each(("tee", "tank", "long-sleeve-top", "shift-dress", "hoodie", "jacket"), odd):
        for panel in [*fronts(pattern)[:1], pattern.panel("back")]:
            hand = "right" if panel.name == "back" else "left"  # the drafted half
            order = [edge.name for edge in panel.outline]
            shoulder = next(edge for edge in order if edge in ("shoulder", f"shoulder_{hand}"))
            hole = order[order.index(shoulder) - 1]
            neck = order[(order.index(shoulder) + 1) % len(order)]
            assert corner_deg(panel, hole, shoulder) == pytest.approx(90, abs=1e-6), name
            assert corner_deg(panel, shoulder, neck) == pytest.approx(90, abs=1e-6), name
            side = [edge for edge in order if edge.startswith("side") and (edge.endswith(hand) or panel.name == "front_left")][-1]
            assert corner_deg(panel, side, order[order.index(side) + 1]) == pytest.approx(90, abs=1e-6), name


@pytest.mark.parametrize("name", garment_names())
def test_a_size_up_is_bigger_at_every_girth(name):
    for chart in ("women", "men"):
        measured = []
        for size in load_chart(chart).sizes:
            pattern = drafted(name, chart, size)
            if name in (*TOPS, "shift-dress"):
                found = [chest(pattern), girth_below(pattern, underarm_y(pattern) - 20)]
                found += [upper_arm(pattern), wrist(pattern)] if panels(pattern, "sleeve") else []
                found += [sum(width_at(rib, -1) for rib in panels(pattern, "rib"))] if name in RIBBED else []
            else:
                found = [waist_seam(pattern), sum(chord_length(panel.edge("hem")) for panel in panels(pattern, "front", "back"))]
                found += [girth_below(pattern, -18.0)] if name in SKIRTS else []
            measured.append(found)
        for smaller, larger in pairwise(measured):
            steps = np.array(larger) - np.array(smaller)
            assert (steps > 0.3).all() or (name == "straight-trousers" and steps[0] > 0.3 and steps[1] == pytest.approx(0, abs=1e-6)), steps


# --- measures used ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", garment_names())
def test_a_garment_uses_the_measures_it_declares_and_no_others(name):
    garment = load_garment(name)
    declared = Measures.of(*(measure for measure in body_of("women", "M") if measure.name in garment.spec.measures))
    seen = set()

    class Recording(Measures):
        def __getitem__(self, key):
            seen.add(key)
            return super().__getitem__(key)

    designs = [garment.design]
    if name == "shift-dress":
        designs.append(garment.design.model_copy(update={"sleeve_share": 0.36}))
    for design in designs:
        _block(garment.spec.block)(Recording(declared.by_name), design)
    assert seen == set(garment.spec.measures)


def test_hems_are_level_and_square_to_the_centre():
    for name in TOPS:
        pattern = drafted(name, "women", "M")
        for panel in [*panels(pattern, "front"), pattern.panel("back")]:
            ys = panel.edge("hem").sample(20)[:, 1]
            assert np.ptp(ys) < 1e-9, (name, panel.name)
        drop = pattern.panel("back").edge("hem").start[1] - panels(pattern, "front")[0].edge("hem").start[1]
        dart = dict(pattern.notes).get("bust_dart", 0.0)
        assert drop == pytest.approx(dart, abs=1e-9), name  # the front is longer by what its dart takes, and level once it is closed
        assert math.isfinite(drop)
