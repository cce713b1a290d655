"""`twin report`: what a twin is, how near it is to its scan, what it measures, and what to be careful of, on one page."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from studio.body.tape import Measures
from studio.errors import StudioError
from studio.frames import world_from_smplx
from studio.mesh.closest import Surface
from studio.mesh.view import View
from studio.page.colourmap import ColourMap, diverging, round_limit, sequential
from studio.page.files import page_file, write_whole
from studio.progress import Report, silent
from studio.store import Asset, Ref
from studio.store.store import Store
from studio.twin.measure import measures_of, measuring_body
from studio.twin.nearness import Nearness, nearness, signed_distance
from studio.twin.report import pictures
from studio.twin.report.layout import Plates, Sheet, report_page
from studio.twin.report.pictures import ScanShape
from studio.twin.report.remarks import Remark, twin_warnings
from studio.twin.scan_tape import check_against_scan
from studio.twin.skin import outer_skin
from studio.twin.twin import Twin, load_twin

#: The scale of the signed map reaches to this percentile of the distances, so that a few strays do not wash out the rest.
_SCALE_PERCENTILE = 98
#: The shortest scale [mm]: a finer one would show the noise of scanners.
_LEAST_SCALE_MM = 2.0


@dataclass(frozen=True)
class TwinReport:
    """A report that was written. near: Distances from scan to twin, None where the twin has no scan."""

    ref: Ref
    file: Path
    remarks: tuple[Remark, ...]
    near: Nearness | None


def report_twin(store: Store, ref: Ref | str, *, out: Path | str, report: Report = silent) -> TwinReport:
    """Write the report of a twin as one HTML file that holds its pictures.

    out: A file that ends in ``.html``, or a folder, where the file is named after the twin.

    Raises StudioError where there is no such twin, and where the file cannot be written.
    """
    asset = store.resolve(Ref.parse(ref, kind="twin") if isinstance(ref, str) else ref)
    file = page_file(out, name=f"twin-{asset.ref.name}-{asset.ref.version}")
    report("reading", 0.0)
    twin = load_twin(store, asset.ref)
    scan_asset = scan_of(store, asset)
    measures = tape_or_none(twin)
    report("pictures", 0.2)
    near, plates = (None, _alone(twin)) if scan_asset is None else _against_scan(twin, scan_asset)
    remarks = twin_warnings(
        asset.facts, passed=asset.passed, near=near, measures=measures, scan=None if scan_asset is None else scan_asset.facts
    )
    report("writing", 0.9)
    checks = (check_against_scan(store, twin) or ()) if measures is not None else ()
    write_whole(file, report_page(Sheet(asset, scan_asset, near, measures, remarks, plates, checks)))
    report("done", 1.0)
    return TwinReport(asset.ref, file, remarks, near)


def scan_of(store: Store, twin: Asset) -> Asset | None:
    """The scan that a twin was fitted to, None for one made without a scan or whose scan is no longer in the store."""
    name = twin.facts.get("scan")
    if not name:
        return None
    try:
        return store.resolve(str(name))
    except StudioError:
        return None


def tape_or_none(twin: Twin) -> Measures | None:
    """A twin's measures; None where the tape does not go round its body."""
    try:
        return measures_of(twin)
    except StudioError:
        return None


def _alone(twin: Twin) -> Plates:
    """Pictures of a twin without a scan, in the A-pose."""
    vertices = measuring_body(twin.model, twin.parameters, twin.offsets).vertices
    views = pictures.four_views(vertices)
    return Plates(twin=pictures.body_pictures(views, vertices, twin.model.faces))


def _against_scan(twin: Twin, scan_asset: Asset) -> tuple[Nearness, Plates]:
    """Distances and pictures of a twin in its scan's pose beside the scan."""
    arrays = scan_asset.arrays("scan.npz")
    shape = ScanShape(arrays["points"].astype(np.float64), arrays["normals"], arrays.get("colours"), arrays.get("faces"))
    vertices, faces = world_from_smplx(twin.posed().vertices.astype(np.float64)), twin.model.faces
    skin = outer_skin(twin.model)
    near = nearness(shape.points, shape.normals, shape.faces, vertices=vertices, model_faces=faces, skin=skin, mode=twin.mode)
    scale_mm = max(round_limit(float(np.percentile(np.abs(near.to_twin_mm), _SCALE_PERCENTILE))), _LEAST_SCALE_MM)
    signed, plain = diverging(scale_mm), sequential(scale_mm)
    views = pictures.four_views(shape.points, vertices)
    return near, Plates(
        twin=pictures.body_pictures(views, vertices, faces),
        scan=pictures.scan_pictures(views, shape),
        scan_maps=_scan_maps(views, shape, near, Surface(vertices, faces), signed),
        twin_maps=pictures.body_maps(views, vertices, faces, plain(near.to_scan_mm)),
        signed=signed,
        plain=plain,
        skin_area=skin.area,
    )


def _scan_maps(views: tuple[View, ...], shape: ScanShape, near: Nearness, twin: Surface, colours: ColourMap) -> tuple[np.ndarray, ...]:
    """The scan coloured by its signed distance: a mesh at its vertices, a cloud by the points that stand for it."""
    if shape.is_mesh:
        signed, _ = signed_distance(twin, shape.points)
        return pictures.scan_maps(views, shape, colours(1e3 * signed))
    return pictures.scan_maps(views, ScanShape(near.points, near.normals), colours(near.to_twin_mm))
