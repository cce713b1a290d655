"""How steady the tape is, and whether bodies measure like people: noise of skin and joints, and the ratios of ANSUR II."""

from __future__ import annotations

import csv
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from studio.body.girths import NOISE, NOISE_LENGTH, find_tapes, girth
from studio.body.landmarks import find_landmarks
from studio.body.measure import measure_body
from studio.body.model import BodyModel, BodyParameters, load_body
from studio.body.standing import StandingBody
from studio.body.tape import Measures
from studio.mesh.normals import vertex_normals
from studio.twin.measure import measuring_body

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "anthropometry"

#: Bodies and repeats of the steadiness table, bodies of the survey table, betas that vary, joint error [m], seeds.
_BODIES, _REPEATS, _SURVEYED, _BETAS, _JOINT_ERROR_M, _SEED = 8, 5, 80, 40, 0.005, 7

#: Measure, column of ANSUR II, and how the survey's definition differs.
_SURVEY = (
    ("inside_leg", "crotchheight", ""),
    ("cervical_height", "cervicaleheight", ""),
    ("bust_height", "chestheight", "women in a bra"),
    ("armpit_height", "axillaheight", "arms hang; ours 45 degrees down"),
    ("hip_height", "buttockheight", ""),
    ("waist_height", "waistheightomphalion", "at the navel; ISO midway between rib and hip bone, 3 cm higher"),
    ("knee_height", "kneeheightmidpatella", "at the kneecap; ours at the joint"),
    ("bust_girth", "chestcircumference", ""),
    ("waist_girth", "waistcircumference", "at the navel"),
    ("hip_girth", "buttockcircumference", ""),
    ("head_girth", "headcircumference", "over hair"),
    ("neck_girth", "neckcircumference", "below the larynx; ours the slimmest"),
    ("neck_base_girth", "neckcircumferencebase", "a chain that lies on the neck; ours over the points of the neck's base"),
    ("wrist_girth", "wristcircumference", ""),
    ("thigh_girth", "thighcircumference", ""),
    ("calf_girth", "calfcircumference", ""),
    ("ankle_girth", "anklecircumference", ""),
    ("shoulder_length", "shoulderlength", ""),
    ("sleeve_length", "sleeveoutseam", ""),
    ("back_neck_to_wrist", "sleevelengthspinewrist", "arm raised and bent"),
    ("back_waist_length", "waistbacklength", "to the navel's level"),
    ("crotch_length", "crotchlengthomphalion", "from the navel's level"),
    ("foot_length", "footlength", ""),
)

_STEADY_HEAD = """### Steadiness

{bodies} random open bodies, {repeats} repeats each. Skin: smooth noise of {noise:.0f} mm (correlation {length:.0f} mm) along the normals:
root mean square and largest change [mm]; place: the part of it that comes from the tape's place having moved (new girth less girth of the
same skin in the old place). Joints: every joint off by {joint:.0f} mm root mean square. Stated: mean uncertainty that is printed [mm].

| measure | skin rms | skin max | place rms | place max | joints rms | joints max | stated |
|---|---|---|---|---|---|---|---|"""

_SURVEY_HEAD = """### Against ANSUR II

Ratio to stature, per mille: mean and standard deviation of {count} random open bodies ({betas} normal betas, both sexes in one space), and
of 1,986 women and 4,082 men measured by tape. z: the bodies' mean against the middle of women and men, in the survey's mean standard
deviation.

| measure | bodies | women | men | z | the survey's definition |
|---|---|---|---|---|---|"""


@dataclass(frozen=True, eq=False)
class _Change:
    """Changes of one measure [mm] from one repeat: skin noise, the part that comes from the tape's place, joint errors."""

    skin: float
    place: float | None
    joints: float


def run() -> str:
    """Measure and return both tables."""
    model = load_body("open")
    return f"## Measures\n\n{_steadiness(model)}\n\n{_survey(model)}"


def _body(model: BodyModel, rng: np.random.Generator) -> StandingBody:
    betas = np.zeros(model.beta_count, dtype=np.float32)
    betas[:_BETAS] = rng.normal(size=_BETAS)
    return measuring_body(model, BodyParameters.zero(model).replace(betas=betas), np.zeros((model.vertex_count, 3), dtype=np.float32))


def _measured(body: StandingBody) -> Measures:
    return measure_body(body.vertices, body.joints, body.faces)


def smooth_noise(rng: np.random.Generator, points: np.ndarray, *, length: float, waves: int = 200) -> np.ndarray:
    """A smooth random field of unit standard deviation at points (N, 3), with a Gaussian correlation of that length (Fourier features)."""
    directions = rng.normal(0, 1 / length, (waves, 3))
    return np.sqrt(2 / waves) * np.cos(points @ directions.T + rng.uniform(0, 2 * np.pi, waves)).sum(axis=1)


def _readings(body: StandingBody, tapes: tuple) -> dict[str, float]:
    found: dict[str, list[float]] = {}
    for tape in tapes:
        found.setdefault(tape.name, []).append(girth(body, tape))
    return {name: float(np.mean(values)) for name, values in found.items()}


def _steadiness(model: BodyModel) -> str:
    rng = np.random.default_rng(_SEED)
    changes: dict[str, list[_Change]] = {}
    stated: dict[str, list[float]] = {}
    seconds = []
    for _ in range(_BODIES):
        body = _body(model, rng)
        start = time.process_time()
        first = _measured(body)
        seconds.append(time.process_time() - start)
        tapes, normals = find_tapes(body, find_landmarks(body)), vertex_normals(body.vertices, body.faces)
        for measure in first:
            stated.setdefault(measure.name, []).append(1e3 * measure.uncertainty_m)
        for _ in range(_REPEATS):
            by = NOISE * smooth_noise(rng, body.vertices, length=NOISE_LENGTH)
            moved = StandingBody(body.vertices + by[:, None] * normals, body.joints, body.faces)
            loose = StandingBody(body.vertices, body.joints + rng.normal(0, _JOINT_ERROR_M / 3**0.5, body.joints.shape), body.faces)
            skin, joints, kept = _measured(moved), _measured(loose), _readings(moved, tapes)
            for measure in first:
                name, value = measure.name, measure.value_m
                place = 1e3 * (skin[name].value_m - kept[name]) if name in kept else None
                change = _Change(1e3 * (skin[name].value_m - value), place, 1e3 * (joints[name].value_m - value))
                changes.setdefault(name, []).append(change)
    head = _STEADY_HEAD.format(
        bodies=_BODIES, repeats=_REPEATS, noise=1e3 * NOISE, length=1e3 * NOISE_LENGTH, joint=1e3 * _JOINT_ERROR_M
    )  # fmt: skip
    rows = [_steady_row(name, found, float(np.mean(stated[name]))) for name, found in changes.items()]
    return "\n".join([head, *rows, "", f"Measuring takes {np.median(seconds):.2f} s of processor time per body (median)."])


def _steady_row(name: str, found: list[_Change], stated_mm: float) -> str:
    cells = [name]
    for values in ([c.skin for c in found], [c.place for c in found], [c.joints for c in found]):
        shown = None not in values
        cells += [f"{np.sqrt(np.mean(np.square(values))):.1f}", f"{np.abs(values).max():.1f}"] if shown else ["", ""]
    return f"| {' | '.join(cells)} | {stated_mm:.1f} |"


def _survey(model: BodyModel) -> str:
    rng = np.random.default_rng(_SEED + 1)
    bodies = [_measured(_body(model, rng)) for _ in range(_SURVEYED)]
    people = {sex: _columns(sex) for sex in ("FEMALE", "MALE")}
    rows = []
    for name, column, note in _SURVEY:
        ours = np.array([1e3 * body[name].value_m / body["stature"].value_m for body in bodies])
        women, men = (1e3 * people[sex][column] / people[sex]["stature"] for sex in ("FEMALE", "MALE"))
        z = (ours.mean() - (women.mean() + men.mean()) / 2) / ((women.std() + men.std()) / 2)
        cells = [name, *(f"{values.mean():.0f} ± {values.std():.0f}" for values in (ours, women, men)), f"{z:+.1f}", note]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join([_SURVEY_HEAD.format(count=_SURVEYED, betas=_BETAS), *rows])


def _columns(sex: str) -> dict[str, np.ndarray]:
    with (DATA / f"ANSUR_II_{sex}_Public.csv").open(encoding="latin-1", newline="") as file:
        rows = list(csv.DictReader(file))
    wanted = {"stature", *(column for _, column, _ in _SURVEY)}
    return {column: np.array([float(row[column]) for row in rows]) for column in wanted}
