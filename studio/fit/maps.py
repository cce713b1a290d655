"""Maps of a garment on its body: numbers as colours, from the front and from behind, with the scale that reads them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from studio.fit.assess import Assessment
from studio.fit.contact import felt_pa
from studio.fit.drag import DragLine
from studio.fit.strain import percentile
from studio.look.finish import subdivide
from studio.mesh.closest import Surface
from studio.mesh.picture import CLAY, SAMPLES, Layer, mesh_layer, on_ground, shaded
from studio.mesh.view import View, frame
from studio.page.colourmap import ColourMap, diverging, round_limit, sequential
from studio.page.document import TILE
from studio.specs.fitting import FittingSpec

#: Height of a picture [px], twice what a page shows; what is seen of the body around the garment [m]; and how much of light a map keeps.
_HEIGHT_PX, _AROUND_M, _MAP_RELIEF = 900, 0.06, 0.45
SIDES = {"Front": 0.0, "Back": 180.0}
#: A drag line is drawn where it is no farther behind what is seen than this [m]; its ink (sRGB) and width [px].
_SEEN_M, _INK, _WIDTH_PX = 0.02, (20, 24, 60), 4
#: The shortest scales: finer ones would show noise.
_LEAST_TENSION_N_M, _LEAST_KPA, _LEAST_GAP_MM = 2.0, 0.1, 10.0


@dataclass(frozen=True, eq=False)
class FitMap:
    """A map. name: Of its file. title, caption: For people. values: At the vertices of the sheet, (V,), in ``unit``. ends: What the ends of
    the scale mean. pictures: From the front and from behind, sRGB with alpha, (H, W, 4), uint8."""

    name: str
    title: str
    caption: str
    unit: str
    ends: tuple[str, str]
    colours: ColourMap
    values: np.ndarray
    pictures: tuple[np.ndarray, ...]


@dataclass(frozen=True, eq=False)
class Scene:
    """What is drawn: the skin (B, 3) [m] and its faces, and the garment as it is rendered (V + E, 3): its first are the
    sheet's. turned: Triangles of the sheet that are worn inside out, as a collar folded over its stand is, (F,), bool."""

    body: np.ndarray
    body_faces: np.ndarray
    garment: np.ndarray
    sheet_faces: np.ndarray
    sheet_count: int
    turned: np.ndarray


def fit_maps(found: Assessment, scene: Scene, rules: FittingSpec) -> tuple[FitMap, ...]:
    """Strain, tension with its drag lines, pressure and gap."""
    sheet = found.sheet
    areas = np.bincount(sheet.faces.ravel(), np.repeat(sheet.areas_m2 / 3, 3), minlength=len(sheet.vertices))
    limit = sheet.fabric.wearable_stretch_percent
    strain = sheet.at_vertices(100 * sheet.principal_strain[:, 0])
    tension = sheet.at_vertices(sheet.principal_tension[0][:, 0])
    kpa, gap = felt_pa(sheet) / 1000, 1000 * found.gaps_m
    highest = percentile(kpa, areas, 99.5)
    pressure_end = (
        rules.pressure.uncomfortable_kpa if highest > rules.pressure.comfortable_kpa / 2 else max(round_limit(highest), _LEAST_KPA)
    )
    wanted = (
        ("strain", "Strain against the flat pattern", f"The larger principal strain. Deep red: {limit:g} %, what the fabric is worn at.",
         "%", ("pushed together", "worn at its limit"), diverging(limit), strain, ()),
        ("tension", "Tension and drag lines", "The larger principal tension. Lines: drag lines, along the pull through wrinkled cloth.",
         "N/m", ("slack", "pulled"), sequential(max(round_limit(percentile(tension, areas, 98)), _LEAST_TENSION_N_M)), tension, found.drag),
        ("pressure", "Contact pressure", "By the solver, on what lies below. Light grey: no contact.",
         "kPa", ("none", "pressed"), sequential(pressure_end), kpa, ()),
        ("gap", "Gap between skin and cloth", "Light grey lies on the skin, or presses it in.",
         "mm", ("contact", "away"), sequential(max(round_limit(percentile(gap, areas, 95)), _LEAST_GAP_MM)), gap, ()),
    )  # fmt: skip
    canvas = _Canvas(scene)
    return tuple(
        FitMap(name, title, caption, unit, ends, colours, values, canvas.drawn(colours(values), lines))
        for name, title, caption, unit, ends, colours, values, lines in wanted
    )


class _Canvas:
    """The views of a garment and what they show; found once for all its maps."""

    def __init__(self, scene: Scene) -> None:
        self._fine = subdivide(scene.sheet_faces, scene.sheet_count)
        faces = np.where(np.tile(scene.turned, 4)[:, None], self._fine.faces[:, ::-1], self._fine.faces)
        self._surface = Surface(np.concatenate([scene.body, scene.garment]), np.concatenate([scene.body_faces, faces + len(scene.body)]))
        self._skin = np.broadcast_to(np.array(CLAY, np.uint8), (len(scene.body), 3))
        low, high = scene.garment.min(axis=0) - _AROUND_M, scene.garment.max(axis=0) + _AROUND_M
        self._views = frame([np.stack([low, high])], height_px=_HEIGHT_PX, azimuths_deg=tuple(SIDES.values()), margin=0.0)

    def drawn(self, colours: np.ndarray, lines: Sequence[DragLine]) -> tuple[np.ndarray, ...]:
        """The garment in colours of its sheet's vertices (V, 3), with lines on it."""
        between = colours[self._fine.edges].astype(np.float64).mean(axis=1).round().astype(np.uint8)
        painted = np.concatenate([self._skin, colours, between])
        pictures = []
        for view in self._views:
            layer = mesh_layer(view, self._surface, colours=painted)
            pictures.append(_with_lines(shaded(layer, relief=_MAP_RELIEF), layer, view, lines))
        return tuple(pictures)


def _with_lines(picture: np.ndarray, layer: Layer, view: View, lines: Sequence[DragLine]) -> np.ndarray:
    from PIL import Image, ImageDraw

    if not lines:
        return picture
    image = Image.fromarray(picture)
    draw = ImageDraw.Draw(image)
    height, width = layer.nearness.shape
    for line in lines:
        places = view.project(line.points)
        column, row = (np.clip((SAMPLES * places[:, k]).astype(int), 0, size - 1) for k, size in ((0, width), (1, height)))
        seen = places[:, 2] > layer.nearness[row, column] - _SEEN_M
        for k in np.flatnonzero(seen[1:] & seen[:-1]):
            draw.line([tuple(places[k, :2]), tuple(places[k + 1, :2])], fill=(*_INK, 255), width=_WIDTH_PX)
    return np.array(image)


def map_png(fit_map: FitMap, *, heading: str) -> bytes:
    """A map with its scale, as PNG."""
    from PIL import Image, ImageDraw, ImageFont

    tiles = [np.pad(on_ground(picture, TILE), ((0, 0), (0, 12), (0, 0)), constant_values=255) for picture in fit_map.pictures]
    body = np.concatenate(tiles, axis=1)[:, :-12]
    margin, head, foot = 40, 104, 120
    sheet = Image.new("RGB", (body.shape[1] + 2 * margin, body.shape[0] + head + foot), (255, 255, 255))
    sheet.paste(Image.fromarray(body), (margin, head))
    draw, ink, colours = ImageDraw.Draw(sheet), (27, 28, 31), fit_map.colours
    draw.text((margin, 18), f"{heading}: {fit_map.title}", ink, ImageFont.load_default(24))
    draw.text((margin, 56), fit_map.caption, (92, 94, 99), ImageFont.load_default(17))
    width, top = min(640, body.shape[1]), head + body.shape[0] + 22
    sheet.paste(Image.fromarray(np.tile(colours(np.linspace(colours.low, colours.high, width))[None], (18, 1, 1))), (margin, top))
    for value in np.linspace(colours.low, colours.high, 5):
        x = margin + (value - colours.low) / (colours.high - colours.low) * width
        anchor = "la" if value == colours.low else "ra" if value == colours.high else "ma"
        draw.text((x, top + 26), f"{value:g} {fit_map.unit}", ink, ImageFont.load_default(18), anchor=anchor)
    for k, (text, anchor) in enumerate(zip(fit_map.ends, ("la", "ra"), strict=True)):
        draw.text((margin + k * width, top + 54), text, (92, 94, 99), ImageFont.load_default(16), anchor=anchor)
    buffer = io.BytesIO()
    sheet.save(buffer, "PNG")
    return buffer.getvalue()
