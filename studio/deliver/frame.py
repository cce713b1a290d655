"""Where a shot is cut for a channel: around its subject, without cutting into it, without inventing pixels.

The cut is a rectangle in the shot's pixels. It has the channel's ratio, keeps the framing of the shot as far as it can (the height of the
shot is kept, and the shares of ground on both sides of the subject), and leaves the shot only across sides whose border is exactly white,
where the ground goes on as white.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image

from studio.errors import StudioError
from studio.shot.develop import subject_box
from studio.specs.channel import ChannelSpec, FillRule

WHITE = 255
#: A subject covers a pixel where its mask is above this, as in the shot's own box.
COVERED = 127
_ROUNDING = 1e-6
#: How far inside a range of fill a cut aims [px of the file], so that rounded edges do not lead out of it.
_INSIDE_PX = 2.0
#: Where the subject leaves the shot, and the channel lets it, a cut keeps this share of the shot at least. Chosen: a square still shows the
#: head and the shoulders of a portrait.
_KEPT = 0.6


@dataclass(frozen=True)
class Cut:
    """A rectangle in a shot's pixels, and the size [px] that it is scaled down to.

    left, top: Negative where white is added. All four are whole pixels unless the ratio wants fractions of one.
    """

    left: float
    top: float
    width: float
    height: float
    size_px: tuple[int, int]

    @property
    def pixels(self) -> tuple[int, int, int, int]:
        """Left, top, right and bottom of the whole pixels that it touches."""
        left, top = math.floor(self.left + _ROUNDING), math.floor(self.top + _ROUNDING)
        return left, top, math.ceil(self.left + self.width - _ROUNDING), math.ceil(self.top + self.height - _ROUNDING)

    def added_px(self, size_px: tuple[int, int]) -> dict[str, int]:
        """White that the cut adds to a shot of that size, by side [px of the shot]."""
        left, top, right, bottom = self.pixels
        beyond = {"left": -left, "top": -top, "right": right - size_px[0], "bottom": bottom - size_px[1]}
        return {side: count for side, count in beyond.items() if count > 0}

    def words(self, size_px: tuple[int, int]) -> str:
        """What was done to the shot, for the manifest."""
        added = "".join(f", {count} px of white added at the {side}" for side, count in self.added_px(size_px).items())
        if self.pixels == (0, 0, *size_px):
            return "whole"
        return f"cut {self.width:.6g}x{self.height:.6g} at {self.left:.6g},{self.top:.6g} of {size_px[0]}x{size_px[1]}{added}"


def apply_cut(picture: Image.Image, cut: Cut, *, ground: int = WHITE) -> Image.Image:
    """The picture inside a cut, scaled down where it is larger. ground: The value of what lies outside the picture."""
    left, top, right, bottom = cut.pixels
    canvas = Image.new(picture.mode, (right - left, bottom - top), (ground,) * len(picture.getbands()))
    canvas.paste(picture, (-left, -top))
    box = (max(cut.left - left, 0.0), max(cut.top - top, 0.0))
    box = (*box, min(box[0] + cut.width, canvas.width), min(box[1] + cut.height, canvas.height))
    if canvas.size == cut.size_px and max(abs(have - whole) for have, whole in zip(box, (0, 0, *canvas.size), strict=True)) < _ROUNDING:
        return canvas
    return canvas.resize(cut.size_px, Image.Resampling.LANCZOS, box=box)


def plan_cut(pixels: np.ndarray, mask: np.ndarray, channel: ChannelSpec, *, what: str) -> Cut:
    """Where to cut a shot for a channel.

    pixels: (H, W, 3) uint8. mask: Where the subject is, (H, W) in 255ths. what: The shot, as people call it.
    Raises StudioError, with what to shoot instead, where the shot is too small, or where cutting would go into the subject.
    """
    height, width = mask.shape
    subject = _Subject.in_picture(pixels, mask, channel)
    least = channel.size.best_px[1] * channel.size.least_share
    reach = subject.reach(width, height, channel)
    if reach < least - _ROUNDING:
        raise StudioError(_too_small(channel, what, (width, height)))
    low, high = max(subject.needs(channel), least), reach
    if low > high + _ROUNDING:
        raise StudioError(_into_the_subject(channel, what, (width, height)))
    wanted = float(height)
    range_px = subject.filled(channel)
    if channel.fill is not None and range_px is not None:
        if channel.fill.demanded and (range_px[1] < low - _ROUNDING or range_px[0] > high + _ROUNDING):
            raise StudioError(_wrong_fill(channel, channel.fill, what, (width, height), range_px, low))
        wanted = min(max(wanted, range_px[0]), range_px[1])
    return subject.placed(min(max(wanted, low), high), channel)


def check_large_enough(size_px: tuple[int, int], channel: ChannelSpec, *, what: str) -> None:
    """Raises StudioError where no cut of a shot of that size has enough pixels for the channel, wherever its subject is."""
    least = channel.size.best_px[1] * channel.size.least_share
    if max(size_px[1], size_px[0] / channel.aspect) < least - _ROUNDING:
        raise StudioError(_too_small(channel, what, size_px))


@dataclass(frozen=True)
class _Axis:
    """The subject along one axis of the shot: from ``start`` to ``stop`` [px] of ``length``.

    free: Whether the subject leaves the shot at either end, and the channel lets it: there a cut may go deeper.
    white: Whether the shot ends in pure white at either end: there the ground may go on.
    """

    start: int
    stop: int
    length: int
    free: tuple[bool, bool]
    white: tuple[bool, bool]
    clear: float

    @property
    def held(self) -> bool:
        """Whether both ends of the subject must be in the picture."""
        return not any(self.free)

    @property
    def needed(self) -> float:
        """The least extent of a cut [px]."""
        return (self.stop - self.start) / (1 - 2 * self.clear) if self.held else _KEPT * self.length

    def begin(self, extent: float) -> float:
        """Where a cut of that extent begins: the ground on both sides keeps its shares."""
        body = self.stop - self.start
        if all(self.free):
            begin = (self.length - extent) / 2
        elif self.free[0]:
            begin = self.stop + (self.length - self.stop) / self.length * extent - extent
        elif self.free[1]:
            begin = self.start - self.start / self.length * extent
        else:
            ground = self.length - body
            begin = self.start - (extent - body) * (self.start / ground if ground else 0.5)
            begin = min(max(begin, self.stop - extent * (1 - self.clear)), self.start - extent * self.clear) if self.clear else begin
        if not self.white[0]:
            begin = max(begin, 0.0)
        if not self.white[1]:
            begin = min(begin, self.length - extent)
        return begin


@dataclass(frozen=True)
class _Subject:
    """Where a shot's subject is, and which sides of the shot hold it."""

    across: _Axis
    down: _Axis

    @classmethod
    def in_picture(cls, pixels: np.ndarray, mask: np.ndarray, channel: ChannelSpec) -> _Subject:
        height, width = mask.shape
        left, top, right, bottom = subject_box(mask) or (width // 2, height // 2, width // 2, height // 2)
        touched = {"left": left == 0, "top": top == 0, "right": right == width, "bottom": bottom == height}
        free = {side: touched[side] and side in channel.may_touch for side in touched}
        lines = {"left": pixels[:, 0], "top": pixels[0], "right": pixels[:, -1], "bottom": pixels[-1]}
        white = {side: not touched[side] and bool((line == WHITE).all()) for side, line in lines.items()}

        def axis(first: str, last: str, start: int, stop: int, length: int, clear: float) -> _Axis:
            return _Axis(start, stop, length, (free[first], free[last]), (white[first], white[last]), clear)

        best_width, best_height = channel.size.best_px
        return cls(
            axis("left", "right", left, right, width, channel.clear_px / best_width),
            axis("top", "bottom", top, bottom, height, channel.clear_px / best_height),
        )

    def reach(self, width: int, height: int, channel: ChannelSpec) -> float:
        """The tallest cut [px]: within the shot; where its border is white, around it, and as far as clear sides and fill ask for."""
        aspect = channel.aspect
        range_px = self.filled(channel)
        enough = max(height, width / aspect, self.needs(channel), 0.0 if range_px is None else range_px[0])
        tallest = height if not any(self.down.white) else np.inf
        widest = width if not any(self.across.white) else np.inf
        return float(min(tallest, widest / aspect, enough))

    def needs(self, channel: ChannelSpec) -> float:
        """The shortest cut [px] that cuts nothing off the subject that the shot shows whole, and keeps the sides clear."""
        return max(self.across.needed / channel.aspect, self.down.needed)

    def filled(self, channel: ChannelSpec) -> tuple[float, float] | None:
        """The shortest and the tallest cut [px] that the subject fills as demanded; None where nothing is, or where it leaves the shot."""
        rule, aspect = channel.fill, channel.aspect
        if rule is None:
            return None
        across, down = self.across, self.down
        wide, tall = (across.stop - across.start) / aspect, float(down.stop - down.start)
        extent, axis = (wide, across) if rule.of == "long_side" and wide * aspect > tall else (tall, down)
        if not axis.held or not extent:
            return None
        inside = _INSIDE_PX / (channel.size.best_px[1] * channel.size.least_share)
        return extent / rule.most * (1 + inside) if rule.most < 1 else extent, extent / rule.least * (1 - inside)

    def placed(self, cut_height: float, channel: ChannelSpec) -> Cut:
        """The cut of that height, laid on whole pixels where it is whole pixels large: all that bounds it is, too."""
        cut_width = cut_height * channel.aspect
        best_width, best_height = channel.size.best_px
        if cut_height >= best_height - _ROUNDING:
            size = (best_width, best_height)
        else:
            share = max(cut_height / best_height, channel.size.least_share)
            size = (max(int(best_width * share + _ROUNDING), 1), max(int(best_height * share + _ROUNDING), 1))
        left, top = self.across.begin(cut_width), self.down.begin(cut_height)
        left = float(round(left)) if abs(cut_width - round(cut_width)) < _ROUNDING else left
        top = float(round(top)) if abs(cut_height - round(cut_height)) < _ROUNDING else top
        return Cut(left, top, cut_width, cut_height, size)


def _best(channel: ChannelSpec) -> str:
    return "x".join(map(str, channel.size.best_px))


def _demand(channel: ChannelSpec) -> str:
    if channel.size.exact:
        return f"{_best(channel)} pixels"
    width, height = (math.ceil(side * channel.size.least_share - _ROUNDING) for side in channel.size.best_px)
    return f"{width}x{height} pixels at least"


def _too_small(channel: ChannelSpec, what: str, size_px: tuple[int, int]) -> str:
    size = "x".join(map(str, size_px))
    return f"{channel.title} demands {_demand(channel)} and {what} has {size}: shoot it with --size {_best(channel)}."


def _into_the_subject(channel: ChannelSpec, what: str, size_px: tuple[int, int]) -> str:
    size = "x".join(map(str, size_px))
    clear = f" with {channel.clear_px} px clear around the subject" if channel.clear_px else ""
    return (
        f"{channel.title} wants {_demand(channel)} in the ratio {channel.ratio_words}{clear}, and such a cut of {what}, which has {size}, "
        f"would go into its subject: shoot it with --size {_best(channel)}{' and a camera of less fill' if clear else ''}."
    )


def _wrong_fill(
    channel: ChannelSpec, rule: FillRule, what: str, size_px: tuple[int, int], range_px: tuple[float, float], low: float
) -> str:
    fill = f"{channel.title} demands that the subject fills {rule.least:.0%} of the picture"
    least = channel.size.best_px[1] * channel.size.least_share
    if range_px[1] < low and low > least:
        return f"{fill}, and in {what} it is too wide for that: shoot a pose or a camera in which it is narrower."
    if range_px[1] < low:
        width, height = (math.ceil(side * least / range_px[1]) for side in size_px)
        return f"{fill}, and {what} cut so close has fewer than {_demand(channel)}: shoot it with --size {width}x{height}."
    return (
        f"{channel.title} demands that the subject fills {rule.most:.0%} of the picture at most, and {what} has no white ground to add: "
        f"shoot it with --size {_best(channel)} and a camera whose fill is {rule.most:g} at most."
    )
