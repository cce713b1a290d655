"""`garment add` of a finished garment: its mesh, materials and variants, and what it is fitted by, published as ``garment/name``."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import Field

from studio.errors import StudioError, did_you_mean
from studio.frames import METRES_PER_UNIT, world_from_smplx
from studio.garment.finished.flat import flatten
from studio.garment.finished.mend import GarmentMesh, mend
from studio.garment.finished.mesh import Material, MeshFile, Variant
from studio.garment.finished.mhclo import Binding, ClothesFile, read_clothes
from studio.garment.finished.read import check_file, files_of, read_mesh
from studio.garment.finished.units import unit_of
from studio.progress import Report, silent
from studio.specs.base import Spec
from studio.store import Asset, Draft, Input, Outcome, Production, Recipe, Ref, file_digest

if TYPE_CHECKING:
    from studio.store.store import Store

Kind = Literal["garment", "shoe", "hat"]

#: The cloth of what says nothing of its looks. Chosen: plain, and about as thick.
USUAL_FABRICS: dict[Kind, str] = {"garment": "cotton-twill", "shoe": "sheep-leather", "hat": "wool-coating"}
#: What can change a finished garment besides its files.
_CODE = ("garment/finished", "scan", "twin/fit", "body", "mesh", "blender/mesh_import", "frames")
_TOOLS = ("bpy", "numpy", "open3d", "pillow", "scipy", "torch")
#: Tags of MakeHuman clothes that say what a thing is.
_TAGS: dict[str, Kind] = {"shoes": "shoe", "hats": "hat", "hat": "hat"}


class FinishedSpec(Spec):
    """What is said of a finished garment when it is added.

    title: Its file's name where left out. kind: A clothes file's tags tell it, else ``garment``. fabric: What its cloth is like where it
    has no looks of its own, and how thick it is. layer: 1 is worn next to the skin. unit: Of the file. variant: The one that is worn where
    none is named; the file's own first where left out.
    """

    title: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    kind: Kind | None = None
    fabric: str | None = None
    layer: Annotated[int, Field(ge=1, le=9)] = 1
    unit: Literal["m", "cm", "mm", "dm", "in", "ft"] | None = None
    variant: str | None = None


@dataclass(frozen=True)
class FinishedGarment:
    """A published finished garment."""

    asset: Asset

    @property
    def kind(self) -> Kind:
        return self.asset.facts["kind"]

    @property
    def materials(self) -> tuple[Material, ...]:
        """Its own looks; empty where it wears its fabric."""
        return tuple(Material.model_validate(each) for each in self.asset.facts["materials"])

    def variant(self, name: str) -> Variant:
        """One of its variants."""
        return next(Variant.model_validate(each) for each in self.asset.facts["variants"] if each["name"] == name)

    @property
    def mesh(self) -> GarmentMesh:
        """Its mesh [m]: of a garment on its mannequin, world axes; of a shoe or a hat in its own frame."""
        arrays = self.asset.arrays("mesh.npz")
        uv = arrays["corner_uv"].astype(np.float64) if arrays["corner_uv"].size else None
        vertices, faces = arrays["vertices"].astype(np.float64), arrays["faces"].astype(np.int64)
        return GarmentMesh(vertices, faces, arrays["part"], uv, np.arange(len(vertices)))

    @property
    def pattern(self) -> tuple[np.ndarray, np.ndarray]:
        """Pattern coordinates of the corners [cm], (F, 3, 2), and the piece of each face, (F,)."""
        arrays = self.asset.arrays("mesh.npz")
        return arrays["uv_cm"].astype(np.float64), arrays["panel"]

    @property
    def binding(self) -> Binding | None:
        """How it is bound to MakeHuman's base mesh, if it is."""
        return Binding(**self.asset.arrays("binding.npz")) if "binding.npz" in self.asset.manifest.files else None

    @property
    def mannequin(self) -> dict[str, np.ndarray] | None:
        """The body that it was made on, as `Mannequin.arrays` gives it, if it has one."""
        return self.asset.arrays("mannequin.npz") if "mannequin.npz" in self.asset.manifest.files else None


def is_finished(asset: Asset) -> bool:
    """Whether a published garment is a finished one, and not a pattern."""
    return asset.facts.get("form") == "mesh"


def add_finished(
    store: Store,
    file: Path | str,
    *,
    name: str,
    spec: FinishedSpec = FinishedSpec(),
    mannequin: str | Path | None = None,
    report: Report = silent,
    again: bool = False,
) -> Production:
    """Read a finished garment and publish it as ``garment/name``.

    mannequin: What it was made on: a mesh file in the same coordinates, or ``twin/NAME``; without it, the mean body that it fits best. Not
    for shoes, hats and MakeHuman's clothes, which are placed otherwise.

    The asset holds ``mesh.npz`` (``vertices`` (V, 3) [m], ``faces`` (F, 3), ``part`` (F,), ``corner_uv`` (F, 3, 2) or empty, ``uv_cm``
    (F, 3, 2), ``panel`` (F,)), ``picture-<k>.png|jpg``, ``garment.json``, ``original``, and what it is fitted by: ``binding.npz`` or
    ``mannequin.npz``. Facts: as of a pattern garment, and ``form`` (``mesh``), ``kind``, ``materials``, ``variants``, ``unit``,
    ``triangles``, ``cm_per_uv``.

    Raises StudioError in one sentence for a file that cannot be read or mended, and for what does not fit it.
    """
    from studio.garment.catalog import load_fabric

    file = Path(file)
    check_file(file)
    if spec.fabric is not None:
        load_fabric(spec.fabric)
    clothes = read_clothes(file, name=file.name) if file.suffix.lower() == ".mhclo" else None
    kind = spec.kind or _tagged(clothes)
    if mannequin is not None and (kind != "garment" or clothes is not None):
        why = "is bound to MakeHuman's body" if clothes is not None else f"is a {kind}, which is placed by its own shape"
        raise StudioError(f"{file.name} {why}: leave out --mannequin.")
    body = _body_input(store, mannequin)
    recipe = Recipe(
        stage="garment.add-finished",
        inputs=(*(Input(f"file-{k}", path.name, file_digest(path)) for k, path in enumerate(files_of(file))), *body),
        spec=spec.model_dump(mode="json") | {"file": file.name, "kind": kind},
        tools=_TOOLS,
        code=_CODE,
    )

    def build(made: Draft) -> Outcome:
        return _build(made, store, file, clothes, spec, kind, mannequin, report)

    return store.produce(kind="garment", name=name, recipe=recipe, build=build, again=again)


def _tagged(clothes: ClothesFile | None) -> Kind:
    tags = [_TAGS[tag.lower()] for tag in (clothes.tags if clothes else ()) if tag.lower() in _TAGS]
    return tags[0] if tags else "garment"


def _body_input(store: Store, mannequin: str | Path | None) -> tuple[Input, ...]:
    """What the mannequin is, for the recipe. Raises StudioError where there is no such file or twin."""
    if mannequin is None:
        return ()
    if str(mannequin).startswith("twin/"):
        asset = store.resolve(Ref.parse(str(mannequin), kind="twin"))
        return (Input("mannequin", str(asset.ref), asset.digest),)
    path = Path(mannequin)
    if not path.is_file():
        raise StudioError(f"There is no file {path}: --mannequin takes the mesh that the garment was made on, or twin/NAME.")
    return (Input("mannequin", path.name, file_digest(path)),)


@dataclass(frozen=True, eq=False)
class _Placed:
    """A mended mesh where it is kept, what it is fitted by, and what was found out on the way."""

    mesh: GarmentMesh
    unit: str
    remarks: tuple[str, ...]
    binding: Binding | None = None
    mannequin: Mapping[str, np.ndarray] | None = None


def _build(
    made: Draft, store: Store, file: Path, clothes: ClothesFile | None, spec: FinishedSpec, kind: Kind, mannequin: str | Path | None,
    report: Report,
) -> Outcome:  # fmt: skip
    report("reading", 0.0)
    read = read_mesh(clothes.mesh if clothes else file, name=file.name)
    variants = _first(read.variants or (Variant(name="one"),), spec.variant, file.name)
    mesh, mended = mend(read.points, read.faces, read.part, read.corner_uv, name=file.name)
    if clothes is not None:
        placed = _bound(read, mesh, clothes, file.name)
    elif kind == "garment":
        placed = _on_mannequin(store, read, mesh, spec, mannequin, file.name, report)
    else:
        placed = _rigid(read, mesh, spec, kind, file.name)
    flat = flatten(placed.mesh)
    remarks = [*read.remarks, *(clothes.remarks if clothes else ()), *mended, *placed.remarks, flat.remark]
    if not read.materials:
        remarks.append(f"It says nothing of its looks and wears the fabric '{spec.fabric or USUAL_FABRICS[kind]}'.")
    uv = np.zeros((0, 3, 2)) if placed.mesh.corner_uv is None else placed.mesh.corner_uv
    made.write_arrays(
        "mesh.npz", vertices=placed.mesh.vertices.astype(np.float32), faces=placed.mesh.faces.astype(np.int32), part=placed.mesh.part,
        corner_uv=uv.astype(np.float32), uv_cm=flat.uv_cm.astype(np.float32), panel=flat.panel,
    )  # fmt: skip
    if placed.binding is not None:
        made.write_arrays("binding.npz", **placed.binding.arrays())
    if placed.mannequin is not None:
        made.write_arrays("mannequin.npz", **placed.mannequin)
    for role, data in read.pictures.items():
        made.path(role).write_bytes(data)
    shutil.copyfile(file, made.path("original"))
    facts: dict[str, Any] = {
        "form": "mesh",
        "kind": kind,
        "title": spec.title or (clothes.title if clothes else file.stem),
        "fabric": spec.fabric or USUAL_FABRICS[kind],
        "layer": spec.layer,
        "sizes": [{"size": variant.name, "file": "mesh.npz"} for variant in variants],
        "base": variants[0].name,
        "panels": int(flat.panel.max()) + 1,
        "seams": 0,
        "materials": [material.model_dump(mode="json") for material in read.materials],
        "variants": [variant.model_dump(mode="json") for variant in variants],
        "unit": placed.unit,
        "triangles": len(placed.mesh.faces),
        "cm_per_uv": flat.cm_per_uv,
        "remarks": remarks,
        "file": {"name": file.name, "sha256": file_digest(file)},
    }
    made.write_json("garment.json", facts)
    return Outcome(facts=facts)


def _first(variants: tuple[Variant, ...], asked: str | None, name: str) -> tuple[Variant, ...]:
    """The variants, the one that is worn where none is named first."""
    if len({variant.name for variant in variants}) < len(variants):
        raise StudioError(f"{name} has two variants of one name; name them apart and export it again.")
    if asked is None:
        return variants
    names = [variant.name for variant in variants]
    if asked not in names:
        raise StudioError(f"{name} has no variant '{asked}': {did_you_mean(asked, names)}")
    return tuple(sorted(variants, key=lambda variant: variant.name != asked))


def _bound(read: MeshFile, mesh: GarmentMesh, clothes: ClothesFile, name: str) -> _Placed:
    if len(clothes.binding.vertices) != len(read.points):
        bound, there = len(clothes.binding.vertices), len(read.points)
        raise StudioError(f"{name} binds {bound:,} vertices, and {clothes.mesh.name} has {there:,}: they do not belong together.")
    metres = METRES_PER_UNIT["dm"]
    return _Placed(replace(mesh, vertices=world_from_smplx(mesh.vertices * metres)), "dm", (), binding=clothes.binding.kept(mesh.source))


def _rigid(read: MeshFile, mesh: GarmentMesh, spec: FinishedSpec, kind: Kind, name: str) -> _Placed:
    from studio.garment.finished.hat import lay_out_hat
    from studio.garment.finished.shoe import lay_out_shoe

    unit, said = unit_of(mesh.vertices, kind=kind, said=spec.unit, prescribed=read.metres_per_unit, name=name)
    vertices = mesh.vertices * METRES_PER_UNIT[unit]
    upright = replace(mesh, vertices=world_from_smplx(vertices) if read.up == "y" else vertices)
    if kind == "shoe":
        shoe, found = lay_out_shoe(upright, name=name)
        return _Placed(shoe.mesh, unit, (*said, *found))
    hat, found = lay_out_hat(upright, name=name)
    return _Placed(hat.mesh, unit, (*said, *found))


def _on_mannequin(
    store: Store, read: MeshFile, mesh: GarmentMesh, spec: FinishedSpec, given: str | Path | None, name: str, report: Report
) -> _Placed:
    from studio.body.model import load_body
    from studio.garment.finished.mannequin import find_mannequin, fitted_mannequin, mean_bodies, twin_bodies
    from studio.twin.twin import load_twin

    model = load_body()
    if given is not None and not str(given).startswith("twin/"):
        body, file_from_world = fitted_mannequin(model, Path(given), report=report)
        inverse = np.linalg.inv(file_from_world)
        vertices = mesh.vertices @ inverse[:3, :3].T + inverse[:3, 3]
        turned = np.linalg.det(inverse[:3, :3]) < 0
        placed = replace(mesh, vertices=vertices).turned(np.full(len(mesh.faces), turned))
        unit, _ = unit_of(vertices, kind="garment", said="m", prescribed=1.0, name=f"{name}, beside {Path(given).name},")
        return _Placed(placed, unit, (body.remark,), mannequin=body.arrays())
    unit, said = unit_of(mesh.vertices, kind="garment", said=spec.unit, prescribed=read.metres_per_unit, name=name)
    metres = mesh.vertices * METRES_PER_UNIT[unit]
    ways = {"y": world_from_smplx(metres), "z": metres}
    if read.metres_per_unit is not None:  # formats that prescribe a unit prescribe axes as well
        ways = {read.up: ways[read.up]}
    if given is None:
        candidates = list(mean_bodies(model))
    else:
        twin = load_twin(store, str(given))
        candidates = list(twin_bodies(model, twin.parameters, twin.offsets, ref=str(given)))
    body = find_mannequin(model, candidates, ways, name=name, report=report)
    return _Placed(replace(mesh, vertices=ways[body.up] + body.shift), unit, (*said, body.remark), mannequin=body.arrays())
