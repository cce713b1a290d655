"""A shoe in its own frame, and what a foot wants to know of it: where its heel and toes find room, and how its inner sole lies.

The frame is that of a left shoe on a person in the world: toes towards -y, up along z, the little toe towards +x; its sole stands on z = 0
and its heel ends at y = 0. A right shoe is mirrored into it; both feet then wear one shoe and its mirror image.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from studio.errors import StudioError
from studio.garment.finished.mend import GarmentMesh, parts_of
from studio.mesh.closest import Surface
from studio.mesh.normals import face_areas, face_normals

#: Stations along the shoe, as shares of its length from the heel: under the heel, at the ball of the foot (where a last is widest: 0.62 to
#: 0.7 of its length), and between which the shape of the sole tells left from right.
HEEL, BALL = 0.14, 0.66
_WAIST, _TIP = 0.42, 0.96
#: Half the width of the band of stations that an outline is read from, as a share of the length.
_BAND = 0.03
#: An inner sole has at least so much room above it [m]: the height of a little toe in a sandal.
_ROOM_M = 0.02
#: The ends of the room for a foot are felt for at these heights above the inner sole [m], which rises at both ends.
_FELT_M = (0.006, 0.012, 0.020, 0.030)
#: Its height above the ground is at most this share of the shoe's length: a stiletto's 12 cm on a shoe of 25.
_HIGHEST = 0.5
#: Sole and lining of a shoe that is modelled from outside alone [m]. Chosen: a thin leather shoe.
PLAIN_SOLE_M, _PLAIN_WALL_M = 0.010, 0.004
#: A pair has a gap between its shoes that leaves this share of the faces on each side.
_PAIR_SHARE = 0.35
#: The outline of a sole is bent by this share of its length at least, or it fits either foot.
_BENT = 0.004
#: Surfaces that a vertical line may meet: sole, inner sole, lining and upper, tongue, laces.
_MOST_HITS = 12


@dataclass(frozen=True, eq=False)
class Shoe:
    """A left shoe in its own frame [m].

    mesh: The shoe. heel_y, toe_y: Where its room ends inside. insole: Height of the inner sole at `HEEL` and at `BALL`. measured: Whether
    the file models its inside; else a plain sole and wall were assumed. centre_x: Of the sole at both stations.
    """

    mesh: GarmentMesh
    length: float
    heel_y: float
    toe_y: float
    insole: tuple[float, float]
    centre_x: tuple[float, float]
    measured: bool

    @property
    def inner_length(self) -> float:
        """Length of the room for the foot."""
        return self.heel_y - self.toe_y

    @property
    def rise(self) -> float:
        """How much higher the heel stands than the ball."""
        return self.insole[0] - self.insole[1]

    @property
    def slope_rad(self) -> float:
        """The angle by which the foot points down between heel and ball."""
        return float(np.arctan2(self.rise, (BALL - HEEL) * self.length))

    def scaled(self, factor: float) -> Shoe:
        """The same shoe in another size."""
        return Shoe(
            replace(self.mesh, vertices=self.mesh.vertices * factor), self.length * factor, self.heel_y * factor, self.toe_y * factor,
            tuple(height * factor for height in self.insole), tuple(x * factor for x in self.centre_x), self.measured,
        )  # fmt: skip


def lay_out_shoe(mesh: GarmentMesh, *, name: str) -> tuple[Shoe, tuple[str, ...]]:
    """Bring a shoe, or one of a pair, into its frame. mesh: World axes [m], upright. Returns it and what was found out.

    Raises StudioError where it has no length to speak of, as a shoe that lies on its side.
    """
    remarks: list[str] = []
    pair = _one_of_pair(mesh)
    if pair is not None:
        mesh = pair
        remarks.append("It is a pair: one shoe was kept, the other is its mirror image.")
    turned = _toes_ahead(mesh, name)
    bend = _bend(turned)
    if bend < -_BENT:
        flip = turned.vertices * [-1.0, 1.0, 1.0]
        turned = replace(turned, vertices=flip).turned(np.ones(len(turned.faces), bool))
    words = "fits either foot and was taken for a left one" if abs(bend) <= _BENT else f"is a {'right' if bend < 0 else 'left'} one"
    remarks.append(f"By its sole the shoe {words}; the other is its mirror image.")
    shoe = measure_shoe(turned)
    inside = f"its inner sole rises by {100 * shoe.rise:.1f} cm to the heel" if shoe.measured else "its inside is not modelled"
    remarks.append(f"It is {100 * shoe.length:.1f} cm long and {100 * shoe.inner_length:.1f} cm inside; {inside}.")
    return shoe, tuple(remarks)


def _one_of_pair(mesh: GarmentMesh) -> GarmentMesh | None:
    """The half of the mesh on one side of a gap that runs through it, if there is one."""
    owner = parts_of(mesh.faces, len(mesh.vertices))[mesh.faces[:, 0]]
    for axis in (0, 1):
        corners = mesh.vertices[mesh.faces][..., axis]
        low, high = np.full(owner.max() + 1, np.inf), np.full(owner.max() + 1, -np.inf)
        np.minimum.at(low, owner, corners.min(axis=1))
        np.maximum.at(high, owner, corners.max(axis=1))
        order = np.argsort(low)
        reach = np.maximum.accumulate(high[order])
        for k in np.flatnonzero(low[order][1:] > reach[:-1]):
            first = np.isin(owner, order[: k + 1])
            if _PAIR_SHARE < first.mean() < 1 - _PAIR_SHARE:
                return mesh.of_faces(first).without_loose_vertices()
    return None


def _toes_ahead(mesh: GarmentMesh, name: str) -> GarmentMesh:
    """The mesh turned about z so that its toes point to -y, standing on z = 0 with its heel at y = 0 and its middle over x = 0."""
    area, middle = face_areas(mesh.vertices, mesh.faces), mesh.vertices[mesh.faces].mean(axis=1)
    low = middle[:, 2] < middle[:, 2].min() + 0.35 * np.ptp(middle[:, 2])
    flat = middle[low, :2] - np.average(middle[low, :2], axis=0, weights=area[low])
    spread, axes = np.linalg.eigh((flat * area[low, None]).T @ flat)
    if spread[1] < 1.5 * spread[0]:
        raise StudioError(f"{name} is about as wide as it is long and is not seen as a shoe: stand it upright, one shoe or a pair.")
    along = axes[:, 1]
    turn = np.array([[-along[1], along[0], 0], [-along[0], -along[1], 0], [0, 0, 1.0]])  # takes the long axis to -y
    x = mesh.vertices @ turn.T
    y, length = x[:, 1], float(np.ptp(x[:, 1]))
    front, back = y < y.min() + 0.25 * length, y > y.max() - 0.25 * length
    higher = x[back, 2].max() - x[front, 2].max()
    if abs(higher) < 0.04 * length:  # a flat sandal: the heel is narrower than the ball
        third = lambda near: np.ptp(x[np.abs(y - near) < 0.1 * length, 0])  # noqa: E731
        higher = third(y.min() + 0.3 * length) - third(y.max() - 0.3 * length)
    if higher < 0:
        x = x * [-1, -1, 1]
    found = _set_down(replace(mesh, vertices=x))
    for _ in range(3):  # the stations lie along the axis that they tell
        across = sum(_outline(found, BALL)) / 2 - sum(_outline(found, HEEL)) / 2
        angle = np.arctan2(across, (BALL - HEEL) * float(np.ptp(found.vertices[:, 1])))
        cos, sin = np.cos(-angle), np.sin(-angle)
        found = _set_down(replace(found, vertices=found.vertices @ np.array([[cos, sin, 0], [-sin, cos, 0], [0, 0, 1.0]])))
    return found


def _set_down(mesh: GarmentMesh) -> GarmentMesh:
    """The mesh on z = 0 with its heel at y = 0, the middle of the heel over x = 0."""
    x = mesh.vertices - [0.0, mesh.vertices[:, 1].max(), mesh.vertices[:, 2].min()]
    return replace(mesh, vertices=x - [sum(_outline(replace(mesh, vertices=x), HEEL)) / 2, 0.0, 0.0])


def _outline(mesh: GarmentMesh, station: float) -> tuple[float, float]:
    """Left and right end of the sole at a share of the length from the heel."""
    length = float(np.ptp(mesh.vertices[:, 1]))
    low = mesh.vertices[:, 2] < 0.35 * mesh.vertices[:, 2].max()
    near = low & (np.abs(-mesh.vertices[:, 1] / length - station) < _BAND)
    near = near if near.any() else np.abs(-mesh.vertices[:, 1] / length - station) < 2 * _BAND
    x = mesh.vertices[near, 0] if near.any() else np.zeros(1)
    return float(x.min()), float(x.max())


def _bend(mesh: GarmentMesh) -> float:
    """How far the sole is bent as a left one is, as a share of its length: its waist lies outward and its tip inward of heel and ball."""
    middle = {station: sum(_outline(mesh, station)) / 2 for station in (HEEL, _WAIST, BALL, _TIP)}
    slope = (middle[BALL] - middle[HEEL]) / (BALL - HEEL)
    waist = middle[_WAIST] - middle[HEEL] - slope * (_WAIST - HEEL)
    tip = middle[_TIP] - middle[HEEL] - slope * (_TIP - HEEL)
    return (waist - tip) / float(np.ptp(mesh.vertices[:, 1]))


def measure_shoe(mesh: GarmentMesh) -> Shoe:
    """What a foot wants to know of a shoe that lies in its own frame."""
    surface, length = Surface(mesh.vertices, mesh.faces), float(np.ptp(mesh.vertices[:, 1]))
    centre = tuple(sum(_outline(mesh, station)) / 2 for station in (HEEL, BALL))
    heights = [_inner_height(surface, x, -station * length) for station, x in zip((HEEL, BALL), centre, strict=True)]
    if None in heights:
        below = [_lowest(surface, x, -station * length) for station, x in zip((HEEL, BALL), centre, strict=True)]
        insole = tuple(height + PLAIN_SOLE_M for height in below)
        return Shoe(mesh, length, -_PLAIN_WALL_M, -length + _PLAIN_WALL_M, insole, centre, measured=False)
    heel = max(_wall(surface, centre[0], -0.3 * length, heights[0] + above, ahead=False) for above in _FELT_M)
    toe = min(_wall(surface, centre[1], -BALL * length, heights[1] + above, ahead=True) for above in _FELT_M)
    return Shoe(mesh, length, min(heel, -_PLAIN_WALL_M), max(toe, -length + _PLAIN_WALL_M), tuple(heights), centre, measured=True)


def _crossings(surface: Surface, x: float, y: float) -> tuple[np.ndarray, np.ndarray]:
    """Heights at which a vertical line meets the shoe, upward, and whether the surface there faces up."""
    heights, faces_up, at = [], [], surface.vertices[:, 2].min() - 0.01
    normals = face_normals(surface.vertices, surface.faces)
    for _ in range(_MOST_HITS):
        distance, triangle = surface.first_hits(np.array([[x, y, at]]), np.array([[0.0, 0.0, 1.0]]))
        if triangle[0] < 0:
            break
        at += float(distance[0])
        heights.append(at)
        faces_up.append(normals[triangle[0], 2] > 0)
        at += 1e-5
    return np.array(heights), np.array(faces_up, bool)


def _inner_height(surface: Surface, x: float, y: float) -> float | None:
    """Height of the inner sole: the first surface that faces up and has room above it, not as high as the upper; None without one."""
    heights, up = _crossings(surface, x, y)
    highest = min(_HIGHEST * float(np.ptp(surface.vertices[:, 1])), 0.8 * float(surface.vertices[:, 2].max()))
    for k in np.flatnonzero(up):
        above = heights[k + 1] - heights[k] if k + 1 < len(heights) else np.inf
        if k > 0 and above > _ROOM_M and heights[k] < highest:
            return float(heights[k])
    return None


def _lowest(surface: Surface, x: float, y: float) -> float:
    heights, _ = _crossings(surface, x, y)
    return float(heights[0]) if len(heights) else 0.0


def _wall(surface: Surface, x: float, y: float, z: float, *, ahead: bool) -> float:
    """Where a level line from inside meets the shoe, towards the toes or the heel; infinite where it is open there."""
    distance, triangle = surface.first_hits(np.array([[x, y, z]]), np.array([[0.0, -1.0 if ahead else 1.0, 0.0]]))
    way = -1 if ahead else 1
    return way * np.inf if triangle[0] < 0 else float(y + way * distance[0])
