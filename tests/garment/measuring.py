"""A tape measure for patterns: girths and lengths read off the panels' outlines, without the drafting formulas."""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from studio.body.tape import Measure, Measures
from studio.garment.bodice import shoulder_frame
from studio.garment.catalog import chart_names, draft, load_chart, load_garment, size_measures
from studio.garment.derive import chart_measures
from studio.garment.pattern import loop_polygon
from studio.specs.sizes import SizeSpec

#: Every size of the two charts that letters mean; the smallest, a middle and the largest size of the other charts.
LETTERS = [(chart, size) for chart in ("women", "men") for size in load_chart(chart).sizes]
OTHERS = [
    (chart, list(load_chart(chart).sizes)[k]) for chart in chart_names() if chart not in ("women", "men") for k in (0, 5, -1)
]  # fmt: skip

#: Odd but possible bodies: population, stature, bust, waist, hip girth, and further measures that differ from the regressions [cm].
ODD = {
    "short": ("women", 146, 84, 68, 92, {}),
    "short and round": ("women", 150, 116, 104, 120, {}),
    "tall": ("women", 190, 92, 74, 100, {}),
    "slim": ("women", 172, 74, 56, 82, {}),
    "full bust": ("women", 165, 116, 80, 104, {"underbust_girth": 84, "front_waist_length": 49}),
    "small and full bust": ("women", 152, 104, 68, 90, {"underbust_girth": 76, "front_waist_length": 46}),
    "wide hips": ("women", 165, 86, 68, 122, {"thigh_girth": 74}),
    "no hips": ("women", 168, 96, 88, 90, {}),
    "round belly": ("women", 165, 104, 118, 106, {}),
    "heavy arms": ("women", 168, 98, 82, 106, {"upper_arm_girth": 39}),
    "thin arms": ("women", 168, 98, 82, 106, {"upper_arm_girth": 24, "wrist_girth": 13.5}),
    "sloping shoulders": ("women", 168, 92, 76, 100, {"shoulder_drop": 7.5}),
    "square shoulders": ("women", 168, 92, 76, 100, {"shoulder_drop": 3.0}),
    "narrow shoulders": ("women", 165, 100, 84, 106, {"shoulder_width": 34, "shoulder_length": 11}),
    "large": ("women", 170, 140, 128, 146, {}),
    "tall man": ("men", 202, 104, 90, 104, {}),
    "broad man": ("men", 182, 124, 92, 106, {"upper_arm_girth": 43, "shoulder_width": 50}),
    "slim man": ("men", 186, 84, 70, 88, {}),
    "barrel": ("men", 174, 126, 128, 116, {}),
    "short man": ("men", 158, 92, 80, 92, {}),
}


def odd_body(name):
    population, stature, bust, waist, hip, further = ODD[name]
    size = SizeSpec(
        bust_range_cm=(bust - 1, bust + 1), stature_cm=stature, bust_girth_cm=bust, waist_girth_cm=waist, hip_girth_cm=hip
    )  # fmt: skip
    return changed(chart_measures(load_chart(population), size), **further)


def changed(measures, **values_cm):
    """Measures with some replaced."""
    return Measures.of(
        *(Measure(m.name, values_cm[m.name] / 100 if m.name in values_cm else m.value_m, m.clause, m.uncertainty_m) for m in measures)
    )


@cache
def drafted(name, chart, size):
    """A garment in a size; drafted once for all tests."""
    return draft(load_garment(name), size=size, chart=chart)


@cache
def body_of(chart, size):
    return size_measures(size, chart=chart)


def width_at(panel, y):
    """Cloth of one panel on a level line [cm]: its outline and holes are cut and the pieces inside added up."""
    xs = []
    for loop in (panel.outline, *panel.holes):
        polygon = loop_polygon(loop, 0.2)
        a, b = polygon, np.roll(polygon, -1, axis=0)
        crosses = (a[:, 1] > y) != (b[:, 1] > y)
        t = (y - a[crosses, 1]) / (b[crosses, 1] - a[crosses, 1])
        xs += (a[crosses, 0] + t * (b[crosses, 0] - a[crosses, 0])).tolist()
    xs.sort()
    return sum(right - left for left, right in zip(xs[::2], xs[1::2], strict=True))


def chord_length(edge):
    """Length of an edge as a chain of chords, a millimetre each or so."""
    points = edge.sample(max(8, round(edge.length / 0.1)))
    return float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())


def has(pattern, name):
    return any(panel.name == name for panel in pattern.panels)


def panels(pattern, *starts):
    """Panels whose names start so."""
    return [panel for panel in pattern.panels if panel.name.startswith(starts)]


def fronts(pattern):
    return [panel for panel in pattern.panels if panel.name in ("front", "front_left", "front_right")]


def backs(pattern):
    return [panel for panel in pattern.panels if panel.name in ("back", "back_left", "back_right")]


def underarm_y(pattern):
    """Level of the underarm points of a top."""
    hole = next(edge for edge in fronts(pattern)[0].outline if edge.name.startswith("armhole"))
    return min(hole.start[1], hole.end[1])


def hip_y(measures):
    """Level of the hip in the frame of tops, from the side neck point down the back."""
    below_waist = measures.cm("waist_height") - measures.cm("hip_height")
    return -(shoulder_frame(measures).back_depth_cm + measures.cm("back_waist_length") + below_waist)


def lowered(pattern):
    """How much the front's levels lie lower than the back's: what the bust dart takes [cm]."""
    return dict(pattern.notes).get("bust_dart", 0.0)


def chest(pattern):
    y = underarm_y(pattern) - 0.02
    return sum(width_at(panel, y) for panel in fronts(pattern) + backs(pattern))


def girth_below(pattern, y):
    """Girth of a garment at a level below the bust; the front is cut as much lower as its dart is deep."""
    return sum(width_at(panel, y - lowered(pattern)) for panel in fronts(pattern)) + sum(width_at(panel, y) for panel in backs(pattern))


def upper_arm(pattern):
    """Girth of the left sleeve just below the underarm."""
    return sum(width_at(panel, -0.02) for panel in panels(pattern, "sleeve") if panel.name.endswith("left"))


def wrist(pattern):
    """Girth at the lower edge of the left sleeve: of its cuff where it has one."""
    if has(pattern, "cuff_left"):
        cuff = pattern.panel("cuff_left")
        return width_at(cuff, cuff.polygon()[:, 1].mean())
    return chord_length(pattern.panel("sleeve_left").edge("hem"))


def edges_like(pattern, panel_names, start):
    """Summed length of the edges whose names start so."""
    return sum(
        chord_length(edge) for panel in pattern.panels if panel.name in panel_names for edge in panel.edges if edge.name.startswith(start)
    )  # fmt: skip


TORSO = ("front", "front_left", "front_right", "back", "yoke")


def armholes(pattern):
    return edges_like(pattern, TORSO, "armhole") / 2


def neckline(pattern):
    """The seam that a collar, a band or a hood is sewn to, or the raw neckline."""
    return edges_like(pattern, TORSO, "neck")


def waist_seam(pattern):
    """Finished waist of skirts and trousers: the seam pieces of all panels but the bands, darts closed."""
    bodies = [panel.name for panel in pattern.panels if not panel.name.startswith("band")]
    return edges_like(pattern, bodies, "waist")


def heading(edge, end):
    """Unit direction of an edge at its start (0) or end (-1)."""
    segment = edge.path[0 if end == 0 else -1]
    d = segment.derivative(np.array([0.0 if end == 0 else 1.0]))[0]
    return d / np.linalg.norm(d)


def angle_between(a, b):
    return math.degrees(math.acos(np.clip(np.dot(a, b), -1, 1)))


def corner_deg(panel, first, second):
    """The angle inside a panel between an edge and the one that follows it."""
    return 180 - angle_between(heading(panel.edge(first), -1), heading(panel.edge(second), 0))
