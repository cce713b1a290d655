"""`twin measure`: the tape on a twin that stands in the A-pose."""

from __future__ import annotations

import numpy as np

from studio.body.measure import measure_body
from studio.body.model import BodyModel, BodyParameters, forward
from studio.body.standing import StandingBody
from studio.body.tape import Measures
from studio.frames import world_from_smplx
from studio.store import Ref
from studio.store.store import Store
from studio.twin.twin import Twin, load_twin


def measure_twin(store: Store, ref: Ref | str) -> Measures:
    """A twin's body measures by ISO 8559-1. Raises StudioError where there is no such twin."""
    return measures_of(load_twin(store, ref))


def measures_of(twin: Twin) -> Measures:
    """Body measures of a twin in memory."""
    return measures_of_shape(twin.model, twin.parameters, twin.offsets)


def measures_of_shape(model: BodyModel, parameters: BodyParameters, offsets: np.ndarray) -> Measures:
    """Body measures of a shape on a body model, offsets [m], (V, 3), included."""
    body = measuring_body(model, parameters, offsets)
    return measure_body(body.vertices, body.joints, body.faces)


def measuring_body(model: BodyModel, parameters: BodyParameters, offsets: np.ndarray) -> StandingBody:
    """A shape on a body model as it stands to be measured: in the measuring stance, world frame; offsets [m], (V, 3), included."""
    from studio.body.ground import measuring_stance

    body = forward(model, measuring_stance(model, parameters, offsets=offsets), offsets=offsets)
    vertices, joints = (world_from_smplx(points.astype(np.float64)) for points in (body.vertices, body.joints))
    return StandingBody(vertices, joints, skin_faces(model))


def skin_faces(model: BodyModel) -> np.ndarray:
    """The faces of a body model that are skin: no eyes, teeth and tongue where it tells them apart, shape (F, 3)."""
    skin = model.surface.is_part("skin") if model.surface is not None else None
    return model.faces if skin is None else model.faces[skin[model.faces].all(axis=1)]
