"""How far a scan is from a twin, in the numbers that people quote."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from studio.mesh.closest import Surface

#: A scan point this near to the twin counts as explained by it [m]: more than noise and tight clothes, less than a ghost limb.
EXPLAINED_M = 0.03


@dataclass(frozen=True)
class Distances:
    """Distances from every point of a scan to the nearest point of a surface [mm], and the share of points that are within 30 mm."""

    mean: float
    median: float
    p95: float
    explained: float

    def facts(self) -> dict[str, float]:
        """As plain data, rounded to a micrometre."""
        return {name: round(value, 3) for name, value in asdict(self).items()}


def scan_distances(points: np.ndarray, vertices: np.ndarray, faces: np.ndarray) -> Distances:
    """Distances from all points (N, 3) to a mesh, both in metres and in one frame."""
    distance = Surface(vertices, faces).closest(points).distances
    mean, median, p95 = distance.mean(), np.median(distance), np.percentile(distance, 95)
    return Distances(float(mean * 1e3), float(median * 1e3), float(p95 * 1e3), float((distance < EXPLAINED_M).mean()))
