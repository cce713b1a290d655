"""How the demo's garments drape: on the demo's twin, and on a man's and a woman's body of another model family."""

from __future__ import annotations

import tempfile
from itertools import product
from pathlib import Path
from typing import get_args

from bench.fit_files import DATA
from studio.look.gates import LIMITS
from studio.look.stage import SolverName, dress
from studio.pipeline import SEED, WEAR
from studio.scan.stage import add_scan
from studio.scan.synthetic import synthesize_scan, write_ply
from studio.specs.fit import FitSpec
from studio.specs.scan import ScanSpec
from studio.store import Production
from studio.store.workspace import open_workspace
from studio.twin.stage import fit_twin

_GAP_MM, _MOTION_MM = (LIMITS[name] for name in ("seam_gap_max_mm", "settled_mm_per_frame"))
OUTFITS = (WEAR, ("straight-trousers", "tee"))


def run() -> str:
    """Dress every body and return the table."""
    lines = [
        "## Drape",
        "",
        "Gates of a look, made to measure, pose relaxed, by both solvers. Allowed: no penetration deeper than 1 mm, a seam gap of",
        f"{_GAP_MM:g} mm, a motion of {_MOTION_MM:g} mm (Blender: in a frame of 32 ms; statics: in its last step, of two seconds),",
        "crossing pairs and strain (99th percentile of the area) as given behind the stroke.",
        "",
        "| body | wears | solver | penetrating vertices / points | crossing pairs | seam gap mm | strain | motion mm | passed | seconds |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    with tempfile.TemporaryDirectory() as folder:
        store = open_workspace(Path(folder) / "bench")
        made_up = Path(folder) / "demo.ply"
        write_ply(made_up, synthesize_scan(seed=SEED).raw)
        for name, file in (("demo", made_up), *((sex, DATA / f"bodies/smpl_{sex}_tpose.obj") for sex in ("woman", "man"))):
            scan = add_scan(store, file, name=name, subject="synthetic", spec=ScanSpec())
            twin = fit_twin(store, scan.ref, name=name, spec=FitSpec())
            for (number, wear), solver in product(enumerate(OUTFITS), get_args(SolverName)):
                look = dress(store, twin.ref, wear=wear, pose="relaxed", solver=solver, name=f"{name}-{number}-{solver}")
                lines.append(_row(name, wear, solver, look))
                print(lines[-1], flush=True)
    return "\n".join(lines)


def _row(name: str, wear: tuple[str, ...], solver: SolverName, look: Production) -> str:
    gates = look.asset.facts["gates"]
    cells = (
        name, " + ".join(wear), solver, f"{gates['penetrating_vertices']} / {gates['penetrating_samples']}",
        f"{gates['intersecting_pairs']} / {gates['pairs_allowed']}", f"{gates['seam_gap_max_mm']:.2f}",
        f"{gates['strain_p99']:.1%} / {gates['strain_allowed']:.0%}", f"{gates['settled_mm_per_frame']:.2f}",
        "yes" if look.asset.passed else "no", f"{look.seconds:.0f}",
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"
