"""The frames of a look in motion: each from the one before, kept as they are made, and a cycle that closes."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from studio.frames import apply
from studio.look.dress import Worn, judged
from studio.look.gates import Gates
from studio.look.motion.along import COMES_TO_REST, finished_again, go_along
from studio.look.motion.published import PublishedOutfit
from studio.look.motion.way import Way, level_motion, way_between
from studio.look.wearing.outfit import Stance, put_on_finished
from studio.progress import Report, silent

#: Steps that cloth takes to come to rest in a frame at most: it moved by a few centimetres. In a walk of 10 frames a tee and a skirt still
#: moved by 0.1 to 0.8 mm in the last of 8 steps, and by 0.02 to 0.2 mm in that of 16.
_FRAME_LAST = 16
#: A cycle whose end is nearer to its beginning than this is closed [m].
_CLOSED_M = 1e-4


@dataclass(frozen=True, eq=False)
class Frame:
    """One frame. stance: The body. worn: Its garments, innermost first. gates: Of both. skin: The body's vertices [m], world, (V, 3)."""

    stance: Stance
    worn: tuple[Worn, ...]
    gates: Gates
    skin: np.ndarray


class FrameCache:
    """Frames that are computed, on disk until the animation is published: an interrupted run goes on where it stopped.

    A frame is the garments' positions, as they came to rest and as they were finished, and its gates; written beside and put in place in
    one step, so it is there or not.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, number: int, worn: Sequence[Worn], gates: Gates) -> None:
        """Keep a frame."""
        arrays = {}
        for index, each in enumerate(worn):
            arrays[f"rest-{index}"], arrays[f"mesh-{index}"] = each.settled.vertices, each.mesh.vertices
            arrays[f"motion-{index}"] = np.array([each.settled.motion_mm, each.settled.motion_p95_mm, each.settled.frames])
        self.folder.mkdir(parents=True, exist_ok=True)
        made = self.folder / f"{number:05d}.{os.getpid()}.part.npz"
        np.savez(made, gates=np.array(json.dumps(asdict(gates))), **arrays)
        made.replace(self._path(number))

    def find(self, number: int, worn: Sequence[Worn | None]) -> tuple[list[Worn | None], Gates] | None:
        """A frame that was kept: its sewn garments, and its gates. worn: The garments as they are at any time."""
        if not self._path(number).is_file():
            return None
        with np.load(self._path(number), allow_pickle=False) as archive:
            arrays = dict(archive)
        found = [None if each is None else _restored(each, index, arrays) for index, each in enumerate(worn)]
        return found, Gates(**json.loads(str(arrays["gates"])))

    def clear(self) -> None:
        """Forget all frames: they are published."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:05d}.npz"


def _restored(worn: Worn, index: int, arrays: dict[str, np.ndarray]) -> Worn:
    rest, (mean, p95, steps) = arrays[f"rest-{index}"], arrays[f"motion-{index}"]
    settled = replace(worn.settled, vertices=rest, keys=rest[None], motion_mm=float(mean), motion_p95_mm=float(p95), frames=int(steps))
    return replace(worn, mesh=replace(worn.mesh, vertices=arrays[f"mesh-{index}"]), settled=settled)


def frames_of(outfit: PublishedOutfit, stances: Sequence[Stance], cache: FrameCache, *, report: Report = silent) -> list[Frame]:
    """A look's frames in some stances, each gone to from the one before, the first from the look's own.

    Cloth is in equilibrium in each (see `studio.look.follow`): nothing swings on, and a fast motion looks like a slow one.
    """
    frames: list[Frame] = []
    at, worn = outfit.stance, list(outfit.worn)
    for number, stance in enumerate(stances):
        report(f"frame {number + 1} of {len(stances)}", number / len(stances))
        kept = cache.find(number, worn)
        way = way_between(outfit.model, stance if kept else at, stance, outfit.landmarks)
        put_on = _put_on(outfit, way, stance)
        if kept is None:
            dressed = go_along(way, worn, outfit.followers, put_on=put_on, last=_FRAME_LAST if number else COMES_TO_REST)
            gates = judged(way.figure, dressed)
            cache.keep(number, dressed, gates)
        else:
            sewn, gates = kept
            dressed = []
            for index, each in enumerate(sewn):
                dressed.append(put_on(index, dressed) if each is None else each)
        frames.append(Frame(stance, tuple(dressed), gates, way.figure.vertices[-1]))
        worn = [each if follower else None for each, follower in zip(dressed, outfit.followers, strict=True)]
        at = stance
    return frames


def _put_on(outfit: PublishedOutfit, way: Way, stance: Stance) -> Callable[[int, Sequence[Worn]], Worn]:
    def put_on(index: int, below: Sequence[Worn]) -> Worn:
        return put_on_finished(way.figure, outfit.pieces[index], index, outfit.model, stance, below)

    return put_on


@dataclass(frozen=True, eq=False)
class Closed:
    """A cycle. frames: Without the one that is the first again. gap_m: How far its cloth was from where it began, at most [m]."""

    frames: list[Frame]
    gap_m: float


def closed(outfit: PublishedOutfit, frames: Sequence[Frame], *, blended: int, report: Report = silent) -> Closed:
    """A cycle that ends as it begins. frames: The last is the first one again, wherever it went meanwhile. blended: How many are bent.

    Cloth that went once through a cycle does not hang just as before: it slips and folds. The difference is spread over the last frames,
    as the pelvis sees it, and they are finished and measured again.
    """
    gaps = [_gap(outfit, frames[0], frames[-1], index) for index in range(len(outfit.pieces))]
    largest = max((float(np.linalg.norm(gap, axis=1).max()) for gap in gaps if gap is not None), default=0.0)
    kept = list(frames[:-1])
    if largest < _CLOSED_M:
        return Closed(kept, largest)
    first = max(len(kept) - blended, 1)
    for number in range(first, len(kept)):
        report(f"closing frame {number + 1}", (number - first) / (len(kept) - first))
        frame, t = kept[number], (number - first + 1) / (len(kept) - first + 1)
        kept[number] = _bent(outfit, frames[0], frame, gaps, t * t * (3 - 2 * t))
    return Closed(kept, largest)


def _gap(outfit: PublishedOutfit, first: Frame, last: Frame, index: int) -> np.ndarray | None:
    """How far a sewn garment is from where it was [m], as the pelvis saw it then, (V, 3)."""
    if outfit.followers[index] is None:
        return None
    last_from_first = level_motion(first.skin, last.skin, outfit.owner)
    return apply(np.linalg.inv(last_from_first), last.worn[index].settled.vertices) - first.worn[index].settled.vertices


def _bent(outfit: PublishedOutfit, first: Frame, frame: Frame, gaps: Sequence[np.ndarray | None], share: float) -> Frame:
    """A frame whose garments are moved back by a share of the gaps."""
    turn = level_motion(first.skin, frame.skin, outfit.owner)[:3, :3]
    still = way_between(outfit.model, frame.stance, frame.stance, outfit.landmarks)
    put_on, worn = _put_on(outfit, still, frame.stance), []
    for index, (each, gap) in enumerate(zip(frame.worn, gaps, strict=True)):
        if gap is None:
            worn.append(put_on(index, worn))
        else:
            worn.append(finished_again(still, each, each.settled.vertices - share * gap @ turn.T, worn))
    return Frame(frame.stance, tuple(worn), judged(still.figure, worn), frame.skin)
