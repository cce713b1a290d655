"""A body that stands in the measuring pose, cut by planes: the trunk without the arms, and girths by tape."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from studio.body.joints import INDEX
from studio.errors import StudioError
from studio.mesh.section import Loop, section, tape_length

UP = np.array([0.0, 0.0, 1.0])
LEFT = np.array([1.0, 0.0, 0.0])

#: Distance of the points of a contour [m]. Chosen: finer than any landmark is found.
_SPACING = 0.003

#: Levels whose middle makes the mid plane. Chosen: their mean is steady to a fraction of the skin's own noise.
_MIDDLE_LEVELS = 9


@dataclass(frozen=True, eq=False)
class StandingBody:
    """A body in the measuring pose, ready to be cut.

    vertices: World frame [m], shape (V, 3). joints: shape (55, 3). faces: shape (F, 3), outward.
    """

    vertices: np.ndarray
    joints: np.ndarray
    faces: np.ndarray

    def joint(self, name: str) -> np.ndarray:
        """Position of a joint [m], shape (3,)."""
        return self.joints[INDEX[name]]

    @cached_property
    def floor(self) -> float:
        """Height of the lowest point [m]."""
        return float(self.vertices[np.unique(self.faces), 2].min())

    @cached_property
    def stature(self) -> float:
        """From the floor to the crown [m]."""
        return float(self.vertices[np.unique(self.faces), 2].max()) - self.floor

    def cut(self, origin: np.ndarray, normal: np.ndarray, *, faces: np.ndarray | None = None) -> tuple[Loop, ...]:
        """The section of the body, or of some of its faces, by a plane."""
        faces = self.faces if faces is None else faces
        return section(self.vertices, faces, origin=np.asarray(origin), normal=np.asarray(normal))

    def faces_near(self, start: np.ndarray, end: np.ndarray, reach: float) -> np.ndarray:
        """The faces whose corners all lie within ``reach`` of the line between two places [m], shape (F, 3): what cuts of a limb need."""
        along, (x, y, z) = end - start, (self.vertices - start).T
        share = np.clip((x * along[0] + y * along[1] + z * along[2]) / max(float(along @ along), 1e-12), 0.0, 1.0)
        away = (x - share * along[0]) ** 2 + (y - share * along[1]) ** 2 + (z - share * along[2]) ** 2
        near = (away < reach**2)[self.faces]
        return self.faces[near[:, 0] & near[:, 1] & near[:, 2]]

    def level_cut(self, height: float) -> tuple[Loop, ...]:
        """The section by a horizontal plane."""
        low, high = self._extents
        near = self.faces[(low < height) & (high >= height)]
        return section(self.vertices, near, origin=np.array([0.0, 0.0, height]), normal=UP)

    @cached_property
    def _extents(self) -> tuple[np.ndarray, np.ndarray]:
        """Lowest and highest z of every triangle: most of the cuts are level, and few triangles reach each."""
        heights = self.vertices[:, 2][self.faces]
        return heights.min(axis=1), heights.max(axis=1)

    def trunk(self, height: float) -> np.ndarray | None:
        """Points of the trunk's (or both legs') contour at a height, without the arms, shape (N, 3); None where there is none.

        Where an arm has merged with the trunk, above the armpit, the arm is left out beyond the shoulder joints.
        """
        kept = []
        for loop, holds_arm in self._trunk_loops(height):
            points = dense(loop.points)
            kept.append(points[np.abs(points[:, 0] - self._spine_middle) < self.shoulder_half] if holds_arm else points)
        return np.concatenate(kept) if kept else None

    def trunk_loops(self, height: float) -> tuple[Loop, ...]:
        """The contours of the trunk (or of both legs) at a height, whole, without those of the arms."""
        return tuple(loop for loop, _ in self._trunk_loops(height))

    def _trunk_loops(self, height: float) -> list[tuple[Loop, bool]]:
        """The trunk's contours at a height, and whether an arm has merged with each."""
        arms = self.arm_positions(height)
        kept = []
        for loop in self.level_cut(height):
            holds = any(contains(loop.points, arm) for arm in arms)
            spans_middle = loop.points[:, 0].min() < self._spine_middle < loop.points[:, 0].max()
            if holds and not spans_middle:
                continue
            if not holds and abs(loop.centre[0] - self._spine_middle) > self.shoulder_half:
                continue  # a hand, or a forearm beside its bone
            kept.append((loop, holds))
        return kept

    @property
    def _spine_middle(self) -> float:
        """x of the mid plane by the pelvis: good enough to tell an arm from the trunk."""
        return float(self.joint("pelvis")[0])

    @cached_property
    def middle(self) -> float:
        """x of the mid plane: the middle of the trunk's skin between hips and ribs. Joints are known to some millimetres only."""
        low, high = float(self.joint("pelvis")[2]), float(self.joint("spine2")[2])
        centres = [
            (points[:, 0].min() + points[:, 0].max()) / 2
            for points in (self.trunk(height) for height in np.linspace(low, high, _MIDDLE_LEVELS))
            if points is not None
        ]
        return float(np.mean(centres)) if centres else self._spine_middle

    @property
    def shoulder_half(self) -> float:
        """Half the distance of the shoulder joints."""
        return float(self.joint("left_shoulder")[0] - self.joint("right_shoulder")[0]) / 2

    def arm_positions(self, height: float) -> list[np.ndarray]:
        """Where the bones of the arms pass a height, shape (2,) each."""
        places = []
        for side in ("left", "right"):
            chain = [self.joint(f"{side}_{name}") for name in ("shoulder", "elbow", "wrist")]
            chain.append(self.joint(f"{side}_middle1"))
            for a, b in itertools.pairwise(chain):
                if min(a[2], b[2]) <= height <= max(a[2], b[2]) and a[2] != b[2]:
                    t = (height - a[2]) / (b[2] - a[2])
                    places.append((a + t * (b - a))[:2])
        return places

    def girth(self, height: float) -> float:
        """Horizontal girth of the trunk at a height by tape [m]. Raises StudioError where there is no trunk."""
        loops = self._trunk_loops(height)
        if not loops:
            raise no_trunk(height)
        if any(holds_arm for _, holds_arm in loops):
            return tape_length(self.trunk(height), UP)
        return tape_length(np.concatenate([loop.points for loop, _ in loops]), UP)


def no_trunk(height: float) -> StudioError:
    """The refusal of a body that has no skin round its middle at a height [m]."""
    return StudioError(f"There is no trunk {height * 100:.0f} cm above the floor; is the body upright, in metres and in the A-pose?")


def dense(contour: np.ndarray) -> np.ndarray:
    """A closed contour with points at most `_SPACING` apart: what is read off it must not depend on where its corners lie."""
    following = np.roll(contour, -1, axis=0)
    counts = np.maximum(np.ceil(np.linalg.norm(following - contour, axis=1) / _SPACING).astype(int), 1)
    first = np.repeat(np.arange(len(contour)), counts)
    share = (np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)) / np.repeat(counts, counts)
    return contour[first] + share[:, None] * (following[first] - contour[first])


def contains(contour: np.ndarray, place: np.ndarray) -> bool:
    """Whether a horizontal contour of shape (N, 3) goes round a place of shape (2,), by the even-odd rule."""
    x, y = contour[:, 0], contour[:, 1]
    x2, y2 = np.roll(x, -1), np.roll(y, -1)
    spans = (y > place[1]) != (y2 > place[1])
    with np.errstate(divide="ignore", invalid="ignore"):
        crossing = x + (place[1] - y) / (y2 - y) * (x2 - x)
    return bool((spans & (place[0] < crossing)).sum() % 2)
