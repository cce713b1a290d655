"""Things that are no scan of one person, made in code: furniture, animals, rooms, damaged files, two people, parts of people."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bench.subjects import noisy, person

Points = np.ndarray


def box(count: int, size: tuple[float, float, float], centre: tuple[float, float, float], rng: np.random.Generator) -> Points:
    """Points on the faces of a box [m], by area."""
    size = np.array(size)
    areas = np.array([size[1] * size[2], size[0] * size[2], size[0] * size[1]])
    points = rng.uniform(-0.5, 0.5, (count, 3))
    face = rng.choice(3, count, p=areas / areas.sum())
    points[np.arange(count), face] = np.where(rng.random(count) < 0.5, 0.5, -0.5)
    return points * size + centre


def ellipsoid(count: int, radii: tuple[float, float, float], centre: tuple[float, float, float], rng: np.random.Generator) -> Points:
    """Points on an ellipsoid, a little denser at its ends."""
    ball = rng.normal(size=(count, 3))
    return ball / np.linalg.norm(ball, axis=1, keepdims=True) * radii + centre


def rod(count: int, start: tuple[float, float, float], stop: tuple[float, float, float], radius: float, rng: np.random.Generator) -> Points:
    """Points on a round rod with round ends."""
    start, stop = np.array(start), np.array(stop)
    ball = rng.normal(size=(count, 3))
    ball *= radius / np.linalg.norm(ball, axis=1, keepdims=True)
    axis = (stop - start) / np.linalg.norm(stop - start)
    along = ball @ axis
    side = ball - along[:, None] * axis
    side *= radius / np.maximum(np.linalg.norm(side, axis=1, keepdims=True), 1e-12)
    return np.where(
        rng.random((count, 1)) < 0.9,
        start + rng.random((count, 1)) * (stop - start) + side,
        np.where(along[:, None] < 0, start, stop) + ball,
    )


def chair(rng: np.random.Generator) -> Points:
    """A kitchen chair, 0.9 m high."""
    legs = [box(900, (0.04, 0.04, 0.45), (x, y, 0.225), rng) for x in (-0.2, 0.2) for y in (-0.2, 0.2)]
    return np.concatenate([*legs, box(5000, (0.45, 0.45, 0.03), (0, 0, 0.46), rng), box(4500, (0.45, 0.03, 0.45), (0, 0.21, 0.7), rng)])


def table(rng: np.random.Generator) -> Points:
    """A table, 0.75 m high."""
    legs = [box(900, (0.06, 0.06, 0.72), (x, y, 0.36), rng) for x in (-0.55, 0.55) for y in (-0.32, 0.32)]
    return np.concatenate([*legs, box(9000, (1.2, 0.75, 0.03), (0, 0, 0.735), rng)])


def quadruped(rng: np.random.Generator, *, size: float = 1.0) -> Points:
    """A dog that stands, 0.6 m at the shoulder; larger it is a pony."""
    legs = [rod(1500, (x, y, 0.04), (x * 1.05, y, 0.38), 0.04, rng) for x in (-0.3, 0.3) for y in (-0.1, 0.1)]
    parts = [
        ellipsoid(7000, (0.42, 0.14, 0.16), (0, 0, 0.48), rng), rod(1200, (-0.36, 0, 0.55), (-0.52, 0, 0.74), 0.08, rng),
        ellipsoid(2000, (0.16, 0.08, 0.09), (-0.6, 0, 0.8), rng), rod(600, (0.4, 0, 0.55), (0.62, 0, 0.68), 0.025, rng),
        *(ellipsoid(250, (0.03, 0.02, 0.07), (-0.52, y, 0.88), rng) for y in (-0.06, 0.06)),
    ]  # fmt: skip
    return size * np.concatenate([*legs, *parts])


def begging_dog(rng: np.random.Generator) -> Points:
    """A dog that sits up on its haunches, forelegs raised: the nearest that an animal comes to a person."""
    parts = [
        ellipsoid(7000, (0.15, 0.16, 0.38), (0, 0.03, 0.45), rng), ellipsoid(2500, (0.09, 0.16, 0.1), (0, -0.08, 0.95), rng),
        rod(800, (0, 0, 0.75), (0, -0.02, 0.9), 0.08, rng), rod(500, (0, 0.2, 0.1), (0, 0.5, 0.05), 0.025, rng),
        *(rod(1300, (x, -0.1, 0.62), (x, -0.34, 0.5), 0.04, rng) for x in (-0.1, 0.1)),
        *(rod(1500, (x, -0.02, 0.16), (x, -0.3, 0.06), 0.06, rng) for x in (-0.14, 0.14)),
        *(ellipsoid(250, (0.02, 0.03, 0.07), (x, -0.02, 1.06), rng) for x in (-0.07, 0.07)),
    ]  # fmt: skip
    return np.concatenate(parts)


def car(rng: np.random.Generator) -> Points:
    """A car of two boxes."""
    return np.concatenate([box(8000, (4.4, 1.7, 0.7), (0, 0, 0.6), rng), box(5000, (2.2, 1.5, 0.6), (-0.2, 0, 1.2), rng)])


def bottle(rng: np.random.Generator) -> Points:
    """A bottle, 0.3 m high."""
    return np.concatenate([rod(6000, (0, 0, 0.04), (0, 0, 0.18), 0.04, rng), rod(2000, (0, 0, 0.2), (0, 0, 0.29), 0.014, rng)])


def coat_stand(rng: np.random.Generator) -> Points:
    """A pole with hooks and three feet, 1.75 m high."""
    feet = [rod(800, (0, 0, 0.12), (0.3 * np.cos(a), 0.3 * np.sin(a), 0.02), 0.02, rng) for a in (0.3, 2.4, 4.5)]
    hooks = [rod(500, (0, 0, 1.65), (0.18 * np.cos(a), 0.18 * np.sin(a), 1.72), 0.012, rng) for a in (0, 1.6, 3.1, 4.7)]
    return np.concatenate([rod(4000, (0, 0, 0.1), (0, 0, 1.75), 0.025, rng), *feet, *hooks])


def plant(rng: np.random.Generator) -> Points:
    """A pot plant, 1.5 m high."""
    leaves = [ellipsoid(250, (0.16, 0.05, 0.01), tuple(rng.normal((0.0, 0.0, 1.1), (0.22, 0.22, 0.25))), rng) for _ in range(45)]
    return np.concatenate([rod(2500, (0, 0, 0.14), (0, 0, 0.16), 0.16, rng), rod(1000, (0, 0, 0.3), (0, 0, 1.0), 0.02, rng), *leaves])


def room(rng: np.random.Generator) -> Points:
    """An empty room: floor and two walls."""
    wall = rng.uniform(0, 1, (2, 6000, 2)) * [4.0, 2.6]
    flat = np.zeros(6000)
    back, side = np.stack([wall[0, :, 0], flat, wall[0, :, 1]], axis=1), np.stack([flat, wall[1, :, 0], wall[1, :, 1]], axis=1)
    floor = np.column_stack([rng.uniform(0, 4, (8000, 2)), np.zeros(8000)])
    return np.concatenate([back, side, floor]) + rng.normal(0, 0.003, (20_000, 3))


def flat_wall(rng: np.random.Generator) -> Points:
    """A piece of wall, 2.5 m wide and high."""
    return np.stack([rng.uniform(0, 2.5, 12_000), rng.normal(0, 0.003, 12_000), rng.uniform(0, 2.5, 12_000)], axis=1)


def things() -> dict[str, Callable[[np.random.Generator], Points]]:
    """Makers of what is no person, by name."""
    return {
        "chair": chair,
        "table": table,
        "dog": quadruped,
        "pony": lambda rng: quadruped(rng, size=2.2),
        "begging dog": begging_dog,
        "begging bear": lambda rng: 1.6 * begging_dog(rng),
        "sphere": lambda rng: ellipsoid(12_000, (0.5, 0.5, 0.5), (0, 0, 0.5), rng),
        "cylinder": lambda rng: rod(12_000, (0, 0, 0.2), (0, 0, 1.55), 0.2, rng),
        "wardrobe": lambda rng: box(12_000, (0.5, 0.3, 1.75), (0, 0, 0.9), rng),
        "pill": lambda rng: ellipsoid(12_000, (0.2, 0.15, 0.87), (0, 0, 0.87), rng),
        "car": car,
        "bottle": bottle,
        "coat stand": coat_stand,
        "pot plant": plant,
        "empty room": room,
        "wall": flat_wall,
        "noise": lambda rng: rng.normal(0, 0.4, (12_000, 3)),
        "noise in a box": lambda rng: rng.uniform(-1, 1, (12_000, 3)) * [0.3, 0.2, 0.9],
        "line": lambda rng: np.outer(rng.uniform(0, 1.8, 6000), [0, 0, 1.0]) + rng.normal(0, 0.001, (6000, 3)),
        "points in one place": lambda _: np.ones((3000, 3)),
        "points that are no numbers": lambda _: np.full((3000, 3), np.nan),
    }


def groups() -> dict[str, Callable[[np.random.Generator], Points]]:
    """Makers of captures that show more than one person, or a person and something as large."""
    relaxed = ("relaxed", "relaxed")
    return {
        "two people 1.5 m apart": _pair(1.5),
        "two people 0.8 m apart": _pair(0.8, relaxed),
        "two people holding hands": _pair(1.28),
        "two people who touch": _pair(0.58, relaxed),
        "two people arm in arm": _pair(0.45, relaxed),
        "mother and child": _pair(0.75, relaxed, second=0.62),
        "person beside a chair": _beside(chair, (0.75, 0.0, 0.0)),
        "person before a wall": _beside(lambda rng: box(20_000, (2.6, 0.05, 2.4), (0, 0.6, 1.2), rng), (0.0, 0.0, 0.0)),
        "person on a chair": _beside(chair, (0.0, 0.05, -0.02), "seated"),
        "person who touches a dog": _beside(quadruped, (0.9, 0.0, 0.0)),
    }


def _pair(apart: float, poses: tuple[str, str] = ("A", "relaxed"), *, second: float = 1.0) -> Callable[[np.random.Generator], Points]:
    """Two people side by side [m], the second of another size."""

    def make(rng: np.random.Generator) -> Points:
        right, left = person(poses[0], seed=41, count=25_000).points, person(poses[1], seed=42, count=25_000, scale=second).points
        return noisy(np.concatenate([right, left + np.array([apart, 0.05, 0.0])]), rng=rng)

    return make


def _beside(
    thing: Callable[[np.random.Generator], Points], place: tuple[float, float, float], pose: str = "relaxed"
) -> Callable[[np.random.Generator], Points]:
    """A person with a thing at a place [m]."""
    return lambda rng: noisy(np.concatenate([person(pose, seed=43, count=25_000).points, thing(rng) + place]), rng=rng)


def pieces() -> dict[str, Callable[[np.random.Generator], Points]]:
    """Makers of captures that show less than a body."""
    return {
        "upper half": _cut(lambda p: p[:, 2] > 0.5),
        "lower half": _cut(lambda p: p[:, 2] < 0.5),
        "left half": _cut(lambda p: p[:, 0] > 0.0),
        "head and shoulders": _cut(lambda p: p[:, 2] > 0.78),
        "trunk alone": _cut(lambda p: (p[:, 2] > 0.48) & (p[:, 2] < 0.83) & (np.abs(p[:, 0]) < 0.12)),
        "head alone": _cut(lambda p: p[:, 2] > 0.87),
        "legs below the knee": _cut(lambda p: p[:, 2] < 0.27),
        "left arm alone": _cut(lambda p: p[:, 0] > 0.14),
    }


def _cut(keep: Callable[[Points], np.ndarray]) -> Callable[[np.random.Generator], Points]:
    """A part of a person in the A-pose, chosen by coordinates in heights."""

    def make(rng: np.random.Generator) -> Points:
        whole = person("A", seed=46, count=200_000).points
        part = whole[keep(whole / whole[:, 2].max())]
        return noisy(part[rng.permutation(len(part))[:25_000]], rng=rng)

    return make
