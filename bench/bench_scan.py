"""How robustly scans are read: all axes and units, odd poses, spoilt captures, bad input, what cleaning throws away, memory and seconds."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np

from bench.oddities import groups, pieces, things
from bench.subjects import POSES, Person, noisy, person, with_holes
from studio.errors import StudioError
from studio.frames import AXES, METRES_PER_UNIT, apply, world_from_axes
from studio.scan.prepare import Scan, prepare
from studio.scan.raw import RawScan
from studio.scan.synthetic import synthesize_scan
from studio.specs.scan import ScanSpec

#: A scan is read rightly when its unit is right and its axes are this near [deg].
_UP_DEG, _FACING_DEG = 20.0, 30.0
_ORIENTED = ("A", "seated", "leg forward")
_SIZES = (("ply", 5_000), ("ply", 200_000), ("ply", 5_000_000), ("pcd", 5_000_000), ("obj", 5_000_000))


def run() -> str:
    """Measure everything and return the tables."""
    return "\n\n".join([_orientations(), _captures(), _refusals(), _cleaning(), _sizes()])


# -- axes, units, poses ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Reading:
    """How a file was read against the truth: a refusal, or angles [deg] and whether the unit is right."""

    refused: str = ""
    up_deg: float = 0.0
    facing_deg: float = 0.0
    unit: bool = True
    warned: bool = False

    @property
    def right(self) -> bool:
        return not self.refused and self.unit and self.up_deg < _UP_DEG and self.facing_deg < _FACING_DEG


def _read(points: np.ndarray, file_from_world: np.ndarray, unit: str) -> _Reading:
    """Read world points as a file in other axes and another unit."""
    try:
        scan = prepare(RawScan(apply(file_from_world, points)), ScanSpec(), name="scan")
    except StudioError as error:
        return _Reading(refused=str(error))
    turn = np.linalg.inv(file_from_world)[:3, :3] @ scan.file_from_world[:3, :3]  # identity where all is right
    turn = turn / np.cbrt(abs(np.linalg.det(turn)))
    up, facing = (float(np.degrees(np.arccos(np.clip(turn[axis, axis], -1, 1)))) for axis in (2, 1))
    return _Reading("", up, facing, scan.unit == unit, bool(scan.remarks))


def _file_from_world(up: str, facing: str, unit: str) -> np.ndarray:
    transform = np.eye(4)
    transform[:3, :3] = world_from_axes(up, facing).T / METRES_PER_UNIT[unit]
    transform[:3, 3] = np.array([0.4, -0.3, 0.2]) / METRES_PER_UNIT[unit]
    return transform


def _orientations() -> str:
    rows = [
        "## Scans: axes and units\n\nMade-up people of 12,000 points in all 24 orientations and 3 units (m, cm, mm). Right: the unit, up "
        f"within {_UP_DEG:.0f} deg and facing within {_FACING_DEG:.0f} deg.\n",
        "| pose | right | worst up deg | worst facing deg | processor s each |\n|---|---|---|---|---|",
    ]
    axes = [(up, facing) for up, facing in product(AXES, AXES) if up[1] != facing[1]]
    for number, pose in enumerate(_ORIENTED):
        points = noisy(person(pose, seed=60 + number, count=12_000).points, rng=np.random.default_rng(number))
        start = time.process_time()
        read = [_read(points, _file_from_world(*axis, unit), unit) for axis in axes for unit in ("m", "cm", "mm")]
        used = (time.process_time() - start) / len(read)
        right = sum(reading.right for reading in read)
        worst = max(reading.up_deg for reading in read), max(reading.facing_deg for reading in read)
        rows.append(f"| {pose} | {right} of {len(read)} | {worst[0]:.1f} | {worst[1]:.1f} | {used:.1f} |")
    return "\n".join(rows)


def spoilt(subject: Person, rng: np.random.Generator) -> Iterator[tuple[str, np.ndarray]]:
    """What captures do to a person, one after the other: names and points."""
    yield "5 mm of noise", noisy(subject.points, noise_m=0.005, rng=rng)
    yield "2 % outliers", noisy(subject.points, outliers=0.02, rng=rng)
    fingers = [f"{side}_{part}" for side in ("left", "right") for part in ("wrist", "index", "middle", "ring", "pinky", "thumb")]
    low = subject.where(subject.points[:, 2] < 0.94 * subject.points[:, 2].max())
    yield "no hands, no top of the head", noisy(low.without(*fingers).points, rng=rng)
    yield "one camera", noisy(subject.seen_from(rng.uniform(-180, 180)).points, rng=rng)
    yield "5,000 points", noisy(subject.points[rng.permutation(len(subject.points))[:5000]], rng=rng)
    yield "25 holes of 12 cm", noisy(subject.points[with_holes(subject.points, count=25, radius_m=0.06, rng=rng)], rng=rng)


def _captures() -> str:
    """Every pose under two of six kinds of spoiling."""
    found: dict[str, list[tuple[str, _Reading]]] = {}
    for number, pose in enumerate(POSES):
        rng = np.random.default_rng(number)
        subject = person(pose, seed=200 + number, spread=1.0, count=25_000)
        for place, (name, points) in enumerate(spoilt(subject, rng)):
            if place % 3 == number % 3:
                found.setdefault(name, []).append((pose, _read(points, _file_from_world("+y", "+z", "cm"), "cm")))
    rows = [
        f"## Scans: poses and spoilt captures\n\n{len(POSES)} poses ({', '.join(POSES)}), each spoilt in two of six ways.\n",
        "| capture | right | wrong and warned | wrong | refused |\n|---|---|---|---|---|",
    ]
    for name, readings in found.items():
        wrong = [(pose, reading) for pose, reading in readings if not reading.right]
        cells = (
            [pose for pose, reading in wrong if not reading.refused and reading.warned],
            [pose for pose, reading in wrong if not reading.refused and not reading.warned],
            [pose for pose, reading in wrong if reading.refused],
        )
        named = " | ".join(f"{len(poses)}{' (' + ', '.join(poses) + ')' if poses else ''}" for poses in cells)
        rows.append(f"| {name} | {len(readings) - len(wrong)} of {len(readings)} | {named} |")
    return "\n".join(rows)


# -- bad input -------------------------------------------------------------------------------------------------------------


def _refusals() -> str:
    rows = [
        "## Scans: what is no scan of one person\n\nEach as a file without a unit, unless said; what `scan add` answers.\n",
        "| input | answer |\n|---|---|",
    ]
    inputs: list[tuple[str, Callable[[np.random.Generator], np.ndarray], ScanSpec]] = [
        (name, make, ScanSpec()) for name, make in (things() | groups() | pieces()).items()
    ]
    for scale, name in ((0.18, "doll of 30 cm, --unit m"), (18.0, "statue of 30 m, --unit m")):
        inputs.append((name, lambda _, scale=scale: person("A", seed=3, count=15_000, scale=scale).points, ScanSpec(unit="m")))
    for number, (name, make, spec) in enumerate(inputs):
        rows.append(f"| {name} | {answer(make(np.random.default_rng(number)), spec)} |")
    return "\n".join(rows)


def answer(points: np.ndarray, spec: ScanSpec) -> str:
    """What `scan add` says about a file with these points: the refusal, or the remarks."""
    try:
        scan = prepare(RawScan(points), spec, name="it")
    except StudioError as error:
        return f"refused: {error}"
    said = " ".join(scan.remarks) or "no remarks"
    return f"accepted, {scan.height_m:.2f} m tall, {100 * scan.removed / len(points):.0f} % taken away: {said}"


# -- cleaning --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Clutter:
    """A capture and which of its points are the person's, shape (N,), bool."""

    name: str
    points: np.ndarray
    is_body: np.ndarray


def cluttered(points: int = 40_000) -> Iterable[Clutter]:
    """People among floors, turntables, walls, strays and ghosts of their own limbs."""
    for seed in range(4):
        made = synthesize_scan(seed=20 + seed, points=points)
        yield Clutter(f"turntable, floor, strays {seed + 1}", made.raw.points, made.is_body)
    for number, pose in enumerate(("A", "relaxed", "seated", "arms up", "leg forward", "hands on hips", "T", "stride")):
        rng = np.random.default_rng(number)
        subject = person(pose, seed=300 + number, count=points)
        body = noisy(subject.points, noise_m=(0.001, 0.003, 0.005, 0.002)[number % 4], rng=rng)
        kind, other = list(_surroundings(subject, points, rng))[number % 4]
        yield Clutter(f"{pose}, {kind}", np.concatenate([body, other]), np.arange(len(body) + len(other)) < len(body))


def _surroundings(subject: Person, count: int, rng: np.random.Generator) -> Iterator[tuple[str, np.ndarray]]:
    """Clutter of four kinds, world frame."""
    low, high = subject.points.min(axis=0) - 0.3, subject.points.max(axis=0) + 0.3
    yield "2 % outliers", rng.uniform(low, high, (count // 50, 3))
    flat = rng.uniform(-1.2, 1.2, (count // 4, 2))
    floor = np.column_stack([flat, rng.normal(-0.002, 0.002, len(flat))])
    yield "floor", floor
    wall = np.column_stack(
        [rng.uniform(-1.2, 1.2, count // 3), rng.normal(high[1] + 0.2, 0.003, count // 3), rng.uniform(0, 2.2, count // 3)]
    )
    yield "floor and wall", np.concatenate([floor, wall])
    arm = subject.where(np.isin(subject.joint, (18, 20, *range(25, 40))))  # the left forearm and hand, seen a second time
    ghost = arm.points[:: max(1, len(arm.points) // 600)] + np.array([0.22, -0.05, 0.12])
    yield "a ghost of the left forearm", noisy(ghost, noise_m=0.004, rng=rng)


def _cleaning() -> str:
    rows = [
        "## Scans: what cleaning takes\n\nShare of the person's points that were thrown away, and what share of the points that stayed is "
        "something else.\n",
        "| capture | person thrown away | not the person |\n|---|---|---|",
    ]
    for clutter in cluttered():
        kept = kept_mask(clutter.points, prepare(RawScan(clutter.points), ScanSpec(), name=clutter.name))
        rows.append(f"| {clutter.name} | {100 * (~kept[clutter.is_body]).mean():.2f} % | {100 * (~clutter.is_body)[kept].mean():.2f} % |")
    return "\n".join(rows)


def kept_mask(points: np.ndarray, scan: Scan) -> np.ndarray:
    """Which of the file's points a scan kept, shape (N,), bool."""
    from scipy.spatial import cKDTree

    mask = np.zeros(len(points), bool)
    mask[cKDTree(points).query(apply(scan.file_from_world, scan.points))[1]] = True
    return mask


# -- size ------------------------------------------------------------------------------------------------------------------

#: Run in a child, so that the peak is its own.
_CHILD = """
import resource, sys, time
from pathlib import Path
from studio.scan.prepare import prepare
from studio.scan.readers import read_scan
from studio.scan.reference import references
from studio.specs.scan import ScanSpec
references()
times = [time.process_time()]
raw = read_scan(Path(sys.argv[1])); times.append(time.process_time())
scan = prepare(raw, ScanSpec(), name="scan"); times.append(time.process_time())
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
print(times[1] - times[0], times[2] - times[1], peak, len(scan.points), scan.unit, scan.up, scan.facing)
"""


def _sizes() -> str:
    rows = [
        "## Scans: size\n\nReading a file and `prepare`, processor seconds without starting up; the peak memory of the whole process.\n",
        "| file | points | reading s | prepare s | peak GB | read as |\n|---|---|---|---|---|---|",
    ]
    with tempfile.TemporaryDirectory() as folder:
        for kind, count in _SIZES:
            file = Path(folder) / f"scan.{kind}"
            _write(file, count)
            done = subprocess.run([sys.executable, "-c", _CHILD, str(file)], capture_output=True, text=True, check=True)
            reading, preparing, peak, points, *axes = done.stdout.split()
            cells = (
                kind.upper(),
                f"{int(points):,}",
                f"{float(reading):.1f}",
                f"{float(preparing):.1f}",
                f"{float(peak):.2f}",
                " ".join(axes),
            )
            rows.append(f"| {' | '.join(cells)} |")
            file.unlink()
    return "\n".join(rows)


def _write(file: Path, count: int) -> None:
    """A person in a file of any of the kinds, a million points at a time."""
    from studio.scan.reference import surface_samples

    rng = np.random.default_rng(0)
    subject = person("A", seed=1, count=1000)
    axes = "property float x\nproperty float y\nproperty float z"
    headers = {
        ".ply": f"ply\nformat binary_little_endian 1.0\nelement vertex {count}\n{axes}\nend_header\n",
        ".pcd": f"# .PCD v0.7\nVERSION 0.7\nFIELDS x y z\nSIZE 4 4 4\nTYPE F F F\nCOUNT 1 1 1\nWIDTH {count}\nHEIGHT 1\n"
        f"VIEWPOINT 0 0 0 1 0 0 0\nPOINTS {count}\nDATA binary\n",
        ".obj": "# a cloud\n",
    }
    with file.open("wb") as stream:
        stream.write(headers[file.suffix].encode())
        for start in range(0, count, 1_000_000):
            some = min(1_000_000, count - start)
            points = surface_samples(subject.vertices, subject.faces, some, rng=rng)[0] + rng.normal(0, 0.001, (some, 3))
            if file.suffix == ".obj":
                stream.write(("v %.5f %.5f %.5f\n" * some % tuple(points.ravel().tolist())).encode())
            else:
                stream.write(points.astype("<f4").tobytes())
