"""How the demo's garments drape: on the demo's twin, and on a man's and a woman's body of another model family."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench.fit_files import DATA
from studio.look.gates import LIMITS, PAIRS_ALLOWED, STRAIN_ALLOWED
from studio.look.stage import dress
from studio.pipeline import SEED, WEAR
from studio.scan.stage import add_scan
from studio.scan.synthetic import synthesize_scan, write_ply
from studio.specs.fit import FitSpec
from studio.specs.scan import ScanSpec
from studio.store.workspace import open_workspace
from studio.twin.stage import fit_twin

_GAP_MM, _MOTION_MM = (LIMITS[name] for name in ("seam_gap_max_mm", "settled_mm_per_frame"))
OUTFITS = (WEAR, ("straight-trousers", "tee"))


def run() -> str:
    """Dress every body and return the table."""
    lines = [
        "## Drape",
        "",
        f"Gates of a look, made to measure, pose relaxed. Allowed: no penetration deeper than 1 mm, a seam gap of {_GAP_MM:g} mm, a strain",
        f"(99th percentile of the area) that the fabric is worn at and {STRAIN_ALLOWED:.0%} at least, a motion of {_MOTION_MM:g} mm,",
        f"and {PAIRS_ALLOWED} crossing pairs of triangles for each garment.",
        "",
        "| body | wears | penetrating vertices / points | crossing pairs | seam gap mm | strain | motion mm | passed | seconds |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    with tempfile.TemporaryDirectory() as folder:
        store = open_workspace(Path(folder) / "bench")
        made_up = Path(folder) / "demo.ply"
        write_ply(made_up, synthesize_scan(seed=SEED).raw)
        for name, file in (("demo", made_up), *((sex, DATA / f"bodies/smpl_{sex}_tpose.obj") for sex in ("woman", "man"))):
            scan = add_scan(store, file, name=name, subject="synthetic", spec=ScanSpec())
            twin = fit_twin(store, scan.ref, name=name, spec=FitSpec())
            for number, wear in enumerate(OUTFITS):
                look = dress(store, twin.ref, wear=wear, pose="relaxed", name=f"{name}-{number}")
                gates = look.asset.facts["gates"]
                row = (
                    name, " + ".join(wear), f"{gates['penetrating_vertices']} / {gates['penetrating_samples']}",
                    f"{gates['intersecting_pairs']}", f"{gates['seam_gap_max_mm']:.2f}", f"{gates['strain_p99']:.1%}",
                    f"{gates['settled_mm_per_frame']:.2f}", "yes" if look.asset.passed else "no", f"{look.seconds:.0f}",
                )  # fmt: skip
                lines.append(f"| {' | '.join(row)} |")
                print(lines[-1], flush=True)
    return "\n".join(lines)
