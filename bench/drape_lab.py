"""Cusick's drape test of the library's fabrics, and the calibration of their bending to it.

``python -m bench.drape_lab --calibrate [--write] [FABRIC ...]`` looks for the `drape_stiffness` with which a fabric drapes as was published
and prints it; ``--write`` puts it into the fabric's file. Coarse edges alone are used: the fine ones are held out. Every draped disc is
remembered in the folder for temporary files until the solver changes, so what was interrupted goes on.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import re
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import numpy as np

from studio import library
from studio.garment.catalog import fabric_names, load_fabric
from studio.look.statics import specimens
from studio.look.statics.sheet import Material
from studio.specs.fabric import FabricMechanics

#: Edge lengths of the discs [m]: calibrated at the first, the second is held out.
COARSE_M, FINE_M = 0.010, 0.007
#: How far a calibrated fabric may miss its published coefficient [percentage points]: two or three times what the mean of so few discs
#: scatters by; a closer factor would follow the scatter.
_MISS = 3.0
#: The factor is looked for between these, in so many discs' rounds at most.
_LEAST, _MOST, _ROUNDS = 0.2, 5.0, 7


@dataclass(frozen=True)
class Disc:
    """What is kept of a draped disc: its drape coefficient, its folds, and whether it came to rest."""

    percent: float
    nodes: int
    rests: bool


@dataclass(frozen=True)
class Value:
    """A drape coefficient as laboratories give it: of several discs. scatter: Their standard deviation. nodes: Least and most folds."""

    percent: float
    scatter: float
    nodes: tuple[int, int]
    rest: bool

    @classmethod
    def of(cls, discs: Iterable[Disc]) -> Value:
        """The mean of discs."""
        discs = list(discs)
        percents, nodes = [disc.percent for disc in discs], [disc.nodes for disc in discs]
        scatter = float(np.std(percents, ddof=1))
        return cls(float(np.mean(percents)), scatter, (min(nodes), max(nodes)), all(disc.rests for disc in discs))


def measured(mechanics: FabricMechanics, edge_m: float) -> Value:
    """The drape coefficient of a fabric."""
    material = Material.of(mechanics, 1)
    cloth = {name: round(float(value[0]), 10) for name, value in asdict(material).items()}
    return Value.of(_draped(json.dumps(cloth), edge_m, *specimen) for specimen in specimens.SPECIMENS)


def _draped(cloth: str, edge_m: float, folds: int, turn_deg: float) -> Disc:
    """A disc of a cloth, given as JSON of a `Material`'s numbers; one that was draped before is remembered."""
    memory = Path(tempfile.gettempdir()) / f"studio-drapes-{_solver()}.jsonl"
    key = [cloth, edge_m, folds, turn_deg]
    for line in memory.read_text(encoding="utf-8").splitlines() if memory.is_file() else []:
        known = json.loads(line)
        if known["key"] == key:
            return Disc(**known["disc"])
    m = json.loads(cloth)
    found = specimens.drape_percent(
        m["bend_weft_n_m"], m["mass_kg_m2"], edge_m, bend_warp_n_m=m["bend_warp_n_m"], weft_n_m=m["weft_n_m"], warp_n_m=m["warp_n_m"],
        shear_n_m=m["shear_n_m"], folds=folds, turn_deg=turn_deg,
    )  # fmt: skip
    disc = Disc(found.percent, found.nodes, bool(found.rests))
    with memory.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"key": key, "disc": asdict(disc)}) + "\n")
    return disc


@cache
def _solver() -> str:
    """A digest of the code that drapes: what another solver draped is not remembered."""
    files = sorted(Path(specimens.__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]


def table() -> str:
    """Every fabric of the library whose drape was published, at both edge lengths."""
    count = len(specimens.SPECIMENS)
    rows = [
        "## Cloth: drape of the library's fabrics\n\nCusick's test, 30 cm on 18 cm: mean and standard deviation of "
        f"{count} discs that start from different folds, with the\nfabric's own stiffness in every direction. Published: of that fabric, "
        "or the band of its kind. Factor: on the bending rigidity,\ncalibrated at 10 mm edges; 7 mm are held out.\n"
    ]
    rows += [
        "| fabric | bending length cm | factor | published % | 10 mm edges % | folds | 7 mm % | folds | apart | at rest |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name in fabric_names():
        m = load_fabric(name).mechanics
        if m.drape_percent is None and m.drape_band_percent is None:
            continue
        coarse, fine = measured(m, COARSE_M), measured(m, FINE_M)
        cells = (
            name, f"{m.bending_length_cm:.2f}", f"{m.drape_stiffness:g}", _published(m), _percent(coarse), _nodes(coarse), _percent(fine),
            _nodes(fine), f"{fine.percent - coarse.percent:+.1f}", "yes" if coarse.rest and fine.rest else "no",
        )  # fmt: skip
        rows.append(f"| {' | '.join(cells)} |")
        print(rows[-1], flush=True)
    return "\n".join(rows)


def _percent(value: Value) -> str:
    return f"{value.percent:.1f} ± {value.scatter:.1f}"


def _nodes(value: Value) -> str:
    return "{}-{}".format(*value.nodes)


def _published(m: FabricMechanics) -> str:
    if m.drape_percent is not None:
        return f"{m.drape_percent:g}"
    return "{:g}-{:g}".format(*m.drape_band_percent) if m.drape_band_percent is not None else "-"


def stiffness(m: FabricMechanics) -> float:
    """The `drape_stiffness` of a fabric: 1 where it drapes as was published without, or nothing was published.

    Within a band the fabric is left alone; outside it is brought to the band's middle half. Found by regula falsi on the factor's
    logarithm: drape grows with rigidity, but for the scatter of discs.
    """
    if m.drape_percent is None and m.drape_band_percent is None:
        return 1.0
    low, high = m.drape_band_percent or (m.drape_percent - _MISS, m.drape_percent + _MISS)
    target = (low + high) / 2
    allowed = _MISS if m.drape_band_percent is None else (high - low) / 4
    tried: dict[float, float] = {}
    below, above, factor = (_LEAST, 0.0), (_MOST, 100.0), 1.0
    for _ in range(_ROUNDS):
        percent = tried[factor] = measured(m.model_copy(update={"drape_stiffness": factor}), COARSE_M).percent
        print(f"  {factor:g}: {percent:.1f} %", flush=True)
        if factor == 1.0 and low <= percent <= high:
            return 1.0
        if abs(percent - target) <= allowed:
            return factor
        below, above = ((factor, percent), above) if percent < target else (below, (factor, percent))
        share = min(max((target - below[1]) / (above[1] - below[1]), 0.15), 0.85)
        factor = round(math.exp(math.log(below[0]) + share * math.log(above[0] / below[0])), 2)
        if factor in tried:
            break
    return min(tried, key=lambda each: abs(tried[each] - target))


def _write(name: str, factor: float) -> None:
    """Put a factor into a fabric's file, after its published drape; 1 is the default and is left out."""
    path = Path(str(library.find(name, "garments", "fabrics", what="fabric")))
    text = re.sub(r"^drape_stiffness = .*\n", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    if factor != 1.0:
        text = re.sub(
            r"^(drape_(?:band_)?percent = .*\n)(?!drape_)", rf"\1drape_stiffness = {factor:g}\n", text, count=1, flags=re.MULTILINE
        )
    path.write_text(text, encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Calibrate the named fabrics, or all that have a published drape. Returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.drape_lab", description="Calibrate the bending of fabrics to their published drape."
    )
    parser.add_argument("--calibrate", action="store_true", required=True, help="look for the factors at 10 mm edges")
    parser.add_argument("--write", action="store_true", help="put them into the fabrics' files")
    parser.add_argument("fabric", nargs="*")
    options = parser.parse_args(arguments)
    for name in options.fabric or fabric_names():
        m = load_fabric(name).mechanics
        if m.drape_percent is None and m.drape_band_percent is None:
            continue
        print(f"{name}: published {_published(m)} %", flush=True)
        factor = stiffness(m)
        print(f"{name}: drape_stiffness = {factor:g}", flush=True)
        if options.write:
            _write(name, factor)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
