"""Orthographic views of a standing subject: to scale, so that two pictures with the same view can be laid on each other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

#: The four sides, by where the viewer stands [deg]: 0 in front of the subject (-y), 90 at its left side (+x), 180 behind it.
SIDES = {"front": 0.0, "left": 90.0, "back": 180.0, "right": 270.0}


@dataclass(frozen=True, eq=False)
class View:
    """Where the viewer stands, level and far away, and what the picture shows. World frame: z up, the subject faces -y.

    azimuth_deg: Where the viewer stands around the subject, as for the cameras of a scene: 0 in front, 90 at the subject's left.
    centre: The point in the middle of the picture [m], shape (3,). pixel_m: Side of a pixel on the subject [m]. size_px: Width, height.
    """

    azimuth_deg: float
    centre: np.ndarray
    pixel_m: float
    size_px: tuple[int, int]

    @property
    def axes(self) -> np.ndarray:
        """Unit vectors to the right of the picture, up, and towards the viewer, as rows, shape (3, 3)."""
        return view_axes(self.azimuth_deg)

    def project(self, points: np.ndarray) -> np.ndarray:
        """Pixels from the left, pixels from the top, and metres towards the viewer from the centre; points (N, 3), result (N, 3)."""
        seen = (points - self.centre) @ self.axes.T
        width, height = self.size_px
        return np.stack([width / 2 + seen[:, 0] / self.pixel_m, height / 2 - seen[:, 1] / self.pixel_m, seen[:, 2]], axis=1)

    def finer(self, times: int) -> View:
        """The same picture with ``times`` as many pixels on each side."""
        width, height = self.size_px
        return View(self.azimuth_deg, self.centre, self.pixel_m / times, (width * times, height * times))


def view_axes(azimuth_deg: float) -> np.ndarray:
    """Axes of a level view from that side: right, up and towards the viewer as rows, shape (3, 3)."""
    turn = math.radians(azimuth_deg)
    return np.array([[math.cos(turn), math.sin(turn), 0.0], [0.0, 0.0, 1.0], [math.sin(turn), -math.cos(turn), 0.0]])


def frame(
    subjects: Sequence[np.ndarray], *, height_px: int, azimuths_deg: Sequence[float] = tuple(SIDES.values()), margin: float = 0.025
) -> tuple[View, ...]:
    """One view for each side, all of one height and scale, each as wide as it needs to be to show every subject whole.

    subjects: Points of what is to be seen [m], each (N, 3); what shares a frame registers. height_px: Of every picture.
    margin: Empty border, in shares of the height.

    Raises ValueError where there is nothing to see.
    """
    if not sum(len(points) for points in subjects):
        raise ValueError("a view needs at least one point to look at")
    low = np.min([points.min(axis=0) for points in subjects if len(points)], axis=0)
    high = np.max([points.max(axis=0) for points in subjects if len(points)], axis=0)
    extent = max(float(high[2] - low[2]), 1e-6)
    pixel_m = extent / (height_px * (1 - 2 * margin))
    border = margin * height_px * pixel_m
    views = []
    for azimuth_deg in azimuths_deg:
        across = view_axes(azimuth_deg)[0]
        spans = [points @ across for points in subjects if len(points)]
        left, right = min(span.min() for span in spans), max(span.max() for span in spans)
        middle = (low + high) / 2
        centre = middle + ((left + right) / 2 - middle @ across) * across
        width = max(2, 2 * math.ceil((right - left + 2 * border) / pixel_m / 2))
        views.append(View(float(azimuth_deg), centre, pixel_m, (width, height_px)))
    return tuple(views)
