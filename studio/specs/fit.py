"""What may be asked of a fit of a body model to a scan."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from studio.specs.base import Spec

#: What was done.
Mode = Literal["skin", "clothed"]


class FitSpec(Spec):
    """How a twin is fitted to a scan.

    body: The body model that the twin is expressed in.
    mode: ``skin``: the twin hugs the scanned surface (naked or in tight clothes), with offsets. ``clothed``: the body under the clothes:
        cloth may stand off it, skin (face, hands) is met, and there are no offsets. ``auto``: whichever suits the scan, and it says why.
    betas: Shape coefficients that may be used; the model may have fewer.
    points: Correspondences from each side at the finest level. starts: Poses that are followed from the start.
    landmarks: Places on the scan that are known, in world coordinates [m], by name (see ``studio.twin.landmarks``); none are needed.
    joints: Joints of the person that are known roughly, in world coordinates [m], by SMPL-X name: from a depth camera's skeleton or from
        keypoints. joints_sd_m: How far they may be off, one standard deviation [m].
    seed: Of the sampling of points; the same seed gives the same twin.
    """

    body: Literal["open", "smplx"] = "open"
    mode: Literal["skin", "clothed", "auto"] = "skin"
    betas: int = Field(default=300, ge=10, le=300)
    points: int = Field(default=5000, ge=1000, le=100_000)
    starts: int = Field(default=9, ge=1, le=64)
    landmarks: dict[str, tuple[float, float, float]] = Field(default_factory=dict)
    joints: dict[str, tuple[float, float, float]] = Field(default_factory=dict)
    joints_sd_m: float = Field(default=0.03, gt=0, le=1)
    seed: int = Field(default=1, ge=0, le=2**31 - 1)
