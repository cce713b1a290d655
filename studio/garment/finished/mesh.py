"""A finished garment as its file holds it: one triangle mesh in the file's own coordinates, its materials, and their variants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from studio.specs.base import Spec

Share = Annotated[float, Field(ge=0, le=1)]
Picture = Annotated[str, Field(pattern=r"^picture-\d+\.(png|jpg)$")]


class Material(Spec):
    """How a part of a finished garment looks: the metallic-roughness model of glTF 2.0 (section 3.9), which OBJ and FBX are read into.

    rgb: Base colour, linear light; it multiplies the picture. colour, normal, surface: Pictures by their file in the asset: base colour in
    sRGB; normals in tangent space, OpenGL's convention; roughness in G and metal in B. normal_scale: How strong the normals are.
    opacity: 1 is solid. cut_out: The colour's alpha says where there is no cloth.
    """

    name: Annotated[str, Field(max_length=200)]
    rgb: tuple[Share, Share, Share] = (1.0, 1.0, 1.0)
    roughness: Share = 0.8
    metallic: Share = 0.0
    opacity: Share = 1.0
    cut_out: bool = False
    normal_scale: Annotated[float, Field(ge=0, le=4)] = 1.0
    colour: Picture | None = None
    normal: Picture | None = None
    surface: Picture | None = None


class Variant(Spec):
    """One way in which a garment comes. materials: For each part of its mesh, a number into the garment's materials."""

    name: Annotated[str, Field(min_length=1, max_length=64)]
    materials: tuple[Annotated[int, Field(ge=0)], ...] = ()


@dataclass(frozen=True, eq=False)
class MeshFile:
    """What was read.

    points: Shape (N, 3), float64, file coordinates and unit. faces: Triangles, shape (F, 3), int64. part: What is one material in every
    variant, shape (F,), int32. corner_uv: Texture coordinates of the corners, origin at the lower left, shape (F, 3, 2), float64, or None.
    materials: Empty where the file says nothing of looks. pictures: As they were packed, by the names that materials use.
    variants: The first is worn where none is named. up: ``y`` (the subject faces +z) or ``z`` (it faces -y).
    metres_per_unit: What the format prescribes, or None.
    """

    points: np.ndarray
    faces: np.ndarray
    part: np.ndarray
    corner_uv: np.ndarray | None
    materials: tuple[Material, ...] = ()
    variants: tuple[Variant, ...] = ()
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    up: Literal["y", "z"] = "y"
    metres_per_unit: float | None = None
    remarks: tuple[str, ...] = ()
