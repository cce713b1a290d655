"""Everything that can be asked of a body in numbers: the measures of ISO 8559-1, its mass, and the waist where ANSUR II has it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.body.measure import measure_body
from studio.body.model import BodyModel, BodyParameters
from studio.body.open_shape import BODY_DENSITY
from studio.body.standing import StandingBody
from studio.twin.measure import measuring_body

#: The mass [kg], and the waist at the navel (ANSUR II: waist circumference, omphalion): its girth and its height over the floor [m].
MASS, NAVEL_GIRTH, NAVEL_HEIGHT = "mass", "navel_girth", "navel_height"
#: Vertices of hm08 above and below the navel's middle: those that its target "stomach-navel-in" moves most, in the mid plane.
_NAVEL_HM08 = (4116, 4120)


@dataclass(frozen=True, eq=False)
class Reading:
    """A body's numbers. names: What was read. values: [m], the mass in kg, shape (M,), float64."""

    names: tuple[str, ...]
    values: np.ndarray

    def __getitem__(self, name: str) -> float:
        return float(self.values[self.names.index(name)])

    def of(self, names: tuple[str, ...]) -> np.ndarray:
        """The values of some names, in that order."""
        return np.array([self[name] for name in names])


def read_body(model: BodyModel, betas: np.ndarray, offsets: np.ndarray | None = None) -> Reading:
    """Take every number of a shape of the open body; offsets [m], shape (V, 3), are added to its rest body.

    Raises StudioError where the tape cannot be laid: the shape is no body any more.
    """
    offsets = np.zeros_like(model.template) if offsets is None else offsets
    body = measuring_body(model, BodyParameters.zero(model).replace(betas=betas), offsets)
    level = _navel_level(model, body.vertices)
    extra = {MASS: BODY_DENSITY * _volume(body), NAVEL_GIRTH: body.girth(level), NAVEL_HEIGHT: level - body.floor}
    values = {item.name: item.value_m for item in measure_body(body.vertices, body.joints, body.faces)} | extra
    return Reading(tuple(values), np.array(list(values.values())))


def _navel_level(model: BodyModel, vertices: np.ndarray) -> float:
    return float(vertices[np.isin(model.surface.hm08, _NAVEL_HM08), 2].mean())


def _volume(body: StandingBody) -> float:
    """Volume inside the skin [m3], by the flux through it (divergence theorem); its small openings lie near the origin of the flux."""
    triangles = (body.vertices - body.joint("head"))[body.faces]
    return float(np.einsum("fi,fi->f", triangles[:, 0], np.cross(triangles[:, 1], triangles[:, 2])).sum() / 6)
