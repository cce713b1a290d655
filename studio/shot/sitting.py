"""A look before the camera: the posed figure with its face, what it wears, how it looks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from studio.errors import StudioError
from studio.garment.formats.garmentcode import parse_garmentcode
from studio.shot.closures import Opening, opening_of
from studio.shot.cloth import Garment
from studio.shot.complexion import bust_height
from studio.shot.expression import expression_of, with_lids
from studio.shot.fabric import cloth_surface
from studio.shot.figure import Figure, figure_of
from studio.shot.head import find_head
from studio.shot.painted import PaintedGarment, painted_garment
from studio.specs.appearance import AppearanceSpec, load_appearance
from studio.specs.base import validate
from studio.specs.expression import ExpressionSpec
from studio.specs.fabric import FabricSpec
from studio.specs.scene import Gaze
from studio.specs.wind import WindSpec
from studio.store import Asset
from studio.store.refs import Ref
from studio.store.store import Store
from studio.twin.twin import SkinPictures, skin_pictures

#: A face of which the scan showed more than this brings its own brows.
_OWN_FACE = 0.5


@dataclass(frozen=True)
class Sitting:
    """A look in front of the camera: what all of its shots share."""

    look: Asset
    figure: Figure
    garments: tuple[Garment | PaintedGarment, ...]
    appearance: AppearanceSpec
    pictures: SkinPictures | None
    wind_m_s: tuple[float, float, float]


def worn_appearance(store: Store, look: Asset, asked: str | None) -> AppearanceSpec:
    """As asked, else the twin's own, else the one that fits the body's shape."""
    if asked is not None:
        return load_appearance(asked)
    own = own_appearance(store.resolve(Ref.parse(look.facts["twin"], kind="twin")))
    if own is not None:
        return own
    figure = _figure(look, {})
    return load_appearance("ines" if bust_height(figure) is not None else "jonas")


def own_appearance(twin: Asset) -> AppearanceSpec | None:
    """The appearance that a twin was given, in the skin tone that was read from its scan; None where it has none."""
    own, melanin = twin.facts.get("appearance"), twin.facts.get("skin_melanin")
    if isinstance(own, str):
        preset = load_appearance(own)
        if melanin is None:
            return preset
        return preset.model_copy(update={"skin": preset.skin.model_copy(update={"melanin": min(max(float(melanin), 0.0), 1.0)})})
    if isinstance(own, Mapping):
        worn = validate(AppearanceSpec, dict(own), source=f"the appearance of {twin.ref}")
        if "age" in own.get("skin", {}) or twin.facts.get("age") is None:
            return worn
        return worn.model_copy(update={"skin": worn.skin.model_copy(update={"age": float(twin.facts["age"])})})  # of an older version
    return None


def sit_for(
    store: Store, look: Asset, appearance: AppearanceSpec, *, expression: ExpressionSpec | None = None, gaze: Gaze = "camera"
) -> Sitting:
    """Take a published look before the camera. expression: The appearance's own without it. gaze: Which lids follow.

    Raises StudioError for a look that was made on another build of the body.
    """
    face = expression or expression_of(appearance)
    pictures = skin_pictures(store.resolve(Ref.parse(look.facts["twin"], kind="twin")))
    if pictures is not None and pictures.face_covered > _OWN_FACE:  # brows of one's own are in the picture, where they are
        appearance = appearance.model_copy(update={"brows": appearance.brows.model_copy(update={"density": 0.0})})
    figure = _figure(look, with_lids(face.actions, gaze, find_head(_figure(look, face.actions))))
    return Sitting(look, figure, _garments(look, eyes_m=float(figure.joint("left_eye")[2])), appearance, pictures, _wind(look))


def _wind(look: Asset) -> tuple[float, float, float]:
    """Velocity of the wind that the look was dressed in [m/s]: it blows in the hair too."""
    blown = look.manifest.spec.get("wind")
    return (0.0, 0.0, 0.0) if blown is None else validate(WindSpec, blown, source=f"the wind of {look.ref}").velocity_m_s


def _figure(look: Asset, actions: Mapping[str, float]) -> Figure:
    from studio.body.model import BodyParameters, load_body

    model, arrays = load_body(), look.arrays("body.npz")
    if len(arrays["vertices"]) != model.vertex_count or look.facts["body"]["digest"] != model.digest:
        raise StudioError(f"{look.ref} was made on another build of the body '{look.facts['body']['name']}'; dress the twin again.")
    return figure_of(model, BodyParameters.from_arrays(arrays), offsets=arrays["offsets"], expression=dict(actions))


def fabric_of(facts: Mapping[str, Any]) -> tuple[FabricSpec, Path]:
    """The fabric of one of a look's garments, and the folder that its print lies in."""
    from studio import library
    from studio.garment.catalog import load_fabric

    return load_fabric(facts["fabric"]), library.folder("garments", "fabrics")


def _garments(look: Asset, *, eyes_m: float) -> tuple[Garment | PaintedGarment, ...]:
    """What the look wears. eyes_m: Height of the eyes: hair lies under hats, and under what is worn higher than that, as a hood is."""
    garments: list[Garment | PaintedGarment] = []
    for index, facts in enumerate(look.facts["garments"]):
        if facts.get("materials"):
            garments.append(painted_garment(look, index, facts))
            continue
        arrays, (fabric, folder) = look.arrays(f"garment-{index}.npz"), fabric_of(facts)
        vertices = np.asarray(arrays["vertices"], dtype=float)
        surface, opening = cloth_surface(fabric, facts.get("colourway"), folder=folder), _opening(look, index)
        garments.append(
            Garment(
                name=f"{facts['garment']}-{index}",
                vertices=vertices,
                faces=arrays["faces"],
                uv_cm=np.asarray(arrays["uv_cm"], dtype=float),
                panel=arrays["panel"],
                ribs=frozenset(facts.get("ribs", ())),
                look=surface.look | {"opening_mm": None if opening is None else opening.edge_mm},
                opening=opening,
                weave=surface.weave,
                print=surface.print,
                over_hair=facts.get("kind") == "hat" or float(vertices[:, 2].max()) > eyes_m,
            )
        )
    return tuple(garments)


def _opening(look: Asset, index: int) -> Opening | None:
    """The front opening of a garment that was sewn from a pattern."""
    if f"pattern-{index}.json" not in look.manifest.files:
        return None
    patterns = parse_garmentcode(look.path(f"pattern-{index}.json").read_bytes(), file=f"{look.ref}/pattern").patterns
    return opening_of(next(iter(patterns.values())))
