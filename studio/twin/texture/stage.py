"""`twin texture`: a twin and the scan it was made from become the next version of the twin, with pictures of its skin."""

from __future__ import annotations

import shutil
from dataclasses import asdict
from pathlib import Path

import numpy as np

from studio.errors import StudioError
from studio.progress import Report, silent, within
from studio.store import Asset, Draft, Input, Outcome, Production, Recipe, Ref
from studio.store.store import Store
from studio.twin.texture.bake import Baked, bake
from studio.twin.texture.canvas import Canvas, build_canvas
from studio.twin.texture.sight import CloudSight, MeshSight, Reach, sight_of
from studio.twin.twin import TEXTURE_ROLES, Twin, load_twin

#: What can change a texture besides its inputs.
_CODE = (
    "twin/texture", "twin/skin", "twin/twin", "body", "mesh", "frames", "scan/pictures", "specs/fit",
)  # fmt: skip
_TOOLS = ("numpy", "open3d", "pillow", "scipy")
#: Sides of a texture [texels]: below, a face has fewer texels than a portrait pixels; above, programs and cards refuse.
SMALLEST, LARGEST = 1024, 8192
#: How far from the skin a scan counts. A fitted skin lies within millimetres of its scan; under clothes the body is an estimate.
_REACH = {"skin": Reach(0.008, 0.016), "clothed": Reach(0.010, 0.020)}
#: A scan with points at fewer of the skin's vertices than this, within that distance [m], is of another person or pose: a head alone has
#: a quarter of them.
_LEAST_NEAR, _NEAR_M = 0.1, 0.03
#: Noise along the normal of a scan whose twin does not say it [mm].
_NOISE_MM = 0.5


def texture_size(text: str) -> int:
    """Side of a texture [texels] from what people write: ``4k`` or ``4096``. Raises StudioError for what is none, or out of range."""
    word = text.strip().lower()
    number = word.removesuffix("k")
    if not number.isascii() or not number.isdigit() or len(number) > 6:
        raise StudioError(f"A texture has a size such as 4k or 4096, and '{text}' is none.")
    size = int(number) * (1024 if word.endswith("k") else 1)
    if not SMALLEST <= size <= LARGEST:
        raise StudioError(f"A texture of {text} was asked for: it has 1k to 8k, that is {SMALLEST} to {LARGEST} texels to a side.")
    return size


def texture_twin(
    store: Store,
    twin: Ref | str,
    *,
    size: int = 4096,
    scan: Ref | str | None = None,
    report: Report = silent,
    again: bool = False,
) -> Production:
    """Bake the colour of a scan to a twin and publish the twin's next version under its own name.

    size: Side of the texture in texels. scan: The scan the twin was fitted to by default; another must lie on the twin as that one does.

    The asset holds all files of the twin, ``albedo.png`` (sRGB, light evened out), ``normal.png`` (tangent space, OpenGL's convention) and
    ``confidence.png`` (8-bit: 255 where the scan shows the skin, 128 where its other side does, 0 where neither does). Its facts are the
    twin's with ``texture``: ``size_px``, ``covered_share``, ``mirrored_share``, ``inpainted_share`` and ``face_covered_share`` of the outer
    skin, ``light_unevenness`` that was taken out, ``baked_px``, ``scan``.

    Raises StudioError for a twin without a scan, a scan without colours or of something else, a size out of range, and for a body
    model without texture coordinates.
    """
    if not SMALLEST <= size <= LARGEST:
        raise StudioError(f"A texture of {size} texels was asked for: it has {SMALLEST} to {LARGEST} to a side.")
    asset = _untextured(store, store.resolve(Ref.parse(twin, kind="twin") if isinstance(twin, str) else twin))
    source = _scan(store, asset, scan)
    if not source.facts.get("colour", "colours" in source.arrays("scan.npz")):
        raise StudioError(f"{source.ref} has no colours, so there is no skin to take from it: add a scan with colours or a texture.")
    recipe = Recipe(
        stage="twin.texture",
        inputs=(Input("twin", str(asset.ref), asset.digest), Input("scan", str(source.ref), source.digest)),
        spec={"size_px": size},
        tools=_TOOLS,
        code=_CODE,
        seeds={"grain": 0},
    )

    def build(draft: Draft) -> Outcome:
        return _build(draft, store, asset, source, size, within(report, 0.02, 1.0))

    production = store.produce(kind="twin", name=asset.ref.name, recipe=recipe, build=build, again=again)
    report("done", 1.0)
    return production


def _untextured(store: Store, asset: Asset) -> Asset:
    """The version that a textured one was made from: textures are not baked on top of each other."""
    while asset.facts.get("texture") is not None:
        name = next(item.name for item in asset.manifest.inputs if item.role == "twin")
        asset = store.resolve(name)
    return asset


def _scan(store: Store, asset: Asset, asked: Ref | str | None) -> Asset:
    if asked is not None:
        return store.resolve(Ref.parse(asked, kind="scan") if isinstance(asked, str) else asked)
    name = asset.facts.get("scan")
    if name is None:
        raise StudioError(f"{asset.ref} was made without a scan, so it has no colours of its own: name a scan that lies on it with --scan.")
    return store.resolve(Ref.parse(str(name), kind="scan"))


def _build(draft: Draft, store: Store, asset: Asset, source: Asset, size: int, report: Report) -> Outcome:
    person = load_twin(store, asset.ref, report=within(report, 0.0, 0.03))
    report("reading the scan", 0.03)
    canvas = canvas_of(person)
    _must_lie_on(canvas, asset, source)
    sight = _sight(canvas, person, source, float(asset.facts.get("noise_mm", _NOISE_MM)) / 1e3)
    baked = bake(canvas, sight, mode=person.mode, size=size, report=within(report, 0.15, 0.9))
    report("writing", 0.9)
    for role in asset.manifest.files:
        shutil.copyfile(asset.path(role), draft.path(role))
    _write(draft, baked)
    shares = {f"{name}_share": round(float(value), 4) for name, value in asdict(baked.shares).items()}
    texture = {"size_px": size, **shares, "light_unevenness": round(baked.unevenness, 4), "baked_px": baked.baked_px}
    return Outcome(facts={**asset.facts, "texture": texture | {"scan": str(source.ref)}}, passed=asset.passed)


def canvas_of(twin: Twin) -> Canvas:
    """The skin of a twin in the pose of its scan. Raises StudioError for a body model without texture coordinates."""
    from studio.body.model import forward
    from studio.frames import world_from_smplx
    from studio.twin.skin import PARTS, outer_skin

    model = twin.model
    if model.surface is None:
        raise StudioError(f"The body model '{model.name}' has no texture coordinates, so nothing can be baked to it; use the body 'open'.")
    zero = type(twin.parameters).zero(model)
    rest = forward(model, zero.replace(betas=twin.parameters.betas), offsets=twin.offsets).vertices
    one_side = np.array([PARTS.index(name.replace("right_", "left_")) for name in PARTS])
    skin = outer_skin(model)
    return build_canvas(
        model.surface,
        world_from_smplx(twin.posed().vertices.astype(np.float64)),
        world_from_smplx(rest.astype(np.float64)),
        part=one_side[skin.part],
        outer=skin.outer,
    )


def _must_lie_on(canvas: Canvas, asset: Asset, source: Asset) -> None:
    from scipy.spatial import cKDTree

    points, skin = source.arrays("scan.npz")["points"], canvas.vertices[canvas.outer]
    near = float(np.isfinite(cKDTree(points).query(skin, distance_upper_bound=_NEAR_M, workers=-1)[0]).mean())
    if near < _LEAST_NEAR:
        raise StudioError(
            f"{source.ref} lies beside {asset.ref}: {100 * near:.0f} % of the skin is near it, so it is of another person or pose; "
            f"name the scan that the twin was fitted to."
        )


def _sight(canvas: Canvas, person: Twin, source: Asset, noise_m: float) -> MeshSight | CloudSight:
    from studio.scan.pictures import open_picture
    from studio.twin.texture.relief import quiet_normals

    arrays = source.arrays("scan.npz")
    points = arrays["points"].astype(np.float64)
    count = int(source.facts.get("pictures", 0))
    pictures = tuple(open_picture(source.path(f"picture-{index}.png"), name=f"picture-{index}.png") for index in range(count))
    return sight_of(
        canvas,
        points,
        quiet_normals(points, arrays["normals"], noise_m, faces=arrays.get("faces")),
        arrays["colours"],
        reach=_REACH[person.mode],
        faces=arrays.get("faces"),
        pictures=pictures,
        picture=arrays.get("picture"),
        corner_uv=arrays.get("corner_uv"),
    )


def _write(draft: Draft, baked: Baked) -> None:
    for role, pixels in zip(TEXTURE_ROLES, (baked.albedo, baked.normal, baked.confidence), strict=True):
        _write_png(draft.path(role), pixels)


def _write_png(path: Path, pixels: np.ndarray) -> None:
    from PIL import Image

    Image.fromarray(pixels).save(path, "PNG", compress_level=2)  # a tenth larger than at 6, in a third of the time
