"""Skin: melanin and blood give the colour, three scales of noise the mottling, subsurface scattering the softness, bump the pores.

All noise runs over the rest positions, so that it sticks to the skin in every pose. Colours, scales and strengths were found by
rendering and looking, at 0.3 to 1.5 mm a pixel; finer relief than a pixel shows only as roughness, so it is left out there.

A twin with pictures of its own skin takes colour and relief from them; pores, oil and scattering, which no scan resolves, stay.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from studio.blender.nodes import Graph, Value

#: Mean free path scale [m] and its share by colour channel (blood lets red light travel farthest).
_SCATTER_M, _SCATTER_RGB = 0.0026, (1.0, 0.36, 0.19)
_SCATTER_DEEP_RGB = (1.0, 0.45, 0.28)
#: Pixels larger than this on the skin [mm] show no pores.
_PORES_BELOW_MM = 0.55
#: Pixels larger than this [mm] do not tell a random walk from its diffusion profile (Burley 2015), which costs half as much.
_WALK_BELOW_MM = 0.80
#: Plain underwear, linear Rec.709: a light warm grey that suits every skin.
_UNDERWEAR = (0.42, 0.39, 0.37)
#: Width of the hems of underwear [m] (jersey: 8 to 12 mm).
_HEM_M = 0.009
#: Fine mottling over a picture, which has none at the size of pores: the darkest of it, by colour channel.
_FINE_MOTTLE = (0.95, 0.91, 0.90)


@dataclass(frozen=True)
class SkinImages:
    """Pictures of a twin's own skin: colour without light, and relief in tangent space."""

    albedo: bpy.types.Image
    normal: bpy.types.Image

    @classmethod
    def load(cls, paths: dict[str, Path]) -> SkinImages:
        """Load the files ``albedo`` and ``normal``."""
        images = {role: bpy.data.images.load(str(path)) for role, path in paths.items()}
        images["normal"].colorspace_settings.name = "Non-Color"
        return cls(**images)


def skin_detail(pixel_mm: float) -> str:
    """What pixels of that size can show: ``pores``, ``near`` (soft edges of light, no pores) or ``far``."""
    if pixel_mm < _PORES_BELOW_MM:
        return "pores"
    return "near" if pixel_mm < _WALK_BELOW_MM else "far"


def skin_material(
    skin: dict[str, Any], lips: dict[str, Any], scalp: list[float] | None, detail: str, *, pictures: SkinImages | None = None
) -> bpy.types.Material:
    """The material of the body. scalp: colour under the hair, or None. detail: from `skin_detail`. pictures: of the twin's own skin."""
    graph = Graph("skin")
    melanin, years = float(skin["melanin"]), _years(skin)
    where = graph.attribute_vector("rest_co")
    base = np.array(skin["albedo"])
    blood = base * ([1.02, 0.60, 0.58] if melanin < 0.6 else [1.08, 0.72, 0.70])
    broad, middle = graph.noise(where, 55, 3, 0.55), graph.noise(where, 260, 3 if detail == "pores" else 1, 0.6)
    fine = graph.noise(where, 900, 2, 0.6) if detail == "pores" else middle
    own = pictures is not None
    colour = _own_colour(graph, pictures, fine, detail) if own else _flesh(graph, skin, base, blood, (broad, middle, fine), detail)
    lip = graph.ramp(graph.add(graph.attribute("lips"), graph.times(graph.math("SUBTRACT", middle, 0.5), 0.22)), 0.22, 0.78)
    if not own:
        colour = graph.colour(graph.times(lip, 0.86), colour, _lip_colour(graph, lips, melanin, years, middle, detail))
    nail = graph.ramp(graph.math("MAXIMUM", graph.attribute("fingernails"), graph.attribute("toenails")), 0.3, 0.6)
    if not own:
        colour = graph.colour(graph.times(nail, 0.6), colour, base * [1.0, 0.84, 0.82] + 0.03)
    colour = graph.colour(graph.attribute("inside_mouth"), colour, blood * [0.35, 0.22, 0.24])
    if detail != "far":
        colour = graph.colour(graph.times(graph.attribute("lip_line"), 0.55), colour, blood * [0.30, 0.16, 0.16])
        colour = graph.colour(graph.times(graph.attribute("nostril"), 0.85), colour, blood * [0.22, 0.12, 0.11])
    if scalp is not None:
        under = graph.add(graph.attribute("scalp"), graph.times(graph.math("SUBTRACT", fine, 0.5), 0.5))
        colour = graph.colour(graph.ramp(under, 0.25, 0.95, 0, 0.92), colour, scalp)
    if skin["stubble"] > 0 and not own:  # what lies under the skin; what has come out of it is grown (studio.shot.groom.face)
        shade = graph.times(graph.attribute("beard"), graph.ramp(fine, 0.3, 0.7, 0.55, 1.0), 0.42 * skin["stubble"])
        colour = graph.colour(shade, colour, base * [0.36, 0.37, 0.40])
    colour = graph.colour(graph.times(graph.attribute("lid_upper"), 0.85), colour, base * 0.10)
    colour = graph.colour(graph.times(graph.attribute("lid_lower"), 0.45), colour, blood * 0.55)
    cloth, colour = _underwear(graph, colour, where, detail)
    normal, pores = _relief(graph, where, lip, nail, cloth, years, detail, under=_own_relief(graph, pictures) if own else None)
    roughness = _roughness(graph, skin, melanin, middle, fine, pores, lip, nail)
    oil, gloss = graph.attribute("oil"), skin["gloss"] * (1.0 - 0.5 * years)  # old skin is drier
    coat = graph.add(0.04, graph.times(oil, 0.04 + 0.13 * gloss), graph.times(lip, 0.06 + 0.42 * lips["gloss"]))
    inputs: dict[str | int, Value] = {
        "Base Color": colour, "Roughness": graph.lerp(cloth, roughness, 0.9), "IOR": 1.42,
        "Specular IOR Level": 0.42 - 0.20 * melanin**2,
        "Subsurface Weight": 1.0, "Subsurface Radius": _SCATTER_RGB if melanin < 0.7 else _SCATTER_DEEP_RGB,
        "Subsurface Scale": _SCATTER_M * (1.0 if melanin < 0.7 else 0.7),
        "Coat Weight": coat, "Coat Roughness": 0.34, "Coat IOR": 1.45,
        "Sheen Weight": 0.03 if melanin < 0.6 else 0.012, "Sheen Roughness": 0.35,
    }  # fmt: skip
    if normal is not None:
        inputs["Normal"] = normal
    if detail == "far":
        return graph.surface(graph.node("BsdfPrincipled", inputs, subsurface_method="BURLEY"))
    wet = graph.math("MAXIMUM", graph.attribute("inside_mouth"), graph.attribute("lip_wet"))
    thin = graph.math("MAXIMUM", graph.times(graph.attribute("ears"), 0.8), graph.attribute("nostril"))  # light comes through
    bare = graph.inverse(cloth)
    inputs["Roughness"] = graph.lerp(wet, inputs["Roughness"], graph.lerp(cloth, 0.24, 0.9))
    inputs["Coat Weight"] = graph.times(graph.math("MAXIMUM", coat, graph.times(wet, 0.55)), bare)
    inputs["Subsurface Weight"] = bare
    inputs["Subsurface Scale"] = graph.times(inputs["Subsurface Scale"], graph.add(1.0, thin))
    inputs |= {"Subsurface Anisotropy": 0.75, "Subsurface IOR": 1.4}
    return graph.surface(graph.node("BsdfPrincipled", inputs, subsurface_method="RANDOM_WALK_SKIN"))


def _years(skin: dict[str, Any]) -> float:
    """From 0, when skin begins to show its age, to 1 in old age."""
    return min(max((float(skin["age"]) - 28.0) / 45.0, 0.0), 1.0)


def _underwear(graph: Graph, colour: Value, where: Value, detail: str) -> tuple[Value, Value]:
    """Where underwear lies, 0 to 1, and the colour with it: knitted cloth its hem stitched where pixels are small."""
    inside = graph.attribute("underwear")
    under = graph.ramp(inside, -0.0008, 0.0008)
    cloth: Value = _UNDERWEAR
    if detail != "far":
        hem = graph.math("ABSOLUTE", graph.math("SUBTRACT", inside, _HEM_M))
        cloth = graph.colour(graph.ramp(graph.noise(where, 1200, 1), 0.3, 0.7), [0.90 * part for part in _UNDERWEAR], _UNDERWEAR)
        cloth = graph.colour(graph.ramp(hem, 0.0012, 0.0004, 0, 0.35), cloth, [0.55 * part for part in _UNDERWEAR])
    return under, graph.colour(under, colour, cloth)


def _flesh(
    graph: Graph, skin: dict[str, Any], base: np.ndarray, blood: np.ndarray, noises: tuple[Value, Value, Value], detail: str
) -> Value:
    """Base colour, mottled warm and cool, with blood where the skin is thin, freckles, and the spots that years of light leave."""
    years, (broad, middle, fine) = _years(skin), noises
    colour = graph.colour(graph.ramp(broad, 0.35, 0.70, 0, 0.8), base, base * [1.02, 0.92, 0.89])
    colour = graph.colour(graph.ramp(middle, 0.42, 0.75, 0, 0.5 + 0.3 * years), colour, base * [0.94, 0.84, 0.81])
    if fine is not middle:
        colour = graph.colour(graph.ramp(fine, 0.55, 0.80, 0, 0.4 + 0.2 * years), colour, base * [0.85, 0.74, 0.70])
    flush = graph.times(graph.attribute("blush"), graph.ramp(broad, 0.25, 0.8, 0.7, 1.0), 0.18 + 0.62 * skin["redness"])
    colour = graph.colour(flush, colour, blood)
    colour = graph.colour(graph.times(graph.attribute("knuckle"), 0.4 + 0.4 * skin["redness"]), colour, blood)
    colour = graph.colour(graph.times(graph.attribute("undereye"), 0.30 + 0.25 * years), colour, base * [0.80, 0.66, 0.68])
    colour = graph.colour(graph.times(graph.attribute("eyelids"), 0.24), colour, blood * 0.90)
    if skin["freckles"] > 0:
        colour = _spots(graph, colour, detail, 95, 0.045, 0.97 - 0.6 * skin["freckles"], 0.35, base * [0.55, 0.40, 0.35])
    if years > 0.3 and detail != "far":  # solar lentigines, from the forties on
        colour = _spots(graph, colour, detail, 42, 0.14, 1.0 - 0.35 * (years - 0.3), 0.55, base * [0.60, 0.47, 0.40])
    return colour


def _spots(graph: Graph, colour: Value, detail: str, scale: float, size: float, chosen: float, strength: float, spot: np.ndarray) -> Value:
    """The colour with roundish spots in those cells of a Voronoi pattern that lie above ``chosen``. size: In cells."""
    where = graph.attribute_vector("rest_co")
    cells = graph.cells(where if detail == "far" else graph.warped(where, 900, 0.0012), scale)
    keep = graph.ramp(graph.node("SeparateColor", {0: cells.outputs["Color"]}).outputs[0], chosen, chosen + 0.03, 0, strength)
    return graph.colour(graph.times(graph.ramp(cells.outputs["Distance"], size, 0.45 * size), keep), colour, spot)


def _lip_colour(graph: Graph, lips: dict[str, Any], melanin: float, years: float, middle: Value, detail: str) -> Value:
    """The lips' own colour by melanin, paler with age, under a lipstick where there is one; deeper towards the moist inner lip."""
    deep = min(melanin * 1.25, 1.0)
    own = np.array([0.60, 0.265, 0.225]) * (1 - deep) + np.array([0.17, 0.062, 0.055]) * deep
    own = own * (1 - 0.12 * years)
    if lips["tint_rgb"] is not None:
        own = own * (1 - lips["strength"]) + np.array(lips["tint_rgb"]) * lips["strength"]
    colour = graph.colour(graph.ramp(middle, 0.3, 0.75), own, own * [0.86, 0.76, 0.77])
    if detail == "far":
        return colour
    return graph.colour(graph.times(graph.attribute("lip_wet"), 0.5), colour, own * [0.86, 0.60, 0.62])


def _own_colour(graph: Graph, pictures: SkinImages, fine: Value, detail: str) -> Value:
    """The picture's colour, with fine mottling where a pixel is small enough to show it."""
    colour = graph.node("TexImage", image=pictures.albedo, interpolation="Linear", extension="EXTEND").outputs["Color"]
    return graph.colour(graph.ramp(fine, 0.45, 0.85), colour, _FINE_MOTTLE, "MULTIPLY") if detail == "pores" else colour


def _own_relief(graph: Graph, pictures: SkinImages) -> Value:
    """The normal that the normal map in tangent space gives."""
    texture = graph.node("TexImage", image=pictures.normal, interpolation="Linear", extension="EXTEND")
    return graph.node("NormalMap", {"Color": texture.outputs["Color"]}, space="TANGENT", uv_map="UVMap").outputs["Normal"]


def _relief(
    graph: Graph, where: Value, lip: Value, nail: Value, cloth: Value, years: float, detail: str, *, under: Value | None = None
) -> tuple[Value | None, Value | None]:
    """The bump of pores, fine lines, unevenness and lip furrows, and the pores' own field; only ``under`` where pixels are too large."""
    if detail == "far":
        return under, None
    uneven = graph.times(graph.noise(where, 150, 2, 0.5), graph.inverse(lip), graph.inverse(cloth))
    broad = graph.bump(uneven, strength=0.6, distance_m=0.0005 + 0.0004 * years, normal=under)
    if detail != "pores":  # what is left of pores and lines at that size: a grain that breaks highlights up
        grain = graph.times(graph.noise(where, 420, 2, 0.68), graph.inverse(lip), graph.inverse(nail))
        return graph.bump(grain, strength=0.7, distance_m=0.00030, normal=broad), None
    pores = graph.ramp(graph.cells(graph.warped(where, 700, 0.0006, 1), 720).outputs["Distance"], 0.05, 0.34)
    lines = graph.ramp(graph.cells(graph.warped(where, 350, 0.0012), 950, "DISTANCE_TO_EDGE").outputs["Distance"], 0.0, 0.22)
    zone = graph.add(0.55, graph.times(graph.attribute("oil"), 0.7), graph.times(graph.attribute("blush"), 0.4))
    relief = graph.add(graph.times(pores, zone), graph.times(lines, 0.16 + 0.1 * years), graph.times(graph.noise(where, 420, 4, 0.68), 1.2))
    if years > 0:
        creases = graph.ramp(graph.cells(graph.warped(where, 260, 0.0025), 380, "DISTANCE_TO_EDGE").outputs["Distance"], 0.0, 0.16)
        relief = graph.add(relief, graph.times(creases, graph.attribute("fine_lines"), 1.6 * years))
    furrows = graph.noise(graph.stretched(where, (1.0, 0.3, 0.2)), 800, 3, 0.55)
    relief = graph.add(graph.times(relief, graph.inverse(lip)), graph.times(furrows, lip, 2.6))
    relief = graph.lerp(cloth, graph.times(relief, graph.inverse(nail)), graph.noise(where, 1200, 1))
    return graph.bump(relief, strength=0.85, distance_m=0.00028, normal=broad), pores


def _roughness(
    graph: Graph, skin: dict[str, Any], melanin: float, middle: Value, fine: Value, pores: Value | None, lip: Value, nail: Value
) -> Value:
    """Broken up by the mottling, lower where the skin is oily; relief that is too fine to see widens the highlight instead."""
    base = 0.44 + 0.02 * melanin + (0.05 if pores is None else 0.0) + 0.04 * _years(skin)
    rough = graph.add(base, graph.times(graph.math("SUBTRACT", middle, 0.5), 0.26))
    if fine is not middle:
        rough = graph.add(rough, graph.times(graph.math("SUBTRACT", fine, 0.5), 0.22))
    rough = graph.math("SUBTRACT", rough, graph.times(graph.attribute("oil"), 0.05 + 0.14 * skin["gloss"] * (1.0 - 0.5 * _years(skin))))
    if pores is not None:
        rough = graph.add(rough, graph.times(graph.inverse(pores), 0.12))
    return graph.lerp(nail, graph.lerp(lip, rough, 0.36), 0.20)
