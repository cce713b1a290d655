"""Who a made-up twin shall be: measures, gender, age, ancestry and looks. Ready people live in rigs/models/*.toml."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, field_validator, model_validator

from studio import library
from studio.specs.appearance import AppearanceSpec, Share, load_appearance
from studio.specs.base import Spec, load_spec, validate

#: Measures that may be given: more than 20 leave a body no freedom to be natural.
MOST_MEASURES = 20
#: How deep the skin of each ancestry usually is (melanin share): the presets of rigs/appearance, ends of their range.
_MELANIN = {"african": 0.80, "asian": 0.28, "caucasian": 0.18}
#: Share of white hairs that is meant by a word.
GREYS = {"white": 1.0, "grey": 0.65}
#: Age at which hair begins to turn, and at which all of it has [years]. Chosen: half of people are half grey in their fifties.
_FIRST_GREY, _ALL_WHITE = 38.0, 75.0

Centimetres = Annotated[float, Field(gt=0)]


class Ancestry(Spec):
    """Shares of MakeHuman's three ancestries; only their proportions count."""

    african: float = Field(default=0.0, ge=0)
    asian: float = Field(default=0.0, ge=0)
    caucasian: float = Field(default=0.0, ge=0)

    @model_validator(mode="after")
    def _some(self) -> Ancestry:
        if self.african + self.asian + self.caucasian <= 0:
            raise ValueError("at least one share of african, asian and caucasian must be above 0")
        return self

    @property
    def shares(self) -> tuple[float, float, float]:
        """African, asian, caucasian, sum 1."""
        total = self.african + self.asian + self.caucasian
        return self.african / total, self.asian / total, self.caucasian / total


MIXED = Ancestry(african=1, asian=1, caucasian=1)


class PersonSpec(Spec):
    """A made-up person.

    measures: By the names of `twin measure`, in cm; ``mass`` in kg, ``navel_girth`` and ``navel_height`` for the waist at the navel.
    gender: A dial from 0 (man) to 1 (woman); None is what the measures suggest. age: Years. ethnicity: A mix of ancestries.
    seed: Of an individual with these measures; None is the average one. appearance: What the person looks like beyond the shape; None
    is what is usual. altered: Keys of the appearance's parts that are to be otherwise.
    """

    measures: dict[str, Centimetres] = Field(min_length=1, max_length=MOST_MEASURES)
    gender: Share | None = None
    age: float = Field(default=30.0, ge=18, le=75)
    ethnicity: Ancestry = MIXED
    seed: int | None = Field(default=None, ge=0, le=2**31 - 1)
    appearance: AppearanceSpec | None = None
    altered: dict[str, dict[str, Any]] = Field(default_factory=dict)

    def look(self, gender: float) -> AppearanceSpec:
        """What the person looks like at that age, a gender on the dial given: as said, else as is usual; with what is to be altered."""
        start = self.appearance or usual_appearance(gender, self.age, self.ethnicity)
        start = start.model_copy(update={"skin": start.skin.model_copy(update={"age": self.age})})
        if not self.altered:
            return start
        return changed(start, self.altered, title=f"{start.title.split(':')[0]}, altered", source="the appearance")


class ModelSpec(Spec):
    """What ``rigs/models/<name>.toml`` holds: a person to be used at once.

    look: A preset of rigs/appearance that the appearance starts from. skin, eyes, ...: What differs from it, key by key.
    """

    title: str
    description: str
    gender: Share
    age: float = Field(ge=18, le=75)
    ethnicity: Ancestry
    seed: int = Field(ge=0, le=2**31 - 1)
    measures: dict[str, Centimetres] = Field(min_length=2, max_length=MOST_MEASURES)
    look: str
    skin: dict[str, Any] = Field(default_factory=dict)
    eyes: dict[str, Any] = Field(default_factory=dict)
    brows: dict[str, Any] = Field(default_factory=dict)
    lashes: dict[str, Any] = Field(default_factory=dict)
    lips: dict[str, Any] = Field(default_factory=dict)
    hair: dict[str, Any] = Field(default_factory=dict)
    expression: dict[str, Any] = Field(default_factory=dict)

    @field_validator("look")
    @classmethod
    def _known(cls, look: str) -> str:
        load_appearance(look)
        return look

    @property
    def appearance(self) -> AppearanceSpec:
        """The preset with what differs. Raises StudioError for a key or a value that an appearance has not."""
        changes = {part: getattr(self, part) for part in ("skin", "eyes", "brows", "lashes", "lips", "hair", "expression")}
        return changed(load_appearance(self.look), changes, title=self.title, source=f"the appearance of '{self.title}'")

    @property
    def person(self) -> PersonSpec:
        """The person to create."""
        fields = ("measures", "gender", "age", "ethnicity", "seed")
        return PersonSpec(**{name: getattr(self, name) for name in fields}, appearance=self.appearance)


def changed(start: AppearanceSpec, changes: Mapping[str, Mapping[str, Any]], *, title: str, source: str) -> AppearanceSpec:
    """An appearance with some keys of its parts changed. Raises StudioError that names a wrong key or value."""
    data = start.model_dump(mode="json")
    for part, keys in changes.items():
        data[part] |= dict(keys)
    return validate(AppearanceSpec, data | {"title": title}, source=source)


def usual_appearance(gender: float, age: float, ethnicity: Ancestry) -> AppearanceSpec:
    """What a person of that gender, age and ancestry may well look like, from the presets; hair greys with the years."""
    african, asian, caucasian = ethnicity.shares
    preset = ("amara" if african >= 0.5 else "mei" if asian >= 0.5 else "ines") if gender >= 0.5 else "kenji" if asian >= 0.5 else "jonas"
    start = load_appearance(preset)
    melanin = african * _MELANIN["african"] + asian * _MELANIN["asian"] + caucasian * _MELANIN["caucasian"]
    grey = min(max((age - _FIRST_GREY) / (_ALL_WHITE - _FIRST_GREY), 0.0), 1.0)
    hair = {"melanin": 0.97 if african + asian >= 0.5 else start.hair.melanin, "grey": round(grey, 2)}
    iris = {"iris": start.eyes.iris if african + asian < 0.5 else "dark"}
    changes = {"skin": {"melanin": round(melanin, 3)}, "hair": hair, "eyes": iris}
    return changed(start, changes, title=f"{start.title.split(':')[0]}, altered", source="the usual appearance")


def model_names() -> list[str]:
    """The ready models."""
    return library.names("rigs", "models")


def load_model(name: str) -> ModelSpec:
    """A ready model by its name. Raises StudioError with the closest one where there is none."""
    return load_spec(ModelSpec, library.find(name, "rigs", "models", what="model"))
