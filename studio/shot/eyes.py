"""Eyes as geometry: a sclera with a cornea bulge, a recessed iris, the line where lids and eyeball meet, tears, caruncle.

The eyeball of the body mesh is larger than a real one (16 mm against 12 mm) because its lids were modelled on it. The lids stay, so
its radius stays; iris and pupil have real sizes (horizontal visible iris diameter 11.7 mm, Rüfer et al. 2005).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from studio.mesh.closest import Surface
from studio.shot.head import Head
from studio.specs.scene import Gaze

IRIS_RADIUS_M = 0.0058
#: Height of the cornea over the sphere of the sclera at its pole [m] (chosen: reads as wet at portrait size).
CORNEA_BULGE_M = 0.0011
#: Beyond this angle to where the head points the eyes do not follow a camera (comfortable gaze, chosen).
GAZE_LIMIT_DEG = 28.0

#: Where the lids of the open body meet when nothing is seen between them: the line of a closed eye, as `LidLine` has it.
_SHUT = ((-0.011, -0.0040, -0.0038), (0.0, -0.0048, -0.0046), (0.011, -0.0040, -0.0038))
#: Which way a glance goes, in head axes, and how far away its point is [m]: 22 degrees aside, 14 up, 16 down (chosen: seen, not strained).
_GLANCES = {"left": (0.404, -1.0, 0.0), "right": (-0.404, -1.0, 0.0), "up": (0.0, -1.0, 0.249), "down": (0.0, -1.0, -0.287)}
_GLANCE_M = 3.0
#: Nothing nearer than this is looked at [m], and no farther aside than the second number [deg]: both eyes then are within their limit.
_NEAREST_M, _FARTHEST_DEG = 0.35, GAZE_LIMIT_DEG - 6.0


@dataclass(frozen=True)
class EyePart:
    """A surface of revolution around the gaze (+z of the eye's own axes, origin at its centre).

    vertices: (V, 3) [m]. quads: (Q, 4). radius_share: Distance from the axis in iris radii, rising past the equator, (V,).
    polar: (cos, sin, radius_share) of each vertex, which drives the fibres of the iris, (V, 3).
    """

    vertices: np.ndarray
    quads: np.ndarray
    radius_share: np.ndarray
    polar: np.ndarray


@dataclass(frozen=True)
class LidLine:
    """The visible opening of one eye in the head's axes around the eye's centre: x to the subject's left, heights of both lids [m].

    table: Rows (x, lower, upper), x rising, shape (N, 3).
    """

    table: np.ndarray

    def lower(self, x: np.ndarray) -> np.ndarray:
        """Height of the lower lid [m] at x."""
        return np.interp(x, self.table[:, 0], self.table[:, 1])

    def upper(self, x: np.ndarray) -> np.ndarray:
        """Height of the upper lid [m] at x."""
        return np.interp(x, self.table[:, 0], self.table[:, 2])


def eyeball(radius: float) -> tuple[EyePart, EyePart]:
    """The outer shell and the iris of an eye of that radius [m]."""
    share = IRIS_RADIUS_M / radius
    theta = np.r_[np.linspace(0, 0.62, 70), np.linspace(0.62, 2.0, 50)[1:]]
    dome = np.clip(1 - (np.sin(theta) / (share * 1.12)) ** 2, 0, 1) ** 1.1 * (theta < 1.5)
    shell_radius = radius - 0.0002 + CORNEA_BULGE_M * dome
    shell = _revolve(shell_radius, theta, np.sin(np.minimum(theta, np.pi / 2)) / share + np.maximum(theta - np.pi / 2, 0))
    ring = np.linspace(0.0, 1.06, 60)
    height = radius * math.cos(math.asin(share)) - 0.0006 - 0.0007 * (1 - ring**2)
    across = ring * IRIS_RADIUS_M
    return shell, _revolve(np.hypot(across, height), np.arctan2(across, height), ring)


def _revolve(radius: np.ndarray, theta: np.ndarray, share: np.ndarray, segments: int = 96) -> EyePart:
    phi = np.linspace(0, 2 * np.pi, segments, endpoint=False)
    across, along = np.sin(theta) * radius, np.cos(theta) * radius
    vertices = np.stack([np.outer(across, np.cos(phi)), np.outer(across, np.sin(phi)), np.outer(along, np.ones(segments))], axis=-1)
    i, j = np.meshgrid(np.arange(len(theta) - 1), np.arange(segments), indexing="ij")
    k = (j + 1) % segments
    quads = np.stack([i * segments + j, (i + 1) * segments + j, (i + 1) * segments + k, i * segments + k], axis=-1).reshape(-1, 4)
    shares = np.repeat(share, segments)
    polar = np.c_[np.tile(np.cos(phi), len(theta)), np.tile(np.sin(phi), len(theta)), shares]
    return EyePart(vertices.reshape(-1, 3), quads, shares, polar)


def gaze_rotation(head: Head, eye: int, target: np.ndarray | None) -> np.ndarray:
    """world_from_eye of one eye, (3, 3): towards a world point within reach, else straight ahead with a touch of vergence."""
    ahead = head.direction([0.0, -1.0, 0.0])
    gaze = ahead
    if target is not None:
        wanted = target - head.eye_centres[eye]
        wanted = wanted / np.linalg.norm(wanted)
        if math.degrees(math.acos(float(np.clip(wanted @ ahead, -1, 1)))) <= GAZE_LIMIT_DEG:
            gaze = wanted
    side = np.cross([0.0, 0.0, 1.0], gaze)
    side /= np.linalg.norm(side)
    return np.stack([side, np.cross(gaze, side), gaze], axis=1)


def gaze_target(gaze: Gaze, head: Head, camera: np.ndarray | None) -> np.ndarray | None:
    """The point of the world [m], (3,), that a gaze is at; None for straight ahead.

    camera: Where the camera is. What is asked for by a word or a point is looked at as far as eyes turn; a camera out of reach is not.
    """
    if gaze == "forward" or (gaze == "camera" and camera is None):
        return None
    if gaze == "camera":
        return camera
    middle = head.eye_centres.mean(axis=0)
    if isinstance(gaze, str):
        wanted = head.direction(_GLANCES[gaze])
        return middle + _GLANCE_M * wanted / np.linalg.norm(wanted)
    wanted, ahead = np.asarray(gaze, dtype=float) - middle, head.direction([0.0, -1.0, 0.0])
    distance = max(float(np.linalg.norm(wanted)), _NEAREST_M)
    wanted = wanted / max(float(np.linalg.norm(wanted)), 1e-9)
    angle = math.acos(float(np.clip(wanted @ ahead, -1, 1)))
    aside = wanted - (wanted @ ahead) * ahead
    if float(np.linalg.norm(aside)) < 1e-6:  # straight ahead, or straight behind
        return middle + distance * ahead
    turned = min(angle, math.radians(_FARTHEST_DEG))
    return middle + distance * (math.cos(turned) * ahead + math.sin(turned) * aside / np.linalg.norm(aside))


def lid_line(head: Head, eye: int, surface: Surface) -> LidLine:
    """Find the opening between the lids by looking from the front: where the eyeball is nearer than the skin."""
    right, up, forward = (head.direction(axis) for axis in ([1.0, 0, 0], [0, 0, 1.0], [0, -1.0, 0]))
    centre, radius = head.eye_centres[eye], head.eye_radius
    x, z = np.arange(-0.022, 0.0221, 0.00025), np.arange(-0.014, 0.0141, 0.0002)
    xx, zz = np.meshgrid(x, z, indexing="ij")
    start = centre + right * xx.reshape(-1, 1) + up * zz.reshape(-1, 1) + forward * 0.06
    reach, _ = surface.first_hits(start, np.broadcast_to(-forward, start.shape))
    inside = xx**2 + zz**2 < radius**2
    ball = np.where(inside, 0.06 - np.sqrt(np.maximum(radius**2 - xx**2 - zz**2, 0)), np.inf)
    seen = ball < reach.reshape(xx.shape)
    rows = [(x[i], z[np.flatnonzero(seen[i])[0]], z[np.flatnonzero(seen[i])[-1]]) for i in range(len(x)) if seen[i].any()]
    table = np.array(rows) if len(rows) > 12 else np.array(_SHUT)
    if len(table) > 12:
        kernel = np.ones(5) / 5  # the rays' spacing shows as steps otherwise
        for column in (1, 2):
            table[2:-2, column] = np.convolve(table[:, column], kernel, "same")[2:-2]
    return LidLine(table)


def on_eyeball(head: Head, eye: int, x: np.ndarray, z: np.ndarray, lift: float = 0.0) -> np.ndarray:
    """World points on the front of an eyeball at head-axis offsets x, z from its centre [m], shape (N, 3)."""
    right, up, forward = (head.direction(axis) for axis in ([1.0, 0, 0], [0, 0, 1.0], [0, -1.0, 0]))
    depth = np.sqrt(np.maximum((head.eye_radius + lift) ** 2 - x**2 - z**2, 0))
    return head.eye_centres[eye] + right * x[:, None] + up * z[:, None] + forward * depth[:, None]


def tear_line(head: Head, eye: int, lids: LidLine) -> np.ndarray:
    """The meniscus of tears along the lower lid: a polyline in world coordinates, shape (N, 3)."""
    rows = lids.table[3:-3]
    return on_eyeball(head, eye, rows[:, 0], rows[:, 1] + 0.00012, 0.0001)


def caruncle(head: Head, eye: int, lids: LidLine) -> np.ndarray:
    """Where the pink corner of the eye sits, world, shape (3,)."""
    side = 1.0 if eye == 0 else -1.0
    inner = lids.table[0] if eye == 0 else lids.table[-1]
    x, z = inner[0] + side * 0.0012, (inner[1] + inner[2]) / 2 - 0.0002
    return on_eyeball(head, eye, np.array([x]), np.array([z]), -0.0009)[0]


def lid_margins(head: Head, vertices: np.ndarray, lids: tuple[LidLine, LidLine]) -> tuple[np.ndarray, np.ndarray]:
    """How much each vertex belongs to the upper and to the lower margin of a lid, two fields of shape (V,)."""
    right, up, forward = (head.direction(axis) for axis in ([1.0, 0, 0], [0, 0, 1.0], [0, -1.0, 0]))
    upper, lower = np.zeros(len(vertices)), np.zeros(len(vertices))
    for eye, line in enumerate(lids):
        offset = vertices - head.eye_centres[eye]
        x, z, depth = offset @ right, offset @ up, offset @ forward
        near = (np.abs(x) < 0.03) & (np.abs(z) < 0.03) & (depth > 0)
        inside = np.clip(x, line.table[0, 0], line.table[-1, 0])
        beyond = np.abs(x - inside)
        above, below = z - line.upper(inside), line.lower(inside) - z
        distance = np.maximum(above, 0) + np.maximum(-above - 0.002, 0)
        upper = np.maximum(upper, near * np.exp(-(np.hypot(distance, beyond) ** 2) / 0.0009**2))
        distance = np.maximum(below, 0) + np.maximum(-below - 0.002, 0)
        lower = np.maximum(lower, near * np.exp(-(np.hypot(distance, beyond) ** 2) / 0.0011**2))
    return upper, lower
