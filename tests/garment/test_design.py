"""Design parameters: each changes what it says, by as much as it says, and nothing else by much."""

import numpy as np
import pytest

from studio.errors import StudioError
from studio.garment.catalog import DESIGNS, _block, load_garment
from studio.specs.base import validate
from studio.specs.garment import TeeDesign
from tests.garment.measuring import (
    armholes,
    body_of,
    chest,
    edges_like,
    girth_below,
    has,
    lowered,
    neckline,
    panels,
    underarm_y,
    upper_arm,
    waist_seam,
    width_at,
    wrist,
)

#: Lengths and girths may follow a change by this much [cm]: corners are squared, curves are smoothed.
QUIET = 0.7


def top_figures(pattern):
    """What a fitter measures on a top, all [cm]."""
    back, front = pattern.panel("back"), panels(pattern, "front")[0]
    sleeves = [panel for panel in panels(pattern, "sleeve") if panel.name.endswith("left")]
    ribs = panels(pattern, "rib")
    bottom = back.edge("hem").start[1]
    rib = ribs[0].polygon()[:, 1].min() if ribs else 0.0
    figures = {
        "chest": chest(pattern), "waist": girth_below(pattern, underarm_y(pattern) - 18.0),
        "hem": sum(width_at(rib, -1.0) for rib in ribs) if ribs else girth_below(pattern, bottom + 0.02),
        "armhole": armholes(pattern), "depth": -underarm_y(pattern), "neckline": neckline(pattern),
        "length": -bottom - rib, "dart": lowered(pattern),
        "shoulder": edges_like(pattern, [front.name], "shoulder") / (2 if front.name == "front" else 1),
    }  # fmt: skip
    if sleeves:
        cuff = pattern.panel("cuff_left").polygon()[:, 1] if has(pattern, "cuff_left") else np.zeros(1)
        y = np.concatenate([panel.polygon()[:, 1] for panel in sleeves])
        figures |= {
            "arm": upper_arm(pattern), "wrist": wrist(pattern), "sleeve": float(np.ptp(y) + np.ptp(cuff)), "cap": float(y.max()),
            "sleeve hem": sum(edges_like(pattern, [panel.name], "hem") for panel in sleeves),
        }  # fmt: skip
    for name, key in (("stand", "stand"), ("collar", "collar"), ("hood_left", "hood")):
        if has(pattern, name):
            figures |= {f"{key} height": float(np.ptp(pattern.panel(name).polygon()[:, 1]))}
            figures |= {f"{key} width": float(np.ptp(pattern.panel(name).polygon()[:, 0]))}
    figures["yoke"] = float(np.ptp(pattern.panel("yoke").polygon()[:, 1])) if has(pattern, "yoke") else 0.0
    figures["pieces"] = len(pattern.panels)
    return figures


def skirt_figures(pattern):
    depth = body_of("women", "M").cm("waist_height") - body_of("women", "M").cm("hip_height")
    bodies = ["front", *(panel.name for panel in panels(pattern, "back"))]
    return {
        "waist": waist_seam(pattern), "hip": girth_below(pattern, -depth), "hem": edges_like(pattern, bodies, "hem"),
        "length": -pattern.panel("front").edge("hem").sample(2)[1, 1], "band": float(np.ptp(pattern.panel("band_front").polygon()[:, 1])),
        "slit": edges_like(pattern, ["back_left"], "slit"), "pieces": len(pattern.panels),
    }  # fmt: skip


#: A cap as high as its kind allows widens the sleeve where the armhole grows; the draft notes it.
WIDENED = {"arm", "sleeve hem", "wrist"}

#: garment, parameter, change, figure that must change, by how much at least and at most, and what may follow it.
CASES = [
    ("tee", "bust_ease_cm", 4, "chest", (4, 4), {"armhole", "waist", "cap", *WIDENED}),
    ("tee", "hip_ease_cm", 4, "hem", (4, 4), {"waist"}),
    ("tee", "upper_arm_ease_cm", 3, "arm", (3, 3), {"cap", "sleeve hem", "wrist"}),  # a short sleeve tapers from there
    ("long-sleeve-top", "upper_arm_ease_cm", 3, "arm", (3, 3), {"cap"}),
    ("tee", "armhole_ease_cm", 2, "depth", (2, 2), {"armhole", "cap", "waist", *WIDENED}),
    ("tee", "shoulder_extension_cm", 2, "shoulder", (2, 2), {"armhole", "cap", "sleeve", *WIDENED}),
    ("tee", "neck_side_cm", 1, "neckline", (0.7, 4), {"shoulder"}),
    ("tee", "neck_front_cm", 3, "neckline", (3, 6), set()),
    ("tee", "neck_back_cm", 2, "neckline", (1, 5), set()),
    ("tee", "band_cm", 1, "neckline", (2, 7), {"shoulder"}),
    ("tee", "length_below_hip_cm", 6, "length", (6, 6), set()),
    ("tee", "sleeve_share", 0.2, "sleeve", (10, 13), {"sleeve hem", "wrist"}),
    ("shirt", "cap_ease", 0.03, "cap", (0.5, 3), set()),
    ("tee", "waist_shaping", 0.4, "waist", (-9, -2), set()),
    ("long-sleeve-top", "wrist_ease_cm", 3, "wrist", (3, 3), {"sleeve hem"}),
    ("shirt", "bust_ease_cm", 4, "chest", (4, 4), {"armhole", "waist", "cap"}),
    ("shirt", "yoke_cm", 2, "yoke", (2, 2), set()),
    ("shirt", "forward_cm", 1, "yoke", (0.7, 1.1), set()),
    ("shirt", "stand_cm", 1, "stand height", (0.7, 1), {"collar width"}),
    ("shirt", "collar_cm", 1, "collar height", (0.2, 1), set()),
    ("shirt", "point_cm", 1.5, "collar width", (0.5, 2), {"collar height"}),
    ("shirt", "cuff_cm", 2, "sleeve", (-0.5, 0.5), {"sleeve hem"}),
    ("shirt", "cuff_ease_cm", 2, "wrist", (2, 2), {"sleeve hem"}),
    ("shirt", "cuff_pleats_cm", 2, "sleeve hem", (1.9, 2.1), set()),
    ("hoodie", "hood_height_cm", 4, "hood height", (4, 4), set()),
    ("hoodie", "hood_depth_cm", 3, "hood width", (2.5, 3.2), set()),
    ("hoodie", "rib_cm", 2, "length", (0, 0), set()),
    ("hoodie", "rib_ease_cm", 4, "hem", (4, 4), set()),
    ("hoodie", "cuff_ease_cm", 2, "wrist", (2, 2), {"sleeve hem"}),
    ("hoodie", "sleeve_fullness_cm", 3, "sleeve hem", (2.9, 3.1), set()),
    ("jacket", "collar_cm", 2, "collar height", (1.6, 2.1), set()),
    ("jacket", "elbow_bend_cm", 2, "sleeve", (0, 1.5), set()),
    ("jacket", "cuff_ease_cm", 2, "wrist", (2, 2), {"sleeve hem"}),
    ("a-line-skirt", "waist_ease_cm", 3, "waist", (3, 3), set()),
    ("a-line-skirt", "hip_ease_cm", 4, "hip", (4, 4), {"hem"}),
    ("a-line-skirt", "length_cm", 8, "length", (8, 8), set()),
    ("a-line-skirt", "flare_cm", 3, "hem", (10, 13.5), set()),
    ("a-line-skirt", "band_cm", 2, "band", (2, 2), set()),
    ("a-line-skirt", "side_rise_cm", 1, "waist", (0, 0), set()),
    ("pencil-skirt", "slit_cm", 5, "slit", (5, 5), set()),
    ("pencil-skirt", "flare_cm", -1, "hem", (-4.2, -3.8), set()),
]  # fmt: skip


def figures_of(name, design):
    spec = load_garment(name).spec
    pattern = _block(spec.block)(body_of("women", "M"), design)
    return skirt_figures(pattern) if spec.block == "skirt" else top_figures(pattern)


@pytest.mark.parametrize(("name", "parameter", "change", "figure", "by", "follow"), CASES, ids=[f"{case[0]}-{case[1]}" for case in CASES])
def test_a_parameter_changes_what_it_says(name, parameter, change, figure, by, follow):
    design = load_garment(name).design
    changed = design.model_copy(update={parameter: getattr(design, parameter) + change})
    before, after = figures_of(name, design), figures_of(name, changed)
    steps = {key: after[key] - before[key] for key in before}
    assert by[0] - 0.1 <= steps[figure] <= by[1] + 0.1, steps
    loud = {key for key, step in steps.items() if abs(step) > QUIET} - {figure}
    assert loud <= follow, {key: steps[key] for key in loud}


def test_every_parameter_of_the_tops_and_skirts_is_tried_or_noted():
    """The button stand changes a note; a shirt's and a ribbed top's torso is the tee's own draft."""
    tried = {parameter for _, parameter, *_ in CASES}
    for block in ("tee", "shirt", "hoodie", "jacket", "skirt"):
        assert set(DESIGNS[block].model_fields) - tried <= {"button_stand_cm"}, block


@pytest.mark.parametrize("block", DESIGNS)
def test_defaults_lie_inside_their_own_ranges(block):
    defaults = DESIGNS[block]()
    assert validate(DESIGNS[block], defaults.model_dump(), source=block) == defaults


@pytest.mark.parametrize(
    ("block", "values", "message"),
    [
        ("tee", {"sleeve_share": 0.1}, "0 for a sleeveless garment, or at least 0.2"),
        ("shift-dress", {"sleeve_share": 0.1}, "0 for a sleeveless garment, or at least 0.2"),
        ("tee", {"neck_side_cm": -1}, "greater than or equal to 0"),
        ("tee", {"armhole_ease_cm": 20}, "less than or equal to 12"),
        ("shirt", {"cuff_ease_cm": 0}, "greater than or equal to 2"),
        ("hoodie", {"hood_height_cm": 40}, "less than or equal to 20"),
        ("jacket", {"elbow_bend_cm": 30}, "less than or equal to 7"),
        ("skirt", {"flare_cm": -20}, "greater than or equal to -6"),
    ],
)
def test_senseless_parameters_are_refused_in_one_sentence(block, values, message):
    with pytest.raises(StudioError) as info:
        validate(DESIGNS[block], values, source=block)
    assert message in str(info.value)
    assert "\n" not in str(info.value)


def test_a_sleeve_that_reaches_no_farther_than_its_cap_is_made_a_little_longer():
    """A sleeve has an underarm seam."""
    pattern = _block("tee")(body_of("women", "M"), TeeDesign(sleeve_share=0.2))
    assert pattern.panel("sleeve_left").edge("underarm_back").length >= 4.0
