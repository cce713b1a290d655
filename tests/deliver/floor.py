"""A shoot without a renderer: figures on white or in a room, published as shots of a look of which the store knows everything."""

from __future__ import annotations

import numpy as np
from PIL import Image

from studio.shot.develop import srgb_profile
from studio.specs.channel import ChannelSpec
from studio.specs.scene import load_scene
from studio.store import Input, Outcome, Recipe, Ref

#: Shares of the picture: left, top, right, bottom of the figure.
STANDING = (0.3, 0.1, 0.7, 0.9)

TEE = {"garment": "tee", "fabric": "cotton-jersey", "colourway": "rust", "size": "M", "chart": "women", "asset": None, "ribs": []}
SKIRT = {"garment": "a-line-skirt", "fabric": "cotton-twill", "colourway": None, "size": None, "chart": None, "asset": None, "ribs": []}


def channel(**changes) -> ChannelSpec:
    """A small channel that demands next to nothing."""
    base = {
        "title": "Test", "source": "here", "read": "2026-11-28", "certainty": "usual", "size": {"best_px": [90, 130]},
        "formats": ["jpeg"], "most_bytes": 40_000, "may_touch": ["top", "bottom", "left", "right"],
    }  # fmt: skip
    return ChannelSpec.model_validate(base | changes)


def figure(size: tuple[int, int], box=STANDING, *, ground: int = 255) -> tuple[np.ndarray, np.ndarray]:
    """A dark figure on a ground, (H, W, 3), and where it is, (H, W), both uint8."""
    width, height = size
    left, top, right, bottom = (round(share * side) for share, side in zip(box, (width, height, width, height), strict=True))
    mask = np.zeros((height, width), np.uint8)
    mask[top:bottom, left:right] = 255
    return np.where(mask[..., None] > 0, (90, 40, 30), ground).astype(np.uint8), mask


def publish_look(store, *, garments=(SKIRT, TEE), name="anna-tee", pose="relaxed", stage="look.dress", inputs=()) -> Ref:
    """A look whose recipe names garments and fabrics as dressing does."""
    from studio.garment.catalog import load_fabric, load_garment

    spec = {
        "garments": [None if item["asset"] else load_garment(item["garment"]).spec.model_dump(mode="json") for item in garments],
        "fabrics": [load_fabric(item["fabric"]).model_dump(mode="json") for item in garments],
    }
    facts = {"garments": list(garments), "pose": pose, "twin": "twin/anna@1"}
    return store.produce(kind="look", name=name, recipe=Recipe(stage, inputs, spec), build=lambda made: Outcome(facts)).ref


def shoot(
    store, *, camera="front", quality="final", size=(1801, 2600), box=STANDING, ground=255, look=None, scene="catalog-white", mask=True,
    stage="shot.shoot",
) -> Ref:  # fmt: skip
    """A shot of that size with the recipe that shooting gives it."""
    asset = store.resolve(look or publish_look(store))
    spec = load_scene(scene)
    taken = next((each for each in spec.cameras if each.name == camera), spec.cameras[0])

    def build(draft):
        pixels, cover = figure(size, box, ground=ground)
        Image.fromarray(pixels).save(draft.path("picture.png"), icc_profile=srgb_profile(), compress_level=1)
        if mask:
            Image.fromarray(cover).save(draft.path("mask.png"), compress_level=1)
        facts = {"look": str(asset.ref), "twin": "twin/anna@1", "scene": scene, "camera": camera, "quality": quality}
        return Outcome(facts | {"settings": "85 mm  f/8  1/125 s  ISO 100", "device": "cpu", "render_seconds": 12.5})

    recipe = Recipe(
        stage,
        (Input("look", str(asset.ref), asset.digest),),
        {
            "camera": taken.model_dump(mode="json"), "quality": quality, "size_px": list(size), "box": list(box), "ground": ground,
            "scene": spec.model_dump(mode="json", exclude={"cameras"}), "mask": mask,
        },
        seeds={"cycles": 7},
    )  # fmt: skip
    return store.produce(kind="shot", name=f"{asset.ref.name}-{camera}", recipe=recipe, build=build).asset.ref
