"""Hair that is drawn over the skull to one place: ponytail, bun, braid, and half of it in half-up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.shot.complexion import smoothstep
from studio.shot.groom.comb import ROOT_M, Comb, Course, march
from studio.shot.groom.strands import clump, locks, tangent, unit, wander
from studio.shot.groom.styles.coiled import coil
from studio.shot.groom.styles.hanging import Cut, hang

#: Points of a strand between its root and the tie.
DRAWN = 26


@dataclass(frozen=True)
class Drawn:
    """What a drawn style grows. strands: (N, K, 3). coil: Of a knot, or None. tie: Band as a polyline, or None."""

    strands: np.ndarray
    coil: np.ndarray | None = None
    tie: np.ndarray | None = None


def ponytail(comb: Comb) -> Drawn:
    """Combed back, gathered high on the back of the head, falling from the tie; with tight curl a puff."""
    tie = np.array([0.0, comb.head.back + 0.007, 0.045])
    length = (comb.hair.length_cm or 34.0) / 100
    offsets, drawn = _bundle(comb, tie, 0.0085)
    tail = _tail(comb, drawn[:, -1], offsets, np.array([0, 1.0, 0.28]), length, steps=30, curl=comb.hair.curl)
    return Drawn(np.concatenate([drawn, tail[:, 1:]], axis=1), tie=_ring(tie, 0.0105))


def bun(comb: Comb) -> Drawn:
    """Combed back, twisted, and wound into a knot from its foot to its middle."""
    axis = unit(np.array([0.0, 1.0, 0.42]))
    knot = np.array([0.0, comb.head.back + 0.001, 0.056])
    rng = comb.rng
    _, drawn = _bundle(comb, knot, 0.012)
    first = unit(np.cross(axis, [1.0, 0, 0]))
    second = np.cross(axis, first)
    number, t = int(len(comb.roots) * 0.7), np.linspace(0, 1, 64)
    # three twisted locks side by side: strands of a lock run together, so the knot shows its winding
    lock = rng.integers(0, 3, number)
    angle = lock[:, None] * 2.09 + rng.normal(0, 0.05, number)[:, None] + 2 * np.pi * 1.55 * t
    ring = 0.0235 * (1 - t) ** 0.75 + 0.0045
    rise = 0.006 + 0.019 * np.sin(0.5 * np.pi * t) ** 1.5
    tube = 0.0078 * np.sqrt(rng.uniform(0.25, 1, number))[:, None] * (1 - 0.25 * t)
    twist = rng.uniform(0, 2 * np.pi, number)[:, None] + 9.0 * t
    radius = np.maximum(ring + tube * np.cos(twist), 0.0005)
    height = rise + tube * np.sin(twist) + 0.0018 * np.sin(2 * angle + lock[:, None])
    around = np.cos(angle)[..., None] * first + np.sin(angle)[..., None] * second
    return Drawn(drawn, coil=knot + radius[..., None] * around + height[..., None] * axis)


def half_up(comb: Comb) -> Drawn:
    """The upper half drawn to the back of the crown and let fall over the lower half, which hangs."""
    q, head = comb.roots.points, comb.head
    line = 0.040 - 0.015 * smoothstep(head.centre[1] - 0.02, head.back, q[:, 1])
    top = q[:, 2] > line + 0.0035 * wander(q, 160, comb.rng)[:, 0]
    ends = (comb.hair.length_cm or 30.0) / 100
    upper, lower = comb.of(top), comb.of(~top)
    tie = np.array([0.0, head.back + 0.004, 0.052])
    offsets, drawn = _bundle(upper, tie, 0.008)
    tail = _tail(upper, drawn[:, -1], offsets, np.array([0, 0.40, -0.85]), ends + 0.045, steps=31, margin=0.015, fan=0.55)
    cut = Cut(ends_m=ends, rise_m=-0.03, ragged_m=0.010, layers=0.08, front_deg=-90, body=0.3, swept=True)
    hung, keys = hang(lower, cut, steps=DRAWN + 30)
    clump(hung, keys, clumps=900, pull=0.55, power=1.5, rng=comb.rng)
    return Drawn(np.concatenate([np.concatenate([drawn, tail[:, 1:]], axis=1), hung]), tie=_ring(tie, 0.0095))


def braid(comb: Comb) -> Drawn:
    """Drawn to the nape and plaited of three strands, tied above its end."""
    rng = comb.rng
    length = (comb.hair.length_cm or 34.0) / 100
    nape = np.array([0.0, comb.around.nape_y(-0.060) + 0.020, -0.060])
    offsets, drawn = _bundle(comb, nape, 0.010)
    spine = _spine(comb, nape, length)
    order = np.argsort(np.argsort(comb.roots.points[:, 0] + 0.01 * rng.normal(size=len(offsets))))
    lock = np.minimum(3 * order // len(order), 2)
    plaited = _plait(spine, lock, length, rng)
    end = unit(spine[-1] - spine[-3])
    count = len(lock)
    spread = plaited[:, -1] - spine[-1]
    tuft = Course(
        0.055 * rng.uniform(0.35, 1.1, count), unit(end + 0.25 * spread / 0.006 + 0.06 * rng.normal(size=(count, 3))), np.zeros((count, 3)),
        1.0, np.full(count, 0.004), wander(comb.roots.points, 60, rng), waver=2.0,
    )  # fmt: skip
    loose = march(comb, tuft, steps=8, begin=plaited[:, -1])
    blend = np.linspace(0, 1, 6)[None, :, None]
    joined = plaited.copy()
    joined[:, :6] = drawn[:, -1:] * (1 - blend) + joined[:, :6] * blend
    strands = np.concatenate([drawn[:, :-1], joined, loose[:, 1:]], axis=1)
    return Drawn(strands, tie=_ring_across(spine[-1], end, 0.0068))


def _spine(comb: Comb, start: np.ndarray, length: float) -> np.ndarray:
    """The middle line of a plait (61, 3), which hangs and lies on the back."""
    one = comb.of(np.array([int(np.argmax(comb.roots.points[:, 1]))]))
    course = Course(
        np.array([length]), np.array([[0.0, 0.55, -0.85]]), np.zeros((1, 3)), 1.0, np.array([0.0145]), np.zeros((1, 3)), bend=0.05
    )  # fmt: skip
    return march(one, course, steps=61, begin=start[None])[0]


def _plait(spine: np.ndarray, lock: np.ndarray, length: float, rng: np.random.Generator) -> np.ndarray:
    """Hairs (N, 60, 3) of three strands that pass over each other along a line: each goes from side to side once, and over twice, in the
    same while (the usual curve of a plait, x = sin t, z = sin 2 t).
    """
    count, points = len(lock), len(spine)
    along = np.linspace(0, length, points)
    ahead = unit(np.gradient(spine, axis=0))
    lateral = tangent(np.broadcast_to([1.0, 0, 0], ahead.shape), ahead)
    outward = np.cross(lateral, ahead)
    outward *= np.sign((outward * [0, 1.0, 0]).sum(axis=1, keepdims=True) + 1e-9)
    size = (1 - 0.42 * along / max(length, 1e-6)) * smoothstep(-0.02, 0.02, along)
    t = 2 * np.pi * (along[None] / 0.046 + np.arange(3)[:, None] / 3)
    centres = spine + (0.0125 * size * np.sin(t))[..., None] * lateral + (0.0062 * size * np.sin(2 * t))[..., None] * outward
    course = unit(np.gradient(centres, axis=1))
    first = tangent(np.broadcast_to(outward, course.shape), course)
    second = np.cross(course, first)
    angle, radius = rng.uniform(0, 2 * np.pi, count), np.sqrt(rng.uniform(0.05, 1, count))
    roll = angle[:, None] + 0.5 * np.sin(along * 30 + angle[:, None])
    within = (0.0068 * radius)[:, None] * size
    return (
        centres[lock]
        + (within * np.cos(roll))[..., None] * first[lock] * 0.8
        + (within * np.sin(roll) * 1.15)[..., None] * second[lock]
    )  # fmt: skip


def _bundle(comb: Comb, tie: np.ndarray, radius: float) -> tuple[np.ndarray, np.ndarray]:
    """Strands gathered to a tie with comb lines in them, and where each lies in it relative to its middle."""
    rng, count = comb.rng, len(comb.roots)
    offsets = unit(rng.normal(size=(count, 3))) * radius * np.sqrt(rng.random(count))[:, None] * [1, 0.6, 1]
    drawn = _gather(comb, tie, offsets)
    _comb_lines(drawn, comb.roots.points, rng)
    return offsets, drawn


def _tail(
    comb: Comb, begin: np.ndarray, offsets: np.ndarray, way: np.ndarray, length: float, *, steps: int, margin: float = 0.007,
    curl: float | None = None, fan: float = 0.16,
) -> np.ndarray:  # fmt: skip
    """What falls from a tie, (N, K, 3), begun at it."""
    rng, count = comb.rng, len(begin)
    noise = wander(comb.roots.points, 45, rng)
    lengths = np.clip(length * (1 - 0.06 * np.abs(noise[:, 0]) + 0.04 * rng.normal(size=count)), 0.5 * length, 1.1 * length)
    lengths *= np.where(rng.random(count) < 0.12, rng.uniform(0.7, 1, count), 1)
    spread = offsets / max(float(np.abs(offsets).max()), 1e-9)
    stiff, wide = (0.034, fan) if curl is None or curl < 5 else (0.6, 1.4)  # coils carry themselves
    course = Course(
        lengths, unit(way + 0.08 * noise + wide * spread), np.zeros((count, 3)), 1.0, np.full(count, margin), noise, bend=stiff, waver=0.9
    )  # fmt: skip
    tail = march(comb, course, steps=steps, begin=begin)
    keys = offsets * 8 + comb.roots.points * 0.12
    clump(tail, keys, clumps=520, pull=0.45, power=1.5, rng=rng)
    clump(tail, keys, clumps=60, pull=0.25, power=1.5, rng=rng)
    if curl is None or curl < 1.5:
        return tail
    return coil(tail, locks(keys, 300, rng), curl, rng, begin_m=0.03)


def _gather(comb: Comb, target: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Strands drawn over the skull to a tie: along the surface, a little lifted, straight for the last centimetres."""
    roots, rng, steps = comb.roots, comb.rng, DRAWN
    noise = wander(roots.points, 45, rng)
    far = np.linalg.norm(target - roots.points, axis=1)
    lift = 0.0004 + 0.0020 * rng.random(len(roots)) ** 1.5 * smoothstep(0.0, 0.05, far) * comb.hair.volume
    back = smoothstep(comb.head.centre[1] + 0.035, comb.head.centre[1] - 0.03, roots.points[:, 1])
    upwards = np.c_[np.zeros((len(roots), 2)), np.maximum(0.045 - target[2], 0) * back]
    direction, current = tangent(target + upwards - roots.points, roots.normals), roots.points.copy()
    points = [roots.points - roots.normals * ROOT_M]
    for k in range(1, steps):
        left = steps - k
        to_tie = target + offsets - current
        distance = np.linalg.norm(to_tie, axis=1)
        # to a low tie the way leads back over the ears first, and not across the face
        ahead = smoothstep(comb.head.centre[1] + 0.035, comb.head.centre[1] - 0.03, current[:, 1])
        towards = to_tie + np.c_[np.zeros((len(current), 2)), np.maximum(0.045 - target[2], 0) * ahead]
        _, _, normals = comb.around.push_out(current, direction, 0.0)
        hug = np.clip(distance / 0.02 - 1, 0, 1)
        along = unit(towards - normals * ((towards * normals).sum(axis=1) * hug)[:, None])
        direction = unit(0.45 * direction + along + 0.02 * noise * np.sin(0.4 * k + 3 * noise[:, :1]))
        direction = np.where((distance < 0.015)[:, None], unit(to_tie), direction)
        current = current + direction * np.minimum(np.maximum(distance / left * 1.06, 1e-5), distance)[:, None]
        if k < steps - 1:
            margin = lift * min(1.0, k / 4) * np.clip(distance / 0.03, 0.15, 1) + 0.0006
            current = comb.around.lay(current, margin, np.clip(distance / 0.03 - 0.5, 0, 1))
        points.append(current.copy())
    return np.stack(points, axis=1)


def _comb_lines(strands: np.ndarray, keys: np.ndarray, rng: np.random.Generator) -> None:
    """The lines that a comb leaves in hair that is drawn back, in place."""
    part = strands.copy()
    clump(part, keys, clumps=1300, pull=0.40, power=0.7, rng=rng)
    clump(part, keys, clumps=260, pull=0.22, power=0.8, rng=rng)
    fade = np.linspace(1, 0, strands.shape[1])[None, :, None] ** 0.5
    strands += (part - strands) * fade


def _ring(centre: np.ndarray, radius: float) -> np.ndarray:
    """A closed polyline around a tail just behind its tie, for an elastic band."""
    angle = np.linspace(0, 2 * np.pi, 40)
    return centre + np.array([0, 0.006, 0.001]) + radius * np.stack([np.cos(angle), 0.25 * np.sin(angle), np.sin(angle)], axis=1)


def _ring_across(centre: np.ndarray, axis: np.ndarray, radius: float) -> np.ndarray:
    """A closed polyline around a line through centre along axis."""
    first = tangent(np.array([1.0, 0, 0]), axis)
    second = np.cross(axis, first)
    angle = np.linspace(0, 2 * np.pi, 40)[:, None]
    return centre + radius * (np.cos(angle) * first + np.sin(angle) * second)
