"""The gallery in ``docs/gallery``: three scenes in full on three looks, one picture of every other scene, as small JPEGs with a page.

A run goes on with what is missing; a picture is taken anew when anything that it came from has changed.
"""

from __future__ import annotations

import io
import time
from pathlib import Path

from PIL import Image

from studio.deliver.alt_text import alt_text
from studio.deliver.origin import origin_of
from studio.look.stage import dress
from studio.shot.develop import srgb_profile
from studio.shot.stage import shoot
from studio.specs.person import load_model
from studio.specs.scene import load_scene, scene_names
from studio.store import Asset
from studio.store.store import Store
from studio.store.workspace import create_workspace, open_workspace
from studio.twin.create.stage import create_twin

FOLDER, DOCS = Path(__file__).parent / "gallery", Path(__file__).parents[1] / "docs" / "gallery"
SIZE_PX, QUALITY, JPEG_QUALITY = (512, 640), "proof", 84
#: Who wears what, in which pose.
LOOKS = {
    "astrid": (("shift-dress:made:viscose-challis/terracotta",), "relaxed"),
    "mateo": (("straight-trousers:made:wool-tropical/sand", "shirt:made:linen/white"), "relaxed"),
    "zola": (("a-line-skirt:made:denim/raw", "tee:made:cotton-jersey/white"), "hand-on-hip"),
}
#: Scenes that are shown in full, and of each: a full figure, a portrait, a detail.
FULL = {
    "catalog-white": ("front", "portrait", "detail:chest"),
    "loft-daylight": ("hero", "portrait", "detail:hip"),
    "street-golden": ("hero", "portrait", "detail:waist"),
}

#: What the README shows, side by side, how high, and how far apart [px].
STRIP = (
    "beauty-dish-astrid-portrait", "paper-terracotta-zola-hero", "catalog-white-astrid-front", "street-golden-mateo-hero",
    "desert-noon-zola-hero",
)  # fmt: skip
STRIP_PX, GAP_PX = 440, 6


def run() -> str:
    """Take what is missing, write the JPEGs and the page."""
    create_workspace(FOLDER)
    DOCS.mkdir(parents=True, exist_ok=True)
    store, start = open_workspace(FOLDER), time.monotonic()
    looks = {name: _look(store, name) for name in LOOKS}
    lines = ["# Gallery", "", f"Every picture as it was rendered: {SIZE_PX[0]}x{SIZE_PX[1]}, {QUALITY}, `python -m bench gallery`.", ""]
    shots = 0
    for number, scene in enumerate(scene_names()):
        lines += [f"## {load_scene(scene).title}", "", f"`{scene}`: {load_scene(scene).description}", ""]
        if scene in FULL:
            for look in looks.values():
                taken = [_picture(store, look, scene, camera) for camera in FULL[scene]]
                lines += [" ".join(taken), ""]
                shots += len(taken)
        else:
            look = looks[list(LOOKS)[number % len(LOOKS)]]
            lines += [_picture(store, look, scene, load_scene(scene).cameras[0].name), ""]
            shots += 1
    (DOCS / "README.md").write_text("\n".join(lines), encoding="utf-8")
    write_strip()
    total = sum(path.stat().st_size for path in DOCS.glob("*.jpg"))
    return f"## Gallery\n\n{shots} pictures, {total / 1e6:.1f} MB, {time.monotonic() - start:.0f} s."


def write_strip() -> None:
    """Lay the README's pictures side by side."""
    pictures = []
    for name in STRIP:
        with Image.open(DOCS / f"{name}.jpg") as picture:
            size = (round(picture.width * STRIP_PX / picture.height), STRIP_PX)
            pictures.append(picture.convert("RGB").resize(size, Image.Resampling.LANCZOS))
    strip = Image.new("RGB", (sum(picture.width + GAP_PX for picture in pictures) - GAP_PX, STRIP_PX), "white")
    left = 0
    for picture in pictures:
        strip.paste(picture, (left, 0))
        left += picture.width + GAP_PX
    strip.save(DOCS.parent / "scenes.jpg", quality=JPEG_QUALITY, icc_profile=srgb_profile(), optimize=True)


def _look(store: Store, name: str) -> Asset:
    wear, pose = LOOKS[name]
    twin = create_twin(store, name, load_model(name).person)
    return dress(store, twin.asset.ref, wear=wear, pose=pose, name=name).asset


def _picture(store: Store, look: Asset, scene: str, camera: str) -> str:
    """Take one picture and write it. Returns the Markdown that shows it."""
    (shot,) = shoot(store, look.ref, scene=scene, cameras=(camera,), quality=QUALITY, size_px=SIZE_PX)
    name = f"{scene}-{look.ref.name}-{camera.replace(':', '-')}.jpg"
    buffer = io.BytesIO()
    with Image.open(shot.asset.path("picture.png")) as picture:
        picture.convert("RGB").save(buffer, "JPEG", quality=JPEG_QUALITY, icc_profile=srgb_profile(), optimize=True)
    (DOCS / name).write_bytes(buffer.getvalue())
    print(name, f"{shot.seconds:.0f} s", "kept" if shot.reused else "", flush=True)
    return f'<img src="{name}" width="250" alt="{alt_text(origin_of(store, shot.asset))}">'
