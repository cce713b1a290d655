"""Grade rule tables: a nest comes back from its sample size and its rules, and a table that contradicts itself is refused."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import StudioError
from studio.garment.formats import dxf_entities
from studio.garment.formats.dxf import read_dxf
from studio.garment.formats.relations import read_relations
from studio.garment.formats.rul import displacements, read_rules
from tests.garment.refusals import one_sentence

SIZES = ("S", "M", "L", "XL")

#: A trapezoid [cm], and how its corners move from size to size: number -> displacement per step from M.
CORNERS = [(0, 0), (40, 0), (34, 60), (6, 60)]
STEPS = {1: (-1.0, -0.5), 2: (1.0, -0.5), 3: (0.6, 0.9), 4: (-0.6, 0.9)}
STEP_OF_SIZE = {"S": -1, "M": 0, "L": 1, "XL": 2.5}


def table_text(rules, *, sizes=SIZES, sample="M", units="METRIC", scale=10.0, per_line=3, head=""):
    """A grade rule table; displacements are given in cm: number -> one pair for each size."""
    lines = [head, f"UNITS: {units}", f"NUMBER OF SIZES: {len(sizes)}", f"SIZE LIST: {' '.join(sizes)}", f"SAMPLE SIZE: {sample}"]
    for number, pairs in rules.items():
        lines.append(f"RULE: DELTA {number}")
        cells = [f"{x * scale:.6f},  {y * scale:.6f}" for x, y in pairs]
        lines += ["   ".join(cells[k : k + per_line]) for k in range(0, len(cells), per_line)]
    return "\n".join([*lines, "END", ""])


def trapezoid_rules():
    return {number: [(x * STEP_OF_SIZE[size], y * STEP_OF_SIZE[size]) for size in SIZES] for number, (x, y) in STEPS.items()}


def drawn(file, pieces, *, texts=("Units: METRIC", "Sample Size: M"), scale=10.0, more=None):
    """A DXF: name and size -> corners [cm], which of them are turn points, and rule numbers by corner."""
    with dxf_entities.quiet():
        import ezdxf

        document = ezdxf.new("R12")
        space = document.modelspace()
        for text in texts:
            space.add_text(text, dxfattribs={"layer": "1"})
        for (name, size), (corners, rules) in pieces.items():
            block = document.blocks.new(f"{name}-{size}")
            space.add_blockref(block.name, (0, 0))
            for text in (f"Piece Name: {name}", f"Size: {size}"):
                block.add_text(text, dxfattribs={"layer": "1"})
            block.add_polyline2d([(x * scale, y * scale) for x, y in corners], close=True, dxfattribs={"layer": "1"})
            for k in rules:
                at = (corners[k][0] * scale, corners[k][1] * scale)
                block.add_point(at, dxfattribs={"layer": "2"})
                block.add_text(f"# {rules[k]}", dxfattribs={"layer": "2", "insert": at})
            if more:
                more(block)
        document.saveas(file)
    return file


def outline(patterns, size, name="FRONT"):
    return np.array([segment.start for edge in patterns.patterns[size].panel(name).outline for segment in edge.path])


@pytest.fixture
def file(tmp_path):
    return tmp_path / "style.dxf"


@pytest.fixture
def table(tmp_path):
    return tmp_path / "style.rul"


def nest_corners(size, shares=(0.0, 0.2, 0.5, 0.9)):
    """The trapezoid in a size: its corners moved by their rules, and the points on its sides at the same shares as in the sample."""
    step = STEP_OF_SIZE[size]
    moved = [(x + STEPS[k][0] * step, y + STEPS[k][1] * step) for k, (x, y) in enumerate(CORNERS, start=1)]
    sides = zip(moved, moved[1:] + moved[:1], strict=True)
    return [(a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])) for a, b in sides for share in shares]


def test_a_nest_comes_back_from_its_sample_size_and_its_rules(file, table):
    rules = {0: 1, 4: 2, 8: 3, 12: 4}
    whole = read_dxf(drawn(file, {("FRONT", size): (nest_corners(size), rules) for size in SIZES}))
    table.write_text(table_text(trapezoid_rules()))
    graded = read_dxf(drawn(file, {("FRONT", "M"): (nest_corners("M"), rules)}), rules=table)
    assert list(graded.patterns) == list(SIZES)
    assert (graded.base, whole.base) == ("M", "M")
    for size in SIZES:
        assert np.abs(outline(graded, size) - outline(whole, size)).max() < 1e-9
        edges = [[edge.name for edge in each.patterns[size].panel("FRONT").edges] for each in (graded, whole)]
        assert edges[0] == edges[1] == ["e1", "e2", "e3", "e4"]


@pytest.mark.parametrize(
    ("units", "scale", "per_line", "head"),
    [
        ("ENGLISH", 1 / 2.54, 2, "ASTM/D13Proposal 1 Version: D 6673-04"),
        ("METRIC", 10.0, 1, "ANSI/AAMA VERSION: 1.0.0\nAUTHOR: X\nCREATION DATE: 01-01-2020"),
    ],
)
def test_tables_of_several_programs_give_the_same_rules(units, scale, per_line, head, table):
    table.write_text("\n" + table_text(trapezoid_rules(), units=units, scale=scale, per_line=per_line, head=head))
    read = read_rules(table)
    assert (read.sizes, read.sample) == (SIZES, "M")
    for number, pairs in trapezoid_rules().items():
        assert np.abs(read.rules[number] - pairs).max() < 1e-5
        assert read.delta(number, "XL") == pytest.approx(pairs[3], abs=1e-5)


def test_a_long_size_list_may_go_on_in_the_next_line(table):
    text = table_text(trapezoid_rules()).replace("SIZE LIST: S M L XL", "SIZE LIST:  S M\n   L XL")
    table.write_text(text.replace("RULE:", "rule:").replace("UNITS", "Units"))
    assert read_rules(table).sizes == SIZES


def test_points_between_graded_ones_move_in_proportion_to_their_distance_along_the_outline():
    arc = [(10 * math.cos(a), 10 * math.sin(a)) for a in np.linspace(0, math.pi, 181)]
    points = np.array([*arc, (-10, -8), (10, -8)])
    moved = displacements(points, {0: np.array([1.0, 0.0]), 180: np.array([-1.0, 2.0])})
    for k in (0, 45, 90, 180):  # equal steps of the arc are equal distances
        assert moved[k] == pytest.approx([1 - 2 * k / 180, 2 * k / 180], abs=1e-12)
    way = 8 + 20 + 8
    assert moved[181] == pytest.approx([-1 + 2 * 8 / way, 2 - 2 * 8 / way])
    assert moved[182] == pytest.approx([-1 + 2 * 28 / way, 2 - 2 * 28 / way])


@given(
    count=st.integers(3, 30), seed=st.integers(0, 10_000), ruled=st.integers(0, 6), shift=st.integers(0, 30), turn=st.floats(0, math.tau)
)
def test_grading_moves_graded_points_exactly_and_does_not_depend_on_where_the_outline_begins_or_how_it_lies(
    count, seed, ruled, shift, turn
):
    chance = np.random.default_rng(seed)
    angles = np.sort(chance.uniform(0, math.tau, count)) + np.linspace(0, 1, count)
    points = np.stack([np.cos(angles), np.sin(angles)], axis=1) * chance.uniform(20, 40, (count, 1))
    graded = {int(k): chance.normal(size=2) for k in chance.choice(count, min(ruled, count), replace=False)}
    moved = displacements(points, graded)
    for index, delta in graded.items():
        assert moved[index] == pytest.approx(delta)
    if not graded:
        assert not moved.any()
    rolled = displacements(np.roll(points, -shift, axis=0), {(k - shift) % count: delta for k, delta in graded.items()})
    assert np.abs(np.roll(rolled, shift, axis=0) - moved).max() < 1e-9
    spin = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    spun = displacements(points @ spin.T, {k: spin @ delta for k, delta in graded.items()})
    assert np.abs(spun - moved @ spin.T).max() < 1e-9


def test_rules_run_along_the_grade_reference_line(file, table):
    def upright(block):
        block.add_line((200, 0), (200, 600), dxfattribs={"layer": "5"})

    table.write_text(table_text({1: [(-1, 0), (0, 0), (2, 0.5), (3, 0)]}))
    read = read_dxf(drawn(file, {("FRONT", "M"): (CORNERS, {0: 0, 1: 0, 2: 1, 3: 1})}, more=upright), rules=table)
    assert np.abs(outline(read, "L") - [(0, 0), (40, 0), (33.5, 62), (5.5, 62)]).max() < 1e-9


def test_a_half_piece_is_graded_before_it_is_unfolded(file, table):
    def fold(block):
        block.add_line((0, 0), (0, 600), dxfattribs={"layer": "6"})

    half = [(0, 0), (20, 0), (15, 60), (0, 60)]
    outwards = [(-1, 0), (0, 0), (1, 0), (2, 0)]
    table.write_text(table_text({1: [(0.5, 0), (0, 0), (-0.5, 0), (-1, 0)], 2: outwards, 3: [(-0.5, 0), (0, 0), (0.5, 1), (1, 2)]}))
    read = read_dxf(drawn(file, {("FRONT", "M"): (half, {0: 1, 1: 2, 2: 3, 3: 1})}, more=fold), rules=table)
    whole = [(-22, 0), (-0.5, 0), (21, 0), (15.5, 61), (-0.5, 60), (-16.5, 61)]  # about the fold, which moves too
    assert np.abs(outline(read, "L") - whole).max() < 1e-9
    assert [len(read.patterns[size].panel("FRONT").outline) for size in ("M", "L")] == [4, 4]


def test_a_sew_line_is_graded_by_the_rules_at_its_cut_line(file, table):
    inner = [(1, 1), (39, 1), (33, 59), (7, 59)]

    def sew(block):
        block.add_polyline2d([(x * 10, y * 10) for x, y in inner], close=True, dxfattribs={"layer": "14"})
        for x, y in inner:
            block.add_point((x * 10, y * 10), dxfattribs={"layer": "2"})

    table.write_text(table_text(trapezoid_rules()))
    read = read_dxf(drawn(file, {("FRONT", "M"): (CORNERS, {0: 1, 1: 2, 2: 3, 3: 4})}, more=sew), rules=table)
    expected = [(x + STEPS[k][0], y + STEPS[k][1]) for k, (x, y) in enumerate(inner, start=1)]
    assert np.abs(outline(read, "L") - expected).max() < 1e-9


def test_a_rule_beside_its_point_belongs_to_the_point_just_before_it_in_the_file(file, table):
    def beside(block):
        for k, (x, y) in enumerate(CORNERS, start=1):
            block.add_point((x * 10, y * 10), dxfattribs={"layer": "2"})
            block.add_text(f"# {k}", dxfattribs={"layer": "2", "insert": (x * 10 + 13, y * 10 + 7)})

    table.write_text(table_text(trapezoid_rules()))
    read = read_dxf(drawn(file, {("FRONT", "M"): (CORNERS, {})}, more=beside), rules=table)
    assert np.abs(outline(read, "L") - [(x + STEPS[k][0], y + STEPS[k][1]) for k, (x, y) in enumerate(CORNERS, start=1)]).max() < 1e-9


def test_a_graded_nest_is_sewn_by_relations_in_every_size(file, table, tmp_path):
    table.write_text(table_text(trapezoid_rules()))
    (tmp_path / "seams.toml").write_text(
        '[pieces.front]\n[pieces.back]\npiece = "front"\nside = "back"\nmirrored = true\n'
        '[[seams]]\na = ["front", "e2"]\nb = ["back", "e2"]\n[[seams]]\na = ["front", "e4"]\nb = ["back", "e4"]\n'
    )
    path = drawn(file, {("FRONT", "M"): (CORNERS, {0: 1, 1: 2, 2: 3, 3: 4})})
    read = read_dxf(path, rules=table, relations=read_relations(tmp_path / "seams.toml"))
    assert list(read.patterns) == list(SIZES)
    lengths = [[length for _, *both in pattern.seam_lengths() for length in both] for pattern in read.patterns.values()]
    assert all(np.ptp(each) < 1e-9 for each in lengths)
    assert len({round(each[0], 3) for each in lengths}) == len(SIZES)


def test_a_piece_without_graded_points_stays_and_is_remarked(file, table):
    table.write_text(table_text(trapezoid_rules()))
    read = read_dxf(drawn(file, {("FRONT", "M"): (CORNERS, {}), ("BACK", "M"): (CORNERS, {0: 1})}), rules=table)
    assert np.abs(outline(read, "XL") - outline(read, "M")).max() < 1e-12
    assert any("'FRONT' has no graded points" in remark for remark in read.remarks)
    assert np.ptp(outline(read, "XL", "BACK") - outline(read, "M", "BACK"), axis=0).max() < 1e-12  # one rule moves the whole piece


def test_a_rule_that_the_table_lacks_and_a_sample_size_that_is_not_drawn_are_refused(file, table):
    table.write_text(table_text(trapezoid_rules()))
    with pytest.raises(StudioError) as info:
        read_dxf(drawn(file, {("FRONT", "M"): (CORNERS, {0: 12})}), rules=table)
    assert "has no rule 12" in one_sentence(info)
    with pytest.raises(StudioError) as info:
        read_dxf(drawn(file, {("FRONT", size): (CORNERS, {0: 1}) for size in ("36", "38")}), rules=table)
    assert "from size 'M'" in one_sentence(info)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("SAMPLE SIZE: M", "SAMPLE SIZE: N"), "'N' is not in its size list"),
        (("SAMPLE SIZE: M", "SAMPLE SIZE: L"), "moves points of the sample size 'L' itself"),
        (("NUMBER OF SIZES: 4", "NUMBER OF SIZES: 5"), "has 5 sizes and lists 4"),
        (("SIZE LIST: S M L XL", "SIZE LIST: S M L"), "has 4 sizes and lists 3"),
        (("UNITS: METRIC", "UNITS: ELLS"), "found 'ELLS'"),
        (("RULE: DELTA 2", "RULE: DELTA 1"), "has the rule 1 twice"),
        (("RULE: DELTA 3", "RULE: DELTA 3\n1.0, 2.0"), "rule 3 has 5 pairs"),
        (("RULE: DELTA 3", "RULE: DELTA 3\n1.0; pickles"), "where pairs of numbers"),
        (("SIZE LIST: S M L XL", ""), "no 'SIZE LIST:'"),
        (("SIZE LIST: S M L XL", "SIZE LIST: S M M XL"), "different ones"),
    ],
)
def test_a_table_that_contradicts_itself_is_refused_in_one_sentence(change, said, table):
    text = table_text(trapezoid_rules())
    assert change[0] in text
    table.write_text(text.replace(*change, 1))
    with pytest.raises(StudioError) as info:
        read_rules(table)
    assert said in one_sentence(info)
    assert str(table) in str(info.value)


def test_no_table_a_large_one_and_a_binary_one_are_refused(table, monkeypatch):
    from studio.garment.formats import rul

    with pytest.raises(StudioError, match="There is no file"):
        read_rules(table)
    table.write_bytes(bytes(range(256)) * 4)
    with pytest.raises(StudioError) as info:
        read_rules(table)
    one_sentence(info)
    monkeypatch.setattr(rul, "MAX_BYTES", 100)
    with pytest.raises(StudioError, match="100 at most"):
        read_rules(table)
