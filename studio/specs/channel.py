"""What a sales channel demands of a file: ``scenes/channels/<name>.toml``.

Each rule is one that a check measures on the written file; what no check can see stands in ``remarks``, for people.
"""

from __future__ import annotations

import math
import string
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from studio.specs.base import Spec

Pixels = Annotated[int, Field(gt=0, le=20_000)]
Share = Annotated[float, Field(gt=0, le=1)]
Side = Literal["top", "bottom", "left", "right"]
FileFormat = Literal["jpeg", "png", "webp", "tiff", "gif", "bmp"]
ArticleKind = Literal["any", "gtin", "asin"]

#: Extensions that go with a format; the first is written.
EXTENSIONS: dict[str, tuple[str, ...]] = {
    "jpeg": (".jpg", ".jpeg"), "png": (".png",), "webp": (".webp",), "tiff": (".tif", ".tiff"), "gif": (".gif",), "bmp": (".bmp",),
}  # fmt: skip
#: Formats that deliveries are written in; the others are only accepted of files from elsewhere.
WRITTEN = ("jpeg", "png")
#: What a file name may be put together from.
NAME_FIELDS = ("article", "view", "slot")
_MM_PER_INCH = 25.4


class SizeRule(Spec):
    """How large a picture is, width and height [px].

    best_px: What is delivered where the shot is large enough; its ratio is that of every delivery.
    least_px, least_long_px: What is accepted at least, by side and of the longer side; without both of them it is ``best_px`` exactly.
    most_px, most_megapixels: What is accepted at most.
    """

    best_px: tuple[Pixels, Pixels]
    least_px: tuple[Pixels, Pixels] | None = None
    least_long_px: Pixels | None = None
    most_px: tuple[Pixels, Pixels] | None = None
    most_megapixels: float | None = Field(default=None, gt=0)

    @property
    def exact(self) -> bool:
        """Whether only ``best_px`` is accepted."""
        return self.least_px is None and self.least_long_px is None

    @property
    def least_share(self) -> float:
        """The least picture that is accepted in the ratio of ``best_px``, as a share of it, 0 to 1."""
        if self.exact:
            return 1.0
        width, height = self.best_px
        least_width, least_height = self.least_px or (1, 1)
        return max(least_width / width, least_height / height, (self.least_long_px or 1) / max(width, height))

    @model_validator(mode="after")
    def _best_is_accepted(self) -> Self:
        width, height = self.best_px
        if self.least_share > 1:
            raise ValueError(f"best_px is {width}x{height}, and less than what is accepted at least")
        if self.most_px is not None and (width > self.most_px[0] or height > self.most_px[1]):
            raise ValueError(f"best_px is {width}x{height}, and more than most_px")
        if self.most_megapixels is not None and width * height > self.most_megapixels * 1e6:
            raise ValueError(f"best_px is {width}x{height}, and more than {self.most_megapixels:g} megapixels")
        return self


class RatioRule(Spec):
    """Width to height. least, most: The range that is accepted. tolerance: Share by which a picture may miss it, for rounded sizes.

    demanded: Whether a picture of another ratio is refused, or only told.
    """

    least: tuple[Annotated[float, Field(gt=0)], Annotated[float, Field(gt=0)]]
    most: tuple[Annotated[float, Field(gt=0)], Annotated[float, Field(gt=0)]]
    tolerance: float = Field(default=0.005, ge=0, le=0.1)
    demanded: bool = True

    def accepts(self, width: int, height: int) -> bool:
        """Whether a picture of that size has the ratio."""
        low, high = self.least[0] / self.least[1], self.most[0] / self.most[1]
        return low * (1 - self.tolerance) <= width / height <= high * (1 + self.tolerance)

    @model_validator(mode="after")
    def _a_range(self) -> Self:
        if self.least[0] / self.least[1] > self.most[0] / self.most[1]:
            raise ValueError("the least ratio is wider than the most")
        return self


class FillRule(Spec):
    """How much of the picture the subject takes.

    of: ``height``: its height, as a share of the picture's; ``long_side``: its longer side, as a share of the picture's same side.
    demanded: Whether a picture outside the range is refused, or only told.
    """

    of: Literal["height", "long_side"]
    least: Share
    most: Share = 1.0
    demanded: bool = True

    @model_validator(mode="after")
    def _a_range(self) -> Self:
        if self.least > self.most:
            raise ValueError(f"the least fill, {self.least:g}, is more than the most, {self.most:g}")
        return self


class PrintRule(Spec):
    """A printed page. trim_mm: Its width and height when it is cut. bleed_mm: What is printed beyond each edge and cut off."""

    dpi: Annotated[int, Field(ge=72, le=2400)]
    trim_mm: tuple[Annotated[float, Field(gt=0)], Annotated[float, Field(gt=0)]]
    bleed_mm: float = Field(default=0.0, ge=0, le=50)

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height with bleed [px]."""
        width, height = (round((side + 2 * self.bleed_mm) / _MM_PER_INCH * self.dpi) for side in self.trim_mm)
        return width, height


class ChannelSpec(Spec):
    """The rules of one channel.

    source: Where the rules are written. read: When. certainty: ``primary``: the channel's own page; ``secondary``: what others wrote of
    it, in agreement; ``usual``: no single owner, the practice of the trade. remarks: What the checks cannot see, for people.
    formats: What is accepted; the first is delivered. jpeg_quality: To begin with; it goes down where ``most_bytes`` needs it.
    ground: ``white`` demands that the frame's border is exactly 255; ``any`` leaves it to the set.
    may_touch: Sides of the frame that the subject may touch. clear_px: What stays clear of it along the other sides, at ``best_px``.
    name: File name without suffix, from ``{article}``, ``{view}`` and ``{slot}``. slots: What the pictures of an article are called, in
    their order. most_pictures: Of one article; as many as there are slots where there are any.
    articles: What the article number may be. A number of 8, 12, 13 or 14 digits is a GTIN everywhere, and its check digit must hold.
    views: Views that are taken; all where there are none.
    """

    title: str
    source: str
    read: date
    certainty: Literal["primary", "secondary", "usual"]
    remarks: tuple[str, ...] = ()
    size: SizeRule
    ratio: RatioRule | None = None
    formats: tuple[FileFormat, ...] = Field(min_length=1)
    jpeg_quality: int = Field(default=95, ge=70, le=100)
    most_bytes: int = Field(gt=0)
    colour_space: Literal["srgb"] = "srgb"
    page: PrintRule | None = None
    ground: Literal["white", "any"] = "any"
    may_touch: tuple[Side, ...] = ()
    clear_px: int = Field(default=0, ge=0, le=2000)
    fill: FillRule | None = None
    name: str = "{article}_{view}"
    slots: tuple[Annotated[str, Field(pattern=r"^[A-Z0-9]{1,12}$")], ...] = ()
    most_pictures: int | None = Field(default=None, ge=1)
    articles: tuple[ArticleKind, ...] = ("any",)
    views: tuple[str, ...] = ()

    @field_validator("formats")
    @classmethod
    def _the_first_is_written(cls, formats: tuple[FileFormat, ...]) -> tuple[FileFormat, ...]:
        if formats[0] not in WRITTEN:
            raise ValueError(f"the first format is the one that is delivered, {' or '.join(WRITTEN)}")
        return formats

    @field_validator("name")
    @classmethod
    def _name_is_a_file_name(cls, name: str) -> str:
        fields = [field for _, field, _, _ in string.Formatter().parse(name) if field is not None]
        unknown = sorted(set(fields) - set(NAME_FIELDS))
        if unknown or "/" in name or name.startswith("."):
            raise ValueError(f"a name is put together from {{article}}, {{view}} and {{slot}}, without slashes; unknown: {unknown}")
        if len(set(fields)) < len(fields):
            raise ValueError("a name has each of its fields once")
        if not {"view", "slot"} & set(fields):
            raise ValueError("the name needs {view} or {slot}, or two pictures of an article would overwrite each other")
        return name

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        width, height = self.size.best_px
        if self.ratio is not None and not self.ratio.accepts(width, height):
            raise ValueError(f"best_px is {width}x{height}, which is not of the ratio")
        if self.page is not None and self.page.size_px != self.size.best_px:
            raise ValueError(f"best_px is {width}x{height}, and the page with its bleed is {'x'.join(map(str, self.page.size_px))}")
        if ("{slot}" in self.name) != bool(self.slots):
            raise ValueError("slots and {slot} in the name go together")
        if self.slots and self.most_pictures is not None:
            raise ValueError("slots say how many pictures there are at most: leave out most_pictures")
        return self

    @property
    def suffix(self) -> str:
        """File name extension of what is delivered."""
        return EXTENSIONS[self.formats[0]][0]

    @property
    def pictures(self) -> int | None:
        """How many pictures of an article are taken at most."""
        return len(self.slots) or self.most_pictures

    @property
    def aspect(self) -> float:
        """Width to height of what is delivered."""
        return self.size.best_px[0] / self.size.best_px[1]

    @property
    def ratio_words(self) -> str:
        """The ratio of what is delivered, as people say it: ``4:5``, or ``0.693:1`` where it has no small numbers."""
        width, height = self.size.best_px
        common = math.gcd(width, height)
        return f"{width // common}:{height // common}" if max(width, height) // common <= 32 else f"{self.aspect:.3f}:1"
