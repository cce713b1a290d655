"""The light that a scan was taken in, and the skin without it.

Low-frequency light on a body is a few numbers: spherical harmonics of order 2 (Ramamoorthi and Hanrahan, SIGGRAPH 2001). How much of each
arrives at a place is the place's transfer, cosine and shadow of the body itself included (Sloan, Kautz and Snyder, SIGGRAPH 2002); where
the body hides the sky it shines by itself, with harmonics of its own; under a ring of flashes, which casts no shadows, these are the
sky's. The light is found by robust least squares on bare skin, whose own colour may
differ between the parts of the body; what it explains is divided out, and the rest stays: lips, brows, moles, tan.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.mesh.closest import Surface
from studio.twin.texture.canvas import Canvas
from studio.twin.texture.spread import Weave

#: Directions over the sphere that light is counted in. Their error is below 2 % of the light.
_DIRECTIONS = 192
#: Rays start this far above the skin [m]: past the facets of its own neighbourhood.
_LIFT_M = 0.0015
#: Rounds of the robust fit, and the residual in shares of the spread from which on a vertex has no say (Tukey's biweight: 4.685).
_ROUNDS, _TUKEY = 12, 4.685
#: Pull towards light from nowhere in particular, in vertices: of the sky, which holds what a scan does not show, and of the directions of
#: what shines where the sky is hidden, which are needed only for light that casts no shadows. Measured: with 12 for both, a painted body
#: in shadowed light keeps a tenth more of it.
_DAMPING = np.array([12.0] * 10 + [100.0] * 8)
#: The fewest vertices of bare skin that say something about the light.
_FEWEST = 400
#: Share of the skin that gets less light than the skin that the capture was exposed for: a face's lit side, not its mean with the shade.
_EXPOSED = 0.7
#: Light at a place in shares of that, beyond which it is not divided out: a darker place holds noise instead of colour, and may be
#: a crease that lies elsewhere on the twin than on the scan. Measured: without the lower end, toes and finger webs come out pale.
_RANGE = (0.3, 3.0)
#: Creases narrower than this [m] lie a little elsewhere on the twin than on the scan; they keep their shade rather than get a pale line.
_CREASE_M = 0.006


@dataclass(frozen=True, eq=False)
class Light:
    """What lit the scan. shading: Light that arrives at each vertex in shares of what well-lit skin gets, by channel, (V, 3), float32.

    unevenness: Standard deviation of its luminance over the bare skin. found: Whether enough skin was there to tell.
    """

    shading: np.ndarray
    unevenness: float
    found: bool


def transfer(canvas: Canvas, weave: Weave) -> np.ndarray:
    """How much of each harmonic arrives at each vertex from the sky, and then from where the body hides it, shape (V, 18), float64."""
    directions = _sphere(_DIRECTIONS)
    harmonics = _harmonics(directions)
    surface = Surface(canvas.vertices, canvas.triangles[canvas.outer[canvas.triangles].all(axis=1)])
    result = np.zeros((len(canvas.vertices), 18))
    for direction, values in zip(directions, harmonics, strict=True):
        cosine = canvas.normals @ direction
        facing = np.flatnonzero((cosine > 0) & canvas.outer)
        origins = canvas.vertices[facing] + _LIFT_M * canvas.normals[facing]
        free = np.isinf(surface.first_hits(origins, np.tile(direction, (len(facing), 1)))[0])
        arriving = cosine[facing] * 4 / _DIRECTIONS  # a full white sky gives 1
        result[facing, :9] += (arriving * free)[:, None] * values
        result[facing, 9:] += (arriving * ~free)[:, None] * values
    both = weave.smoothed_over(np.column_stack([result, canvas.outer]), _CREASE_M)  # the inside of mouth and lids has no say
    return both[:, :-1] / np.maximum(both[:, -1:], 1e-3)


def find_light(canvas: Canvas, colour: np.ndarray, weight: np.ndarray, *, arrives: np.ndarray) -> Light:
    """Find what lit the skin.

    colour: Of the vertices as the scan shows them, linear, (V, 3). weight: How surely each is bare skin, 0 to 1, (V,).
    arrives: From `transfer`.
    """
    chosen = np.flatnonzero((weight > 0.3) & canvas.outer & (colour.min(axis=1) > 0))
    if len(chosen) < _FEWEST:
        return Light(np.ones_like(colour, dtype=np.float32), 0.0, False)
    area = canvas.areas[chosen]
    say = weight[chosen] * area / np.median(area)
    basis, groups = arrives[chosen], canvas.part[chosen]
    shading = np.empty((len(canvas.vertices), 3))
    for channel in range(3):
        coefficients = _robust(basis, colour[chosen, channel], say, groups)
        shading[:, channel] = arrives @ coefficients
    shading /= np.average(np.maximum(shading[chosen], 0), axis=0, weights=say)
    shading /= _quantile(shading[chosen].mean(axis=1), say, _EXPOSED)
    shading = np.clip(shading, *_RANGE)
    shading[~canvas.outer] = 1.0
    grey = shading[chosen].mean(axis=1)
    spread = float(np.sqrt(np.average((grey - np.average(grey, weights=say)) ** 2, weights=say)))
    return Light(shading.astype(np.float32), spread, True)


def _quantile(values: np.ndarray, say: np.ndarray, share: float) -> float:
    order = np.argsort(values)
    reached = np.searchsorted(np.cumsum(say[order]), share * say.sum())
    return float(values[order[min(reached, len(order) - 1)]])


def _robust(basis: np.ndarray, values: np.ndarray, say: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Light by its harmonics: values = level of the group times basis @ light, in relative error, outliers apart."""
    names, group = np.unique(groups, return_inverse=True)
    level = np.ones(len(names))
    middle = np.median(values)
    light = np.zeros(basis.shape[1])
    light[0] = light[9] = middle
    prior = light.copy()
    trust = np.ones(len(values))
    for _ in range(_ROUNDS):
        predicted = np.maximum(basis @ light, 0.05 * middle)
        ratio = values / (predicted * level[group])
        spread = max(1.4826 * float(np.median(np.abs(ratio - np.median(ratio)))), 0.02)
        trust = np.maximum(1 - ((ratio - 1) / (_TUKEY * spread)) ** 2, 0) ** 2
        # a place counts by what it says of its own brightness: relative error, or the brightest places would decide alone
        rows = basis / predicted[:, None]
        weights = say * trust
        square = (rows * weights[:, None]).T @ rows + np.diag(_DAMPING) / middle**2
        light = np.linalg.solve(square, rows.T @ (weights * values / (predicted * level[group])) + _DAMPING * prior / middle**2)
        ratio = values / np.maximum(basis @ light, 0.05 * middle)
        for index in range(len(names)):
            own = np.flatnonzero((group == index) & (trust > 0))
            if len(own) > 50:
                level[index] = np.median(ratio[own])
        level /= np.average(level, weights=np.bincount(group, weights=weights, minlength=len(names)) + 1e-9)
    return light


def _sphere(count: int) -> np.ndarray:
    """Directions spread evenly over the sphere: a Fibonacci lattice (González, Mathematical Geosciences 2010), shape (count, 3)."""
    z = 1 - (2 * np.arange(count) + 1) / count
    azimuth = np.pi * (3 - np.sqrt(5)) * np.arange(count)
    radius = np.sqrt(1 - z * z)
    return np.stack([radius * np.cos(azimuth), radius * np.sin(azimuth), z], axis=1)


def _harmonics(directions: np.ndarray) -> np.ndarray:
    """Real spherical harmonics up to order 2, scaled so that the first is 1, shape (N, 9)."""
    x, y, z = directions.T
    root3, root15, root5 = np.sqrt(3.0), np.sqrt(15.0), np.sqrt(5.0)
    return np.stack(
        [
            np.ones_like(x), root3 * x, root3 * y, root3 * z, root15 * x * y, root15 * y * z, root5 / 2 * (3 * z * z - 1), root15 * x * z,
            root15 / 2 * (x * x - y * y),
        ],
        axis=1,
    )  # fmt: skip
