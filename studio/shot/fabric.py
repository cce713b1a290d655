"""What the material of a garment is made from: the numbers of its look, the tile of its weave, its print."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from studio.garment.prints import PrintPicture, load_print
from studio.garment.weave import WeaveTile, weave_tile
from studio.shot.cloth import cloth_look
from studio.shot.photometry import linear_rgb
from studio.specs.fabric import FabricSpec

#: No channel of a colour is darker than this where tints are taken relative to it.
_DARKEST = 1e-4


@dataclass(frozen=True, eq=False)
class ClothSurface:
    """How one garment's cloth looks. look: From `studio.shot.cloth.cloth_look`. weave: One repeat. print: Its picture, if it has one."""

    look: dict[str, Any]
    weave: WeaveTile
    print: PrintPicture | None


def cloth_surface(fabric: FabricSpec, colourway: str | None, *, folder: Path) -> ClothSurface:
    """The look of a fabric in one of its colours. folder: Where the fabric's file lies, and its print beside it.

    Raises StudioError where the print cannot be read.
    """
    looks, colour = fabric.appearance, fabric.colour(colourway)
    look = cloth_look(
        construction=looks.construction,
        pitch_mm=looks.yarn_pitch_mm,
        colour=colour,
        roughness=looks.roughness,
        sheen=looks.sheen,
        thickness_mm=fabric.mechanics.thickness_mm,
        transmission=looks.transmission,
        anisotropy=looks.anisotropy,
        melange=looks.melange,
    )
    weft = None if looks.weft_colour is None else linear_rgb(looks.weft_colour)
    weave = weave_tile(looks, thickness_mm=fabric.mechanics.thickness_mm, rgb=linear_rgb(colour), weft_rgb=weft)
    return ClothSurface(look, weave, None if looks.print is None else load_print(looks.print, folder))


def fabric_looks(fabric: FabricSpec, folder: Path) -> dict[str, Any]:
    """All that decides how a fabric looks, for a recipe: its appearance, its thickness, and the digest of its print.

    Raises StudioError where the print cannot be read.
    """
    spec = fabric.appearance.print
    digest = None if spec is None else hashlib.sha256(load_print(spec, folder).pixels.tobytes()).hexdigest()
    return fabric.appearance.model_dump(mode="json") | {"thickness_mm": fabric.mechanics.thickness_mm, "print_sha256": digest}


def write_surface(folder: Path, index: int, look: dict[str, Any], weave: WeaveTile | None, print_: PrintPicture | None) -> dict[str, Any]:
    """Write the pictures of a garment's cloth into a job folder. Returns what the job says of them.

    ``weave-<k>.npz`` holds ``normal`` (H, W, 3) and ``tint`` (H, W, 3), the colour relative to the cloth's, both float16, lower row first;
    ``print-<k>.png`` the print. A cloth's colour is what it shows from afar, where its yarns have shaded themselves already: the tint makes
    up for what slanted yarns lose of light from before them, the mean of their normals' z.
    """
    request: dict[str, Any] = {}
    if weave is not None:
        name = f"weave-{index}.npz"
        tint = weave.colour / np.maximum(np.asarray(look["rgb"]), _DARKEST) / weave.normal[..., 2].mean()
        np.savez(folder / name, normal=weave.normal.astype(np.float16), tint=tint.astype(np.float16))
        request["weave"] = {"arrays": name, "size_mm": list(weave.size_mm)}
    if print_ is not None:
        from PIL import Image

        name = f"print-{index}.png"
        Image.fromarray(print_.pixels).save(folder / name)
        request["print"] = {"file": name, "size_mm": [10 * side for side in print_.repeat_cm]}
    return request
