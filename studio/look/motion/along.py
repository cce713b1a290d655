"""An outfit goes along with its body: each garment follows, comes to rest and is finished again, innermost first."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from studio.look.dress import Worn, finished_over
from studio.look.follow import CLIPPED_M, Follower, Statics
from studio.look.motion.way import Way
from studio.progress import Report, silent, within

#: Puts a finished garment on the last pose of a way, by its place in the outfit, over those that are worn already.
PutOn = Callable[[int, Sequence[Worn]], Worn]

#: Steps of the solver at each pose on the way, and in the last one at most: what hangs in equilibrium needs fewer than what was just sewn.
_EACH, COMES_TO_REST = 2, 32
#: Share of a garment's time that finishing takes, for the progress bar; measured on a tee.
_FOLLOWED = 0.8


def go_along(
    way: Way, worn: Sequence[Worn | None], followers: Sequence[Follower | None], *, put_on: PutOn,
    wind_m_s: tuple[float, float, float] | None = None, last: int = COMES_TO_REST, report: Report = silent,
) -> list[Worn]:  # fmt: skip
    """An outfit in the last pose of a way.

    worn, followers: The garments as they hang in its first pose, innermost first; None for one that is finished, which ``put_on`` puts on
    anew. wind_m_s: That blows in the last pose, world frame. last: Steps to come to rest there at most.
    """
    from threadpoolctl import threadpool_limits

    moved: list[Worn] = []
    with threadpool_limits(1, user_api="blas"):  # as `drape` does it
        for index, (garment, follower) in enumerate(zip(worn, followers, strict=True)):
            part = within(report, index / len(worn), (index + 1) / len(worn))
            if garment is None or follower is None:
                moved.append(put_on(index, moved))
            else:
                moved.append(_go_along(way, garment, follower, moved, wind_m_s, last, part))
    return moved


def _go_along(
    way: Way, worn: Worn, follower: Follower, below: Sequence[Worn], wind_m_s: tuple[float, float, float] | None, last: int, report: Report
) -> Worn:
    name, start = worn.piece.name, time.monotonic()
    following = within(report, 0.0, _FOLLOWED)
    below_seen = [replace(other.collider, keys=way.to_seen(other.keys)) for other in below]
    seen = Statics(None if wind_m_s is None else tuple(way.world_from_seen[-1][:3, :3].T @ np.array(wind_m_s))).follow(
        follower, worn.settled.vertices, way.seen, below_seen, each=_EACH, last=last,
        lifted_m=CLIPPED_M, report=lambda _, done: following(f"following with {name}", done),
    )  # fmt: skip
    keys, followed = way.to_world(seen.keys), time.monotonic()
    report(f"finishing {name}", _FOLLOWED)
    done = finished_again(way, worn, keys[-1], below)
    keys[0] = worn.mesh.vertices[: worn.sewn.cloth.vertex_count]  # what lies over it lay on what was finished
    seconds = {"follow": followed - start, "finish": time.monotonic() - followed}
    return replace(done, settled=replace(seen, vertices=keys[-1], keys=keys), seconds=seconds)


def finished_again(way: Way, worn: Worn, x: np.ndarray, below: Sequence[Worn]) -> Worn:
    """A garment that has come to rest at ``x`` (V, 3) [m], world, in the last pose of a way: what is rendered of it there."""
    mesh = finished_over(way.figure, worn.sewn, x, below)
    return replace(worn, mesh=mesh, settled=replace(worn.settled, vertices=x, keys=x[None]))
