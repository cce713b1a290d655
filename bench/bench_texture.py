"""How true and how fast a scan's colour comes onto a twin: a painted body of another model family, in light that is baked in."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.painted_person import Person, load_person, paint, write_scan
from studio.frames import apply
from studio.mesh.closest import Surface
from studio.scan.stage import add_scan
from studio.shot.colour_difference import ciede2000
from studio.specs.fit import FitSpec
from studio.store import Asset
from studio.store.store import Store
from studio.twin.stage import fit_twin
from studio.twin.texture.canvas import Canvas, texels
from studio.twin.texture.colour import LUMINANCE, linear_from_srgb
from studio.twin.texture.stage import canvas_of, texture_twin
from studio.twin.twin import load_twin

BODY = Path(__file__).resolve().parents[2] / "shared" / "data" / "bodies" / "smplx_neutral_tpose.obj"
SIZE = 4096
#: Side of the texture at which texels are compared: some 650,000 of them.
_SIZE = 1024
#: Confidence from which a texel counts as seen.
_SEEN = 230
#: A mole is looked for this far around its place [m], and is this much darker than what is around it.
_MOLE_M, _DARK = 0.0055, 0.75

_HEAD = """## Texture

A painted body of another model family, 10,475 vertices with a 4096-pixel texture: skin with tan lines, blush, stubble, freckles, moles, a
tattoo and chequers, hair and shorts, in the light of a soft key, a cool sky and a warm floor. Compared with the paint at every texel that
the scan shows, after one common exposure: CIEDE2000, mean / 95th percentile. Light: standard deviation of the logarithm of brightness
against the paint, of the vertices' averages, in the scan and in the texture. Features: distance between where a mole of the face lies on
the scan and on the twin, mean / largest. Seams: CIEDE2000 between both sides of an edge where the texture is cut, mean / 95th percentile.

| texture | seen | dE00 skin | dE00 face | light before | light after | variance left | moles mm | seams dE00 | wall s | processor s |
|---|---|---|---|---|---|---|---|---|---|---|"""


@dataclass(frozen=True)
class Truth:
    """Texels of a baked texture beside what is true: linear colours (N, 3), face (N,), vertex (N,), place in the world (N, 3)."""

    baked: np.ndarray
    true: np.ndarray
    face: np.ndarray
    vertex: np.ndarray
    place: np.ndarray


def run() -> str:
    """Paint, scan, fit, bake, compare."""
    person = load_person(BODY)
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "store")
        write_scan(person, Path(folder) / "painted.obj")
        scan = add_scan(store, Path(folder) / "painted.obj", name="painted", subject="synthetic").asset
        twin = fit_twin(store, scan.ref, spec=FitSpec()).asset
        rows = [_row(person, store, scan, twin, size) for size in (SIZE, 2 * SIZE)]
    return "\n".join([_HEAD, *rows])


def _row(person: Person, store: Store, scan: Asset, twin: Asset, size: int) -> str:
    wall, used = time.perf_counter(), time.process_time()
    asset = texture_twin(store, twin.ref, size=size).asset
    wall, used = time.perf_counter() - wall, time.process_time() - used
    return f"| {size} | {' | '.join(compare(person, store, scan, asset))} | {wall:.0f} | {used:.0f} |"


def compare(person: Person, store: Store, scan: Asset, asset: Asset) -> list[str]:
    """The cells of the table that do not depend on the machine."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None
    canvas = canvas_of(load_twin(store, asset.ref))
    albedo, confidence = (np.asarray(Image.open(asset.path(role))) for role in ("albedo.png", "confidence.png"))
    person_from_world = np.array(scan.facts["file_from_world"])
    truth = _truth(person, canvas, albedo, confidence, person_from_world)
    exposure = np.exp(np.median(np.log(np.maximum(truth.baked @ LUMINANCE, 1e-4) / np.maximum(truth.true @ LUMINANCE, 1e-4))))
    apart = ciede2000(truth.baked / exposure, truth.true)
    before, after = _unevenness(person, canvas, scan, truth, person_from_world)
    moles = _moles(person, canvas, albedo, person_from_world)
    seams = seam_differences(canvas, albedo)
    return [
        f"{100 * asset.facts['texture']['covered_share']:.0f} %",
        f"{apart.mean():.2f} / {np.percentile(apart, 95):.2f}",
        f"{apart[truth.face].mean():.2f} / {np.percentile(apart[truth.face], 95):.2f}",
        f"{before:.3f}",
        f"{after:.3f}",
        f"{100 * (after / before) ** 2:.0f} %",
        f"{moles.mean():.2f} / {moles.max():.2f} ({len(moles)})",
        f"{seams.mean():.2f} / {np.percentile(seams, 95):.2f}",
    ]


def _truth(person: Person, canvas: Canvas, albedo: np.ndarray, confidence: np.ndarray, person_from_world: np.ndarray) -> Truth:
    kept = []
    step = len(albedo) // _SIZE
    for part in texels(canvas.uv, len(albedo)):
        chosen = np.flatnonzero((part.row % step == 0) & (part.column % step == 0) & (confidence[part.row, part.column] >= _SEEN))
        corners = canvas.triangles[part.triangle[chosen]]
        weights = part.weights[chosen]
        place = np.einsum("nk,nkd->nd", weights, canvas.vertices[corners])
        nearest = person.surface.closest(apply(person_from_world, place))
        eyeball = person.eyeball[person.faces[nearest.triangles, 0]]
        true, bare = paint(person, nearest.points, eyeball=eyeball)
        rows, columns = part.row[chosen], part.column[chosen]
        vertex = corners[np.arange(len(corners)), weights.argmax(axis=1)]
        face = canvas.regions["face"][vertex] > 0.5
        kept.append([array[bare] for array in (linear_from_srgb(albedo[rows, columns]), true, face, vertex, place)])
    return Truth(*(np.concatenate(arrays) for arrays in zip(*kept, strict=True)))


def _unevenness(person: Person, canvas: Canvas, scan: Asset, truth: Truth, person_from_world: np.ndarray) -> tuple[float, float]:
    """Spread of brightness against the paint by vertices, in the scan and in the texture."""
    arrays = scan.arrays("scan.npz")
    found = Surface(arrays["points"], arrays["faces"]).closest(truth.place)
    seen = np.einsum("nk,nkd->nd", found.barycentric, linear_from_srgb(arrays["colours"])[arrays["faces"][found.triangles]])
    count = len(canvas.vertices)
    texels_of = np.bincount(truth.vertex, minlength=count)
    spreads = []
    for colours in (seen, truth.baked):
        ratio = np.log(np.maximum(colours @ LUMINANCE, 1e-3) / np.maximum(truth.true @ LUMINANCE, 1e-3))
        mean = np.bincount(truth.vertex, weights=ratio, minlength=count)[texels_of > 3] / texels_of[texels_of > 3]
        area = canvas.areas[texels_of > 3]
        middle = np.average(mean, weights=area)
        spreads.append(float(np.sqrt(np.average((mean - middle) ** 2, weights=area))))
    return spreads[0], spreads[1]


def _moles(person: Person, canvas: Canvas, albedo: np.ndarray, person_from_world: np.ndarray) -> np.ndarray:
    """Distances between the places of the face's moles on the scan and on the twin's texture [mm]."""
    places, darkness, near = [], [], []
    centres = apply(np.linalg.inv(person_from_world), person.face_moles)
    head = canvas.regions["face"] > 0.3
    for part in texels(canvas.uv, len(albedo)):
        corners = canvas.triangles[part.triangle]
        face = np.flatnonzero(head[corners[:, 0]])
        place = np.einsum("nk,nkd->nd", part.weights[face], canvas.vertices[corners[face]])
        away = np.linalg.norm(place[:, None] - centres[None], axis=2)
        close = away.min(axis=1, initial=np.inf) < _MOLE_M
        places.append(place[close])
        near.append(away[close].argmin(axis=1))
        darkness.append(linear_from_srgb(albedo[part.row[face[close]], part.column[face[close]]]) @ LUMINANCE)
    place, near, bright = np.concatenate(places), np.concatenate(near), np.concatenate(darkness)
    distances = []
    for index, centre in enumerate(centres):
        own = near == index
        if own.sum() < 50:
            continue
        dark = np.maximum(_DARK * np.median(bright[own]) - bright[own], 0)
        if dark.sum() > 0:
            distances.append(1e3 * np.linalg.norm(np.average(place[own], axis=0, weights=dark) - centre))
    return np.array(distances)


def seam_differences(canvas: Canvas, albedo: np.ndarray) -> np.ndarray:
    """CIEDE2000 between both sides of each edge at which the texture is cut, at its middle."""
    from studio.scan.pictures import sample

    half = canvas.triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2)
    middle = ((canvas.uv + np.roll(canvas.uv, -1, axis=1)) / 2).reshape(-1, 2)
    keys = np.sort(half, axis=1)
    order = np.lexsort((keys[:, 1], keys[:, 0]))
    same = np.flatnonzero((keys[order[1:]] == keys[order[:-1]]).all(axis=1))
    first, second = order[same], order[same + 1]
    cut = (np.abs(middle[first] - middle[second]).max(axis=1) > 1e-4) & canvas.outer[half[first]].all(axis=1)
    return ciede2000(*(linear_from_srgb(sample(albedo, middle[side[cut]])) for side in (first, second)))
