"""What a garment is: the block it is drafted from, its design parameters in cm, its usual fabric and where it lies among layers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from studio.specs.base import Spec

Ease = Annotated[float, Field(ge=-20, le=60)]
Length = Annotated[float, Field(ge=0, le=150)]
Share = Annotated[float, Field(ge=0, le=1)]


class GarmentSpec(Spec):
    """One garment of the library: ``garments/<name>/garment.toml``.

    block: The drafting programme.
    design: Its parameters; each block's own model below says which there are and what they mean.
    fabric: Name of the usual fabric. layer: 1 is worn next to the skin, higher numbers over lower ones.
    chart: The size chart that a bare size letter means.
    measures: The body measures the draft uses.
    """

    title: str
    block: Literal["tee", "a-line-skirt", "straight-trousers", "shift-dress"]
    fabric: str
    layer: Annotated[int, Field(ge=1, le=9)]
    chart: str
    measures: tuple[str, ...]
    source: str
    design: dict[str, float | bool | str] = Field(default_factory=dict)


class TeeDesign(Spec):
    """A T-shirt: set-in sleeves, round neck with a rib band, no darts.

    bust_ease_cm, hip_ease_cm, upper_arm_ease_cm: Garment girth less body girth.
    armhole_ease_cm: How much the armhole is deeper than the body's scye depth.
    shoulder_extension_cm: How far the shoulder seam goes past the shoulder point.
    neck_side_cm, neck_front_cm, neck_back_cm: How far the finished neckline lies outside the neck base at the side, in front, behind.
    band_cm: Width of the rib band; 0 leaves it out.
    length_below_hip_cm: Hem below the hip level, along the side.
    sleeve_share: Sleeve length as a share of the arm from shoulder point to wrist.
    cap_ease: How much longer the sleeve cap is than the armhole, as a share.
    waist_shaping: 0 leaves the side seam straight, 1 takes in the waist to its own girth plus the ease.
    """

    bust_ease_cm: Ease = 12.0
    hip_ease_cm: Ease = 8.0
    upper_arm_ease_cm: Ease = 6.5
    armhole_ease_cm: Ease = 3.0
    shoulder_extension_cm: Ease = 0.5
    neck_side_cm: Ease = 1.9
    neck_front_cm: Ease = 1.5
    neck_back_cm: Ease = 0.4
    band_cm: Annotated[float, Field(ge=0, le=6)] = 2.0
    length_below_hip_cm: Ease = 4.0
    sleeve_share: Annotated[float, Field(ge=0.2, le=1.1)] = 0.34
    cap_ease: Annotated[float, Field(ge=0, le=0.05)] = 0.005
    waist_shaping: Share = 0.3


class SkirtDesign(Spec):
    """An A-line skirt: waistband, darts, side seams; closed at the centre back.

    waist_ease_cm, hip_ease_cm: Garment girth less body girth.
    length_cm: From the waist seam to the hem at the centre. flare_cm: How much each side seam swings out from the hip to the hem.
    band_cm: Height of the waistband. side_rise_cm: How much the waist seam lies higher at the side than at the centre.
    """

    waist_ease_cm: Ease = 1.0
    hip_ease_cm: Ease = 5.0
    length_cm: Annotated[float, Field(ge=25, le=120)] = 56.0
    flare_cm: Annotated[float, Field(ge=0, le=25)] = 5.0
    band_cm: Annotated[float, Field(ge=1.5, le=10)] = 3.5
    side_rise_cm: Annotated[float, Field(ge=0, le=3)] = 1.2


class TrousersDesign(Spec):
    """Straight trousers: waistband, back darts and front darts, straight legs.

    waist_ease_cm, hip_ease_cm: Garment girth less body girth.
    waist_drop_cm: How far below the waist the trousers sit. crotch_ease_cm: How far the crotch hangs below the body's.
    knee_ease_cm: Leg girth at the knee less body girth. hem_girth_cm: Leg girth at the hem.
    hem_above_floor_cm: Height of the hem at the side. band_cm: Height of the waistband.
    """

    waist_ease_cm: Ease = 1.5
    hip_ease_cm: Ease = 6.0
    waist_drop_cm: Annotated[float, Field(ge=0, le=8)] = 2.0
    crotch_ease_cm: Annotated[float, Field(ge=0, le=6)] = 1.5
    knee_ease_cm: Ease = 10.0
    hem_girth_cm: Annotated[float, Field(ge=20, le=80)] = 46.0
    hem_above_floor_cm: Annotated[float, Field(ge=0, le=60)] = 3.0
    band_cm: Annotated[float, Field(ge=1.5, le=10)] = 3.8


class DressDesign(Spec):
    """A shift dress: round neck, side bust darts, fitted with long waist darts, sleeveless or with short sleeves.

    bust_ease_cm, waist_ease_cm, hip_ease_cm, upper_arm_ease_cm: Garment girth less body girth.
    armhole_ease_cm: How much the armhole is deeper than the body's scye depth.
    neck_side_cm, neck_front_cm, neck_back_cm: How far the neckline lies outside the neck base at the side, in front, behind.
    length_below_waist_cm: From the waist to the hem. hem_flare_cm: How much each side seam swings out from the hip to the hem.
    sleeve_share: Sleeve length as a share of the arm; 0 makes it sleeveless. cap_ease: Cap length over armhole length, as a share.
    """

    bust_ease_cm: Ease = 7.0
    waist_ease_cm: Ease = 12.0
    hip_ease_cm: Ease = 6.0
    upper_arm_ease_cm: Ease = 6.0
    armhole_ease_cm: Ease = 2.5
    neck_side_cm: Ease = 1.5
    neck_front_cm: Ease = 2.0
    neck_back_cm: Ease = 0.5
    length_below_waist_cm: Annotated[float, Field(ge=30, le=120)] = 58.0
    hem_flare_cm: Annotated[float, Field(ge=-5, le=20)] = 1.5
    sleeve_share: Annotated[float, Field(ge=0, le=1.1)] = 0.0
    cap_ease: Annotated[float, Field(ge=0, le=0.05)] = 0.02

    @model_validator(mode="after")
    def _sleeve_or_none(self) -> DressDesign:
        if 0 < self.sleeve_share < 0.2:
            raise ValueError("sleeve_share is 0 for a sleeveless dress, or at least 0.2")
        return self
