"""All poses of the library in one picture, small, on the average body: drawn, not rendered, so that it takes seconds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from studio.errors import StudioError
from studio.progress import Report, silent
from studio.shot.complexion import paint
from studio.shot.figure import figure_of
from studio.shot.head import find_head

if TYPE_CHECKING:
    from studio.body.model import BodyModel

#: Height and width of a figure and of its caption [px], and how many stand in a row at most.
_FIGURE_PX, _WIDTH_PX, _CAPTION_PX, _IN_A_ROW = 380, 310, 34, 8
#: What a figure's frame shows, from below the floor to above a lifted hand [m].
_LOW_M, _HIGH_M = -0.06, 2.1
_GROUND, _INK, _SKIN, _UNDERWEAR = (244, 243, 241), (28, 28, 30), (214, 178, 154), (150, 148, 146)


def write_pose_sheet(out: Path, *, names: tuple[str, ...] | None = None, report: Report = silent) -> Path:
    """Draw poses from the front, each under its name, into the PNG file ``out``. Returns its path.

    names: Poses of the library or other references; all of the library without it. Raises StudioError for a suffix other than .png.
    """
    from PIL import Image, ImageDraw, ImageFont

    from studio.body.model import load_body
    from studio.body.poses import pose_names

    if out.suffix.lower() != ".png":
        raise StudioError(f"A sheet of poses is written as .png, and {out.name} was asked for.")
    names = tuple(pose_names()) if names is None else names
    model = load_body(report=report)
    rows = -(-len(names) // _IN_A_ROW)
    columns = -(-len(names) // rows)
    sheet = Image.new("RGB", (columns * _WIDTH_PX, rows * (_FIGURE_PX + _CAPTION_PX)), _GROUND)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=15)
    for number, name in enumerate(names):
        report(f"drawing {name}", number / len(names))
        left, top = number % columns * _WIDTH_PX, number // columns * (_FIGURE_PX + _CAPTION_PX)
        sheet.paste(Image.fromarray(_drawn(model, name)), (left, top))
        draw.text((left + _WIDTH_PX / 2, top + _FIGURE_PX + 4), name, fill=_INK, font=font, anchor="ma")
    out.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(out)
    return out


def _drawn(model: BodyModel, name: str) -> np.ndarray:
    """One pose from the front, sRGB, (H, W, 3), uint8."""
    from studio.body.ground import pose_body
    from studio.body.model import BodyParameters
    from studio.body.poses import load_pose
    from studio.mesh.closest import Surface
    from studio.mesh.picture import mesh_layer, on_ground, shaded
    from studio.mesh.view import View

    figure = figure_of(model, pose_body(model, BodyParameters.zero(model), load_pose(name)))
    skin, dressed = figure.vertices, paint(figure, find_head(figure))["underwear"] > 0
    middle = 0.5 * (skin[:, 0].min() + skin[:, 0].max())
    view = View(0.0, np.array([middle, 0.0, 0.5 * (_LOW_M + _HIGH_M)]), (_HIGH_M - _LOW_M) / _FIGURE_PX, (_WIDTH_PX, _FIGURE_PX))
    colours = np.where(dressed[:, None], np.array(_UNDERWEAR, np.uint8), np.array(_SKIN, np.uint8))
    return on_ground(shaded(mesh_layer(view, Surface(skin, model.faces), colours=colours)), _GROUND)
