"""twin create, twin update, model list: people from measurements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from studio.cli.app import app
from studio.cli.options import Again
from studio.cli.session import Session
from studio.cli.twin import twin
from studio.errors import StudioError, did_you_mean
from studio.store.refs import Ref

if TYPE_CHECKING:
    from studio.specs.person import PersonSpec

Cm = float | None

#: Words for the dial; numbers between them are as good.
_GENDERS = {"man": 0.0, "neutral": 0.5, "woman": 1.0}
#: Words for skin tones: melanin shares of the presets and between.
_TONES = {"porcelain": 0.08, "fair": 0.14, "light": 0.20, "olive": 0.28, "tan": 0.40, "brown": 0.58, "dark": 0.74, "deep": 0.86}
#: What `Hair` knows, named here so that help needs no specs.
HAIR_STYLES = (
    "none", "buzz", "fade", "crop", "pixie", "bob", "lob", "fringe", "long", "waves", "curls", "afro", "ponytail", "half-up", "bun", "braid"
)  # fmt: skip
#: Words for hair colours: melanin and the share of red pigment in it (Chiang et al. 2016, as in ``Hair``), by eye on rendered heads.
_HAIR = {
    "blond": (0.18, 0.4),
    "red": (0.38, 0.95),
    "light-brown": (0.42, 0.4),
    "brown": (0.60, 0.35),
    "dark-brown": (0.80, 0.3),
    "black": (0.97, 0.1),
}


@twin.command("create")
def create(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="What to call the twin.")],
    height_cm: Annotated[Cm, typer.Option("--height-cm", help="Stature.")] = None,
    bust_cm: Annotated[Cm, typer.Option("--bust-cm", help="Bust or chest girth.")] = None,
    waist_cm: Annotated[Cm, typer.Option("--waist-cm", help="Waist girth.")] = None,
    hips_cm: Annotated[Cm, typer.Option("--hips-cm", help="Hip girth.")] = None,
    inside_leg_cm: Annotated[Cm, typer.Option("--inside-leg-cm", help="Crotch to floor.")] = None,
    shoulder_cm: Annotated[Cm, typer.Option("--shoulder-cm", help="Shoulder width over the back.")] = None,
    neck_cm: Annotated[Cm, typer.Option("--neck-cm", help="Neck girth.")] = None,
    weight_kg: Annotated[float | None, typer.Option("--weight-kg", help="Body mass.")] = None,
    measure: Annotated[
        list[str] | None, typer.Option("--measure", help="NAME=CM, by the names of 'twin measure'; repeat for more.")
    ] = None,
    gender: Annotated[
        str | None, typer.Option("--gender", help="A dial: 0 or man, 0.5 or neutral, 1 or woman; what the measures suggest by default.")
    ] = None,
    age: Annotated[float | None, typer.Option("--age", help="Years, 18 to 75; 30 by default.")] = None,
    ethnicity: Annotated[
        str | None, typer.Option("--ethnicity", help="african, asian, caucasian, or a mix: african=0.5,asian=0.5; all alike by default.")
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="An individual with these measures; the average one by default.")] = None,
    look: Annotated[str | None, typer.Option("--look", help="An appearance of the library.")] = None,
    skin: Annotated[str | None, typer.Option("--skin", help=f"{', '.join(_TONES)}, or 0 (palest) to 1 (deepest).")] = None,
    eyes: Annotated[str | None, typer.Option("--eyes", help="dark, brown, hazel, green, blue or grey.")] = None,
    hair: Annotated[
        str | None,
        typer.Option("--hair", help=f"STYLE or STYLE:COLOUR; {', '.join(HAIR_STYLES)}; {', '.join(_HAIR)}, grey or white."),
    ] = None,
    model: Annotated[str | None, typer.Option("--model", help="A ready model to start from; see 'studio model list'.")] = None,
    again: Again = False,
) -> None:
    """Make a twin from measurements alone, and publish it."""
    from studio.twin.create.stage import create_twin

    session: Session = context.obj
    named = {
        "stature": height_cm, "bust_girth": bust_cm, "waist_girth": waist_cm, "hip_girth": hips_cm, "inside_leg": inside_leg_cm,
        "shoulder_width": shoulder_cm, "neck_girth": neck_cm, "mass": weight_kg,
    }  # fmt: skip
    measures = {key: value for key, value in named.items() if value is not None} | _measures(measure)
    asked = {"gender": _gender(gender), "age": age, "ethnicity": _ethnicity(ethnicity), "seed": seed}
    asked = {key: value for key, value in asked.items() if value is not None}
    spec = _person(model, measures, asked, look, _appearance_changes(skin, eyes, hair))
    with session.progress() as report:
        production = create_twin(session.open_store(), name, spec, report=report, again=again)
    facts = production.asset.facts
    if facts["gender_suggested"]:
        session.say(f"No gender was given: the measures suggest {'a woman' if facts['gender'] == 1 else 'a man'}; --gender says otherwise.")
    result = {key: facts[key] for key in ("measures", "naturalness", "gender")}
    session.answer_produced(production, result, _lines(facts["measures"]))


@twin.command("update")
def update(
    context: typer.Context,
    ref: Annotated[str, typer.Argument(help="twin/NAME.")],
    measure: Annotated[list[str] | None, typer.Option("--measure", help="NAME=CM: what has changed; repeat for more.")] = None,
    scan: Annotated[str | None, typer.Option("--scan", help="scan/NAME: a new scan of the same person.")] = None,
    again: Again = False,
) -> None:
    """Make the next version of the same person: by new measures, or by a new scan."""
    from studio.twin.update import update_measures, update_scan

    session: Session = context.obj
    target = Ref.parse(ref, kind="twin")
    if bool(measure) == bool(scan):
        raise StudioError(f"Say what has changed of {target}: --measure NAME=CM, or --scan scan/NAME, one of the two.")
    with session.progress() as report:
        store = session.open_store()
        if scan:
            production = update_scan(store, target, Ref.parse(scan, kind="scan"), report=report, again=again)
        else:
            production = update_measures(store, target, _measures(measure), report=report, again=again)
    facts = production.asset.facts
    if scan:
        session.answer_produced(production, {"previous": facts["previous"], "scan_to_twin_mm": facts["scan_to_twin_mm"]}, "fitted anew")
        return
    result = {key: facts[key] for key in ("previous", "measures", "changed")}
    session.answer_produced(production, result, _lines(facts["measures"]))


people = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Ready models, for 'twin create --model'.")
app.add_typer(people, name="model")


@people.command("list")
def list_models(context: typer.Context) -> None:
    """List the ready models."""
    from studio.specs.person import load_model, model_names

    session: Session = context.obj
    models = {name: load_model(name) for name in model_names()}
    rows = {
        name: {"title": each.title, "description": each.description, "age": each.age, "gender": each.gender, "measures": each.measures}
        for name, each in models.items()
    }
    text = "\n".join(f"{name:<10}{each.age:>3.0f}  {each.measures['stature']:>5.0f} cm  {each.title}" for name, each in models.items())
    session.answer({"models": rows}, text)


def _measures(pairs: list[str] | None) -> dict[str, float]:
    """``["waist_girth=72"]`` as a mapping of names to numbers."""
    found = {}
    for pair in pairs or []:
        name, _, value = pair.partition("=")
        try:
            found[name.strip().replace("-", "_")] = float(value.strip().removesuffix("cm"))
        except ValueError:
            raise StudioError(f"'{pair}' is no measure: write NAME=CM, for example waist_girth=72.") from None
    return found


def _person(
    model: str | None, measures: dict[str, float], asked: dict[str, Any], look: str | None, changes: dict[str, dict[str, Any]]
) -> PersonSpec:
    """What was asked for as one spec: a ready model's with everything that was said on the command line in place of its own."""
    from studio.specs.appearance import load_appearance
    from studio.specs.base import validate
    from studio.specs.person import PersonSpec, load_model

    base = load_model(model).person if model is not None else None
    data = base.model_dump(mode="json", exclude={"appearance", "measures"}) if base is not None else {}
    own = dict(base.measures) if base is not None else {}
    if not own | measures:
        raise StudioError("Nothing was said of the body: give --height-cm and what else is known, or --model NAME.")
    spec = validate(PersonSpec, {**data, **asked, "measures": own | measures}, source="twin create")
    start = load_appearance(look) if look is not None else base.appearance if base is not None else None
    spec = spec.model_copy(update={"appearance": start, "altered": changes})
    spec.look(0.5)  # a wrong word is refused before the work, whatever gender the measures will suggest
    return spec


def _gender(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        return _GENDERS[text] if text in _GENDERS else float(text)
    except ValueError:
        raise StudioError(
            f"'{text}' is no gender on the dial: write 0 (man) to 1 (woman), or a word; {did_you_mean(text, _GENDERS)}"
        ) from None


def _ethnicity(text: str | None) -> dict[str, float] | None:
    """``asian``, or ``african=0.5,asian=0.5``; the shares are validated with the rest."""
    if text is None:
        return None
    shares = {}
    for part in text.split(","):
        name, _, share = part.partition("=")
        try:
            shares[name.strip()] = float(share) if share else 1.0
        except ValueError:
            raise StudioError(f"'{part}' is no share of an ethnicity: write for example african=0.5,asian=0.5.") from None
    return shares


def _appearance_changes(skin: str | None, eyes: str | None, hair: str | None) -> dict[str, dict[str, Any]]:
    """The options that change an appearance, as changes of its keys."""
    changes: dict[str, dict[str, Any]] = {}
    if skin is not None:
        try:
            changes["skin"] = {"melanin": _TONES[skin] if skin in _TONES else float(skin)}
        except ValueError:
            raise StudioError(f"There is no skin tone '{skin}': {did_you_mean(skin, _TONES)}") from None
    if eyes is not None:
        changes["eyes"] = {"iris": eyes}
    if hair is not None:
        style, _, colour = hair.partition(":")
        changes["hair"] = {"style": style, "length_cm": None, "curl": None}
        if colour:
            changes["hair"] |= _hair_colour(colour)
    return changes


def _hair_colour(word: str) -> dict[str, Any]:
    from studio.specs.person import GREYS

    if word in GREYS:
        return {"grey": GREYS[word], "dye": None}
    if word not in _HAIR:
        raise StudioError(f"There is no hair colour '{word}': {did_you_mean(word, [*_HAIR, *GREYS])}")
    melanin, redness = _HAIR[word]
    return {"melanin": melanin, "redness": redness, "dye": None, "grey": 0.0}


def _lines(measures: dict[str, dict[str, Any]]) -> str:
    """What was asked and what was reached, for people."""
    rows = [f"{name} {row['reached']:.1f} {row['unit']} (asked {row['given']:.1f})" for name, row in measures.items()]
    return ", ".join(rows)
