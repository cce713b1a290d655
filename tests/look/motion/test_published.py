"""`repose` and `animate` from the store: a wide belt on the mean body, taken up where a published look left it."""

from __future__ import annotations

import json
import re
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from studio.body.ground import pose_body
from studio.body.model import BodyParameters, forward, load_body
from studio.body.poses import load_pose
from studio.errors import StudioError
from studio.frames import world_from_smplx
from studio.garment.catalog import Wear, load_fabric
from studio.garment.curves import Line
from studio.garment.meshing import mesh_pattern
from studio.garment.pattern import Edge, Panel, Pattern, Placement, Seam
from studio.look.cloth import Cloth, weld_cloth
from studio.look.dress import Drape, Piece, Worn
from studio.look.figure import skin_faces
from studio.look.finish import finish
from studio.look.gates import Allowed, Gates
from studio.look.motion.stage import animate
from studio.look.obstacle import OuterBody
from studio.look.repose import repose
from studio.look.sew import Sewn
from studio.look.solver import Settled, Stress
from studio.look.stage import RIB, write_look
from studio.look.wearing.outfit import Stance
from studio.store import Outcome, Recipe, create_workspace, open_store
from tests.cli.test_commands import studio

FABRIC, HEIGHT_CM = "cotton-poplin", 9.0
WEAR = Wear("belt", None, None, FABRIC, None)


def belt(half_girth_cm: float) -> Pattern:
    """Two strips that are sewn to a ring and worn as a waistband is."""
    w, h = half_girth_cm / 2, HEIGHT_CM
    corners = {"hem": ((-w, -h), (w, -h)), "plus": ((w, -h), (w, 0.0)), "up": ((w, 0.0), (-w, 0.0)), "minus": ((-w, 0.0), (-w, -h))}
    outline = tuple(Edge(name, (Line(start, stop),)) for name, (start, stop) in corners.items())
    panels = tuple(Panel(side, outline, Placement("waist", side, "hip", (0.0, 0.0))) for side in ("front", "back"))
    return Pattern("belt", panels, (Seam(("front", "plus"), ("back", "minus")), Seam(("front", "minus"), ("back", "plus"))))


def around(skin: np.ndarray, top: float) -> tuple[float, float]:
    """Half axes of an ellipse round the hips, with room [m]."""
    band = skin[(skin[:, 2] > top - HEIGHT_CM / 100) & (skin[:, 2] < top) & (np.abs(skin[:, 0]) < 0.25)]
    return float(np.abs(band[:, 0]).max()) + 0.012, float(np.abs(band[:, 1]).max()) + 0.012


def ring(cloth: Cloth, half_girth_m: float, axes: tuple[float, float], top: float) -> np.ndarray:
    """The belt's vertices on the ellipse, at equal distances along it."""
    angle = np.linspace(0, 2 * np.pi, 4001)
    line = np.stack([axes[0] * np.sin(angle), -axes[1] * np.cos(angle)], axis=1)
    along = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))]) / half_girth_m  # 0 to 2
    x = np.zeros((cloth.vertex_count, 3))
    for face, flat, panel in zip(cloth.faces, cloth.flat_m, cloth.panel, strict=True):
        share = (flat[:, 0] / half_girth_m + (1.0 if cloth.panel_names[panel] == "back" else 0.0)) % 2.0
        x[face, :2] = np.stack([np.interp(share, along, line[:, axis]) for axis in (0, 1)], axis=1)
        x[face, 2] = top + flat[:, 1]
    return x


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A store with twin/ada and look/ada: the belt on her hips in the relaxed pose, and what is known of both."""
    workspace = create_workspace(tmp_path_factory.mktemp("moving"))
    store, model = open_store(workspace), load_body()
    zero, offsets = BodyParameters.zero(model), np.zeros_like(model.template)
    facts = {"subject": "synthetic"}

    def twin(draft) -> Outcome:
        draft.write_arrays("twin.npz", offsets=offsets, **zero.arrays())
        return Outcome(facts=facts)

    store.produce(kind="twin", name="ada", recipe=Recipe("test", (), {}), build=twin)
    posed = pose_body(model, zero, load_pose("relaxed"), offsets=offsets)
    skin = world_from_smplx(forward(model, posed).vertices.astype(float))
    top = float(world_from_smplx(forward(model, posed).joints)[0, 2]) + 0.02
    axes = around(skin, top)
    angle = np.linspace(0, 2 * np.pi, 4001)
    girth = np.linalg.norm(np.diff(np.stack([axes[0] * np.sin(angle), axes[1] * np.cos(angle)], axis=1), axis=0), axis=1).sum()
    pattern, fabric = belt(50 * girth), load_fabric(FABRIC).mechanics
    mesh = mesh_pattern(pattern, edge_length_m=0.035)
    cloth, welded = weld_cloth(mesh)
    x = ring(cloth, girth / 2, axes, top)
    faces = skin_faces(model)
    rendered = finish(cloth, x, x, OuterBody(skin, faces))
    calm = Stress(np.ones((len(cloth.faces), 2)), np.zeros(len(cloth.faces)), np.zeros((len(cloth.faces), 2)), np.zeros(len(x)))
    worn = Worn(
        Piece("belt", pattern, fabric, load_fabric(RIB).mechanics), rendered, mesh.panel_names, Sewn(cloth, x, welded, 0.0002, 0),
        Settled(x, x[None], 0.0, 0.0, 1, calm), Allowed(5, 0.05, 0.05, 0.067), {},
    )  # fmt: skip
    gates = Gates(
        penetrating_vertices=0, penetrating_samples=0, deepest_mm=0.0, intersecting_pairs=0, pairs_allowed=5, seam_gap_max_mm=0.2,
        settled_mm_per_frame=0.0, strain_p99=0.0, strain_allowed=0.05, bias_p99=0.0,
        bias_allowed=0.067,
    )  # fmt: skip
    drape = Drape(skin, faces, (worn,), gates)

    def publish(name: str, *, keep: bool = True, passed: bool = True):
        def build(draft) -> Outcome:
            stance = Stance(posed, offsets, {}, {}, {})
            outcome = write_look(draft, drape, model, stance, outfit=(WEAR,), twin=store.resolve("twin/ada"), pose="relaxed")
            if not keep:
                draft.path("sheet-0.npz").unlink()
            return Outcome(outcome.facts, passed=passed)

        spec = {
            "wear": [WEAR.__dict__], "fabrics": [load_fabric(each).model_dump(mode="json") for each in (FABRIC, RIB)],
            "garments": [None], "solver": "statics", "wind": None, "name": name,
        }  # fmt: skip
        return store.produce(kind="look", name=name, recipe=Recipe("test", (), spec), build=build).asset

    return SimpleNamespace(store=store, model=model, look=publish("ada"), publish=publish, skin=skin, workspace=workspace)


@pytest.fixture(scope="module")
def strode(made):
    return repose(made.store, made.look.ref, pose="stride")


def test_a_reposed_look_is_a_look_that_names_the_one_it_came_from(made, strode):
    asset = strode.asset
    assert str(asset.ref) == "look/ada-stride@1"
    assert asset.passed, asset.facts["failures"]
    assert [(item.role, item.name) for item in asset.manifest.inputs] == [("look", "look/ada@1")]
    assert asset.facts["pose"] == "stride"
    assert asset.manifest.spec["pose"]["name"] == "stride"
    assert asset.facts["twin"] == "twin/ada@1"
    assert asset.facts["subject"] == "synthetic"
    own, before = (each.arrays("garment-0.npz") for each in (asset, made.look))
    for name in ("faces", "uv_cm", "panel"):
        np.testing.assert_allclose(own[name], before[name], atol=1e-4)
    assert {"stretch", "shear", "tension_n_m", "pressure_pa"} <= asset.arrays("sheet-0.npz").keys()
    assert asset.arrays("sheet-0.npz")["pressure_pa"].max() > 0  # it bears on the hips: a fit report can be made
    again = repose(made.store, made.look.ref, pose="stride")
    assert again.reused


def test_what_is_reposed_hangs_on_the_body_of_the_new_pose(made, strode):
    body = strode.asset.arrays("body.npz")
    posed = forward(made.model, BodyParameters.from_arrays(body), offsets=body["offsets"])
    np.testing.assert_allclose(world_from_smplx(posed.vertices), body["vertices"], atol=1e-6)
    assert np.abs(body["vertices"] - made.skin).max() > 0.05
    belt_now = strode.asset.arrays("garment-0.npz")["vertices"].astype(float)
    distance = OuterBody(body["vertices"].astype(float), skin_faces(made.model)).signed_distance(belt_now)
    assert distance.min() > 0.001
    assert np.median(distance) < 0.03
    hips = body["joints"][0] - made.look.arrays("body.npz")["joints"][0]
    moved = belt_now.mean(axis=0) - made.look.arrays("garment-0.npz")["vertices"].mean(axis=0)
    np.testing.assert_allclose(moved, hips, atol=0.006)  # its clip holds it where it was on the body


@pytest.fixture(scope="module")
def interrupted(made):
    """An animation that was interrupted after its first frame and asked for again: which frames were kept, which were made then."""
    from studio.look.motion import frames as room

    ways, real, patch = [], room.go_along, pytest.MonkeyPatch()

    def stopping(*arguments, **options):
        if ways:
            raise KeyboardInterrupt
        ways.append(1)
        return real(*arguments, **options)

    def run():
        return animate(made.store, made.look.ref, motion="sway", frames=3, loops=2, fps=12, name="swaying")

    with patch.context() as stopped:
        stopped.setattr(room, "go_along", stopping)
        with pytest.raises(KeyboardInterrupt):
            run()
    kept = sorted(file.name for file in (made.store.folder / "frames").rglob("*.npz"))
    ways.clear()
    with patch.context() as counted:
        counted.setattr(room, "go_along", lambda *arguments, **options: ways.append(1) or real(*arguments, **options))
        production = run()
    return SimpleNamespace(production=production, kept=kept, made_then=len(ways))


@pytest.fixture(scope="module")
def swayed(interrupted):
    return interrupted.production


def test_an_interrupted_animation_goes_on_from_the_frames_it_has(made, interrupted):
    assert interrupted.kept == ["00000.npz"]
    assert interrupted.made_then == 4  # of five: one that leads in, three, and the first one again
    assert not list((made.store.folder / "frames").rglob("*.npz"))  # it is published


def test_an_animation_has_every_frame_of_every_loop_and_says_how_good_each_is(made, swayed):
    asset, facts = swayed.asset, swayed.asset.facts
    assert str(asset.ref) == "animation/swaying@1"
    assert (facts["frames"], facts["loops"], facts["fps"], facts["duration_s"]) == (6, 2, 12, pytest.approx(6 / 12))
    assert (facts["cyclic"], facts["inertia"], facts["motion"]) == (True, False, "sway")
    body, garment = asset.arrays("body.npz"), asset.arrays("garment-0.npz")
    assert body["vertices"].shape == (6, made.model.vertex_count, 3)
    assert garment["vertices"].shape == (6, *made.look.arrays("garment-0.npz")["vertices"].shape)
    assert (body["vertices"].dtype, garment["vertices"].dtype) == (np.float32, np.float32)
    np.testing.assert_array_equal(garment["faces"], made.look.arrays("garment-0.npz")["faces"])
    assert (np.abs(body["vertices"][:, :, 2].min(axis=1)) < 0.0005).all()
    rows = asset.json("gates.json")["frames"]
    assert len(rows) == 3
    for name, worst in asset.json("gates.json")["worst"].items():
        assert worst == max(row[name] for row in rows)
    assert facts["failed_frames"] == [row["frame"] for row in rows if row["failures"]]
    assert asset.passed == (facts["failed_frames"] == [])
    for skin, cloth in zip(body["vertices"][:3].astype(float), garment["vertices"].astype(float), strict=False):
        assert OuterBody(skin, skin_faces(made.model)).signed_distance(cloth).min() > 0.001


def test_a_cycle_ends_where_it_began(swayed):
    body, garment = swayed.asset.arrays("body.npz"), swayed.asset.arrays("garment-0.npz")
    np.testing.assert_allclose(body["vertices"][3:], body["vertices"][:3], atol=1e-6)  # it does not travel: the second loop is the first
    np.testing.assert_allclose(garment["vertices"][3:], garment["vertices"][:3], atol=1e-6)
    facts = swayed.asset.facts
    assert facts["closing_mm"] < 15.0  # before it was closed; a third of the cycle from frame to frame
    step = [np.linalg.norm(np.diff(garment["vertices"], axis=0)[k], axis=1) for k in range(3)]
    assert step[2].max() < 2.0 * max(each.max() for each in step[:2])  # from the last frame to the first as from any other
    assert 0 < facts["jump_mm"]["p99"] <= facts["jump_mm"]["largest"] < 40


def test_a_preview_shows_every_frame_on_one_floor(swayed, tmp_path):
    from studio.look.motion.preview import write_preview

    strip = Image.open(write_preview(swayed.asset, tmp_path / "strip.png"))
    width = strip.width // 6
    assert strip.width == 6 * width
    shown = np.asarray(strip).reshape(strip.height, 6, width, 3)
    ground = (shown == shown[0, 0, 0]).all(axis=-1)
    lowest = [int(np.flatnonzero(~ground[:, k, width // 3 : 2 * width // 3].all(axis=1)).max()) for k in range(6)]
    assert max(lowest) - min(lowest) <= 2  # pixels, of 4 mm
    moving = Image.open(write_preview(swayed.asset, tmp_path / "moving.gif"))
    assert (moving.n_frames, moving.info["duration"]) == (6, 80)
    with pytest.raises(StudioError, match=re.escape("'.mp4'")):
        write_preview(swayed.asset, tmp_path / "strip.mp4")


def test_a_film_is_usd_with_points_over_time(made, swayed, tmp_path):
    pytest.importorskip("pxr", reason="usd-core is not installed")
    from pxr import Usd, UsdGeom

    from studio.look.motion.film import write_film

    stage = Usd.Stage.Open(str(write_film(swayed.asset, tmp_path / "sway.usdc")))
    assert UsdGeom.GetStageMetersPerUnit(stage) == 1.0
    assert UsdGeom.GetStageUpAxis(stage) == "Z"
    assert (stage.GetStartTimeCode(), stage.GetEndTimeCode(), stage.GetTimeCodesPerSecond()) == (1, 6, 12)
    root = stage.GetDefaultPrim()
    for name, role in (("body", "body.npz"), ("garment_0_belt", "garment-0.npz")):
        mesh, arrays = UsdGeom.Mesh(stage.GetPrimAtPath(root.GetPath().AppendChild(name))), swayed.asset.arrays(role)
        assert mesh.GetPointsAttr().GetTimeSamples() == list(range(1, 7))
        for frame in (0, 2, 5):
            np.testing.assert_array_equal(np.array(mesh.GetPointsAttr().Get(frame + 1)), arrays["vertices"][frame])
            low, high = np.array(mesh.GetExtentAttr().Get(frame + 1))
            np.testing.assert_allclose([low, high], [arrays["vertices"][frame].min(axis=0), arrays["vertices"][frame].max(axis=0)])
        np.testing.assert_array_equal(np.array(mesh.GetFaceVertexIndicesAttr().Get()).reshape(-1, 3), arrays["faces"])
    st = UsdGeom.PrimvarsAPI(mesh).GetPrimvar("st").ComputeFlattened()
    np.testing.assert_allclose(np.array(st).reshape(-1, 3, 2), swayed.asset.arrays("garment-0.npz")["uv_cm"] / 100, atol=1e-6)


def test_looks_and_numbers_that_cannot_be_are_refused_before_anything_is_computed(made, tmp_path):
    store, failed, blender = made.store, made.publish("torn", passed=False), made.publish("old", keep=False)
    for look, words in ((failed.ref, "failed its gates"), (blender.ref, r"dress the twin again with --solver statics")):
        with pytest.raises(StudioError, match=words):
            repose(store, look, pose="walk")
        with pytest.raises(StudioError, match=words):
            animate(store, look, motion="walk")
    with pytest.raises(StudioError, match=r"did you mean 'stride'\?"):
        repose(store, made.look.ref, pose="strde")
    for options, words in (
        ({"motion": "wlk"}, r"did you mean 'walk'\?"),
        ({"motion": str(tmp_path / "run.npz")}, "There is no motion file"),
        ({"motion": "walk", "frames": 1}, "2 to 480 frames"),
        ({"motion": "walk", "loops": 100}, "2 to 480 frames"),
        ({"motion": "walk", "loops": 0}, "once at least"),
        ({"motion": "walk", "fps": 0.0}, "change --fps"),
    ):
        with pytest.raises(StudioError, match=words):
            animate(store, made.look.ref, **options)


def test_the_command_line_answers_and_refuses(made, swayed, tmp_path):
    same = ("animate", "look/ada", "--motion", "sway", "--frames", "3", "--loops", "2", "--fps", "12", "--name", "swaying")
    run = studio("--json", *same, "--preview", str(tmp_path / "strip.png"), cwd=made.workspace)
    answer = json.loads(run.stdout)
    assert run.returncode == (0 if swayed.asset.passed else 3), run.stderr
    assert answer.keys() >= {"ref", "seconds", "frames", "fps", "duration_s", "gates", "failed_frames", "passed", "closing_mm", "jump_mm"}
    assert answer["files"] == [str(tmp_path / "strip.png")]
    assert Image.open(tmp_path / "strip.png").height > 400
    run = studio(*same, "--out", "film.glb", cwd=made.workspace)
    assert (run.returncode, len(run.stderr.strip().splitlines())) == (1, 1)
    assert "An animation is not written as '.glb'" in run.stderr
