"""Garments of others on the average woman: the shared patterns, sewn and draped, and the shared finished garments, put on."""

from __future__ import annotations

import os
import tempfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from bench.bench_wardrobe import BODIES
from bench.fit_files import DATA
from studio.errors import StudioError
from studio.garment.finished.asset import FinishedSpec, add_finished
from studio.garment.imported import ImportSpec, add_garment
from studio.look.stage import dress
from studio.specs.person import PersonSpec
from studio.store.refs import Ref
from studio.store.workspace import open_workspace
from studio.twin.create.stage import create_twin

#: Patterns and the fabric each is sewn in. The first five are drawn for a bust of 87 and hips of 87 cm, on this body of 92 and 99: all but
#: the skirt only go on in a fabric that stretches.
PATTERNS = {
    "garment_pattern_generator/tee": "swim-knit", "garment_pattern_generator/dress": "swim-knit",
    "garment_pattern_generator/jacket": "swim-knit", "garment_pattern_generator/pants_straight_sides": "swim-knit",
    "garment_pattern_generator/skirt_4_panels": "cotton-poplin",
    **{
        f"garmentcode/{name}_specification": "cotton-poplin" for name in (
            "dress_pencil", "fitted_shirt_neutral", "hoody_mean", "pants_neutral", "shirt_mean", "skirt2_neutral", "tshirt_female",
            "tshirt_neutral",
        )
    },
}  # fmt: skip
FINISHED = (
    "makehuman/female_casualsuit01/female_casualsuit01.mhclo", "makehuman/female_sportsuit01/female_sportsuit01.mhclo",
    "makehuman/male_casualsuit02/male_casualsuit02.mhclo", "makehuman/male_elegantsuit01/male_elegantsuit01.mhclo",
    "makehuman/fedora01/fedora.mhclo", "makehuman/fedora01/fedora_cocked.mhclo",
    *(f"makehuman/{name}/{name}.mhclo" for name in ("shoes01", "shoes03", "shoes05")),
    "shoe/MaterialsVariantsShoe.gltf:midnight", "shoe/MaterialsVariantsShoe.gltf:beach", "shoe/MaterialsVariantsShoe.gltf:street",
)  # fmt: skip


def run() -> str:
    """Wear every one and return the table."""
    with tempfile.TemporaryDirectory() as folder:
        create_twin(open_workspace(Path(folder)), "average", PersonSpec(measures=BODIES["average"], gender=1.0, age=35))
        asked = [(folder, *item) for item in (*PATTERNS.items(), *((file, "") for file in FINISHED))]
        with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:  # a fork of torch's threads would hang
            rows = list(pool.map(_worn, asked))
    sewn, finished = rows[: len(PATTERNS)], rows[len(PATTERNS) :]
    counts = [f"{sum(row.endswith('| yes |') for row in part)} of {len(part)}" for part in (sewn, finished)]
    return "\n".join(
        [
            "## Garments of others",
            "",
            f"On the average woman of the wardrobe, A-pose, statics: {counts[0]} shared patterns pass every gate, and {counts[1]} shared",
            "finished garments do, in all their variants. Pairs that cross in those are layers of their own files.",
            "",
            "| garment | fabric | points inside | crossing pairs | strain | seconds | passed |",
            "|---|---|---|---|---|---|---|",
            *rows,
        ]
    )


def _worn(asked: tuple[str, str, str]) -> str:
    """A row of the table."""
    folder, file, fabric = asked
    store = open_workspace(Path(folder))
    file, _, variant = file.partition(":")
    name = "-".join(filter(None, (Path(file).stem.lower().replace("_", "-"), variant)))
    try:
        if fabric:
            add_garment(store, DATA / "patterns" / f"{file}.json", name=name, spec=ImportSpec(fabric=fabric))
        else:
            spec = FinishedSpec(kind="shoe") if file.startswith("shoe/") else FinishedSpec()
            add_finished(store, DATA / "garments" / file, name=name, spec=spec)
        made = dress(store, Ref.parse("twin/average"), wear=(f"garment/{name}{f':{variant}' if variant else ''}",), pose="a", name=name)
    except StudioError as error:
        return f"| {name} | {fabric} | | | | | no: {error} |"
    facts = made.asset.facts
    gates = facts["gates"]
    why = "yes" if made.asset.passed else f"no: {'; '.join(facts['failures'])}"
    inside = gates["penetrating_vertices"] + gates["penetrating_samples"]
    strain = f"{gates['strain_p99']:.1%} of {gates['strain_allowed']:.0%}" if fabric else ""
    return f"| {name} | {fabric} | {inside} | {gates['intersecting_pairs']} | {strain} | {made.seconds:.0f} | {why} |"
