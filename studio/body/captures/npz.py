"""SMPL-X pose sequences as AMASS and its relatives keep them, ``.npz``.

Read are ``poses`` or ``fullpose`` (T, 165) in the order of SMPL-X, or (T, 156) in that of SMPL+H, which has no jaw and eyes; or the named
arrays that the SMPL-X releases of AMASS hold beside it (``root_orient`` ``pose_body`` ``pose_hand`` ``pose_jaw`` ``pose_eye``) or the
package ``smplx`` names (``global_orient`` ``body_pose`` ``left_hand_pose`` ``right_hand_pose`` ``jaw_pose`` ``leye_pose`` ``reye_pose``);
``trans`` or ``transl``; and ``mocap_frame_rate``. The body is the twin's own: ``betas`` and everything else is left alone. Which axis is
up is read from the poses: AMASS has z up, SMPL-X itself y.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from studio.body.captures.capture import MOST_BYTES, STILL_FPS, Capture
from studio.body.rotations import axis_rotation, from_matrix, to_matrix
from studio.errors import StudioError, did_you_mean

#: Numbers of joints by the part of the body, in the order of SMPL-X; each with the names that files have for it.
_PARTS = (
    (("root_orient", "global_orient"), 1), (("pose_body", "body_pose"), 21), (("pose_jaw", "jaw_pose"), 1),
    (("leye_pose", "left_eye_pose"), 1), (("reye_pose", "right_eye_pose"), 1), (("left_hand_pose",), 15), (("right_hand_pose",), 15),
)  # fmt: skip
#: One array for two parts of those: eyes, hands.
_JOINED = {"pose_eye": (3, 4), "pose_hand": (5, 6)}
#: One array for all of them.
_WHOLE = ("poses", "fullpose")
_RATES = ("mocap_frame_rate", "mocap_framerate", "fps", "frame_rate")
_PLACES = ("trans", "transl")


def read_npz(file: Path, *, still: bool = False) -> Capture:
    """Read a captured motion. still: One frame of it is wanted, so that it may have one alone and need not say how fast it is.

    Raises StudioError for what is none, is damaged, or unpacks to more than anything one would wear.
    """
    arrays = _arrays(file)
    poses = _poses(file, arrays)
    places = _places(file, arrays, len(poses))
    for name, values in (("its poses", poses), ("its places", places)):
        if not np.isfinite(values).all():
            raise StudioError(f"{file} is no motion: {name} hold numbers that are not finite.")
    return Capture(*_upright(poses, places), _rate(file, arrays, still=still), has_hands=bool(poses[:, 25:].any()))


def _arrays(file: Path) -> dict[str, np.ndarray]:
    """The numeric arrays of a file by name: what is text or an object is not opened."""
    wanted = {name for names, _ in _PARTS for name in names} | {*_WHOLE, *_JOINED, *_RATES, *_PLACES}
    try:
        with np.load(file, allow_pickle=False) as archive:
            if not isinstance(archive, np.lib.npyio.NpzFile):
                raise StudioError(f"{file} is one array and no .npz: save it with np.savez as 'poses', 'trans' and 'mocap_frame_rate'.")
            _refuse_bombs(file)
            found = {name: archive[name] for name in archive.files if name in wanted}
            known = list(archive.files)
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise StudioError(f"{file} cannot be read as an .npz of numbers ({error}): export it again without Python objects.") from None
    wrong = [name for name, array in found.items() if array.dtype.kind not in "fiu"]
    if wrong:
        raise StudioError(f"{file}: '{wrong[0]}' holds no numbers.")
    if not found.keys() - set(_RATES) - set(_PLACES):
        raise StudioError(f"{file} has no poses: among its arrays, {_quoted(known)}, is neither 'poses' nor 'pose_body'.")
    return {name: np.asarray(array, dtype=np.float64) for name, array in found.items()}


def _refuse_bombs(file: Path) -> None:
    with zipfile.ZipFile(file) as packed:
        size = sum(entry.file_size for entry in packed.infolist())
    if size > MOST_BYTES:
        raise StudioError(f"{file} unpacks to {size / 1e6:,.0f} MB, and a motion may have {MOST_BYTES / 1e6:,.0f}: cut it first.")


def _quoted(names: list[str]) -> str:
    shown = ", ".join(f"'{name}'" for name in names[:8])
    return f"{shown}, …" if len(names) > 8 else shown or "none"


def _poses(file: Path, arrays: dict[str, np.ndarray]) -> np.ndarray:
    """Rotations of all joints, shape (T, 55, 3)."""
    whole = next((name for name in _WHOLE if name in arrays), None)
    if whole is not None:
        poses = arrays[whole]
        width = poses.shape[-1] if poses.ndim == 2 else 0
        if width == 165:
            return poses.reshape(-1, 55, 3)
        if width == 156:  # SMPL+H: no jaw, no eyes
            joints = poses.reshape(-1, 52, 3)
            return np.concatenate([joints[:, :22], np.zeros((len(joints), 3, 3)), joints[:, 22:]], axis=1)
        raise StudioError(f"{file}: '{whole}' has shape {poses.shape}, and SMPL-X has (T, 165), SMPL+H (T, 156).")
    parts = {number: (name, arrays[name]) for number, (names, _) in enumerate(_PARTS) for name in names if name in arrays}
    for name, numbers in _JOINED.items():
        if name in arrays:
            halves = np.split(_flat(file, name, arrays[name], sum(_PARTS[number][1] for number in numbers)), 2, axis=1)
            parts |= {number: (name, half) for number, half in zip(numbers, halves, strict=True)}
    if missing := [_PARTS[number][0][0] for number in (0, 1) if number not in parts]:
        near = did_you_mean(missing[0], arrays)
        raise StudioError(f"{file} has no '{missing[0]}', and a motion turns at least the pelvis and the body: {near}")
    count = len(parts[1][1])
    found = []
    for number, (_, joints) in enumerate(_PARTS):
        name, values = parts.get(number, ("", np.zeros((count, 3 * joints))))
        values = _flat(file, name, values, joints)
        if len(values) != count:
            raise StudioError(f"{file}: '{name}' has {len(values)} frames, and '{parts[1][0]}' {count}.")
        found.append(values.reshape(count, joints, 3))
    return np.concatenate(found, axis=1)


def _flat(file: Path, name: str, values: np.ndarray, joints: int) -> np.ndarray:
    """Rotations of some joints as (T, 3 J)."""
    if values.ndim < 2 or values[0].size != 3 * joints:
        raise StudioError(f"{file}: '{name}' has shape {values.shape}, and (T, {3 * joints}) was expected.")
    return values.reshape(len(values), 3 * joints)


def _places(file: Path, arrays: dict[str, np.ndarray], count: int) -> np.ndarray:
    name = next((name for name in _PLACES if name in arrays), None)
    if name is None:
        return np.zeros((count, 3))
    if arrays[name].shape != (count, 3):
        raise StudioError(f"{file}: '{name}' has shape {arrays[name].shape}, and ({count}, 3) was expected.")
    return arrays[name]


def _rate(file: Path, arrays: dict[str, np.ndarray], *, still: bool) -> float:
    name = next((name for name in _RATES if name in arrays), None)
    if name is None and still:
        return STILL_FPS
    if name is None:
        raise StudioError(f"{file} does not say how fast it is: add 'mocap_frame_rate', frames a second.")
    if arrays[name].size != 1 or not 1 <= float(arrays[name].reshape(-1)[0]) <= 1000:
        raise StudioError(f"{file}: '{name}' is one number of 1 to 1000 frames a second, found {arrays[name].reshape(-1)[:3].tolist()}.")
    return float(arrays[name].reshape(-1)[0])


def _upright(rotations: np.ndarray, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The motion with y up, begun over the origin and facing +z."""
    root = to_matrix(rotations[:, 0])
    spine = root[:, :, 1].mean(axis=0)  # where the pelvis' own up points, on average
    turn = axis_rotation(0, -np.pi / 2) if spine[2] > spine[1] else np.eye(3)
    root = turn @ root
    heading = np.arctan2(root[0, 0, 2] - root[0, 2, 0], root[0, 0, 0] + root[0, 2, 2])
    turn = axis_rotation(1, -heading) @ turn
    turned = np.array(rotations)
    turned[:, 0] = from_matrix(axis_rotation(1, -heading) @ root)
    return turned, (places - places[0]) @ turn.T
