"""The recipe of the open body (``rigs/open/body.toml``) as a validated spec."""

from __future__ import annotations

from pydantic import Field, field_validator

from studio import library
from studio.body.joints import INDEX, JOINTS, mirrored
from studio.errors import did_you_mean
from studio.specs import Spec, load_spec

Direction = tuple[float, float, float]


class JointRecipe(Spec):
    """Where one SMPL-X joint lies and which bones' weights it takes; ``bone*`` means the bone with its subtree."""

    head: tuple[str, ...] = Field(min_length=1)
    bones: tuple[str, ...] = Field(min_length=1)

    def mirrored(self) -> JointRecipe:
        """The same joint on the right side."""
        head, bones = (tuple(name.replace(".L", ".R") for name in names) for names in (self.head, self.bones))
        return JointRecipe(head=head, bones=bones)


class ShapeRecipe(Spec):
    """How bodies are sampled. Lengths in metres, ages in years.

    Stature: mean and standard deviation. BMI: median, and standard deviation of its logarithm.
    """

    seed: int
    bodies: int = Field(ge=2)
    betas: int = Field(ge=1, le=300)
    female_stature_m: tuple[float, float]
    male_stature_m: tuple[float, float]
    stature_range_m: tuple[float, float]
    female_bmi: tuple[float, float]
    male_bmi: tuple[float, float]
    bmi_range: tuple[float, float]
    age_range: tuple[float, float]
    local_share: float = Field(ge=0, le=1)
    local_sd: float = Field(ge=0)
    asymmetry_sd: float = Field(ge=0)
    left_out: tuple[str, ...]

    @field_validator("age_range")
    @classmethod
    def _adults(cls, value: tuple[float, float]) -> tuple[float, float]:
        if not 18 <= value[0] < value[1] <= 90:
            raise ValueError("ages must lie between 18 and 90")
        return value


class TPoseRecipe(Spec):
    """Directions of the left limbs in the T-pose, SMPL-X axes.

    finger_fan: angle between the flat fingers as a share of MakeHuman's spread. thumb_drop: the thumb's slope below the palm's
    plane, as a share of MakeHuman's. finger_drop: how far flat fingers sink per unit of their length.
    """

    upper_arm: Direction
    forearm: Direction
    hand: Direction
    thigh: Direction
    shin: Direction
    finger_fan: float = Field(ge=0, le=1)
    thumb_drop: float = Field(ge=0, le=1)
    finger_drop: float = Field(ge=0, le=1)


class CorrectiveRecipe(Spec):
    """How pose correctives are learned.

    poses: How many. reach: share of each joint's range that is tried. usual: where a word of a kind of joint usually is, degrees,
    such as ``shoulder.lower``. ridge: per pose. dual_share, dual_share_at_shoulders: how much of dual quaternion blending the skin
    takes; the rest is linear blending of the same bones.
    """

    seed: int
    poses: int = Field(ge=1)
    reach: float = Field(gt=0, le=1)
    usual: dict[str, float]
    ridge: float = Field(gt=0)
    dual_share: float = Field(ge=0, le=1)
    dual_share_at_shoulders: float = Field(ge=0, le=1)


class BodyRecipe(Spec):
    """Everything that decides what the open body is, besides the source data and this room's code."""

    parts: tuple[str, ...]
    smoothed_over: tuple[tuple[int, int], ...]
    shape: ShapeRecipe
    joints: dict[str, JointRecipe]
    t_pose: TPoseRecipe
    correctives: CorrectiveRecipe

    @field_validator("joints")
    @classmethod
    def _complete(cls, joints: dict[str, JointRecipe]) -> dict[str, JointRecipe]:
        for name in joints:
            if name not in INDEX or name.startswith("right_"):
                raise ValueError(f"unknown joint '{name}': {did_you_mean(name, [j for j in JOINTS if not j.startswith('right_')])}")
        missing = [name for name in JOINTS if name not in joints and mirrored(name) not in joints]
        if missing:
            raise ValueError(f"the joints {', '.join(missing)} are missing")
        return joints

    def joint(self, name: str) -> JointRecipe:
        """The recipe of any of the 55 joints."""
        return self.joints[name] if name in self.joints else self.joints[mirrored(name)].mirrored()


def load_recipe() -> BodyRecipe:
    """The authored recipe."""
    return load_spec(BodyRecipe, library.find("body", "rigs", "open", what="body recipe"))
