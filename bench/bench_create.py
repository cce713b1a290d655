"""How near `twin create` comes to people it has not seen: 50 rows of ANSUR II, six measures given, the others left out."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from bench.ansur import FILES, MAPPED, held_out, read, values
from studio.body.model import BodyModel, load_body
from studio.errors import StudioError
from studio.specs.anthropometry import load_survey
from studio.specs.person import PersonSpec
from studio.twin.create.person import Created, create_person
from studio.twin.create.tape import MASS

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "anthropometry"
#: What a person is asked for in a fitting room. The survey has the waist at the navel only, so it is given there.
GIVEN = ("stature", "bust_girth", "navel_girth", "hip_girth", "inside_leg", "neck_girth")

_HEAD = """## Twins from measurements

50 people of ANSUR II, 25 women and 25 men, who were kept out of the statistics (every 79th woman, every 163rd man). Given:
{given}; age and gender as well, ethnicity not. Error of the tape on the made body against the survey's tape on the person [mm]: the
mean over all people, the bias (body less person), the standard deviation, and for comparison what the survey's mean of that gender errs
by. ANSUR's definitions are not ISO's everywhere; the last column says where.

{summary}

| measure | given | mean error | bias | sd | by the mean | definition of the survey beside the tape's |
|---|---|---|---|---|---|---|"""


def run() -> str:
    """Create everybody and return the table."""
    model = load_body("open")
    people = [(gender, row, age) for gender in FILES for row, age in _people(gender)]
    start, made, refused = time.process_time(), [], []
    for gender, row, age in people:
        try:
            made.append((gender, row, _create(model, gender, row, age)))
        except StudioError as error:
            refused.append(f"{gender}: {error}")
    used = (time.process_time() - start) / len(people)
    return _report(made, refused, used)


def _people(gender: str) -> list[tuple[np.ndarray, float]]:
    columns = read(DATA, gender)
    chosen = held_out(len(columns["Age"]))
    return list(zip(values(columns)[chosen], columns["Age"][chosen], strict=True))


def _create(model: BodyModel, gender: str, row: np.ndarray, age: float) -> Created:
    names = [mapped.name for mapped in MAPPED]
    measures = {name: 100 * float(row[names.index(name)]) for name in GIVEN}
    return create_person(model, PersonSpec(measures=measures, gender=float(gender == "women"), age=max(18.0, age)))


def _report(made: list[tuple[str, np.ndarray, Created]], refused: list[str], used: float) -> str:
    names = [mapped.name for mapped in MAPPED]
    person = np.array([row for _, row, _ in made])
    body = np.array([created.solution.reading.of(tuple(names)) for _, _, created in made])
    error = 1000 * (body - person)
    means = {gender: 1000 * np.array(getattr(load_survey(), gender).mean[1:]) for gender in FILES}
    guess = np.array([np.abs(1000 * row - means[gender]) for gender, row, _ in made]).mean(axis=0)
    given = [k for k, name in enumerate(names) if name in GIVEN]
    left = [k for k, name in enumerate(names) if name not in GIVEN and name != MASS]
    steps = np.mean([created.solution.steps for _, _, created in made])
    mass = error[:, names.index(MASS)] / 1000
    summary = (
        f"Given: {np.abs(error[:, given]).mean():.2f} mm mean, {np.abs(error[:, given]).max():.2f} mm at most. "
        f"Left out: {np.abs(error[:, left]).mean():.1f} mm mean over {len(left)} measures "
        f"({np.abs(error[:, left] - error[:, left].mean(axis=0)).mean():.1f} without bias, {guess[left].mean():.1f} by the mean alone). "
        f"Mass: {np.abs(mass).mean():.1f} kg. {len(made)} of {len(made) + len(refused)} made; {used:.1f} s of processor time and "
        f"{steps:.1f} times the tape each."
    )
    lines = [_HEAD.format(given=", ".join(GIVEN), summary=summary)]
    for k, mapped in enumerate(MAPPED):
        if mapped.name == MASS:
            continue
        cells = (np.abs(error[:, k]).mean(), error[:, k].mean(), error[:, k].std(ddof=1), guess[k])
        numbers = " | ".join(f"{value:.1f}" for value in cells)
        lines.append(f"| {mapped.name} | {'yes' if k in given else ''} | {numbers} | {mapped.source}: {mapped.definition} |")
    lines += [f"\nRefused: {sentence}" for sentence in refused]
    return "\n".join(lines)
