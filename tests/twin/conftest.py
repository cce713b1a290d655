"""Bodies and fits that several tests of this room share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from studio.frames import world_from_smplx
from studio.mesh.normals import face_areas, face_normals


@dataclass(frozen=True)
class Known:
    """A body with known parameters, and points on its skin with their normals, world frame [m]."""

    parameters: object
    vertices: np.ndarray
    points: np.ndarray
    normals: np.ndarray


@pytest.fixture(scope="session")
def model():
    from studio.body.model import load_body

    return load_body("open")


@pytest.fixture(scope="session")
def skin(model):
    from studio.twin.skin import outer_skin

    return outer_skin(model)


@pytest.fixture(scope="session")
def body(model, skin):
    from studio.twin.kinematics import FitBody

    return FitBody(model, skin, betas=40)


@pytest.fixture(scope="session")
def known_body(model, skin):
    """Make a body in an authored pose: ``known_body("a", seed=1, ...)``."""
    from studio.body.model import BodyParameters, forward
    from studio.body.poses import apply_pose, load_pose

    def make(
        pose: str, *, seed: int, count: int = 20_000, noise_m: float = 0.0, betas: int = 40, spread: float = 0.8, turn_deg: float = 0.0
    ) -> Known:
        rng = np.random.default_rng(seed)
        shape = np.zeros(model.beta_count)
        shape[:betas] = rng.normal(0, spread, betas)
        parameters = apply_pose(model, BodyParameters.zero(model).replace(betas=shape), load_pose(pose))
        rotations = parameters.full_pose.copy()
        rotations[1:22] += rng.normal(0, 0.03, (21, 3))
        rotations[0] = (0.0, np.radians(turn_deg), 0.0)
        parameters = parameters.with_full_pose(rotations)
        vertices = world_from_smplx(forward(model, parameters).vertices.astype(np.float64))
        areas = face_areas(vertices, skin.faces)
        triangle = rng.choice(len(skin.faces), count, p=areas / areas.sum())
        weights = rng.dirichlet((1, 1, 1), count)
        points = np.einsum("nc,ncd->nd", weights, vertices[skin.faces[triangle]]) + rng.normal(0, noise_m or 1e-9, (count, 3))
        return Known(parameters, vertices, points, face_normals(vertices, skin.faces)[triangle])

    return make


@pytest.fixture(scope="module")
def one_body():
    """Exports share one body model in memory."""
    from tests.twin.exported import body_once

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("studio.twin.twin.load_body", lambda kind, *, gender, report: body_once())
        yield
