"""Points of measure of the library's garments: the draft, its mesh and cloth that is worn 5 % larger agree."""

from __future__ import annotations

import numpy as np
import pytest

from studio.errors import StudioError
from studio.fit.points import inside_cm, measured_points, spec_cm
from studio.garment.catalog import draft, garment_names, load_garment
from studio.specs.base import validate
from studio.specs.fitting import FittingSpec, load_fitting
from tests.fit.conftest import laid, rectangle

#: Points that tell a kind of garment, and how many it has at least.
EXPECTED = {
    "tee": {
        "Chest width, 2.5 cm below the armhole": (52.5, 53.0),
        "Neck opening at the band": (44, 45),
        "Sleeve bottom width": (15.5, 16.5),
    },
    "straight-trousers": {"Bottom width of the leg": (23.0, 23.0), "Inseam": (77, 78), "Waist width at the upper edge": (41, 42)},
    "a-line-skirt": {"Bottom width": (63, 64), "Waist width at the upper edge": (39.5, 39.5), "Side length": (56, 57)},
}


@pytest.mark.parametrize("name", EXPECTED)
def test_points_agree_between_draft_and_mesh_and_follow_the_worn_cloth(name):
    pattern = draft(load_garment(name), size="M")
    sheet = laid(pattern, lambda flat, index: np.concatenate([1.05 * flat, np.full((len(flat), 1), 0.1 * index)], axis=1))
    rows = measured_points(sheet, load_fitting().points)
    assert len(rows) >= 4
    for row in rows:
        assert row.flat_cm == pytest.approx(row.spec_cm, abs=0.15), row.name  # chords of curves at 2 cm
        assert row.worn_cm == pytest.approx(1.05 * row.flat_cm, rel=1e-6), row.name
    by_name = {row.name: row for row in rows}
    for point, (low, high) in EXPECTED[name].items():
        assert low - 1e-6 <= by_name[point].spec_cm <= high + 1e-6, point


def test_every_garment_of_the_library_has_points_and_larger_sizes_have_larger_widths():
    for name in garment_names():
        small, large = (draft(load_garment(name), size=size) for size in ("S", "L"))
        widths = [(spec_cm(small, point), spec_cm(large, point)) for point in load_fitting().points if "width" in point.name.lower()]
        known = [(a, b) for a, b in widths if a is not None]
        assert known, name
        assert all(b >= a for a, b in known), name  # a leg's hem is of the design
        assert sum(b > a for a, b in known) > len(known) / 2, name


def test_what_lies_inside_a_panel_leaves_its_holes_out():
    panel = rectangle(10.0, 10.0).panels[0]
    assert inside_cm(panel, (-5.0, 4.0), (15.0, 4.0)) == pytest.approx(10.0, abs=1e-6)
    assert inside_cm(panel, (2.0, 4.0), (5.0, 4.0)) == pytest.approx(3.0, abs=1e-6)
    dress = draft(load_garment("shift-dress"), size="M").panel("front")
    hole = np.array([segment.start for edge in dress.holes[0] for segment in edge.path])
    y = float(hole[:, 1].mean())
    corners = dress.polygon(0.05)
    whole = (float(corners[:, 0].min()) - 1, y), (float(corners[:, 0].max()) + 1, y)
    outline = dress.__class__(dress.name, dress.outline, dress.placement)
    taken = inside_cm(outline, *whole) - inside_cm(dress, *whole)
    assert 1.0 < taken < 8.0  # two darts


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda rules: rules["points"][0].update(edges=["front.hem"]), "give one of the three"),
        (lambda rules: rules["points"][0].update(region="leg"), "region"),
        (lambda rules: rules["pressure"].update(comfortable_kpa=9.0), "more than comfortable_kpa"),
        (lambda rules: rules["ease"].update(good_sizes=2.0), "more than good_sizes"),
        (lambda rules: rules.update(pints=[]), "unknown key 'pints': did you mean 'points'"),
    ],
)
def test_rules_that_contradict_themselves_are_refused(change, said):
    rules = load_fitting().model_dump(mode="json", exclude_defaults=True)
    change(rules)
    with pytest.raises(StudioError, match=said):
        validate(FittingSpec, rules, source="fit.toml")
