"""Composes the stages: the demo is the whole chain in one call."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from studio.deliver.contact_sheet import contact_sheet
from studio.errors import GateFailed
from studio.look.stage import dress
from studio.progress import Report, silent, within
from studio.scan.stage import add_scan
from studio.scan.synthetic import synthesize_scan, write_ply
from studio.shot.stage import shoot
from studio.specs.fit import FitSpec
from studio.specs.scan import ScanSpec
from studio.store import Production
from studio.store.store import Store
from studio.twin.stage import fit_twin

#: What the demo wears, innermost first, and the two sets it is photographed on.
WEAR = ("a-line-skirt", "tee/rust")
CATALOG, CATALOG_CAMERAS = "catalog-white", ("front", "three-quarter", "side", "back")
CAMPAIGN, CAMPAIGN_CAMERAS = "campaign-dusk", ("hero",)
SEED = 54


@dataclass(frozen=True)
class Demo:
    """What the demo made. ``nothing_changed`` says that every stage found its result in the store."""

    scan: Production
    twin: Production
    look: Production
    shots: tuple[Production, ...]
    contact_sheet: Path

    @property
    def nothing_changed(self) -> bool:
        return all(production.reused for production in (self.scan, self.twin, self.look, *self.shots))


def run_demo(store: Store, *, folder: Path, scan_file: Path | None = None, subject: str = "synthetic", report: Report = silent) -> Demo:
    """Scan, fit, dress, shoot and lay out: with the demo's own synthetic scan, or with the user's.

    The contact sheet and the synthetic scan's file are written into ``folder``. Raises GateFailed where the look fails its gates.
    """
    report("making a scan", 0.0)
    name = "demo" if scan_file is None else _asset_name(scan_file)
    if scan_file is None:
        scan_file = folder / "demo-scan.ply"
        write_ply(scan_file, synthesize_scan(seed=SEED).raw)
    scan = add_scan(store, scan_file, name=name, subject=subject, spec=ScanSpec(), report=within(report, 0.0, 0.05))
    twin = fit_twin(store, scan.ref, name=name, spec=FitSpec(), report=within(report, 0.05, 0.2))
    look = dress(store, twin.ref, wear=WEAR, pose="relaxed", name=name, report=within(report, 0.2, 0.5))
    if not look.asset.passed:
        raise GateFailed(f"{look.ref} is kept and marked failed: {'; '.join(look.asset.facts['failures'])}.")
    shots = shoot(store, look.ref, scene=CATALOG, cameras=CATALOG_CAMERAS, report=within(report, 0.5, 0.85))
    shots += shoot(store, look.ref, scene=CAMPAIGN, cameras=CAMPAIGN_CAMERAS, report=within(report, 0.85, 0.99))
    sheet = contact_sheet(
        store,
        tuple(shot.ref for shot in shots),
        out=folder / "contact-sheet.jpg",
        title=f"{look.ref}",
        subtitle=f"{twin.ref} · {' + '.join(WEAR)}",
    )
    report("done", 1.0)
    return Demo(scan, twin, look, shots, sheet)


def _asset_name(file: Path) -> str:
    """A name for assets that are made from a file: its stem, in the letters that references allow."""
    letters = "".join(letter if letter.isascii() and (letter.isalnum() or letter in "-_") else "-" for letter in file.stem.lower())
    return letters.strip("-_")[:64] or "scan"
