"""From what a file says to a clean, upright, metric scan: `prepare` does everything between the reader and the store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from studio.errors import StudioError
from studio.mesh.normals import face_areas
from studio.progress import Report, silent
from studio.scan.clean import Cleaned, clean, distance_function
from studio.scan.isolate import isolate
from studio.scan.normals import cloud_normals, mesh_normals, seen_side
from studio.scan.orient import Orientation, nearest_axis, orient
from studio.scan.pictures import painted, turned_over
from studio.scan.place import rotation_from
from studio.scan.raw import Paint, RawScan
from studio.scan.readers import MIN_POINTS
from studio.scan.reference import surface_samples
from studio.scan.sampling import spacing, thin, thin_to
from studio.specs.scan import ScanSpec

#: Points of the cloud on which walls and parts are told apart.
_SKETCH_POINTS = 30_000
#: Points that stand for the surface of a mesh while the person is looked for: 3.5 mm apart on a body.
_MESH_SAMPLES = 150_000
#: Band of the body over which the origin is centred, in shares of its height: the pelvis.
_PELVIS = (0.45, 0.6)
#: The body is thinned to this spacing [m] for its centre, so that dense places do not pull it.
_EVEN_M = 0.01
#: Lowest and highest points of a cloud, in percent: one point in a thousand is noise below the soles.
_ENDS = (0.1, 99.98)
#: A floor that is level to this angle [deg] is level: the file's axis is then more exact.
_LEVEL_DEG = 1.0
#: Distance to the coarse body [heights] within which its normals say where outward is.
_HINT_HEIGHTS = 0.06
#: Normals that a cloud brings along are used where so many of them agree on which side is outside.
_CONSISTENT = 0.85
#: Confidence below which the person who adds the scan is told. Measured: wrong facings of made-up bodies in odd poses had 0.04.
_DOUBT = 0.1
#: Coordinates beyond this [file units] lose what float64 needs for millimetres; a damaged file rather than a capture.
_MAX_COORDINATE = 1e9


@dataclass(frozen=True)
class Scan:
    """A person's scan in the world frame: metres, z up, facing -y, standing on z = 0 over the origin.

    points: Shape (N, 3), float64. normals: Outward, unit length, shape (N, 3), float32.
    colours: sRGB, shape (N, 3), uint8, or None. faces: Triangles, outward, shape (F, 3), int32, or None for a cloud.
    paint: The pictures of a textured mesh and where its triangles lie in them, or None.
    file_from_world: Takes world metres back to the file's own coordinates and unit, shape (4, 4), float64.
    metres_per_unit, unit, up, facing: How the file was read. up_confidence, facing_confidence: see `Orientation`.
    height_m: From the floor, or the lowest point, to the top of what is the person.
    removed: How many points were taken away. floor: Whether the floor was seen.
    remarks: Sentences for the person who added the file.
    """

    points: np.ndarray
    normals: np.ndarray
    colours: np.ndarray | None
    faces: np.ndarray | None
    paint: Paint | None
    file_from_world: np.ndarray
    metres_per_unit: float
    unit: str
    up: str
    facing: str
    up_confidence: float
    facing_confidence: float
    height_m: float
    removed: int
    floor: bool
    remarks: tuple[str, ...]


def prepare(raw: RawScan, spec: ScanSpec, *, name: str, report: Report = silent) -> Scan:
    """Find the person in a raw scan, take everything else away, and stand them up in the world frame.

    name: What the file is called, for messages.

    Raises StudioError in one sentence where there is no person, or no unit is plausible.
    """
    report("colours", 0.05)
    raw = painted(_finite(raw, name))
    centre = raw.points.mean(axis=0)  # georeferenced captures lie kilometres from their origin
    raw = replace(raw, points=raw.points - centre)
    cloud = _cloud(raw)
    report("looking for the person", 0.1)
    sketch = thin_to(cloud, _SKETCH_POINTS)
    isolated = isolate(cloud[sketch.chosen])
    parts = [mask[sketch.cell_of] for mask in isolated.parts]
    found = orient(cloud, parts, spec=spec, name=name, likely_metres=raw.metres_per_unit, likely_ups=isolated.normals)
    report("cleaning", 0.5)
    upright = found.metres_per_unit * found.rotation
    distance = distance_function(found.placement, np.linalg.inv(upright), found.metres_per_unit)
    cleaned = clean(cloud @ upright.T, found.part, distance_to_body=distance)
    person = _of_points(raw, cloud, cleaned.keep)
    kept = raw if spec.keep_all else raw.keep(person)
    if len(kept.points) < MIN_POINTS:
        raise StudioError(f"{name} has {len(kept.points)} points left after cleaning, too few for a scan; try it with --keep-all.")
    rotation = _levelled(found.rotation, cleaned, spec)
    linear = found.metres_per_unit * rotation
    body = raw.points[person] @ linear.T
    shift, height = _stance(body, _floor_height(cleaned, rotation @ found.rotation.T, body), is_mesh=raw.faces is not None)
    world = kept.points @ linear.T - shift
    report("normals", 0.7)
    normals, faces = _normals(kept, world, rotation, _outward_hint(found, rotation, linear, shift))
    file_from_world = np.eye(4)
    file_from_world[:3, :3] = rotation.T / found.metres_per_unit
    file_from_world[:3, 3] = file_from_world[:3, :3] @ shift + centre
    return Scan(
        points=world,
        normals=normals,
        colours=kept.colours,
        faces=faces,
        paint=kept.paint if faces is kept.faces else turned_over(kept.paint),
        file_from_world=file_from_world,
        metres_per_unit=found.metres_per_unit,
        unit=found.unit,
        up=nearest_axis(rotation[2]),
        facing=nearest_axis(-rotation[1]),
        up_confidence=found.up_confidence,
        facing_confidence=found.facing_confidence,
        height_m=height,
        removed=len(raw.points) - len(kept.points),
        floor=cleaned.floor is not None,
        remarks=(*raw.remarks, *_doubts(found)),
    )


def _doubts(found: Orientation) -> tuple[str, ...]:
    """What should be looked at, as sentences."""
    doubts = []
    if found.up_confidence < _DOUBT:
        doubts.append(f"Which way is up is not clear in this file; it was taken to be {found.up}, say --up if that is wrong.")
    if found.facing_confidence < _DOUBT:
        doubts.append(
            f"Where the person faces is not clear in this file; it was taken to be {found.facing}, say --facing if that is wrong."
        )
    if not found.placement.whole:
        doubts.append("This is a part of a person, not the whole; its lowest point was put on the floor.")
    return tuple(doubts)


def _finite(raw: RawScan, name: str) -> RawScan:
    """Without the points that are not numbers, which are the holes of a depth frame."""
    finite = np.isfinite(raw.points).all(axis=1) & (np.abs(np.nan_to_num(raw.points)) < _MAX_COORDINATE).all(axis=1)
    if finite.sum() < MIN_POINTS:
        raise StudioError(
            f"{name} has {len(raw.points):,} points of which {finite.sum():,} are finite numbers; it is damaged, export it again."
        )
    kept = raw.keep(finite)
    if not np.ptp(kept.points, axis=0).any():
        raise StudioError(f"{name} has all its {len(kept.points):,} points in one place; it is damaged, export it again.")
    return kept


def _cloud(raw: RawScan) -> np.ndarray:
    """Points that stand for the capture: its own, or for a mesh ones spread evenly over its surface."""
    if raw.faces is None or not len(raw.faces) or not face_areas(raw.points, raw.faces).sum() > 0:
        return raw.points
    return surface_samples(raw.points, raw.faces, _MESH_SAMPLES, rng=np.random.default_rng(0))[0]


def _of_points(raw: RawScan, cloud: np.ndarray, keep: np.ndarray) -> np.ndarray:
    """Which of the file's points stay, from which points of the cloud stay."""
    if cloud is raw.points:
        return keep
    from scipy.spatial import cKDTree

    return keep[cKDTree(cloud).query(raw.points, workers=-1)[1]]


def _levelled(rotation: np.ndarray, cleaned: Cleaned, spec: ScanSpec) -> np.ndarray:
    """World axes from file axes by a large floor, where that says something else than the file's axis."""
    if spec.up is not None or not cleaned.levels:
        return rotation
    up, along_axes = cleaned.floor.normal, np.isclose(np.abs(rotation), np.round(np.abs(rotation))).all()
    if along_axes and up[2] > np.cos(np.radians(_LEVEL_DEG)):
        return rotation
    return rotation_from(rotation.T @ up, -rotation[1])


def _floor_height(cleaned: Cleaned, world_from_cleaned: np.ndarray, body: np.ndarray) -> float | None:
    """Height of the floor below the body, in the axes of ``body``; None where no floor was seen."""
    if cleaned.floor is None:
        return None
    normal = world_from_cleaned @ cleaned.floor.normal
    x, y, _ = body.mean(axis=0)
    return float((cleaned.floor.offset - normal[0] * x - normal[1] * y) / normal[2])


def _stance(body: np.ndarray, floor: float | None, *, is_mesh: bool) -> tuple[np.ndarray, float]:
    """Where the origin goes, shape (3,), and how tall the person is from there [m]."""
    even = body[thin(body, _EVEN_M).chosen]
    ends = (0.0, 100.0) if is_mesh else _ENDS
    low, high = np.percentile(body[:, 2], ends)
    low = low if floor is None else floor
    band = (even[:, 2] > low + _PELVIS[0] * (high - low)) & (even[:, 2] < low + _PELVIS[1] * (high - low))
    x, y, _ = even[band if band.any() else slice(None)].mean(axis=0)
    return np.array([x, y, low]), float(high - low)


def _outward_hint(found: Orientation, rotation: np.ndarray, linear: np.ndarray, shift: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """What outward is likely to be at points of the world, by the coarse body: its normals, and zero away from it."""
    placement, inverse = found.placement, np.linalg.inv(linear)

    def outward(points: np.ndarray) -> np.ndarray:
        distance, nearest = placement.reference.tree.query(placement.place((points + shift) @ inverse.T))
        normals = placement.reference.normals[nearest] @ (rotation @ placement.rotation.T).T
        return np.where(distance[:, None] < _HINT_HEIGHTS, normals, 0.0)

    return outward


def _normals(
    kept: RawScan, world: np.ndarray, rotation: np.ndarray, outward: Callable[[np.ndarray], np.ndarray]
) -> tuple[np.ndarray, np.ndarray | None]:
    """Outward normals in the world frame, and the triangles, turned outward where the file has them inside out."""
    if kept.faces is not None and len(kept.faces):
        normals = mesh_normals(world, kept.faces)
        inside_out = _agreement(world, normals) < 0.5
        return (-normals if inside_out else normals).astype(np.float32), kept.faces[:, ::-1] if inside_out else kept.faces
    if kept.normals is not None:
        lengths = np.linalg.norm(kept.normals, axis=1, keepdims=True)
        if (np.abs(lengths - 1) < 0.1).mean() > 0.99:
            normals = (kept.normals / np.maximum(lengths, 1e-12)) @ rotation.T
            agreement = _agreement(world, normals)
            if abs(agreement - 0.5) > _CONSISTENT - 0.5:
                return (normals if agreement > 0.5 else -normals).astype(np.float32), None
    return cloud_normals(world, outward), None


def _agreement(points: np.ndarray, normals: np.ndarray) -> float:
    """Share of normals that point to the side that is seen from outside, 0 to 1."""
    sketch = thin_to(points, _SKETCH_POINTS).chosen
    votes = seen_side(points[sketch], normals[sketch], spacing(points[sketch]))
    weight = np.abs(votes)
    return float(weight[votes > 0].sum() / max(weight.sum(), 1e-12))
