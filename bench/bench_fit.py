"""How well and how fast twins are fitted: made-up people, bodies of another model family, real captures."""

from __future__ import annotations

import time

from bench.fit_files import bodies, people
from bench.fit_made_up import made_up, same_person
from studio.body.model import BodyModel, load_body
from studio.scan.prepare import prepare
from studio.scan.synthetic import synthesize_scan
from studio.specs.fit import FitSpec
from studio.specs.scan import ScanSpec
from studio.twin.fit import fit_body


def run() -> str:
    """Fit everything and return the tables."""
    model = load_body("open")
    return "\n\n".join(table(model) for table in (_speed, bodies, people, made_up, same_person))


def _speed(model: BodyModel) -> str:
    """Seconds for a scan of 200,000 points, the body model loaded."""
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
