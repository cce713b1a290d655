"""Bad meshes: what is mended, that it is told, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from studio.errors import StudioError
from studio.garment.finished import mend as room
from studio.garment.finished.flat import flatten
from studio.garment.finished.mend import mend
from studio.garment.finished.units import unit_of
from studio.mesh.normals import face_areas, face_normals
from tests.garment.finished.shapes import as_mesh, tube
from tests.garment.refusals import one_sentence

VERTICES, FACES, FLAT = tube()


def mended(vertices=VERTICES, faces=FACES, uv=None):
    return mend(vertices, faces, np.zeros(len(faces), np.int32), uv, name="coat.obj")


def same_triangles(mesh, vertices=VERTICES, faces=FACES) -> bool:
    """Whether a mesh has the same triangles, with the same outside, in any order."""

    def keys(points, triangles):
        turned = np.stack([np.roll(row, -row.argmin()) for row in triangles])
        return sorted(map(tuple, np.round(points[turned].reshape(len(turned), 9), 9).tolist()))

    return keys(mesh.vertices, mesh.faces) == keys(vertices, faces)


def outward(mesh) -> np.ndarray:
    middles = mesh.vertices[mesh.faces].mean(axis=1)
    return np.einsum("fd,fd->f", face_normals(mesh.vertices, mesh.faces)[:, :2], middles[:, :2]) > 0


def test_a_good_mesh_stays_as_it_is():
    mesh, remarks = mended(uv=FLAT)
    assert remarks == ()
    np.testing.assert_array_equal(mesh.faces, FACES)
    np.testing.assert_array_equal(mesh.corner_uv, FLAT)
    np.testing.assert_array_equal(mesh.source, np.arange(len(VERTICES)))


def test_split_vertices_are_joined_and_remember_where_they_came_from():
    soup = VERTICES[FACES].reshape(-1, 3)
    mesh, remarks = mended(soup, np.arange(len(soup)).reshape(-1, 3))
    assert len(mesh.vertices) == len(VERTICES)
    np.testing.assert_allclose(soup[mesh.source], mesh.vertices)
    assert remarks == (f"{len(soup) - len(VERTICES):,} vertices at the same place as another were joined.",)


def test_a_few_numbers_that_are_not_finite_are_left_out_and_many_are_refused():
    broken = VERTICES.copy()
    broken[100] = np.nan
    mesh, remarks = mended(broken)
    assert np.isfinite(mesh.vertices).all()
    assert len(mesh.faces) == (FACES != 100).all(axis=1).sum()
    assert remarks == (f"{(FACES == 100).any(axis=1).sum()} triangles with numbers that are not finite were left out.",)
    broken[50:90] = np.inf
    with pytest.raises(StudioError, match="41 of 216 vertices that are not finite") as info:
        mended(broken)
    one_sentence(info)


def test_flipped_triangles_are_turned_like_their_neighbours():
    flipped = FACES.copy()
    chosen = np.random.default_rng(1).permutation(len(FACES))[:60]
    flipped[chosen] = flipped[chosen][:, ::-1]
    uv = FLAT.copy()
    uv[chosen] = uv[chosen][:, ::-1]
    mesh, remarks = mended(faces=flipped, uv=uv)
    assert outward(mesh).all()
    assert same_triangles(mesh)
    assert "60 triangles faced the other way" in remarks[0]
    places = {tuple(np.round(uv, 9)): vertex for uv, vertex in zip(FLAT.reshape(-1, 2), FACES.ravel(), strict=True)}
    assert [places[tuple(np.round(uv, 9))] for uv in mesh.corner_uv.reshape(-1, 2)] == mesh.faces.ravel().tolist()  # uv went along


def test_a_part_that_is_inside_out_is_turned_as_a_whole():
    vertices = np.concatenate([VERTICES, VERTICES + np.array([1.0, 0, 0])])
    mesh, remarks = mended(vertices, np.concatenate([FACES, FACES[:, ::-1] + len(VERTICES)]))
    assert remarks == ("1 of 2 parts were inside out and were turned.",)
    assert same_triangles(mesh, vertices, np.concatenate([FACES, FACES + len(VERTICES)]))


def test_sheets_that_meet_three_at_an_edge_are_cut_apart():
    fin = np.array([[FACES[0][0], FACES[0][2], len(VERTICES)]])
    mesh, remarks = mended(np.concatenate([VERTICES, [[1.0, 0, 0]]]), np.concatenate([FACES, fin]))
    sides = np.sort(mesh.faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    assert np.unique(sides, axis=0, return_counts=True)[1].max() == 2
    assert len(mesh.faces) == len(FACES) + 1
    assert remarks == ("1 edges where three sheets or more meet were cut apart.",)


def test_triangles_without_area_and_copies_are_left_out():
    extra = np.array([[0, 0, 1], [*FACES[3][1:], FACES[3][0]]])
    mesh, remarks = mended(faces=np.concatenate([FACES, extra]))
    assert same_triangles(mesh)
    assert remarks == ("1 triangles without an area were left out.", "1 copies of triangles were left out.")


def test_what_is_no_surface_and_what_is_too_large_is_refused(monkeypatch):
    book = np.array([[0, 1, k] for k in range(2, 40)])
    with pytest.raises(StudioError, match="it is no surface") as info:
        mended(np.random.default_rng(0).normal(size=(40, 3)), book)
    one_sentence(info)
    monkeypatch.setattr(room, "MAX_TRIANGLES", 100)
    with pytest.raises(StudioError, match="thin it out"):
        mended()


# --- the flat pattern -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("per_metre", "cm_per_uv"), [(1.0, 100.0), (100.0, 1.0), (1000.0, 0.1), (0.8, 125.0)])
def test_texture_coordinates_at_one_scale_are_the_pattern(per_metre, cm_per_uv):
    flat = flatten(as_mesh(VERTICES, FACES, per_metre * FLAT))
    assert flat.cm_per_uv == pytest.approx(cm_per_uv, rel=0.01)  # a chord of the tube is 0.3 % shorter than its arc
    np.testing.assert_allclose(flat.uv_cm, 100 * FLAT, rtol=0.01, atol=1e-6)
    assert "as a pattern does" in flat.remark


def test_painted_layouts_are_no_pattern_and_keep_the_mean_size_of_each_piece():
    squeezed = FLAT * [1.0, 0.4]
    squeezed[FLAT[:, :, 1].mean(axis=1) > 0.25] *= 3.0
    flat = flatten(as_mesh(VERTICES, FACES, squeezed))
    assert flat.cm_per_uv is None
    assert "are no pattern" in flat.remark
    a, b = flat.uv_cm[:, 1] - flat.uv_cm[:, 0], flat.uv_cm[:, 2] - flat.uv_cm[:, 0]
    area = 0.5 * np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])
    for piece in np.unique(flat.panel):
        own = flat.panel == piece
        assert area[own].sum() == pytest.approx(1e4 * face_areas(VERTICES, FACES)[own].sum(), rel=1e-6)


def test_islands_are_pieces_though_their_vertices_are_joined():
    apart = FLAT.copy()
    apart[FLAT[:, :, 1].mean(axis=1) > 0.25] += [5.0, 0.0]
    assert set(flatten(as_mesh(VERTICES, FACES, apart)).panel) == {0, 1}


def test_without_texture_coordinates_cloth_is_laid_on_at_true_size():
    flat = flatten(as_mesh(VERTICES, FACES))
    assert "no texture coordinates" in flat.remark
    front = np.abs(face_normals(VERTICES, FACES)[:, 1]) > 0.99
    lengths = np.linalg.norm(np.diff(flat.uv_cm[front], axis=1), axis=2)
    true = 100 * np.linalg.norm(np.diff(VERTICES[FACES[front]], axis=1), axis=2)
    np.testing.assert_allclose(lengths, true, rtol=0.01)


# --- units ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("unit", "per_metre"), [("m", 1.0), ("cm", 100.0), ("mm", 1000.0), ("dm", 10.0)])
def test_the_unit_is_the_one_in_which_it_has_the_size_of_a_garment(unit, per_metre):
    found, remarks = unit_of(1.3 * VERTICES / 0.5 * per_metre, kind="garment", said=None, prescribed=None, name="coat.obj")
    assert found == unit
    assert len(remarks) == 1


def test_a_format_that_prescribes_metres_is_believed_where_that_can_be():
    assert unit_of(VERTICES, kind="garment", said=None, prescribed=1.0, name="a.glb") == ("m", ())
    found, remarks = unit_of(140 * VERTICES, kind="garment", said=None, prescribed=1.0, name="a.glb")
    assert found == "cm"
    assert "Its format counts in m, in which it would be 70 m long" in remarks[0]


def test_sizes_that_nothing_can_have_are_refused():
    with pytest.raises(StudioError, match="no unit makes that a shoe") as info:
        unit_of(1e-6 * VERTICES, kind="shoe", said=None, prescribed=None, name="shoe.obj")
    one_sentence(info)
    with pytest.raises(StudioError, match=r"is 0\.5 mm long, and a garment is") as info:
        unit_of(VERTICES, kind="garment", said="mm", prescribed=None, name="coat.obj")
    one_sentence(info)
