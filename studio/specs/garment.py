"""What a garment is: the block it is drafted from, its design parameters in cm, its usual fabric and where it lies among layers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from studio.specs.base import Spec

Ease = Annotated[float, Field(ge=-20, le=60)]
Share = Annotated[float, Field(ge=0, le=1)]
CapEase = Annotated[float, Field(ge=0, le=0.05)]


def _sleeve_or_none(share: float) -> float:
    if 0 < share < 0.2:
        raise ValueError("a sleeve's share of the arm is 0 for a sleeveless garment, or at least 0.2")
    return share


SleeveShare = Annotated[float, Field(ge=0, le=1.1), AfterValidator(_sleeve_or_none)]


class GarmentSpec(Spec):
    """One garment of the library: ``garments/<name>/garment.toml``.

    block: The drafting programme.
    design: Its parameters; each block's own model below says which there are and what they mean.
    fabric: Name of the usual fabric. layer: 1 is worn next to the skin, higher numbers over lower ones.
    chart: The size chart that a bare size letter means.
    measures: The body measures the draft uses.
    """

    title: str
    block: Literal["tee", "skirt", "straight-trousers", "shift-dress", "shirt", "hoodie", "jacket"]
    fabric: str
    layer: Annotated[int, Field(ge=1, le=9)]
    chart: str
    measures: tuple[str, ...]
    source: str
    design: dict[str, float | bool | str] = Field(default_factory=dict)


class TopDesign(Spec):
    """What all tops have in common. Necklines and shoulder extensions are for shoulders of 13 cm or more, and smaller on shorter ones.

    bust_ease_cm, hip_ease_cm, upper_arm_ease_cm: Garment girth less body girth. Below a chest that is wider than the hips a top is no more
    than 4 cm narrower at the hip than there. A sleeve whose cap would be too high for its kind is wider, and the draft notes by how much.
    armhole_ease_cm: How much the armhole is deeper than the body's scye depth.
    shoulder_extension_cm: How far the shoulder seam goes past the shoulder point; below 0 it ends inside.
    neck_side_cm, neck_front_cm, neck_back_cm: How far the finished neckline lies outside the neck base at the side, in front, behind.
    length_below_hip_cm: Lower edge below the hip level, along the side; below 0 it lies above.
    sleeve_share: Where the sleeve ends, its cuff included, as a share of the arm from shoulder point to wrist; 0 makes it sleeveless.
    cap_ease: How much longer the sleeve cap is than the armhole, as a share.
    waist_shaping: 0 leaves the side seam straight, 1 takes in the waist to its own girth plus the bust's ease, by 16 cm at most.
    """

    bust_ease_cm: Ease = 12.0
    hip_ease_cm: Ease = 8.0
    upper_arm_ease_cm: Annotated[float, Field(ge=0, le=40)] = 6.5
    armhole_ease_cm: Annotated[float, Field(ge=-2, le=12)] = 3.0
    shoulder_extension_cm: Annotated[float, Field(ge=-8, le=12)] = 0.5
    neck_side_cm: Annotated[float, Field(ge=0, le=12)] = 1.9
    neck_front_cm: Annotated[float, Field(ge=-1, le=20)] = 1.5
    neck_back_cm: Annotated[float, Field(ge=-1, le=20)] = 0.4
    length_below_hip_cm: Annotated[float, Field(ge=-30, le=60)] = 4.0
    sleeve_share: SleeveShare = 0.34
    cap_ease: CapEase = 0.005
    waist_shaping: Share = 0.3


class TeeDesign(TopDesign):
    """Jersey tops without darts: T-shirts, tops with long sleeves, tank tops.

    wrist_ease_cm: Girth at the wrist, which a shorter sleeve tapers towards, less body girth.
    band_cm: Width of the rib neckband; 0 leaves it out.
    """

    wrist_ease_cm: Annotated[float, Field(ge=0, le=30)] = 3.25
    band_cm: Annotated[float, Field(ge=0, le=6)] = 2.0


class ShirtDesign(TopDesign):
    """A shirt: collar on a stand, buttoned front, yoke, sleeves with cuffs, bust darts where the front is longer than the back.

    yoke_cm: Depth of the yoke below the back neck. forward_cm: How far the yoke reaches over the shoulder to the front.
    stand_cm: Height of the collar stand behind. collar_cm: Height of the collar behind, folded over the stand. point_cm: Length of its
    front edges.
    cuff_cm: Height of the cuffs. cuff_ease_cm: Cuff girth, buttoned, less wrist girth. cuff_pleats_cm: What is pleated into the cuff.
    button_stand_cm: How far each front goes past the centre where the shirt is buttoned; the draft ends at the centre and notes it.
    """

    bust_ease_cm: Ease = 14.0
    hip_ease_cm: Ease = 11.0
    upper_arm_ease_cm: Annotated[float, Field(ge=0, le=40)] = 10.0
    armhole_ease_cm: Annotated[float, Field(ge=-2, le=12)] = 4.5
    shoulder_extension_cm: Annotated[float, Field(ge=-8, le=12)] = 1.0
    neck_side_cm: Annotated[float, Field(ge=0, le=4)] = 0.4
    neck_front_cm: Annotated[float, Field(ge=-1, le=5)] = 0.7
    neck_back_cm: Annotated[float, Field(ge=-1, le=4)] = 0.2
    length_below_hip_cm: Annotated[float, Field(ge=-30, le=60)] = 6.0
    sleeve_share: Annotated[float, Field(ge=0.6, le=1.1)] = 1.02
    yoke_cm: Annotated[float, Field(ge=4, le=20)] = 8.0
    forward_cm: Annotated[float, Field(ge=1.5, le=6)] = 3.0
    stand_cm: Annotated[float, Field(ge=2, le=5)] = 3.0
    collar_cm: Annotated[float, Field(ge=3, le=9)] = 4.3
    point_cm: Annotated[float, Field(ge=4, le=12)] = 6.8
    cuff_cm: Annotated[float, Field(ge=3, le=12)] = 6.0
    cuff_ease_cm: Annotated[float, Field(ge=2, le=15)] = 5.5
    cuff_pleats_cm: Annotated[float, Field(ge=0, le=12)] = 5.0
    button_stand_cm: Annotated[float, Field(ge=1, le=4)] = 1.5

    @model_validator(mode="after")
    def _covers(self) -> ShirtDesign:
        if self.collar_cm < self.stand_cm + 0.5:
            raise ValueError(f"collar_cm must be at least 0.5 over stand_cm ({self.stand_cm:g}), or the collar does not cover its own seam")
        return self


class RibbedDesign(TopDesign):
    """Tops that end in ribs at the hem and the wrists.

    rib_cm: Height of the ribs. rib_ease_cm: Girth of the hem's rib less hip girth. cuff_ease_cm: Girth of a cuff less wrist girth.
    sleeve_fullness_cm: How much wider the sleeve is than the cuff that gathers it.
    """

    bust_ease_cm: Ease = 18.0
    hip_ease_cm: Ease = 14.0
    upper_arm_ease_cm: Annotated[float, Field(ge=0, le=40)] = 13.0
    armhole_ease_cm: Annotated[float, Field(ge=-2, le=12)] = 6.5
    sleeve_share: Annotated[float, Field(ge=0.6, le=1.15)] = 1.04
    waist_shaping: Share = 0.0
    rib_cm: Annotated[float, Field(ge=2, le=12)] = 6.0
    rib_ease_cm: Annotated[float, Field(ge=-15, le=30)] = 2.0
    cuff_ease_cm: Annotated[float, Field(ge=0.5, le=12)] = 2.5
    sleeve_fullness_cm: Annotated[float, Field(ge=0, le=14)] = 6.0


class HoodieDesign(RibbedDesign):
    """A hooded sweatshirt, pulled over the head: set-in sleeves, ribs, hood in two halves.

    hood_height_cm: Height of the hood from the neck seam at the side, less the body's height above the back neck point.
    hood_depth_cm: Depth of the hood from face to back, less a third of the head girth (about the length of the head).
    """

    shoulder_extension_cm: Annotated[float, Field(ge=-8, le=12)] = 3.0
    neck_side_cm: Annotated[float, Field(ge=0, le=8)] = 2.5
    neck_front_cm: Annotated[float, Field(ge=-1, le=10)] = 3.0
    neck_back_cm: Annotated[float, Field(ge=-1, le=6)] = 0.8
    cap_ease: CapEase = 0.0
    hood_height_cm: Annotated[float, Field(ge=4, le=20)] = 10.0
    hood_depth_cm: Annotated[float, Field(ge=2, le=16)] = 6.5


class JacketDesign(RibbedDesign):
    """An unlined bomber jacket: zip front, two-piece sleeves, ribs at collar, wrists and hem.

    collar_cm: Height of the rib collar behind.
    elbow_bend_cm: How far the sleeve's hem lies to the front of a straight sleeve's.
    """

    armhole_ease_cm: Annotated[float, Field(ge=-2, le=12)] = 5.5
    shoulder_extension_cm: Annotated[float, Field(ge=-8, le=12)] = 1.5
    neck_side_cm: Annotated[float, Field(ge=0, le=6)] = 1.0
    neck_front_cm: Annotated[float, Field(ge=-1, le=8)] = 1.5
    neck_back_cm: Annotated[float, Field(ge=-1, le=4)] = 0.4
    length_below_hip_cm: Annotated[float, Field(ge=-30, le=60)] = 0.0
    cap_ease: CapEase = 0.015
    collar_cm: Annotated[float, Field(ge=2.5, le=9)] = 5.0
    elbow_bend_cm: Annotated[float, Field(ge=0, le=7)] = 3.0


class SkirtDesign(Spec):
    """A skirt from the waist: waistband, darts, side seams; closed at the centre back.

    waist_ease_cm, hip_ease_cm: Garment girth less body girth.
    length_cm: From the waist seam to the hem at the centre.
    flare_cm: How much each side seam swings out from the hip to the hem; below 0 it comes in, as on a pencil skirt.
    band_cm: Height of the waistband. side_rise_cm: How much the waist seam lies higher at the side than at the centre.
    slit_cm: How far the centre back seam is open above the hem, to walk; 0 leaves the back in one piece.
    """

    waist_ease_cm: Ease = 1.0
    hip_ease_cm: Ease = 5.0
    length_cm: Annotated[float, Field(ge=25, le=120)] = 56.0
    flare_cm: Annotated[float, Field(ge=-6, le=25)] = 5.0
    band_cm: Annotated[float, Field(ge=1.5, le=10)] = 3.5
    side_rise_cm: Annotated[float, Field(ge=0, le=3)] = 1.2
    slit_cm: Annotated[float, Field(ge=0, le=60)] = 0.0


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
    wrist_ease_cm: Girth at the wrist, which a shorter sleeve tapers towards, less body girth.
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
    sleeve_share: SleeveShare = 0.0
    cap_ease: CapEase = 0.02
    wrist_ease_cm: Annotated[float, Field(ge=0, le=30)] = 3.0
