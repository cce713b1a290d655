"""Real garments, shoes and hats of others, where they are beside this checkout."""

from __future__ import annotations

import numpy as np
import pytest

from studio.body.ground import pose_body
from studio.body.model import BodyParameters, forward, load_body
from studio.body.poses import load_pose
from studio.frames import world_from_smplx
from studio.garment.finished.asset import FinishedGarment, FinishedSpec, add_finished
from studio.look.figure import skin_faces
from studio.look.gates import surface_samples
from studio.look.obstacle import OuterBody
from studio.look.wearing.bound import bound_vertices
from studio.look.wearing.shoes import put_shoes_on
from studio.mesh.closest import Surface

CLOTHES = (
    "female_casualsuit01/female_casualsuit01", "female_sportsuit01/female_sportsuit01", "male_casualsuit02/male_casualsuit02",
    "male_elegantsuit01/male_elegantsuit01", "fedora01/fedora", "fedora01/fedora_cocked",
)  # fmt: skip


@pytest.fixture(scope="module")
def model():
    return load_body()


@pytest.fixture(scope="module")
def standing(model):
    """The mean body in the relaxed pose."""
    return pose_body(model, BodyParameters.zero(model), load_pose("relaxed"))


@pytest.mark.parametrize("name", CLOTHES, ids=lambda name: name.rpartition("/")[2])
def test_bound_clothes_lie_on_the_posed_body(name, shared_data, store, model, standing):
    made = add_finished(store, shared_data / "garments" / "makehuman" / f"{name}.mhclo", name=name.rpartition("/")[2])
    garment = FinishedGarment(made.asset)
    assert garment.kind == ("hat" if "fedora" in name else "garment")
    x = bound_vertices(model, standing, garment.binding, offsets=np.zeros_like(model.template))
    skin = world_from_smplx(forward(model, standing).vertices.astype(float))
    distance = Surface(skin, skin_faces(model), threads=1).signed_distance(x)
    assert np.quantile(distance, 0.01) > -0.02  # male clothes on a neutral body, before they are lifted
    assert np.quantile(distance, 0.95) < 0.06


@pytest.mark.parametrize("name", ["shoes01", "shoes03", "shoes05"])
def test_bound_shoes_stand_on_the_floor_with_the_feet_inside(name, shared_data, store, model, standing):
    made = add_finished(store, shared_data / "garments" / "makehuman" / name / f"{name}.mhclo", name=name)
    garment, zero = FinishedGarment(made.asset), np.zeros_like(model.template)
    assert garment.kind == "shoe"
    worn = put_shoes_on(model, standing, garment.mesh, binding=garment.binding, offsets=zero, name=name)
    assert worn.mesh.vertices[:, 2].min() == pytest.approx(0.0, abs=1e-4)
    check_inside(worn, model)


def test_the_sneaker_comes_in_its_three_variants_and_feet_go_in(shared_data, store, model, standing):
    file = shared_data / "garments" / "shoe" / "MaterialsVariantsShoe.gltf"
    made = add_finished(store, file, name="sneaker", spec=FinishedSpec(kind="shoe"))
    assert [entry["size"] for entry in made.asset.facts["sizes"]] == ["midnight", "beach", "street"]
    assert len([role for role in made.asset.manifest.files if role.startswith("picture-")]) == 5
    zero = np.zeros_like(model.template)
    worn = put_shoes_on(model, standing, FinishedGarment(made.asset).mesh, binding=None, offsets=zero, name="sneaker")
    assert worn.mesh.vertices[:, 2].min() == pytest.approx(0.0, abs=1e-6)
    check_inside(worn, model)


def check_inside(worn, model) -> None:
    """No part of a shoe is deeper than 1 mm in the skin, but for a point in ten thousand where a foot is pressed hardest."""
    skin = world_from_smplx(forward(model, worn.posed, offsets=worn.offsets).vertices.astype(float))
    samples = surface_samples(worn.mesh.vertices, worn.mesh.faces)
    depth = -OuterBody(skin, skin_faces(model)).signed_distance(samples)
    assert (depth > 0.001).mean() <= 1e-4
    assert depth.max() < 0.003
