"""What the open body's mesh is made of: quads, texture coordinates, parts and regions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class BodySurface:
    """The open body's surface. V vertices, Q quads.

    quads: Vertex numbers, shape (Q, 4), int32; triangles 2 i and 2 i + 1 of the model are the halves of quad i.
    uv: Texture coordinates of the corners, origin bottom left, shape (Q, 4, 2), float32 (MakeHuman's layout).
    part: What each vertex belongs to, a number into ``parts``, shape (V,), uint8.
    parts: ``skin``, ``tongue``, ``left_eye``, ``right_eye``, ``upper_teeth``, ``lower_teeth``.
    mirror: Vertex on the other side of the body, shape (V,), int32.
    hm08: Vertex of the MakeHuman base mesh hm08, shape (V,), int32.
    regions: Masks 0 to 1 per vertex, each (V,), float32: ``lips``, ``ears``, ``eyelids``, ``face``, ``fingernails``,
        ``toenails``, ``inside_mouth``, ``scalp``.
    outer: Skin that can be seen from outside (not eyeballs, tongue, mouth cavity, eye sockets), shape (V,), bool: what a scan
        shows and what cloth rests on.
    """

    quads: np.ndarray
    uv: np.ndarray
    part: np.ndarray
    parts: tuple[str, ...]
    mirror: np.ndarray
    hm08: np.ndarray
    regions: dict[str, np.ndarray]
    outer: np.ndarray

    def is_part(self, name: str) -> np.ndarray:
        """Which vertices belong to a part, shape (V,), bool."""
        return self.part == self.parts.index(name)


_PART_NAMES = {
    "body": "skin", "helper-tongue": "tongue", "helper-l-eye": "left_eye", "helper-r-eye": "right_eye",
    "helper-upper-teeth": "upper_teeth", "helper-lower-teeth": "lower_teeth",
}  # fmt: skip


def surface_from_arrays(arrays: dict[str, np.ndarray]) -> BodySurface:
    """The surface kept in an open body's npz."""
    regions = dict(zip(map(str, arrays["studio_regions"]), arrays["studio_region_masks"].astype(np.float32), strict=True))
    return BodySurface(
        quads=arrays["studio_quads"],
        uv=arrays["studio_uv"],
        part=arrays["studio_part"],
        parts=tuple(_PART_NAMES[str(name)] for name in arrays["studio_parts"]),
        mirror=arrays["studio_mirror"],
        hm08=arrays["studio_hm08"],
        outer=regions.pop("outer") > 0.5,
        regions=regions,
    )
