"""What a sales channel demands of a file: ``scenes/channels/<name>.toml``."""

from __future__ import annotations

import string
from typing import Literal

from pydantic import Field, field_validator

from studio.specs.base import Spec

#: What a file name may be put together from.
NAME_FIELDS = ("article", "view")


class ChannelSpec(Spec):
    """The rules of one channel.

    width_px, height_px: The size of the delivered file; a shot must be at least as large, since nothing is scaled up.
    ground: ``white`` demands that the frame's border is exactly 255; ``any`` leaves it to the set.
    subject_touches: Which sides of the frame the subject may touch: ``none`` for full figures, ``any`` for crops.
    min_fill: How much of the picture's height the subject takes at least, 0 to 1.
    name: File name without suffix, from ``{article}`` and ``{view}``.
    source: Where the rules are written, with the date they were read.
    """

    title: str
    source: str
    width_px: int = Field(gt=0, le=20_000)
    height_px: int = Field(gt=0, le=20_000)
    format: Literal["jpeg", "png"]
    jpeg_quality: int = Field(default=95, ge=50, le=100)
    max_bytes: int = Field(gt=0)
    colour_space: Literal["srgb"] = "srgb"
    ground: Literal["white", "any"] = "any"
    subject_touches: Literal["none", "any"] = "any"
    min_fill: float = Field(default=0.0, ge=0.0, le=1.0)
    name: str = "{article}_{view}"

    @field_validator("name")
    @classmethod
    def _name_is_a_file_name(cls, name: str) -> str:
        fields = {field for _, field, _, _ in string.Formatter().parse(name) if field is not None}
        unknown = fields - set(NAME_FIELDS)
        if unknown or "/" in name or name.startswith("."):
            raise ValueError(f"a name is put together from {{article}} and {{view}}, without slashes; unknown: {sorted(unknown)}")
        if "view" not in fields:
            raise ValueError("the name needs {view}, or two views of an article would overwrite each other")
        return name

    @property
    def suffix(self) -> str:
        """File name extension."""
        return {"jpeg": ".jpg", "png": ".png"}[self.format]
