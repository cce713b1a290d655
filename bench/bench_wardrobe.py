"""Every garment of the library on slim, average and plus-size bodies: what holds, what fails, and why. It resumes where it stopped.

Each look is a line of ``bench/wardrobe/rows.jsonl`` under a digest of the code that made it: a run goes on with what is missing, and looks
of other code are dropped. It takes about a minute a look and can be stopped at any time: the table is of what is there.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from studio.errors import StudioError
from studio.garment.catalog import garment_names, load_chart, load_garment, size_measures
from studio.look.stage import CODE, dress
from studio.specs.person import PersonSpec
from studio.store.recipe import source_digest
from studio.store.refs import Ref
from studio.store.store import Store
from studio.store.workspace import open_workspace
from studio.twin.create.stage import create_twin

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
    for look in asked():
        if look in rows or time.monotonic() - start > LONGEST_S:
            continue
        rows[look] = {"asked": look, "code": code, **_dressed(store, *look)}
        with ROWS.open("a", encoding="utf-8") as file:
            file.write(json.dumps(rows[look]) + "\n")
        print(look, rows[look]["word"], flush=True)
    return _table(rows)


def _read() -> list[dict]:
    return [json.loads(line) for line in ROWS.read_text(encoding="utf-8").splitlines()] if ROWS.exists() else []


def _dressed(store: Store, body: str, garment: str, size: str, pose: str) -> dict:
    """One look: whether it passed, what its gates say, and what a size that cannot be put on was refused for."""
    chart = load_garment(garment).spec.chart
    if size and size not in load_chart(chart).sizes:
        return {"word": "no such size"}
    girths = {name: cm for name, cm in BODIES[body].items() if name.endswith("_girth")}
    too_small = bool(size) and any(size_measures(size, chart=chart).cm(name) < cm for name, cm in girths.items())
    try:
        look = dress(
            store, Ref.parse(f"twin/{body}"), wear=(f"{garment}:{size}" if size else garment,), pose=pose, name=f"{body}-{garment}"
        )
    except StudioError as error:
        word = "refused" if too_small and _DOES_NOT_GO in str(error) else "failed"
        return {"word": word, "why": [str(error)], "seconds": 0.0}
    facts = look.asset.facts
    tight = any(" at the " in failure and "strain" in failure for failure in facts["failures"])
    return {
        "word": "passed" if look.asset.passed else "too tight" if too_small and tight else "failed",
        "why": facts["failures"], "gates": facts["gates"], "seconds": round(look.seconds, 1),
    }  # fmt: skip


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
    lines += ["", "What failed:", ""]
    lines += [f"- {' '.join(filter(None, look))}: {'; '.join(row['why'])}" for look, row in done if row["word"] == "failed"]
    return "\n".join(lines)
