"""The base of every spec: frozen, unknown keys refused with a did-you-mean, errors as one sentence with the file's name."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from studio.errors import StudioError, did_you_mean

#: Authored files are small; a larger one is a mistake or an attack.
MAX_TOML_BYTES = 1_000_000


class Spec(BaseModel):
    """A frozen record that refuses unknown keys and non-finite numbers."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


SpecT = TypeVar("SpecT", bound=Spec)


def canonical_json(value: Any) -> str:
    """JSON with sorted keys and no blanks: equal values give equal text, so it can be hashed."""
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json")
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def load_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file as plain data. Raises StudioError for a missing, oversized or malformed file."""
    if not path.is_file():
        raise StudioError(f"There is no file {path}.")
    if path.stat().st_size > MAX_TOML_BYTES:
        raise StudioError(f"{path} is {path.stat().st_size:,} bytes, and a spec may have {MAX_TOML_BYTES:,} at most.")
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StudioError(f"{path} is not valid TOML: {error}.") from None


def load_spec(model: type[SpecT], path: Path) -> SpecT:
    """Read and validate one TOML file. Raises StudioError that names the file, the key, and what was expected."""
    return validate(model, load_toml(path), source=str(path))


def validate(model: type[SpecT], data: dict[str, Any], *, source: str) -> SpecT:
    """Validate plain data against a spec. ``source`` is what the user calls it, for the message."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise StudioError(f"{source}: {_sentence(model, error)}") from None


def _sentence(model: type[Spec], error: ValidationError) -> str:
    """The first problem as a sentence; further problems are counted, since one fix often mends several."""
    problems = error.errors()
    first = problems[0]
    where = ".".join(str(part) for part in first["loc"]) or "the file"
    if first["type"] == "extra_forbidden":
        known = _known_keys(model, first["loc"][:-1])
        text = f"unknown key '{where}': {did_you_mean(str(first['loc'][-1]), known)}"
    elif first["type"] == "missing":
        text = f"the key '{where}' is missing."
    else:
        message = first["msg"].removeprefix("Value error, ")
        text = f"'{where}': {message[0].lower()}{message[1:]}, found {first['input']!r}."
    more = len(problems) - 1
    return text + (f" ({more} more problem{'s' if more > 1 else ''})" if more else "")


def _known_keys(model: type[Spec], path: tuple[int | str, ...]) -> list[str]:
    """The keys that the record at ``path`` accepts; none where the path leads into a union."""
    current: Any = model
    in_mapping = False
    for part in path:
        if isinstance(part, int):
            continue
        if in_mapping:  # a key of it
            in_mapping = False
            continue
        field = getattr(current, "model_fields", {}).get(part)
        inner = getattr(field, "annotation", None)
        in_mapping = getattr(inner, "__origin__", None) is dict
        for argument in (inner, *getattr(inner, "__args__", ())):
            if isinstance(argument, type) and issubclass(argument, BaseModel):
                current = argument
                break
        else:
            return []
    return list(current.model_fields)
