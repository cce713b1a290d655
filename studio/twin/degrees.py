"""The degrees of freedom of a pose, how far each usually goes, and how far it can go.

A pose of 55 axis-angle vectors is a linear function of a shorter vector ``p``: every body joint has three components, a finger has a
few that its phalanges share. Priors and limits are then one number each per component.

Signs follow the joint frames of SMPL-X (y up, z forward, x to the subject's left; T-pose, palms down). Numbers are written for the
left side; the right side is its mirror image, for which x stays and y and z change their signs.

Ranges of motion: American Academy of Orthopaedic Surgeons, "Joint Motion: Method of Measuring and Recording" (1965), rounded up by
about a tenth, since axis-angle components are not clinical angles. Spreads: chosen so that a relaxed stance, the A-pose and the
T-pose cost about the same, and twists along a limb cost most.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.body.joints import INDEX, JOINTS

#: joint: per axis x, y, z (mean, standard deviation, lowest, highest) in degrees, left side.
_Row = tuple[float, float, float, float]
_BODY: dict[str, tuple[_Row, _Row, _Row]] = {
    "hip": ((0, 17, -125, 35), (0, 12, -50, 50), (2, 9, -35, 55)),
    "knee": ((4, 17, -8, 145), (0, 3, -12, 12), (0, 2, -10, 10)),
    "ankle": ((0, 9, -25, 50), (0, 9, -30, 30), (0, 6, -30, 30)),
    "foot": ((5, 15, -60, 40), (0, 2, -10, 10), (0, 2, -10, 10)),
    "spine1": ((0, 7, -25, 40), (0, 5, -20, 20), (0, 5, -20, 20)),
    "spine2": ((0, 7, -20, 30), (0, 5, -20, 20), (0, 5, -20, 20)),
    "spine3": ((0, 7, -20, 30), (0, 5, -20, 20), (0, 5, -20, 20)),
    "neck": ((0, 3, -40, 40), (0, 6, -45, 45), (0, 4, -30, 30)),
    "head": ((0, 4, -40, 40), (0, 7, -45, 45), (0, 5, -30, 30)),
    "collar": ((0, 6, -20, 20), (0, 8, -25, 25), (0, 9, -15, 40)),
    "shoulder": ((0, 28, -80, 80), (-5, 32, -130, 50), (-40, 45, -100, 90)),
    "elbow": ((0, 20, -70, 70), (-12, 25, -150, 8), (0, 4, -15, 15)),
    "wrist": ((0, 14, -70, 70), (0, 9, -35, 40), (0, 14, -80, 75)),
}  # fmt: skip
#: Fingers: flexion of the first phalanx, of the second (the third follows with 0.7 of it), of the third on top, and spreading.
_FINGER_BEND: _Row = (-8, 20, -95, 25)
_FINGER_CURL: _Row = (-12, 20, -105, 8)
_FINGER_TIP: _Row = (0, 9, -40, 25)
_FINGER_SPREAD: _Row = (0, 7, -25, 25)
#: The last joint of a finger flexes about 0.7 of the middle one (tendon coupling: Rijpkema and Girard, SIGGRAPH 1991, use 2/3).
_CURL_SHARE = 0.7
_THUMB_BASE: tuple[_Row, _Row, _Row] = ((0, 17, -50, 50), (0, 17, -50, 50), (0, 17, -50, 50))
_THUMB_CURL: _Row = (0, 17, -70, 25)
#: Share of all points that a pose must explain more per squared standard deviation. Chosen: an arm straight up costs 0.7 %.
_STRAIN_COST = 0.001
#: A joint costs no more than at three standard deviations: hips and knees of who sits are at five, and nothing is wrong with them.
_STRAIN_LIMIT = 9.0


@dataclass(frozen=True, eq=False)
class Degrees:
    """P degrees of freedom of the pose. ``pose = pose_from_p @ p``, axis-angle [rad], flat.

    pose_from_p: Shape (165, P). names: What each is called, ``joint.axis``. mean, spread: Of the Gaussian prior [rad], shape (P,).
    lowest, highest: Limits [rad], shape (P,). joints: The joint that each belongs to (a finger's first phalanx), shape (P,).
    """

    pose_from_p: np.ndarray
    names: tuple[str, ...]
    mean: np.ndarray
    spread: np.ndarray
    lowest: np.ndarray
    highest: np.ndarray
    joints: np.ndarray

    def select(self, *joints: str) -> np.ndarray:
        """Which degrees of freedom belong to the named joints, shape (P,), bool."""
        return np.isin(self.joints, [INDEX[name] for name in joints])

    def strain(self, p: np.ndarray) -> float:
        """What a pose costs where fits are compared, as a share of all points: a limb should not go far to explain a few of them.

        It grows with the squared deviation from the mean in standard deviations, up to a limit, summed over the body without fingers.
        """
        deviation = (p - self.mean) / self.spread
        return _STRAIN_COST * float(np.minimum(np.square(deviation[~self.hands]), _STRAIN_LIMIT).sum())

    @property
    def hands(self) -> np.ndarray:
        """Which degrees of freedom are the fingers', shape (P,), bool."""
        return self.joints >= INDEX["left_index1"]

    def index(self, name: str) -> int:
        """The number of the degree of freedom called ``joint.axis``."""
        return self.names.index(name)


def degrees_of_freedom(thumb_axes: dict[str, np.ndarray]) -> Degrees:
    """All degrees of freedom: the whole body's rotation, 21 body joints, and five fingers of both hands.

    thumb_axes: For ``left`` and ``right`` the axis about which the thumb's ends bend, unit length, shape (3,).
    """
    columns: list[np.ndarray] = []
    names: list[str] = []
    rows: list[_Row] = []
    joints: list[int] = []

    def add(name: str, joint: str, row: _Row, *parts: tuple[str, np.ndarray]) -> None:
        column = np.zeros((len(JOINTS), 3))
        for part, axis in parts:
            column[INDEX[part]] += axis
        columns.append(column.ravel())
        names.append(name)
        rows.append(row)
        joints.append(INDEX[joint])

    axes = dict(zip("xyz", np.eye(3), strict=True))
    for letter, axis in axes.items():
        add(f"pelvis.{letter}", "pelvis", (0, 1e4, -1e4, 1e4), ("pelvis", axis))
    for joint in JOINTS[1:22]:
        for letter, row in zip("xyz", _BODY[joint.removeprefix("left_").removeprefix("right_")], strict=True):
            flipped = joint.startswith("right_") and letter != "x"
            add(f"{joint}.{letter}", joint, _flip(row) if flipped else row, (joint, axes[letter]))
    for side in ("left", "right"):
        flip = _flip if side == "right" else _keep
        for finger in ("index", "middle", "ring", "pinky"):
            first, second, third = (f"{side}_{finger}{number}" for number in (1, 2, 3))
            add(f"{first}.bend", first, flip(_FINGER_BEND), (first, axes["z"]))
            add(f"{first}.spread", first, flip(_FINGER_SPREAD), (first, axes["y"]))
            add(f"{first}.curl", first, flip(_FINGER_CURL), (second, axes["z"]), (third, _CURL_SHARE * axes["z"]))
            add(f"{first}.tip", first, flip(_FINGER_TIP), (third, axes["z"]))
        first, second, third = (f"{side}_thumb{number}" for number in (1, 2, 3))
        for letter, row in zip("xyz", _THUMB_BASE, strict=True):
            add(f"{first}.{letter}", first, flip(row) if letter != "x" else row, (first, axes[letter]))
        add(f"{first}.curl", first, _THUMB_CURL, (second, thumb_axes[side]), (third, thumb_axes[side]))
    mean, spread, lowest, highest = np.radians(np.array(rows)).T
    return Degrees(np.stack(columns, axis=1), tuple(names), mean, spread, lowest, highest, np.array(joints))


def _keep(row: _Row) -> _Row:
    return row


def _flip(row: _Row) -> _Row:
    mean, spread, lowest, highest = row
    return (-mean, spread, -highest, -lowest)
