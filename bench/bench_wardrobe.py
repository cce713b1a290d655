"""Every garment of the library on slim, average and plus-size bodies: what holds, what fails, and why. It resumes where it stopped.

Each look is a line of ``bench/wardrobe/rows.jsonl`` under a digest of the code that made it: a run goes on with what is missing, and looks
of other code are dropped. A look takes about a minute, one on each core, and it can be stopped at any time: the table is of what is there.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from itertools import product
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from studio.errors import StudioError
from studio.fit.body import fit_body
from studio.fit.garments import LookFit
from studio.garment.catalog import garment_names, load_chart, load_garment, size_measures
from studio.look.stage import CODE, dress
from studio.specs.fitting import load_fitting
from studio.specs.person import PersonSpec
from studio.store import Asset
from studio.store.recipe import source_digest
from studio.store.refs import Ref
from studio.store.store import Store
from studio.store.workspace import open_workspace
from studio.twin.create.stage import create_twin
from studio.twin.twin import load_twin

FOLDER = Path(__file__).parent / "wardrobe"
ROWS = FOLDER / "rows.jsonl"
#: Seconds that one run goes on for; what is missing then is left to the next.
LONGEST_S = 3600.0

#: Women's bodies [cm]: near the smallest size, the middle one and the largest but one of EN 13402-3.
BODIES = {
    "slim": {"stature": 172, "bust_girth": 82, "waist_girth": 63, "hip_girth": 89},
    "average": {"stature": 168, "bust_girth": 92, "waist_girth": 75, "hip_girth": 99},
    "plus": {"stature": 166, "bust_girth": 117, "waist_girth": 102, "hip_girth": 123},
}
#: Girths are compared where the pattern has more ease than this [cm].
_EASE_CM = 2.0
#: A fabric that is worn at no more than this is woven; knits give where they hang. Levels that a band of rib goes round.
_WOVEN_PERCENT, _RIBBED = 5.0, frozenset({"hem", "wrist", "neck seam", "neck opening"})
#: What a refusal says of a panel that a limb does not go through: the one that is about a size.
_DOES_NOT_GO = "does not fit into it"
#: Sizes in the A-pose, and those that are worn in the others as well.
SIZES, POSED = ("", "M", "XS", "XL"), ("", "M")
POSES = ("hand-on-hip", "walk")


def asked() -> Iterator[tuple[str, str, str, str]]:
    """Body, garment, size (empty: made to measure) and pose of every look, the most telling first."""
    yield from ((body, garment, size, "a") for size, body, garment in product(SIZES, BODIES, garment_names()))
    for size, pose, body, garment in product(POSED, POSES, BODIES, garment_names()):
        yield body, garment, size, pose


def run() -> str:
    """Dress what is missing, and return the table."""
    FOLDER.mkdir(exist_ok=True)
    code, start = source_digest(tuple(sorted(CODE))), time.monotonic()
    rows = {tuple(row["asked"]): row for row in _read() if row["code"] == code}
    ROWS.write_text("".join(json.dumps(row) + "\n" for row in rows.values()), encoding="utf-8")
    store = open_workspace(FOLDER / "workspace")
    for body, measures in BODIES.items():
        create_twin(store, body, PersonSpec(measures=measures, gender=1.0, age=35))
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:  # a fork of torch's threads would hang
        waiting = {pool.submit(_dressed, look, start + LONGEST_S): look for look in asked() if look not in rows}
        for each in as_completed(waiting):
            if (found := each.result()) is None:
                continue
            rows[waiting[each]] = {"asked": waiting[each], "code": code, **found}
            with ROWS.open("a", encoding="utf-8") as file:
                file.write(json.dumps(rows[waiting[each]]) + "\n")
            print(*waiting[each], found["word"], *found["why"], flush=True)
    return _table(rows)


def _read() -> list[dict]:
    return [json.loads(line) for line in ROWS.read_text(encoding="utf-8").splitlines()] if ROWS.exists() else []


def _dressed(look: tuple[str, str, str, str], until: float) -> dict | None:
    """One look: whether it passed, what its gates say, and what a size that cannot be put on was refused for. None after ``until``."""
    body, garment, size, pose = look
    if time.monotonic() > until:
        return None
    store, chart = open_workspace(FOLDER / "workspace"), load_garment(garment).spec.chart
    if size and size not in load_chart(chart).sizes:
        return {"word": "no such size", "why": []}
    girths = {name: cm for name, cm in BODIES[body].items() if name.endswith("_girth")}
    too_small = bool(size) and any(size_measures(size, chart=chart).cm(name) < cm for name, cm in girths.items())
    try:
        made = dress(
            store, Ref.parse(f"twin/{body}"), wear=(f"{garment}:{size}" if size else garment,), pose=pose,
            name="-".join(filter(None, (body, garment, size.lower(), pose))),
        )  # fmt: skip
    except StudioError as error:
        word = "refused" if too_small and _DOES_NOT_GO in str(error) else "failed"
        return {"word": word, "why": [str(error)], "seconds": 0.0}
    facts = made.asset.facts
    tight = any(" at the " in failure and "strain" in failure for failure in facts["failures"])
    measured = _measured(store, made.asset) if made.asset.passed and pose == "a" else {}
    return {
        "word": "passed" if made.asset.passed else "too tight" if too_small and tight else "failed",
        "why": facts["failures"], "gates": facts["gates"], "seconds": round(made.seconds, 1), **measured,
    }  # fmt: skip


def _measured(store: Store, look: Asset) -> dict[str, float]:
    """How far a hem is from level [mm], and the girth of worn woven cloth from the pattern's where that has ease (a share), the worst."""
    arrays = look.arrays("body.npz")
    body = fit_body(load_twin(store, str(look.facts["twin"])), *(arrays[name].astype(float) for name in ("vertices", "joints")))
    found = LookFit(store, look, body, load_fitting()).garment(0).found
    hems = [np.ptp([hem.front_mm, hem.back_mm, hem.left_mm, hem.right_mm]) for hem in found.hems]
    sheet, ribbed = found.sheet, bool(look.facts["garments"][0].get("ribs"))
    eased = [level.numbers for level in found.levels if level.numbers.encloses and level.numbers.ease_cm > _EASE_CM]
    woven = sheet.fabric.wearable_stretch_percent <= _WOVEN_PERCENT
    girths = [abs(numbers.strain) for numbers in eased if woven and not (ribbed and numbers.level in _RIBBED)]
    return {"hem_mm": round(float(max(hems, default=0.0)), 2), "girth": round(float(max(girths, default=0.0)), 4)}


def _table(rows: dict) -> str:
    done = [(look, row) for look in asked() if (row := rows.get(look)) and row["word"] != "no such size"]
    good = [row for _, row in done if row["word"] != "failed"]
    lines = [
        "## Wardrobe",
        "",
        f"Garments of the library on three women's bodies, statics: {len(done)} of {sum(1 for _ in asked())} looks are measured with this",
        f"code, {len(good)} of them succeed ({len(good) / max(len(done), 1):.1%}): every gate passes (at most 5 crossing pairs, woven",
        "strain 5 %, no penetration deeper than 1 mm), or a size that is too small is refused, or fails, for a measure that it names.",
        "",
        "| pose | size | body | passed | too tight or refused, named | failed | seconds, median |",
        "|---|---|---|---|---|---|---|",
    ]
    for pose, size, body in product(("a", *POSES), SIZES, BODIES):
        mine = [row for look, row in done if (look[3], look[2], look[0]) == (pose, size, body)]
        if mine:
            words = [row["word"] for row in mine]
            seconds = sorted(row["seconds"] for row in mine)[len(mine) // 2]
            named = words.count("too tight") + words.count("refused")
            counts = f"{words.count('passed')} | {named} | {words.count('failed')}"
            lines.append(f"| {pose} | {size or 'made'} | {body} | {counts} | {seconds:.0f} |")
    hems, girths = ([row[name] for _, row in done if name in row] for name in ("hem_mm", "girth"))
    if hems:
        lines += ["", f"Of the {len(hems)} that passed in the A-pose, hems hang level within {np.median(hems):.1f} mm in the median and"]
        lines += [f"{max(hems):.1f} mm at worst (quarters of the hem; {sum(hem > 10 for hem in hems)} beyond 10 mm), and where the pattern"]
        lines += [f"has over {_EASE_CM:g} cm of ease the cloth's girth is the pattern's within {np.median(girths):.2%} in the median,"]
        lines += [f"{max(girths):.2%} at worst ({sum(girth > 0.01 for girth in girths)} beyond 1 %)."]
    lines += ["", "What failed:", ""]
    lines += [f"- {' '.join(filter(None, look))}: {'; '.join(row['why'])}" for look, row in done if row["word"] == "failed"]
    return "\n".join(lines)
