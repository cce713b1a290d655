"""What the store knows of a shot: who wears what, how it was photographed, and how it came about at all."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from studio.errors import StudioError
from studio.specs.base import canonical_json
from studio.store import Asset, Ref
from studio.store.store import Store

#: Rooms whose stages compute a picture from geometry, measurements and authored files, and generate nothing.
_COMPUTED = ("scan", "twin", "garment", "look", "shot")
#: The room that changes a picture with a trained model.
_GENERATIVE = "refine"
#: Terms of IPTC's digital source types (definitions as in C2PA's specification).
_RENDERED, _REFINED = "digitalCreation", "compositeWithTrainedAlgorithmicMedia"


@dataclass(frozen=True)
class WornGarment:
    """A garment of a look, as its recipe has it.

    version, fabric_version: The reference of an imported garment; for what comes from the library the first 12 digits of the SHA-256 of
    what its file said. fabric_title, colour: What its cloth is called, and its sRGB hex; None where the garment has looks of its own.
    """

    garment: str
    title: str
    kind: str
    version: str
    size: str | None
    fabric: str
    fabric_version: str
    fabric_title: str | None
    colourway: str | None
    colour: str | None
    printed: bool


@dataclass(frozen=True)
class Origin:
    """Where a shot comes from. ``worn`` and ``pose`` are None where the look is not in the store.

    recipe: Digest of the shot's recipe. camera, set: What the shot's recipe says of them. seconds: Of rendering.
    source_type: Term of IPTC's digital source types, from the lineage; None where the lineage is not known whole.
    """

    shot: str
    recipe: str
    look: str
    twin: str | None
    scene: str
    view: str
    settings: str | None
    quality: str
    seed: int | None
    device: str | None
    seconds: float | None
    camera: Mapping[str, Any]
    set: Mapping[str, Any]
    worn: tuple[WornGarment, ...] | None
    pose: str | None
    source_type: str | None


def origin_of(store: Store, shot: Asset) -> Origin:
    """What is known of a published shot."""
    facts, spec = shot.facts, shot.manifest.spec
    look = _found(store, facts["look"])
    return Origin(
        shot=str(shot.ref),
        recipe=shot.manifest.recipe,
        look=facts["look"],
        twin=facts.get("twin"),
        scene=facts["scene"],
        view=facts["camera"],
        settings=facts.get("settings"),
        quality=facts["quality"],
        seed=shot.manifest.seeds.get("cycles"),
        device=facts.get("device"),
        seconds=facts.get("render_seconds"),
        camera=_mapping(spec.get("camera")),
        set=_mapping(_mapping(spec.get("scene")).get("set")),
        worn=None if look is None else _worn(store, look, spec.get("fabrics") or ()),
        pose=None if look is None else look.facts.get("pose"),
        source_type=source_type(store, shot),
    )


def source_type(store: Store, asset: Asset) -> str | None:
    """IPTC's term for how an asset came about, from the stages that it and all it was made from went through; so nothing can deny it.

    None where something that it was made from is not in the store, or was made by a stage that is not known.
    """
    rooms: set[str] = set()
    waiting, seen, whole = [asset], set(), True
    while waiting:
        current = waiting.pop()
        if current.digest in seen:
            continue
        seen.add(current.digest)
        rooms.add(current.manifest.stage.partition(".")[0])
        for item in current.manifest.inputs:
            if not _is_asset(item.name):
                continue
            source = _found(store, item.name)
            whole = whole and source is not None and source.digest == item.digest
            waiting += [source] if source is not None else []
    if _GENERATIVE in rooms:
        return _REFINED
    return _RENDERED if whole and rooms <= set(_COMPUTED) else None


def _worn(store: Store, look: Asset, fabric_looks: Any) -> tuple[WornGarment, ...]:
    """The garments of a look. fabric_looks: What the shot's recipe says of how their fabrics look, in the same order."""
    spec, garments = look.manifest.spec, []
    for index, facts in enumerate(look.facts.get("garments", ())):
        library = _mapping(_at(spec.get("garments"), index))
        imported = None if facts.get("asset") is None else _found(store, facts["asset"])
        fabric = _mapping(_at(spec.get("fabrics"), index))
        looks = _mapping(_at(fabric_looks, index)) or _mapping(fabric.get("appearance"))
        title = library.get("title") or (None if imported is None else imported.facts.get("title"))
        own = bool(facts.get("materials"))
        garments.append(
            WornGarment(
                garment=facts["garment"],
                title=str(title or facts["garment"].replace("-", " ")),
                kind=facts.get("kind") or "garment",
                version=facts.get("asset") or _short_digest(library),
                size=facts.get("size"),
                fabric=facts["fabric"],
                fabric_version=_short_digest(fabric),
                fabric_title=None if own else fabric.get("title"),
                colourway=facts.get("colourway"),
                colour=None if own else _colour(looks, facts.get("colourway")),
                printed=not own and looks.get("print") is not None,
            )
        )
    return tuple(garments)


def _colour(looks: Mapping[str, Any], colourway: str | None) -> str | None:
    return looks.get("colour") if colourway is None else _mapping(looks.get("colourways")).get(colourway)


def _short_digest(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical_json(dict(content)).encode()).hexdigest()[:12] if content else "unknown"


def _is_asset(name: str) -> bool:
    """Whether an input's name is a reference to something in a store: files from outside go by their own names."""
    try:
        ref = Ref.parse(name)
    except StudioError:
        return False
    return ref.version is not None and ref.kind in (*_COMPUTED, _GENERATIVE)


def _found(store: Store, ref: str) -> Asset | None:
    try:
        return store.resolve(ref)
    except StudioError:
        return None


def _at(items: Any, index: int) -> Any:
    return items[index] if isinstance(items, list | tuple) and index < len(items) else None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
