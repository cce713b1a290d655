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
        swap = {".L": ".R"}
        flip = tuple(name.replace(".L", swap[".L"]) for name in self.head)
        return JointRecipe(head=flip, bones=tuple(name.replace(".L", swap[".L"]) for name in self.bones))


class ShapeRecipe(Spec):
    """How bodies are sampled. Lengths in metres, ages in years."""

    seed: int
    bodies: int = Field(ge=2)
    betas: int = Field(ge=1, le=300)
    betas_of_pose_study: int = Field(ge=0, le=300)
    female_stature_m: tuple[float, float]
    male_stature_m: tuple[float, float]
    stature_range_m: tuple[float, float]
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
    """Directions of the left limbs in the T-pose, SMPL-X axes."""

    upper_arm: Direction
    forearm: Direction
    hand: Direction
    thigh: Direction
    shin: Direction


class BodyRecipe(Spec):
    """Everything that decides what the open body is, besides the source data and this room's code."""

    parts: tuple[str, ...]
    smoothed_over: tuple[tuple[int, int], ...]
    shape: ShapeRecipe
    joints: dict[str, JointRecipe]
    t_pose: TPoseRecipe

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
