"""The open body, loaded once: tests use the ordinary cache, so it is built at most once per machine and state of the code."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.fixture(scope="session")
def open_body():
    """The open body model."""
    from studio.body.model import load_body

    return load_body("open")


@pytest.fixture(scope="session")
def anyone(open_body):
    """Parameters of a body with every kind of parameter away from zero."""
    from studio.body.model import BodyParameters

    rng = np.random.default_rng(1)
    parameters = BodyParameters.zero(open_body).with_full_pose(rng.normal(0, 0.4, (55, 3)))
    expression = rng.uniform(0, 0.5, open_body.expression_count)
    return parameters.replace(betas=rng.normal(0, 0.7, open_body.beta_count), expression=expression, transl=np.array([0.3, -0.2, 0.1]))


@pytest.fixture(scope="session")
def smplx_output():
    """Vertices and joints by the smplx package, as a function of a model file and parameters; skipped where it is not installed."""
    smplx, torch = pytest.importorskip("smplx"), pytest.importorskip("torch")

    def run(path, parameters):
        options = {"use_pca": False, "flat_hand_mean": True, "num_betas": 300, "num_expression_coeffs": 100}
        model = smplx.create(str(path), model_type="smplx", ext="npz", **options)
        expression = np.zeros(100, dtype=np.float32)
        expression[: len(parameters.expression)] = parameters.expression
        names = {"left_eye_pose": "leye_pose", "right_eye_pose": "reye_pose"}
        arrays = parameters.replace(expression=expression).arrays()
        given = {names.get(name, name): torch.tensor(array).reshape(1, -1) for name, array in arrays.items()}
        with torch.no_grad():
            output = model(**given)
        return output.vertices[0].numpy(), output.joints[0, :55].numpy()

    return run
