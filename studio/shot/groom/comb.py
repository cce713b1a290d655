"""What every style works with, and how strands grow: point by point, with a direction that remembers, is combed, and gives way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from studio.shot.groom.scalp import Obstacles, Roots
from studio.shot.groom.strands import tangent, unit, wander
from studio.shot.head import Head
from studio.specs.appearance import Hair

#: Wind at which the drag on a lock equals its weight [m/s]: a lock 4 mm thick, a third of it hair (1300 kg/m^3), with the drag
#: coefficient 1.1 of a cylinder. One hair alone would be lifted at 0.7 m/s (its Reynolds number is near 5, its coefficient near 5);
#: in a head of hair the outer locks shelter the inner ones.
_LIFTING_M_S = 4.3
#: Over which a hair bends into the vertical under its own weight [m]: (E I / w)^(1/3) with Young's modulus 4 GPa and 70 um (Robbins,
#: Chemical and Physical Behavior of Human Hair, ch. 9) is 46 mm for a hair alone; combed hair is softened by its neighbours' weight.
BEND_M = 0.034
#: Where the margin over the skin is reached, along a strand [m].
_RISE_M = 0.030


@dataclass(frozen=True)
class Comb:
    """A head that is being groomed. Head coordinates: metres of an average head, x to the subject's left, y backwards, z up.

    down: Gravity, (3,), unit. wind_m_s: In head axes, (3,).
    """

    head: Head
    roots: Roots
    around: Obstacles
    hair: Hair
    rng: np.random.Generator
    down: np.ndarray
    wind_m_s: np.ndarray

    @property
    def azimuth_deg(self) -> np.ndarray:
        """Of the roots around the skull, 0 in front, 180 behind, negative on the subject's right, (N,)."""
        offset = self.roots.points - self.head.centre
        return np.degrees(np.arctan2(offset[:, 0], -offset[:, 1]))

    @property
    def height(self) -> np.ndarray:
        """Of the roots: 0 at the nape, 1 at the crown, (N,)."""
        return np.clip((self.roots.points[:, 2] + 0.06) / (self.head.top + 0.06), 0, 1)

    @cached_property
    def pull(self) -> np.ndarray:
        """Weight and drag of each strand in units of its weight, (N, 3): locks differ in how much wind they catch."""
        speed = float(np.linalg.norm(self.wind_m_s))
        if speed < 1e-6:
            return np.broadcast_to(self.down, self.roots.points.shape)
        catch = np.exp(0.5 * wander(self.roots.points, 70, np.random.default_rng(self.hair.seed))[:, :1])
        return self.down + catch * (speed / _LIFTING_M_S) ** 2 * self.wind_m_s / speed

    @property
    def at_ease(self) -> bool:
        """Whether the head is upright and the air still: then hair hangs as it was cut."""
        return bool(self.down[2] < -0.998) and not self.wind_m_s.any()

    def relaxed(self) -> Comb:
        """The same head upright in still air, as a hairdresser cuts it."""
        return replace(self, down=np.array([0.0, 0.0, -1.0]), wind_m_s=np.zeros(3))

    def of(self, chosen: np.ndarray) -> Comb:
        """The same head with some of its roots, chosen (N,), bool or indices."""
        return replace(self, roots=self.roots.of(chosen))


@dataclass(frozen=True)
class Course:
    """How N strands run.

    length: [m], (N,). start: Direction at the root, (N, 3). lead: Where the comb draws them, (N, 3), over the first hold_m [m].
    margin: Height over skin and cloth once the strand has risen [m], (N,). noise: Of the strand's own course, (N, 3), of unit order;
    waver: how much of it is taken. bend: Length over which a strand gives way to the pull [m]; comb_m: to the comb; hug: how much the
    comb presses it to the skull.
    """

    length: np.ndarray
    start: np.ndarray
    lead: np.ndarray
    hold_m: np.ndarray | float
    margin: np.ndarray
    noise: np.ndarray
    bend: np.ndarray | float = BEND_M
    waver: float = 0.9
    comb_m: float = 0.040
    hug: float = 0.0


def march(
    comb: Comb,
    course: Course,
    *,
    steps: int,
    guide: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray] | None = None,
    begin: np.ndarray | None = None,
) -> np.ndarray:
    """Grow the strands (N, steps, 3).

    guide: Moves points (N, 3), given how far along and how long the step is, (N,) each, [m]. begin: Where they begin, if not at their
    roots, (N, 3); they are free from there.
    """
    step = course.length / (steps - 1)
    current = comb.roots.points.copy() if begin is None else begin.copy()
    direction, pull = course.start, comb.pull
    speed = float(np.linalg.norm(comb.wind_m_s))
    normals = comb.roots.normals
    points = [comb.roots.points - comb.roots.normals * ROOT_M if begin is None else begin]
    for k in range(1, steps):
        arc = k * step
        turn = np.minimum(step / course.bend, 0.8) * np.minimum(0.45 + arc / 0.08, 1.0)
        drawn = np.minimum(step / course.comb_m, 0.8) * np.exp(-((arc / course.hold_m) ** 2))
        own = course.noise * (course.waver * step * np.sin(arc * 24 + 3 * course.noise[:, 0]))[:, None]
        if speed:  # hair flutters across the stream, more where it is free
            own = own * (1 + speed)
        lead = tangent(course.lead, normals) - course.hug * normals  # a comb follows the skull
        direction = unit(direction + pull * turn[:, None] + lead * drawn[:, None] + own)
        before = current
        current = before + direction * step[:, None]
        if guide is not None:
            current = guide(current, arc, step)
        current, direction, normals = comb.around.push_out(
            current, direction, course.margin * (np.minimum(1.0, arc / _RISE_M) if begin is None else 1.0)
        )
        current = before + unit(current - before) * step[:, None]  # hair does not stretch
        points.append(current)
    return np.stack(points, axis=1)


#: How deep roots lie under the skin [m].
ROOT_M = 0.0003
