"""ANSUR II as the studio reads it, and the small table that is fitted to it: ``python -m bench.ansur FOLDER``.

FOLDER holds the public release: ``ANSUR_II_FEMALE_Public.csv`` and ``ANSUR_II_MALE_Public.csv`` (Gordon et al., "2012 Anthropometric Survey
of U.S. Army Personnel: Methods and Summary Statistics", NATICK/TR-15/007; a work of the US Government, public release). The table is
written to ``rigs/anthropometry/ansur2.toml``. Every n-th subject is held out for the benchmark, 25 women and 25 men.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
TABLE = ROOT / "rigs" / "anthropometry" / "ansur2.toml"
HELD_OUT = 25
FILES = {"women": "ANSUR_II_FEMALE_Public.csv", "men": "ANSUR_II_MALE_Public.csv"}

Columns = dict[str, np.ndarray]


@dataclass(frozen=True)
class Mapped:
    """A measure of the tape and where it comes from. of: From the survey's columns (m, kg). tolerance_mm: see ``Dimension``."""

    name: str
    source: str
    definition: str
    tolerance_mm: float
    of: Callable[[Columns], np.ndarray]


def _column(name: str, source: str, definition: str, tolerance_mm: float) -> Mapped:
    return Mapped(name, source, definition, tolerance_mm, lambda columns: columns[source])


def _natural_waist(columns: Columns) -> np.ndarray:
    return (columns["tenthribheight"] + columns["iliocristaleheight"]) / 2


#: A relaxed upper arm over a flexed one. Chosen: flexing adds about 2.5 cm to 34 cm in surveys that measure both.
_RELAXED = 0.93

MAPPED = (
    _column("stature", "stature", "The same.", 2),
    _column("cervical_height", "cervicaleheight", "The same; the tape finds the vertebra by the corner between back and nape.", 10),
    _column("armpit_height", "axillaheight", "Front fold of the hanging arm; the tape: where the arm leaves the trunk in the A-pose.", 20),
    _column("bust_height", "chestheight", "The same.", 10),
    Mapped(
        "waist_height", "(tenthribheight + iliocristaleheight) / 2",
        "ISO's definition; the tape leans to the narrowest level near it.", 15, _natural_waist,
    ),
    _column("navel_height", "waistheightomphalion", "The same.", 10),
    _column("hip_height", "buttockheight", "The same.", 15),
    _column("inside_leg", "crotchheight", "The same.", 4),
    _column("knee_height", "kneeheightmidpatella", "Middle of the kneecap; the tape: the knee joint.", 15),
    _column("bust_girth", "chestcircumference", "The same: level, over the bust points, in quiet breathing.", 4),
    _column("navel_girth", "waistcircumference", "The survey's waist is at the navel, ISO's above it: kept as a measure of its own.", 6),
    _column("hip_girth", "buttockcircumference", "The same: level, where the seat reaches farthest back.", 4),
    _column("thigh_girth", "thighcircumference", "At the gluteal furrow; the tape: 1 cm below the crotch.", 8),
    _column("calf_girth", "calfcircumference", "The same.", 4),
    _column("ankle_girth", "anklecircumference", "The same.", 5),
    _column("neck_girth", "neckcircumference", "Just below the Adam's apple; the tape: the smallest there.", 6),
    _column("head_girth", "headcircumference", "The same; over hair, pressed flat.", 10),
    Mapped(
        "upper_arm_girth", f"{_RELAXED:g} bicepscircumferenceflexed", "Flexed; a relaxed arm is taken to be 7 % thinner.", 14,
        lambda columns: _RELAXED * columns["bicepscircumferenceflexed"],
    ),
    _column("wrist_girth", "wristcircumference", "The same.", 4),
    _column("shoulder_length", "shoulderlength", "From the trapezius' edge at the neck to the acromion, over the surface.", 10),
    Mapped(
        "sleeve_length", "acromionradialelength + radialestylionlength", "Bone to bone; the tape: shoulder, elbow, wrist.", 10,
        lambda columns: columns["acromionradialelength"] + columns["radialestylionlength"],
    ),
    Mapped(
        "back_waist_length", "waistbacklength - (natural waist height - waistheightomphalion)",
        "The survey's ends at the navel's level: shortened to ISO's.", 15,
        lambda columns: columns["waistbacklength"] - (_natural_waist(columns) - columns["waistheightomphalion"]),
    ),
    _column("foot_length", "footlength", "The same.", 3),
    _column("mass", "weightkg", "The same; the tape: the body's volume at 985 kg/m3.", 15),
)  # fmt: skip


def read(folder: Path, gender: str) -> Columns:
    """The survey's columns: lengths [m], ``weightkg`` [kg], ``Age`` [years], each shape (N,)."""
    with (folder / FILES[gender]).open(encoding="latin-1", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = {}
    for name in rows[0]:
        if name.islower():
            columns[name] = np.array([float(row[name]) for row in rows]) / (10.0 if name == "weightkg" else 1000.0)
    return columns | {"Age": np.array([float(row["Age"]) for row in rows])}


def held_out(count: int) -> np.ndarray:
    """Which subjects are kept out of the statistics, shape (count,), bool: every n-th, 25 in all."""
    chosen = np.zeros(count, dtype=bool)
    chosen[:: count // HELD_OUT] = True
    chosen[np.flatnonzero(chosen)[HELD_OUT:]] = False
    return chosen


def values(columns: Columns) -> np.ndarray:
    """The mapped measures of every subject, shape (N, D)."""
    return np.stack([mapped.of(columns) for mapped in MAPPED], axis=1)


def _sample(folder: Path, gender: str) -> str:
    columns = read(folder, gender)
    kept = ~held_out(len(columns["Age"]))
    table = np.concatenate([columns["Age"][kept, None], np.log(values(columns)[kept])], axis=1)
    mean, sd, correlation = table.mean(axis=0), table.std(axis=0, ddof=1), np.corrcoef(table.T)
    middle = [f"{mean[0]:.2f}", *(f"{value:.5g}" for value in np.exp(mean[1:]))]
    rows = ",\n".join("  [" + ", ".join(f"{value:.3f}" for value in correlation[k, :k]) + "]" for k in range(len(mean)))
    spread = ", ".join(f"{value:.4g}" for value in sd)
    return f"[{gender}]\nsubjects = {kept.sum()}\nmean = [{', '.join(middle)}]\nsd = [{spread}]\ncorrelation = [\n{rows},\n]\n"


def table(folder: Path) -> str:
    """The text of ``ansur2.toml``."""
    medians = {m.name: float(np.median(m.of(read(folder, "women")))) for m in MAPPED}
    ages = [read(folder, gender)["Age"] for gender in FILES]
    parts = [
        'title = "ANSUR II: adults of the US Army, 2010 to 2012"',
        'source = "Gordon et al., NATICK/TR-15/007, public release; fitted by `python -m bench.ansur FOLDER`, 50 subjects held out"',
        f"ages = [{min(map(np.min, ages)):g}, {max(map(np.max, ages)):g}]",
        "",
    ]
    for m in MAPPED:
        share = m.tolerance_mm / 1000 / (medians[m.name] if m.name != "mass" else 1.0)  # 1.5 % of the mass
        parts.append(f'[[dimensions]]\nname = "{m.name}"\nsource = "{m.source}"\ndefinition = "{m.definition}"\ntolerance = {share:.4f}\n')
    return "\n".join([*parts, *(_sample(folder, gender) for gender in FILES)])


def main(arguments: list[str]) -> int:
    """Write the table. Returns the exit code."""
    if len(arguments) != 1 or not all((Path(arguments[0]) / name).is_file() for name in FILES.values()):
        print(f"Name the folder that holds {' and '.join(FILES.values())}.", file=sys.stderr)
        return 2
    TABLE.parent.mkdir(parents=True, exist_ok=True)
    TABLE.write_text(table(Path(arguments[0])), encoding="utf-8")
    print(TABLE)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
