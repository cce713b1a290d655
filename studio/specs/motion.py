"""Motions as people write them: key poses with their times, ``rigs/motions/<name>.toml``."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any

from pydantic import Field, model_validator

from studio.specs.base import Spec
from studio.specs.pose import BOTH, Angles, PoseSpec, Side

#: The longest authored motion [s], and the most keys: what one studies by hand.
_LONGEST_S, _MOST_KEYS = 60.0, 200


class KeySpec(PoseSpec):
    """A key pose, in the words of a pose.

    at: When, as a share of the motion. pose: A pose of the library that it starts from. planted, level: As in a pose, but no foot is
    unless it is named; a level foot is planted.
    """

    at: Annotated[float, Field(ge=0.0, le=1.0)]
    pose: str | None = None
    planted: tuple[Side, ...] = ()
    level: tuple[Side, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _level_is_on_the_ground(cls, data: Any) -> Any:
        if isinstance(data, dict) and "planted" not in data:
            return data | {"planted": data.get("level", ())}
        return data


class MotionSpec(Spec):
    """A motion.

    duration_s: How long it takes, once through. cyclic: It ends as it begins, and can go on. mirrored: Its keys are the first half; the
    second is the same with left and right changed over. travels: The foot that stands stays where it is, so that the body goes forward;
    else the pelvis stays over the origin. joints: What all keys say of joints of which they say nothing themselves.
    """

    description: str = ""
    duration_s: Annotated[float, Field(gt=0.0, le=_LONGEST_S)]
    cyclic: bool = False
    mirrored: bool = False
    travels: bool = False
    joints: dict[str, Angles] = Field(default_factory=dict)
    keys: Annotated[tuple[KeySpec, ...], Field(min_length=2, max_length=_MOST_KEYS)]

    @model_validator(mode="after")
    def _in_order(self) -> MotionSpec:
        times = [key.at for key in self.keys]
        if any(b <= a for a, b in pairwise(times)):
            raise ValueError("the keys of a motion are written in the order of their times, no two at once")
        if times[0] != 0.0:
            raise ValueError(f"the first key of a motion is at 0, and this one is at {times[0]:g}")
        if self.mirrored and not self.cyclic:
            raise ValueError("a motion that is mirrored is cyclic")
        end = 0.5 if self.mirrored else 1.0
        if self.cyclic and times[-1] >= end:
            raise ValueError(f"the last key of this cyclic motion is before {end:g}, since there the first one comes again")
        if not self.cyclic and times[-1] != 1.0:
            raise ValueError(f"the last key of a motion that is not cyclic is at 1, and this one is at {times[-1]:g}")
        return self

    @model_validator(mode="after")
    def _joints_exist(self) -> MotionSpec:
        PoseSpec(joints=self.joints)
        return self

    def key_pose(self, key: KeySpec, base: PoseSpec | None) -> PoseSpec:
        """What a key asks for in all. base: The library's pose that it names."""
        joints: dict[str, Angles] = {}
        for said in (self.joints, {} if base is None else base.joints, key.joints):
            both = {BOTH[name] for name in said if name in BOTH}  # "knees" takes the place of what was said of either knee before
            joints = {name: angles for name, angles in joints.items() if name.partition("_")[2] not in both} | said
        hands = key.hands if "hands" in key.model_fields_set or base is None else base.hands
        own = {name: getattr(key, name) for name in ("planted", "level", "clear_arms", "touching", "reach")}
        return PoseSpec(joints=joints, hands=hands, **own)
