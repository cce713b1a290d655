"""How well and how fast twins are fitted: three bodies of another model family, and three real captures."""

from __future__ import annotations

import time
from pathlib import Path

from studio.body.model import load_body
from studio.scan.prepare import prepare
from studio.scan.readers import read_scan
from studio.specs.fit import FitSpec
from studio.specs.scan import ScanSpec
from studio.twin.distances import Distances
from studio.twin.fit import fit_body

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
FILES = (
    ("bodies/smplx_neutral_tpose.obj", "skin"),
    ("bodies/smpl_man_tpose.obj", "skin"),
    ("bodies/smpl_woman_tpose.obj", "skin"),
    ("scans/kinect_fusion/20190823_020756.pcd", "clothed"),
    ("scans/kinect_fusion/20190823_030127.pcd", "clothed"),
    ("scans/depth_frame/person.pcd", "clothed"),
)


def run() -> str:
    """Fit every file and return the table."""
    model = load_body("open")
    lines = [
        "## Scan to twin",
        "",
        "Distances from every kept point of the scan to the surface of the twin [mm]: mean / median / 95th percentile. Clothed captures are",
        "fitted under their clothes, so their distances say how far the cloth stands off. Seconds of wall time and of processor time, the fit",
        "alone.",
        "",
        "| file | mode | points | parameters alone | with offsets | new crossings | wall s | processor s |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, mode in FILES:
        scan = prepare(read_scan(DATA / name), ScanSpec(), name=name)
        start = time.process_time()
        fit = fit_body(model, scan.points, scan.normals, faces=scan.faces, spec=FitSpec(mode=mode))
        used = time.process_time() - start
        offsets = _cell(fit.scan_to_twin) if mode == "skin" else "-"
        row = (
            name,
            mode,
            f"{len(scan.points):,}",
            _cell(fit.parameters_only),
            offsets,
            str(fit.crossings),
            f"{fit.seconds:.0f}",
            f"{used:.0f}",
        )
        lines.append(f"| {' | '.join(row)} |")
    return "\n".join(lines)


def _cell(distances: Distances) -> str:
    return f"{distances.mean:.2f} / {distances.median:.2f} / {distances.p95:.2f}"
