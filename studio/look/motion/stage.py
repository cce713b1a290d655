"""`animate`: a published look goes through a motion and becomes a published animation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from studio.body.captures.capture import Capture
from studio.body.captures.read import SUFFIXES, read_capture
from studio.errors import StudioError, did_you_mean
from studio.look.motion.authored import KeyPoses, key_poses, load_motion, motion_names
from studio.look.motion.published import check_can_move, load_outfit
from studio.look.repose import worn_inputs
from studio.look.stage import CODE, TOOLS, garment_facts, gate_facts, write_garments
from studio.progress import Report, silent, within
from studio.specs.motion import MotionSpec
from studio.store import Asset, Draft, Input, Outcome, Production, Recipe, file_digest
from studio.store.refs import Ref
from studio.store.store import Store

if TYPE_CHECKING:
    from studio.look.dress import Worn
    from studio.look.motion.frames import Frame, FrameCache
    from studio.look.motion.published import PublishedOutfit

#: Frames of an animation: two at least, and no more than 20 s at 24 a second: two garments take half a minute of processor for each.
LEAST_FRAMES, MOST_FRAMES = 2, 480
_LEAST_FPS, _MOST_FPS = 1.0, 120.0
#: A cycle is led into over this share of it, so that cloth has its past in its first frame, and bent to its beginning over as much.
_LED = 0.25


@dataclass(frozen=True)
class Asked:
    """A motion as it was asked for. name: Of the library's motion, or the file's. spec: Of the library's; None for a file."""

    name: str
    spec: MotionSpec | None
    capture: Capture | None
    digest: str | None

    @property
    def duration_s(self) -> float:
        """Once through [s]."""
        return self.spec.duration_s if self.spec is not None else self.capture.duration_s

    @property
    def cyclic(self) -> bool:
        """Whether it ends as it begins."""
        return self.spec is not None and self.spec.cyclic

    def recipe(self) -> dict[str, object]:
        """What of it makes an animation what it is."""
        own = {"sha256": self.digest} if self.spec is None else self.spec.model_dump(mode="json")
        return {"name": self.name, **own}


def find_motion(text: str) -> Asked:
    """The motion of the library of that name, or in that ``.npz`` or ``.bvh`` file. Raises StudioError where there is none."""
    file = Path(text)
    if file.suffix.lower() in SUFFIXES:
        return Asked(file.name, None, read_capture(file), file_digest(file))
    if text not in motion_names():
        raise StudioError(
            f"There is no motion '{text}': {did_you_mean(text, motion_names())} A captured one is named by its file, for example run.npz."
        )
    return Asked(text, load_motion(text), None, None)


def animate(
    store: Store, look: Ref, *, motion: str, frames: int | None = None, loops: int = 1, fps: float = 24.0, name: str | None = None,
    report: Report = silent, again: bool = False,
) -> Production:  # fmt: skip
    """Take a published look through a motion, and publish it as ``animation/name``.

    The cloth goes from frame to frame as it goes from pose to pose (see `repose`) and is in equilibrium in each: quasi-static, without
    inertia. Nothing swings, and the speed of the motion does not matter to it. A cyclic motion closes: its last frame leads to its first.

    motion: A motion of the library, an ``.npz`` of SMPL-X poses or a ``.bvh`` (see `studio.body.captures`). frames: Of one time through,
    evenly spread; as many as last as long as the motion does at ``fps`` where it is None. loops: How often a cyclic motion is gone through.
    fps: Frames a second when it is played. name: The look's name and the motion's where it is None.

    The asset holds ``body.npz``: ``vertices`` (T, V, 3) [m] and ``joints`` (T, 55, 3), world, ``faces``, ``full_pose`` (T, 55, 3) and
    ``transl`` (T, 3), ``betas``, ``expression`` and ``offsets`` of the first frame; ``garment-<k>.npz`` as a look has it, with ``vertices``
    (T, V, 3); and ``gates.json``, per frame. One frame that fails a gate fails the animation. Frames are kept until it is published: the
    same command goes on where it was interrupted.

    Raises StudioError for a motion that does not exist or is damaged, for numbers out of range, and for looks that `repose` refuses.
    """
    from studio.look.motion.frames import FrameCache

    asset, asked = store.resolve(look), find_motion(motion)
    count = _count(asked, frames, loops, fps)
    check_can_move(asset)
    recipe = Recipe(
        stage="look.animate",
        inputs=(Input("look", str(asset.ref), asset.digest), *worn_inputs(asset)),
        spec={"motion": asked.recipe(), "frames": count, "loops": loops, "fps": fps},
        tools=TOOLS,
        code=CODE,
    )
    cache = FrameCache(store.folder / "frames" / recipe.key())
    production = store.produce(
        kind="animation", name=name or f"{asset.ref.name}-{Path(asked.name).stem}"[:64].rstrip("-_."), recipe=recipe, again=again,
        build=lambda made: _Animation(store, asset, asked, count, loops, fps).build(made, cache, report),
    )  # fmt: skip
    cache.clear()
    report("done", 1.0)
    return production


def _count(asked: Asked, frames: int | None, loops: int, fps: float) -> int:
    """Frames of one time through. Raises StudioError for what cannot be."""
    if not _LEAST_FPS <= fps <= _MOST_FPS:
        raise StudioError(f"{fps:g} frames a second were asked for, and {_LEAST_FPS:g} to {_MOST_FPS:g} can be: change --fps.")
    if loops < 1 or (loops > 1 and not asked.cyclic):
        why = "it has to be gone through once at least" if loops < 1 else f"'{asked.name}' does not end as it begins"
        raise StudioError(f"{loops} loops were asked for, but {why}: leave --loops out.")
    count = frames if frames is not None else max(LEAST_FRAMES, round(asked.duration_s * fps) + (0 if asked.cyclic else 1))
    if not (count >= LEAST_FRAMES and count * loops <= MOST_FRAMES):
        raise StudioError(
            f"An animation has {LEAST_FRAMES} to {MOST_FRAMES:,} frames, and this one would have {count * loops:,}: see --frames."
        )
    return count


@dataclass(frozen=True, eq=False)
class _Animation:
    """One run of `animate`."""

    store: Store
    look: Asset
    asked: Asked
    count: int
    loops: int
    fps: float

    def build(self, made: Draft, cache: FrameCache, report: Report) -> Outcome:
        """Make the frames, and write them."""
        from studio.look.motion.bodies import stances
        from studio.look.motion.frames import closed, frames_of

        report("posing", 0.0)
        outfit = load_outfit(self.store, self.look, report=within(report, 0.0, 0.02))
        motion = self._on(outfit)
        shares, led = self._shares()
        bodies = stances(
            outfit.model, outfit.parameters, outfit.pieces, motion, shares,
            travels=self.asked.spec is not None and self.asked.spec.travels, offsets=outfit.offsets,
        )  # fmt: skip
        frames = frames_of(outfit, bodies, cache, report=within(report, 0.05, 0.9))[led:]
        gap_m, travelled = None, np.zeros(3)
        if self.asked.cyclic:
            travelled = (frames[-1].stance.posed.transl - frames[0].stance.posed.transl).astype(np.float64)
            cycle = closed(outfit, frames, blended=led, report=within(report, 0.9, 0.97))
            frames, gap_m = cycle.frames, cycle.gap_m
        report("writing", 0.97)
        return self._publish(made, outfit, frames, travelled, gap_m)

    def _on(self, outfit: PublishedOutfit) -> KeyPoses | Capture:
        if self.asked.spec is None:
            return self.asked.capture
        return key_poses(outfit.model, outfit.parameters, self.asked.spec, offsets=outfit.offsets)

    def _shares(self) -> tuple[list[float], int]:
        """When the frames are, as shares of the motion, and how many of them lead into it."""
        if not self.asked.cyclic:
            return [k / (self.count - 1) for k in range(self.count)], 0
        led = max(1, round(_LED * self.count))
        return [k / self.count for k in range(-led, self.count + 1)], led

    def _publish(self, made: Draft, outfit: PublishedOutfit, frames: list[Frame], travelled: np.ndarray, gap_m: float | None) -> Outcome:
        from studio.look.motion.jumps import largest_jumps

        shifts = [loop * travelled for loop in range(self.loops)]
        _write_body(made, outfit, frames, shifts)
        worn = frames[0].worn
        write_garments(made, [_through(each, index, frames, shifts) for index, each in enumerate(worn)])
        failures = {number: list(frame.gates.failures) for number, frame in enumerate(frames) if not frame.gates.passed}
        each = [gate_facts(frame.gates) for frame in frames]
        numbers = {key: max(one[key] for one in each) for key in each[0] if isinstance(each[0][key], int | float)}
        jumps = largest_jumps(frames, outfit, cyclic=self.asked.cyclic)
        facts = {
            "frames": len(frames) * self.loops, "loops": self.loops, "fps": self.fps, "duration_s": len(frames) * self.loops / self.fps,
            "motion": self.asked.name, "cyclic": self.asked.cyclic, "inertia": False, "look": str(self.look.ref),
            "gates": numbers, "passed": not failures, "failed_frames": sorted(failures),
            "failures": sorted({line for lines in failures.values() for line in lines}),
            "closing_mm": None if gap_m is None else round(1000 * gap_m, 2),
            "jump_mm": {key: round(value, 2) for key, value in jumps.items()},
            "garments": garment_facts(worn, outfit.wear),
            "twin": str(outfit.twin.ref), "body": self.look.facts["body"], "subject": self.look.facts.get("subject"),
        }  # fmt: skip
        rows = [{"frame": number, **row, "failures": failures.get(number, [])} for number, row in enumerate(each)]
        made.write_json("gates.json", {"frames": rows, "worst": numbers})
        return Outcome(facts=facts, passed=not failures)


def _write_body(made: Draft, outfit: PublishedOutfit, frames: Sequence[Frame], shifts: Sequence[np.ndarray]) -> None:
    from studio.body.model import forward
    from studio.frames import world_from_smplx

    bodies = [forward(outfit.model, frame.stance.posed, offsets=frame.stance.offsets) for frame in frames]
    first = frames[0].stance
    made.write_arrays(
        "body.npz",
        vertices=np.concatenate([[world_from_smplx(body.vertices + shift) for body in bodies] for shift in shifts]).astype(np.float32),
        joints=np.concatenate([[world_from_smplx(body.joints + shift) for body in bodies] for shift in shifts]).astype(np.float32),
        faces=outfit.model.faces,
        full_pose=np.concatenate([[frame.stance.posed.full_pose for frame in frames] for _ in shifts]),
        transl=np.concatenate([[frame.stance.posed.transl + shift for frame in frames] for shift in shifts]).astype(np.float32),
        betas=first.posed.betas,
        expression=first.posed.expression,
        offsets=first.offsets,
    )


def _through(worn: Worn, index: int, frames: Sequence[Frame], shifts: Sequence[np.ndarray]) -> Worn:
    """A garment with its vertices in all frames, (T, V, 3), as `write_garments` takes it."""
    from studio.frames import world_from_smplx

    meshes = [frame.worn[index].mesh.vertices for frame in frames]
    if len({mesh.shape for mesh in meshes}) > 1:
        raise StudioError(f"'{worn.piece.name}' does not keep its mesh through this motion: animate the look without it.")
    vertices = np.concatenate([np.array(meshes) + world_from_smplx(shift) for shift in shifts])
    return replace(worn, mesh=replace(worn.mesh, vertices=vertices), settled=replace(worn.settled, stress=None))
