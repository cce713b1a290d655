"""A sewn garment comes to rest on a body and goes with it to its pose: statics from pose to pose.

Between two poses cloth is carried along with the skin it lies on, and finds its equilibrium again in a few steps; in the last pose it comes
to rest. Nothing is simulated in time, so nothing swings, and what is left is an equilibrium of forces.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np

from studio.look.cloth import Cloth
from studio.look.figure import Figure
from studio.look.gates import Allowed
from studio.look.obstacle import Obstacle
from studio.look.solver import INTERFACING, Collider, Cut, Settled, Stress, obstacle_of
from studio.look.statics.contact import Support
from studio.look.statics.energy import Energy, Load
from studio.look.statics.equilibrium import Equilibrium, find_equilibrium
from studio.look.statics.layers import LayerSearch
from studio.look.statics.sheet import Material, Sheet
from studio.look.statics.wind import Wind
from studio.mesh.closest import Surface
from studio.mesh.smooth import neighbour_mean
from studio.progress import Report, silent
from studio.specs.fabric import GRAVITY

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

#: Steps of the solver before the pose changes, at each pose on the way, and in the last one at most.
FIRST, EACH, LAST = 16, 3, 60
#: First time steps of what was just sewn, on the way, and at its end [s]: what was carried along is nearly at rest.
_SEWN_S, _EACH_S, _LAST_S = 0.02, 0.05, 0.2
#: Cloth rests when 95 % of it moves by less than this in a step of two seconds [m].
REST_M = 1e-4
#: Distance of the cloth's middle from skin and from the outer side of garments below [m]: what is rendered keeps 1.2 mm.
STANDOFF_M = 0.002
#: Two layers of a garment keep apart by its thickness, within these bounds [m].
_APART_M = (0.001, 0.002)
#: A waistband that is wider than the waist would slide off: a stylist clips it. It sinks by this under the weight of its garment [m].
CLIPPED_M = 0.002
#: Crossing pairs that may be left. Cloth may be stretched by what its fabric is worn at, and by this at least: what tight cotton takes
#: (Zhang, Wang, Ramani 2016, of jeans).
PAIRS, STRAIN = 5, 0.05
#: On the bias a woven may be stretched by what a shear of 8 degrees makes: as far as KES-FB1 shears cloth, for the range that it is worn in
#: (Kawabata, The Standardization and Analysis of Hand Evaluation, 1980). What is worn at more along its threads may be so on the bias.
BIAS = math.sqrt(1 + math.sin(math.radians(8.0))) - 1
#: Cloth that is moved about slides: on the way, and at first in the last pose, it is held by this share of its friction. With all of it
#: cloth hangs where it was dragged to (trousers in a stride, shear at the 99th percentile: 8.8 degrees; 5.6 this way, in fewer steps).
_SHAKEN = 0.1
#: Cloth goes along with skin that is nearer than about this [m], smoothed over so many rounds of neighbours; in shares no longer than this
#: [m], but no more than so many.
_CARRIED_M, _SMOOTH = 0.06, 12
_SHARE_M, _SHARES = 0.01, 3
#: Where a hand comes nearer than this [m], it is carried along in steps so long [m]: half a finger's thickness.
_HAND_NEAR_M, _HAND_STEP_M = 0.03, 0.008
#: Cloth finds its equilibrium again once it has been carried farther than this [m].
_FOLLOWS_M = 0.003
#: Layers are looked for this far around when cloth is carried along [m].
_LAYERS_M = 0.02


@dataclass(frozen=True, eq=False)
class Follower:
    """A garment as it goes along with a body.

    energy: Of its sheet, under a load that `at_rest` puts in place. layers: That keep apart. mean: Of each vertex's neighbours, (V, V).
    clip_n_m: How stiffly each vertex is held at its height [N/m], (V,). friction: Against what it lies on.
    """

    energy: Energy
    layers: LayerSearch
    mean: csr_matrix
    clip_n_m: np.ndarray
    friction: float

    @classmethod
    def of(cls, cloth: Cloth, cut: Cut) -> Follower:
        """A garment of a cloth that is cut in some way."""
        fabric = cut.fabric
        sheet = Sheet(cloth.vertex_count, cloth.faces, cut.grain_m, _material(cloth, cut), cut.creases, cut.gathered)
        layers = LayerSearch(cloth.faces, sheet.vertex_areas, apart_m=float(np.clip(fabric.thickness_mm / 1000, *_APART_M)))
        clip_n_m = cut.interfaced * (sheet.masses.sum() * GRAVITY / (CLIPPED_M * max(cut.interfaced.sum(), 1)))
        energy = Energy(sheet, Load(np.zeros(cloth.vertex_count, dtype=bool)))
        return cls(energy, layers, neighbour_mean(cloth.faces, cloth.vertex_count), clip_n_m, fabric.friction)

    def at_rest(
        self, x: np.ndarray, obstacle: Obstacle, *, most: int, first_s: float = _SEWN_S, lifted_m: float | np.ndarray = 0.0,
        wind: Wind | None = None,
    ) -> Equilibrium:  # fmt: skip
        """Its equilibrium on an obstacle, from positions x (V, 3) [m] in ``most`` steps.

        lifted_m: From there to where clips hold it, of all vertices or of each, (V,).
        """
        support, heights = Support(obstacle, STANDOFF_M, self.friction), x[:, 2] + lifted_m
        nothing = np.zeros(len(x), dtype=bool)
        energy = self.energy.under(Load(nothing, support, hung_n_m=self.clip_n_m, heights=heights, wind=wind))
        return find_equilibrium(energy, x, most=most, rest_m=REST_M, first_s=first_s, layers=self.layers)

    @property
    def shaken(self) -> Follower:
        """The same garment while it is moved about."""
        return replace(self, friction=_SHAKEN * self.friction)

    def stress(self, rest: Equilibrium) -> Stress:
        """What it bears in an equilibrium."""
        state = self.energy.stretch(rest.x)
        return Stress(state.lengths, state.shear, state.tension, rest.pressure_pa)


@dataclass(frozen=True, eq=False)
class Statics:
    """The solver that finds an equilibrium of forces. It has no job that a name could be for.

    wind_m_s: Velocity of a steady wind in the last pose [m/s], x, y and z, or None.
    """

    wind_m_s: tuple[float, float, float] | None = None

    def settle(
        self, cloth: Cloth, start: np.ndarray, figure: Figure, below: Sequence[Collider], cut: Cut, *, name: str, report: Report = silent
    ) -> Settled:
        """See `Solver.settle`."""
        del name
        follower = Follower.of(cloth, cut)
        hooded = figure.is_hood(start)
        x = follower.shaken.at_rest(start, obstacle_of(figure, below, 0, hooded=hooded), most=FIRST).x
        report("following", FIRST / (FIRST + EACH * len(figure.vertices) + LAST))
        return self.follow(follower, x, figure, below, lifted_m=start[:, 2] - x[:, 2], hooded=hooded, report=report)

    def follow(
        self, follower: Follower, start: np.ndarray, figure: Figure, below: Sequence[Collider], *,
        each: int = EACH, last: int = LAST, lifted_m: float | np.ndarray = 0.0, hooded: bool | None = None, report: Report = silent,
    ) -> Settled:  # fmt: skip
        """Take a garment that is at rest in the figure's first pose, at ``start`` (V, 3) [m], to the last one.

        each, last: Steps in each pose on the way, and in the last one at most. lifted_m: How far below their clips vertices hang at the
        start, all or each, (V,). hooded: Whether it lies over the ears; told by its height where None.
        """
        poses, rested, keys = len(figure.vertices), start, [start]
        if hooded is None:
            hooded = figure.is_hood(start)
        for pose in range(1, poses):
            report("following", (FIRST + each * pose) / (FIRST + each * poses + last))
            x, at_end = _carried(keys[-1], figure, pose, follower.layers, follower.mean), pose == poses - 1
            if at_end or np.abs(x - rested).max() > _FOLLOWS_M:
                obstacle, clipped = obstacle_of(figure, below, pose, hooded=hooded), x[:, 2] + lifted_m
                x = follower.shaken.at_rest(x, obstacle, most=each, first_s=_EACH_S, lifted_m=lifted_m).x
                rested, lifted_m = x, clipped - x[:, 2]
            keys.append(x)
        rest = self._come_to_rest(follower, keys[-1], figure, obstacle, last=last, lifted_m=lifted_m)
        keys[-1] = rest.x
        moved = 1000 * rest.moved_m
        return Settled(
            rest.x, np.array(keys), float(moved.mean()), float(np.percentile(moved, 95)), rest.steps, follower.stress(rest)
        )  # fmt: skip

    def _come_to_rest(
        self, follower: Follower, x: np.ndarray, figure: Figure, obstacle: Obstacle, *, last: int, lifted_m: float | np.ndarray
    ) -> Equilibrium:
        """The equilibrium in the figure's last pose: shaken for half of the steps, then held by all of its friction."""
        wind = None
        if self.wind_m_s is not None:
            wind = Wind(np.array(self.wind_m_s), Surface(figure.vertices[-1], figure.faces))
        clipped = x[:, 2] + lifted_m
        x = follower.shaken.at_rest(x, obstacle, most=last // 2, first_s=_LAST_S, lifted_m=lifted_m, wind=wind).x
        return follower.at_rest(x, obstacle, most=last, first_s=_LAST_S, lifted_m=clipped - x[:, 2], wind=wind)

    def allowed(self, cut: Cut, *, sleeves: bool) -> Allowed:
        """See `Solver.allowed`."""
        del sleeves
        main, rib = (max(fabric.wearable_stretch_percent / 100, STRAIN) for fabric in (cut.fabric, cut.rib))
        return Allowed(PAIRS, main, rib, max(main, BIAS))


def _material(cloth: Cloth, cut: Cut) -> Material:
    """The fabric or the rib, several times as stiff where it is interfaced."""
    main, rib = (Material.of(fabric, len(cloth.faces)) for fabric in (cut.fabric, cut.rib))
    times = np.where(cut.interfaced[cloth.faces].all(axis=1), INTERFACING, 1.0)
    values = {field.name: np.where(cut.ribbed, getattr(rib, field.name), getattr(main, field.name)) for field in fields(Material)}
    return Material(**{name: value * (1.0 if name == "mass_kg_m2" else times) for name, value in values.items()})


def _carried(x: np.ndarray, figure: Figure, pose: int, layers: LayerSearch, mean: csr_matrix) -> np.ndarray:
    """Positions (V, 3) of cloth that has gone along with the skin from the pose before; never through itself, and never through a hand."""
    start, end = figure.vertices[pose - 1], figure.vertices[pose]
    steps, tangled = _steps_before_hands(x, figure, start, end - start), layers.tangled(x)
    for step in range(steps):
        way = _along(x, start + step / steps * (end - start), (end - start) / steps, figure.faces, mean)
        shares = min(math.ceil(_SHARES / steps), max(1, math.ceil(np.linalg.norm(way, axis=1).max() / _SHARE_M)))
        for _ in range(shares):
            x = layers.apart(x, x + layers.find(x, _LAYERS_M, tangled).bounded(way / shares), tangled)
    return x


def _steps_before_hands(x: np.ndarray, figure: Figure, skin: np.ndarray, way: np.ndarray) -> int:
    """In how many steps cloth has to be carried along for it to be pushed by a hand that comes near, and not jumped over."""
    arms = figure.part("left_arm") | figure.part("right_arm")
    faces = figure.faces[(arms & ~figure.dressable)[figure.faces].all(axis=1)]
    if not len(faces):
        return 1
    own = _Beneath.of(x, skin, way, figure.faces).way
    hands = [_Beneath.of(x + share * own, skin + share * way, way, faces) for share in (0.0, 0.5, 1.0)]
    towards_m = [np.where(hand.distance < _HAND_NEAR_M, np.linalg.norm(hand.way - own, axis=1), 0.0).max() for hand in hands]
    return max(1, math.ceil(max(towards_m) / _HAND_STEP_M))


@dataclass(frozen=True, eq=False)
class _Beneath:
    """The skin that is nearest to cloth: how far it is away [m], shape (V,), and where it goes [m], shape (V, 3)."""

    distance: np.ndarray
    way: np.ndarray

    @classmethod
    def of(cls, x: np.ndarray, skin: np.ndarray, way: np.ndarray, faces: np.ndarray) -> _Beneath:
        found = Surface(skin, faces).closest(x)
        return cls(found.distances, np.einsum("nk,nkd->nd", found.barycentric, way[faces[found.triangles]]))


def _along(x: np.ndarray, skin: np.ndarray, way: np.ndarray, faces: np.ndarray, mean: csr_matrix) -> np.ndarray:
    """How cloth moves (V, 3) that goes along with skin (S, 3) on its way (S, 3) [m]."""
    beneath = _Beneath.of(x, skin, way, faces)
    move = beneath.way * np.exp(-((beneath.distance / _CARRIED_M) ** 2))[:, None]
    for _ in range(_SMOOTH):  # an arm and the chest beside it go different ways
        move = 0.5 * move + 0.5 * (mean @ move)
    return move
