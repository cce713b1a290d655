"""Does a fit map depend on how it was computed? A T-shirt on one body, its mesh halved, and its steps halved."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bench.bench_wardrobe import BODIES
from studio.body.ground import pose_body
from studio.body.model import BodyParameters, load_body
from studio.body.poses import load_pose
from studio.garment.catalog import draft, load_fabric, load_garment
from studio.look import follow
from studio.look.cloth import along_grain
from studio.look.dress import EDGE_LENGTH_M, Piece, Worn, drape
from studio.look.figure import build_figure
from studio.look.follow import Statics
from studio.look.sheet import WornSheet
from studio.look.wearing.outfit import stand_in
from studio.mesh.closest import Surface
from studio.specs.person import PersonSpec
from studio.twin.create.person import create_person

#: Maps are compared at points this far apart on the pattern, each a mean over its surroundings (a Gaussian of this radius) [m].
_APART_M, _AROUND_M = 0.01, 0.02
#: Points farther than this from every triangle's middle lie outside their panel [m].
_INSIDE_M = 0.008
_MAPS = {"strain": "larger principal strain", "tension": "larger tension of the threads", "pressure": "pressure", "gap": "gap to the skin"}


@dataclass(frozen=True, eq=False)
class FitMaps:
    """A garment's maps on its pattern: a value per triangle by name, and the triangles' middles (F, 2) [m], areas and panels."""

    values: dict[str, np.ndarray]
    middles: np.ndarray
    areas: np.ndarray
    panel: np.ndarray
    names: tuple[str, ...]

    @classmethod
    def of(cls, worn: Worn, skin: Surface) -> FitMaps:
        """Of a garment at rest."""
        cloth, rest, stress, fabric = worn.sewn.cloth, worn.settled.vertices, worn.settled.stress, worn.piece.fabric
        grain_m = along_grain(cloth.flat_m, cloth.panel, cloth.panel_names, worn.piece.pattern)
        sheet = WornSheet(
            worn.piece.pattern, fabric, worn.piece.rib or fabric, rest, cloth.faces, grain_m, cloth.panel,
            stress.stretch, stress.shear, stress.tension_n_m, stress.pressure_pa,
        )  # fmt: skip
        values = {
            "strain": sheet.principal_strain[:, 0],
            "tension": np.maximum(stress.tension_n_m, 0.0).max(axis=1),
            "pressure": stress.pressure_pa[cloth.faces].mean(axis=1),
            "gap": skin.closest(rest).distances[cloth.faces].mean(axis=1),
        }
        return cls(values, cloth.flat_m.mean(axis=1), cloth.areas_m2, cloth.panel, cloth.panel_names)

    def at(self, name: str, panel: str, points: np.ndarray) -> np.ndarray:
        """A map around points (N, 2) of a panel, shape (N,)."""
        from scipy.spatial import cKDTree

        mine = self.panel == self.names.index(panel)
        middles, areas, values = self.middles[mine], self.areas[mine], self.values[name][mine]
        found = np.zeros(len(points))
        for number, near in enumerate(cKDTree(middles).query_ball_point(points, 2.5 * _AROUND_M)):
            weight = areas[near] * np.exp(-0.5 * (np.linalg.norm(middles[near] - points[number], axis=1) / _AROUND_M) ** 2)
            found[number] = weight @ values[near] / weight.sum()
        return found


def run() -> str:
    """Drape three times and return the table."""
    usual = _draped(EDGE_LENGTH_M)
    rows = [("the mesh halved", _draped(EDGE_LENGTH_M / 2)), ("the steps halved", _with_half_steps())]
    lines = [
        "## Convergence",
        "",
        "A T-shirt of size M in cotton jersey on the average woman of the wardrobe, A-pose, by statics: how much its maps change. They",
        f"are compared at points {100 * _APART_M:g} cm apart on the pattern, each a mean over {100 * _AROUND_M:g} cm around it. Mean",
        "change as a share of the map's 95th percentile, and of its mean; correlation.",
        "",
        "| map | changed | of the 95th percentile | of the mean | correlation |",
        "|---|---|---|---|---|",
    ]
    for changed, other in rows:
        for name, words in _MAPS.items():
            a, b = _both(usual, other, name)
            change = np.abs(a - b).mean()
            cells = (words, changed, f"{change / np.percentile(b, 95):.1%}", f"{change / b.mean():.1%}", f"{np.corrcoef(a, b)[0, 1]:.3f}")
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _draped(edge_m: float) -> FitMaps:
    model = load_body()
    made = create_person(model, PersonSpec(measures=BODIES["average"], gender=1.0, age=35))
    parameters, zero = BodyParameters.zero(model).replace(betas=made.solution.betas), np.zeros_like(model.template)
    posed = pose_body(model, parameters, load_pose("a"), offsets=zero)
    piece = Piece("tee", draft(load_garment("tee"), size="M"), load_fabric("cotton-jersey").mechanics, load_fabric("rib-knit").mechanics)
    stance = stand_in(model, posed, [piece], offsets=zero)
    figure = build_figure(model, stance.posed, offsets=stance.offsets)
    drawn = drape(figure, [piece], solver=Statics(), edge_length_m=edge_m)
    return FitMaps.of(drawn.garments[0], Surface(figure.vertices[-1], figure.faces))


def _with_half_steps() -> FitMaps:
    """The same with time steps half as long and a rest half as far away, by twice as many steps."""
    names = ("_SEWN_S", "_EACH_S", "_LAST_S", "REST_M")
    before = {name: getattr(follow, name) for name in (*names, "FIRST", "EACH", "LAST")}
    try:
        for name, value in before.items():
            setattr(follow, name, value / 2 if name in names else 2 * value)
        return _draped(EDGE_LENGTH_M)
    finally:
        for name, value in before.items():
            setattr(follow, name, value)


def _both(one: FitMaps, other: FitMaps, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Both maps at the same points of all panels, shape (N,) each."""
    from scipy.spatial import cKDTree

    found = []
    for panel in one.names:
        middles = one.middles[one.panel == one.names.index(panel)]
        low, high = middles.min(axis=0), middles.max(axis=0)
        grid = np.stack(np.meshgrid(*(np.arange(a, b, _APART_M) for a, b in zip(low, high, strict=True))), axis=-1).reshape(-1, 2)
        points = grid[cKDTree(middles).query(grid)[0] < _INSIDE_M]
        found.append(np.stack([one.at(name, panel, points), other.at(name, panel, points)]))
    return tuple(np.concatenate(found, axis=1))
