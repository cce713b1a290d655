"""Poses as people write them: joints turned by degrees in anatomical words that read the same on both sides.

A pose starts from the SMPL-X T-pose: arms straight out to the sides, palms down, legs straight, hands flat. Each joint has
the words of its kind, in degrees; words that are left out are 0. They combine by turning the part that hangs on the joint
about the body's own axes (the axes of the parent joint), the word named first in ``WORDS`` last:

- trunk (pelvis, spine1, spine2, spine3, neck, head): ``turn`` to the left, ``lean`` to the left, ``bend`` forward
- collar: ``lift`` up, ``forward``
- shoulder: ``swing`` forward about the axis through both shoulders, ``forward`` about the vertical, ``lower`` from the
  horizontal (75 hangs beside the body, -90 points up), ``twist`` inward about the arm's own axis (thumb down)
- elbow: ``bend``, ``twist`` inward about the forearm's own axis
- wrist: ``bend`` towards the palm, ``side`` towards the thumb, ``twist`` inward
- hip: ``bend`` thigh forward, ``spread`` outward, ``turn`` toes outward about the thigh's own axis
- knee: ``bend``; ankle: ``lean`` sole outward, ``bend`` toes up, ``turn`` toes outward; foot (the toes): ``bend`` up
- fingers (``index1`` the knuckle to ``index3`` the last joint, and so on): ``bend`` into the palm, ``side`` towards
  the thumb (the thumb itself: away from the index finger), ``twist`` inward (the thumb: down, under the palm)
- jaw: ``open``, ``left``; eye: ``left``, ``up``

``elbows = {...}`` speaks of both sides; ``left_elbow = {...}`` of one. ``rotvec = [x, y, z]`` gives a rotation vector in
degrees, SMPL-X axes, instead of words: for poses that come from motion data.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from studio.errors import did_you_mean
from studio.specs.base import Spec

Side = Literal["left", "right"]
Offset = Annotated[float, Field(ge=-60.0, le=60.0)]
ReachPoint = Literal["wrist", "palm", "back", "fingertip", "forearm"]

#: Per kind of joint: word -> (axis of the left joint, sign about it, least and largest degrees). The first word acts last.
#: Ranges: Norkin & White, Measurement of Joint Motion, 5th ed. (2016), appendix B, widened by about a quarter, because SMPL-X
#: puts motion of the shoulder blade into the shoulder and of the whole back into three joints.
WORDS: dict[str, dict[str, tuple[str, int, float, float]]] = {
    "pelvis": {"turn": ("y", 1, -180, 180), "lean": ("z", -1, -90, 90), "bend": ("x", 1, -90, 90)},
    "spine": {"turn": ("y", 1, -30, 30), "lean": ("z", -1, -25, 25), "bend": ("x", 1, -25, 45)},
    "neck": {"turn": ("y", 1, -60, 60), "lean": ("z", -1, -40, 40), "bend": ("x", 1, -45, 45)},
    "collar": {"lift": ("z", 1, -15, 40), "forward": ("y", -1, -25, 30)},
    "shoulder": {
        "swing": ("x", -1, -75, 180), "forward": ("y", -1, -60, 140), "lower": ("z", -1, -110, 100), "twist": ("x", 1, -100, 100),
    },
    "elbow": {"bend": ("y", -1, -10, 160), "twist": ("x", 1, -110, 110)},
    "wrist": {"bend": ("z", -1, -85, 90), "side": ("y", -1, -40, 30), "twist": ("x", 1, -60, 60)},
    "hip": {"bend": ("x", -1, -40, 135), "spread": ("z", 1, -35, 60), "turn": ("y", 1, -50, 60)},
    "knee": {"bend": ("x", 1, -10, 155)},
    "ankle": {"lean": ("z", 1, -35, 35), "bend": ("x", -1, -65, 40), "turn": ("y", 1, -30, 30)},
    "foot": {"bend": ("x", -1, -45, 80)},
    "finger": {"bend": ("z", -1, -45, 115), "side": ("y", -1, -75, 60), "twist": ("x", 1, -90, 90)},
    "jaw": {"open": ("x", 1, 0, 35), "left": ("y", 1, -15, 15)},
    "eye": {"left": ("y", 1, -45, 45), "up": ("x", -1, -40, 40)},
}  # fmt: skip

_MIDDLE = {"pelvis": "pelvis", "spine1": "spine", "spine2": "spine", "spine3": "spine", "neck": "neck", "head": "neck", "jaw": "jaw"}
_PAIRED = {name: name for name in ("hip", "knee", "ankle", "foot", "collar", "shoulder", "elbow", "wrist", "eye")}
_FINGERS = {f"{finger}{k}": "finger" for finger in ("index", "middle", "pinky", "ring", "thumb") for k in (1, 2, 3)}
_PLURAL = {"foot": "feet"}

#: Kind of every joint that a pose may name, by SMPL-X joint name.
KIND: dict[str, str] = _MIDDLE | {f"{side}_{name}": kind for side in ("left", "right") for name, kind in (_PAIRED | _FINGERS).items()}
#: Names that speak of both sides, and the joint they mean without its side.
BOTH: dict[str, str] = {_PLURAL.get(name, f"{name}s"): name for name in _PAIRED}

Angles = dict[str, float | tuple[float, float, float]]


def check_angles(name: str, kind: str, angles: Angles) -> Angles:
    """Refuse words that a joint does not have and degrees that no one can reach. Raises ValueError."""
    if "rotvec" in angles:
        if len(angles) > 1 or not isinstance(angles["rotvec"], tuple):
            raise ValueError(f"{name}: rotvec takes three degrees and stands alone")
        return angles
    for word, degrees in angles.items():
        if word not in WORDS[kind]:
            raise ValueError(f"{name} has no '{word}': {did_you_mean(word, [*WORDS[kind], 'rotvec'])}")
        low, high = WORDS[kind][word][2:]
        if isinstance(degrees, tuple):
            raise ValueError(f"{name}: {word} is one number of degrees")
        if not low <= degrees <= high:
            raise ValueError(f"{name}: {word} goes from {low:g} to {high:g} degrees")
    return angles


class HandSpec(Spec):
    """How the fingers of a hand lie: finger joints without side, ``index1`` to ``thumb3``."""

    description: str = ""
    joints: dict[str, Angles] = Field(default_factory=dict)

    @field_validator("joints")
    @classmethod
    def _fingers(cls, joints: dict[str, Angles]) -> dict[str, Angles]:
        for name, angles in joints.items():
            if name not in _FINGERS:
                raise ValueError(f"there is no finger joint '{name}': {did_you_mean(name, _FINGERS)}")
            check_angles(name, "finger", angles)
        return joints


class Reach(Spec):
    """Where a hand is to be. On any body the arm is turned, as little as it takes, until its point is there.

    point: Of the arm: its wrist, the middle of the palm or of the hand's back, the middle finger's tip, or the middle of the forearm.
    to: A joint of the body. offset_cm: From that joint, along its axes in the T-pose (to the subject's left, up, forward), which turn with
    it. A place on trunk, legs or head means the skin nearest to it, or so far off it (``off_skin_cm``); one at the other arm means itself.
    """

    point: ReachPoint = "palm"
    to: str
    offset_cm: tuple[Offset, Offset, Offset] = (0.0, 0.0, 0.0)
    off_skin_cm: Annotated[float, Field(ge=0.0, le=20.0)] = 0.0

    @field_validator("to")
    @classmethod
    def _known(cls, to: str) -> str:
        if to not in KIND:
            raise ValueError(f"there is no joint '{to}': {did_you_mean(to, KIND)}")
        return to


class PoseSpec(Spec):
    """A pose, ``rigs/poses/<name>.toml``.

    joints: Degrees by joint and word. A one-sided entry replaces what an entry for both sides says about that joint.
    hands: Hand preset (``rigs/hands``) of both hands, or one for each side.
    planted: Feet that the ground carries: the leg is bent a little more or less, for each body shape, so that both stand.
    level: Planted feet whose soles and toes lie flat, whatever the joints above them do; the angles of their ankles and toes follow.
    clear_arms: Open the shoulders, for each body shape, as far as hands and arms need to stay out of the trunk and thighs.
    touching: Arms that are to touch the body (a hand on the hip): closed as well as opened until they do.
    reach: Where a hand is to be (joined hands, a hand at the collar), by side; its arm is then not opened. Needs ``clear_arms``.
    carried_by: What bears the weight: the planted feet, or something of the scene as well (a stool, a wall).
    """

    description: str = ""
    joints: dict[str, Angles] = Field(default_factory=dict)
    hands: str | dict[Side, str] = "relaxed"
    planted: tuple[Side, ...] = ("left", "right")
    level: tuple[Side, ...] = ("left", "right")
    clear_arms: bool = True
    touching: tuple[Side, ...] = ()
    reach: dict[Side, Reach] = Field(default_factory=dict)
    carried_by: Literal["feet", "scene"] = "feet"

    @field_validator("joints")
    @classmethod
    def _known(cls, joints: dict[str, Angles]) -> dict[str, Angles]:
        for name, angles in joints.items():
            kind = KIND.get(name) or KIND.get(f"left_{BOTH.get(name)}")
            if kind is None:
                raise ValueError(f"there is no joint '{name}': {did_you_mean(name, [*KIND, *BOTH])}")
            check_angles(name, kind, angles)
        return joints

    @model_validator(mode="after")
    def _level_is_planted(self) -> PoseSpec:
        loose = set(self.level) - set(self.planted)
        if loose:
            raise ValueError(f"the {min(loose)} foot is level but not planted")
        return self

    @model_validator(mode="after")
    def _reaches_elsewhere(self) -> PoseSpec:
        for side, reach in self.reach.items():
            if reach.to.startswith(f"{side}_") and KIND[reach.to] in ("shoulder", "elbow", "wrist", "finger"):
                raise ValueError(f"the {side} hand cannot reach its own arm: '{reach.to}' moves with it")
            if not self.clear_arms or side in self.touching:
                raise ValueError(f"the {side} hand reaches something: that needs clear_arms, and is not 'touching'")
        return self

    def angles(self, joint: str) -> Angles:
        """What the pose says about one of the SMPL-X joints, by its full name; empty where it says nothing."""
        if joint in self.joints:
            return self.joints[joint]
        bare = joint.removeprefix("left_").removeprefix("right_")
        for both, name in BOTH.items():
            if name == bare and both in self.joints:
                return self.joints[both]
        return {}

    def hand(self, side: Side) -> str:
        """The hand preset of a side."""
        return self.hands if isinstance(self.hands, str) else self.hands.get(side, "relaxed")
