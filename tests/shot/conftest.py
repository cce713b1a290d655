from __future__ import annotations

import numpy as np
import pytest

from studio.shot.figure import Figure, figure_of
from studio.shot.head import Head, find_head
from studio.shot.subject import Skin, build_skin


@pytest.fixture(scope="session")
def figure() -> Figure:
    """The average open body, standing relaxed."""
    from studio.body.ground import pose_body
    from studio.body.model import BodyParameters, load_body
    from studio.body.poses import load_pose

    model = load_body()
    return figure_of(model, pose_body(model, BodyParameters.zero(model), load_pose("relaxed")))


@pytest.fixture(scope="session")
def head(figure: Figure) -> Head:
    return find_head(figure)


@pytest.fixture(scope="session")
def skin(figure: Figure, head: Head) -> Skin:
    return build_skin(figure, head)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)
