"""How long a scan of 200,000 points takes on its way to a twin."""

from __future__ import annotations

import time

from studio.body.model import load_body
from studio.scan.prepare import prepare
from studio.scan.synthetic import synthesize_scan
from studio.specs.fit import FitSpec
from studio.specs.scan import ScanSpec
from studio.twin.fit import fit_body


def run() -> str:
    """Time every mode, the body model loaded, and return the table."""
    model = load_body("open")
    raw = synthesize_scan(seed=3).raw
    start, used = time.perf_counter(), time.process_time()
    scan = prepare(raw, ScanSpec(), name="speed")
    prepared, prepared_used = time.perf_counter() - start, time.process_time() - used
    seconds = []
    for mode in ("skin", "clothed", "auto"):
        used = time.process_time()
        fit = fit_body(model, scan.points, scan.normals, floor=scan.floor, spec=FitSpec(mode=mode))
        seconds.append(f"| `twin fit --mode {mode}` | {fit.seconds:.1f} | {time.process_time() - used:.1f} |")
    return "\n".join(
        [
            f"## Scan to twin: time\n\nA made-up scan of {len(raw.points):,} points, {len(scan.points):,} of them the person's.\n",
            "| step | wall s | processor s |\n|---|---|---|",
            f"| `scan add`: find, clean, stand up | {prepared:.1f} | {prepared_used:.1f} |",
            *seconds,
        ]
    )
