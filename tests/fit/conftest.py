"""Garments of known fit in code: tubes at rest on cylinders, sheets under a given strain, a tube round the average body."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest

from studio.fit.body import Level
from studio.garment.catalog import load_fabric, load_garment
from studio.garment.curves import Line
from studio.garment.meshing import PatternMesh, mesh_pattern
from studio.garment.pattern import Edge, Panel, Pattern, Placement, Region, Seam
from studio.look.cloth import along_grain, weld_cloth
from studio.look.sheet import WornSheet
from studio.look.statics.contact import Support
from studio.look.statics.energy import Energy, Load
from studio.look.statics.equilibrium import find_equilibrium
from studio.look.statics.sheet import Material, Sheet
from studio.look.statics.specimens import Cylinder
from studio.look.statics.specimens import tube as specimen_tube
from studio.specs.fabric import FabricMechanics
from studio.store import Input, Outcome, Recipe
from tests.look.conftest import tube

STANDOFF_M = 0.002
#: A cloth with its own number in every direction.
CLOTH = FabricMechanics(
    areal_weight_g_m2=150, thickness_mm=0.4, bending_warp_n_m=1e-5, bending_weft_n_m=1e-5, stretch_warp_n_m=900, stretch_weft_n_m=400,
    shear_n_m=150, friction=0.3, wearable_stretch_percent=5,
)  # fmt: skip


def rectangle(width_cm: float, height_cm: float, *, region: Region = "torso", grain_deg: float = 90.0) -> Pattern:
    """One panel that is sewn to a tube, drawn from (0, 0) up and to the right; it hangs from its lower left corner."""
    corners = [(0.0, 0.0), (width_cm, 0.0), (width_cm, height_cm), (0.0, height_cm)]
    names = ("hem", "plus", "up", "minus")
    outline = tuple(Edge(name, (Line(corners[k], corners[(k + 1) % 4]),)) for k, name in enumerate(names))
    panel = Panel("front", outline, Placement(region, "around", "top", (0.0, 0.0)), grain_deg=grain_deg)
    return Pattern("tube", (panel,), (Seam(("front", "plus"), ("front", "minus")),))


def given(pattern: Pattern, fabric: FabricMechanics, mesh_faces, flat_m, panel, vertices, pressure_pa=None) -> WornSheet:
    """A garment in given positions: lengths of flat triangles, Hooke's tension. flat_m: Corners in panel coordinates [m], (F, 3, 2)."""
    grain = along_grain(flat_m, panel, [piece.name for piece in pattern.panels], pattern)
    count = len(mesh_faces)
    pressure = np.zeros(len(vertices)) if pressure_pa is None else pressure_pa
    parts = (pattern, fabric, fabric, vertices, mesh_faces, grain, panel)
    images = WornSheet(*parts, np.ones((count, 2)), np.zeros(count), np.zeros((count, 2)), pressure).images
    stretch = np.linalg.norm(images, axis=2)
    tension = np.array([fabric.stretch_weft_n_m, fabric.stretch_warp_n_m]) * (stretch - 1)
    return WornSheet(*parts, stretch, (images[:, 0] * images[:, 1]).sum(axis=1), tension, pressure)


def laid(pattern: Pattern, place, *, edge_length_m: float = 0.02, fabric: FabricMechanics = CLOTH) -> WornSheet:
    """Every panel of a pattern for itself, its flat points (N, 2) [m] and its number taken to space by ``place``."""
    mesh = mesh_pattern(pattern, edge_length_m=edge_length_m)
    vertices = np.zeros((len(mesh.flat_m), 3))
    for index in range(len(pattern.panels)):
        mine = mesh.vertex_panel == index
        vertices[mine] = place(mesh.flat_m[mine], index)
    return given(pattern, fabric, mesh.faces, mesh.flat_m[mesh.faces], mesh.panel, vertices)


@cache
def on_cylinder(radius_m: float, narrow: float, *, region: Region = "torso", modulus_n_m: float = 400.0) -> WornSheet:
    """A tube at rest on a cylinder that its cloth's middle is too narrow for by a share; too wide where that is negative. No gravity."""
    round_m, length_m = 2 * np.pi * (radius_m + STANDOFF_M), 0.12
    points, faces, vertex, x = specimen_tube(radius_m + STANDOFF_M, length_m, 0.012)
    flat = points * [1 - narrow, 1.0]
    fabric = CLOTH.model_copy(update={"stretch_weft_n_m": modulus_n_m, "stretch_warp_n_m": modulus_n_m})
    sheet = Sheet(len(x), vertex[faces].astype(np.int64), flat[faces], Material.of(fabric, len(faces)))
    x = x * ([1.0, 1.0, 1.0] if narrow >= 0 else [1 - narrow, 1 - narrow, 1.0])
    load = Load(np.zeros(len(x), dtype=bool), Support(Cylinder(radius_m), STANDOFF_M, 0.3), gravity=0.0)
    energy = Energy(sheet, load)
    rest = find_equilibrium(energy, x, most=60, rest_m=1e-6)
    state = energy.stretch(rest.x)
    pattern = rectangle(100 * round_m * (1 - narrow), 100 * length_m, region=region)
    return WornSheet(
        pattern, fabric, fabric, rest.x, sheet.faces, sheet.rest, np.zeros(len(faces), dtype=np.int64), state.lengths, state.shear,
        state.tension, rest.pressure_pa,
    )  # fmt: skip


def level_at(height_m: float, girth_m: float, *, part: str = "trunk", side: str = "", measure: str = "bust_girth") -> Level:
    """A level tape round the z axis."""
    name = f"{side} bust".strip()
    return Level(name, measure, part, np.array([0.0, 0.0, height_m]), np.array([0.0, 0.0, -1.0]), girth_m, side)


def round_tube(mesh: PatternMesh, pattern: Pattern, *, top_m: float, fabric: FabricMechanics, middle_y: float = 0.0) -> WornSheet:
    """`tests.look.conftest.tube`, welded and standing upright as a circular cylinder, its upper edge at a height."""
    half_m = np.ptp(mesh.flat_m[mesh.vertex_panel == 0, 0])
    radius = 2 * half_m / (2 * np.pi)
    angle = mesh.flat_m[:, 0] / half_m * np.pi + np.where(mesh.vertex_panel == 0, -np.pi / 2, np.pi / 2)
    points = np.stack([radius * np.cos(angle), middle_y + radius * np.sin(angle), top_m + mesh.flat_m[:, 1]], axis=1)
    cloth, welded = weld_cloth(mesh)
    vertices = np.zeros((cloth.vertex_count, 3))
    vertices[welded] = points
    return given(pattern, fabric, cloth.faces, cloth.flat_m, cloth.panel, vertices)


@pytest.fixture(scope="session")
def average():
    """The average body, standing: its model, parameters, vertices and joints, world frame [m]."""
    from studio.body.ground import stand
    from studio.body.model import BodyParameters, forward, load_body
    from studio.body.poses import apply_pose, load_pose
    from studio.frames import world_from_smplx

    model = load_body()
    posed = stand(model, apply_pose(model, BodyParameters.zero(model), load_pose("a")))
    body = forward(model, posed)
    vertices, joints = (world_from_smplx(points.astype(np.float64)) for points in (body.vertices, body.joints))
    return SimpleNamespace(model=model, posed=posed, vertices=vertices, joints=joints)


#: What `dress` records of a sheet.
SHEET = ("vertices", "faces", "grain_m", "panel", "stretch", "shear", "tension_n_m", "pressure_pa")


@pytest.fixture
def publish_look(store, average):
    """Publishes twin/ada and a look of her in tubes, innermost first, as statics or as Blender's cloth leaves them; returns the look."""
    offsets = np.zeros(average.model.template.shape, dtype=np.float32)

    def twin(made):
        made.write_arrays("twin.npz", offsets=offsets, **average.posed.arrays())
        facts = {"appearance": "jonas", "subject": "synthetic", "mode": "created", "skin_melanin": None, "scan": None}
        return Outcome(facts=facts | {"body": average.model.name, "body_digest": average.model.digest})

    def publish(*half_girths_cm: float, size: str | None = "M", solver: str = "statics", passed: bool = True, name: str = "ada"):
        made_twin = store.produce(kind="twin", name="ada", recipe=Recipe(stage="test", inputs=(), spec={}), build=twin).asset

        def look(made):
            made.write_arrays("body.npz", vertices=average.vertices, joints=average.joints, offsets=offsets, **average.posed.arrays())
            for index, half_girth_cm in enumerate(half_girths_cm):
                write_tube(made, index, half_girth_cm, forces=solver == "statics")
            facts = {
                "gates": {"settled_mm_per_frame": 0.01, "intersecting_pairs": 0, "pairs_allowed": 5},
                "failures": [] if passed else ["strain"],
                "pose": "a",
                "twin": str(made_twin.ref),
            }
            return Outcome(facts | {"garments": [{"frames": 9, "motion_p95_mm": 0.02}] * len(half_girths_cm)}, passed=passed)

        item = {"garment": "tee", "chart": size and "women", "size": size, "fabric": "cotton-jersey", "colourway": None, "asset": None}
        fabrics = [*(["cotton-jersey"] * len(half_girths_cm)), "rib-knit"]
        spec = {
            "wear": [item] * len(half_girths_cm), "pose": {"name": "a"}, "solver": solver, "girths": half_girths_cm,
            "garments": [load_garment("tee").spec.model_dump(mode="json")] * len(half_girths_cm),
            "fabrics": [load_fabric(fabric).model_dump(mode="json") for fabric in fabrics],
        }  # fmt: skip
        recipe = Recipe(stage="look.dress", inputs=(Input("twin", str(made_twin.ref), made_twin.digest),), spec=spec)
        return store.produce(kind="look", name=name, recipe=recipe, build=look).asset

    return publish


def write_tube(made, index: int, half_girth_cm: float, *, forces: bool) -> None:
    """A tube round the body, 16 cm below the side neck point, from where tees hang, as a layer of a look."""
    from studio.garment.formats.garmentcode_write import garmentcode
    from studio.look.finish import subdivide

    hung = tube(half_girth_cm, 50.0)
    panels = [replace(panel, placement=replace(panel.placement, at_cm=(0.0, 16.0))) for panel in hung.panels]
    pattern = Pattern("tee", tuple(panels), hung.seams)
    sheet = round_tube(mesh_pattern(pattern, edge_length_m=0.03), pattern, top_m=1.3, fabric=load_fabric("cotton-jersey").mechanics)
    fine = subdivide(sheet.faces, len(sheet.vertices))
    made.write_arrays(f"garment-{index}.npz", vertices=fine.vertices(sheet.vertices), faces=fine.faces)
    if forces:
        made.write_json(f"pattern-{index}.json", garmentcode(pattern))
        made.write_arrays(f"sheet-{index}.npz", **{each: getattr(sheet, each) for each in SHEET})


def read_json(path):
    """A JSON file, refusing what JSON does not have."""

    def refuse(text):
        raise AssertionError(f"{path}: {text}")

    return json.loads(path.read_text(), parse_constant=refuse)
