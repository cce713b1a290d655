"""Charts as SVG: a colour scale with the distribution of what it shows, and small multiples over versions. No scripts, no style sheets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from studio.page.colourmap import ColourMap
from studio.page.document import escaped

INK, QUIET, LINE, BAND = "#1b1c1f", "#5c5e63", "#c9c9c5", "#cfdbe6"
_FONT = "'Helvetica Neue',Helvetica,Arial,'Liberation Sans',sans-serif"
#: Colour of lines and points of a chart: a deep blue that prints well and is no end of a colour map.
_STROKE = "#1f4e79"


def svg(width: float, height: float, body: Sequence[str], *, title: str, kind: str = "chart") -> str:
    """A drawing with its own type, for a page or a file of its own. title: Read out where it cannot be seen. kind: For the style sheet."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" class="{kind}" preserveAspectRatio="xMinYMin" '
        f'width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}" '
        f'font-family="{_FONT}" font-size="12" fill="{INK}"><title>{escaped(title)}</title>\n' + "\n".join(body) + "\n</svg>"
    )


def label(x: float, y: float, text: str, *, anchor: str = "start", colour: str = INK, size: float = 12, bold: bool = False) -> str:
    """A piece of text, escaped. anchor: start, middle or end."""
    weight = ' font-weight="600"' if bold else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}" font-size="{size:g}"{weight}>{escaped(text)}</text>'


def colour_scale(
    colours: ColourMap,
    values: np.ndarray,
    *,
    unit: str,
    ends: tuple[str, str] = ("", ""),
    weights: np.ndarray | None = None,
    bins: int = 60,
) -> str:
    """The scale of a map with the distribution of its values standing on it.

    values: What is shown, shape (N,); values that are not numbers are left out, values beyond an end are counted at it.
    ends: What the left and the right end mean, in words. weights: Of the values, shape (N,): an area for instance.
    """
    width, left, top, bars, strip = 660.0, 8.0, 8.0, 74.0, 14.0
    span, base = width - 2 * left, top + bars
    known = np.isfinite(values)
    clipped = np.clip(values[known], colours.low, colours.high)
    count, edges = np.histogram(clipped, bins=bins, range=(colours.low, colours.high), weights=None if weights is None else weights[known])
    tallest = count.max(initial=0) or 1.0
    step, body = span / bins, []
    for k, height in enumerate(bars * count / tallest):
        if height > 0:
            body.append(
                f'<rect x="{left + k * step:.2f}" y="{base - height:.2f}" width="{step - 0.8:.2f}" height="{height:.2f}" fill="#6d7076"/>'
            )
    middles = (edges[:-1] + edges[1:]) / 2
    for k, colour in enumerate(colours(middles)):
        fill = "#{:02x}{:02x}{:02x}".format(*colour)
        body.append(f'<rect x="{left + k * step:.2f}" y="{base + 2:.2f}" width="{step + 0.3:.2f}" height="{strip}" fill="{fill}"/>')
    beyond = (bool((values[known] < colours.low).any()), bool((values[known] > colours.high).any()))
    for value in np.linspace(colours.low, colours.high, 5):
        x = left + span * (value - colours.low) / (colours.high - colours.low)
        anchor = "start" if value == colours.low else "end" if value == colours.high else "middle"
        mark = "≤ " if value == colours.low and beyond[0] else "≥ " if value == colours.high and beyond[1] else ""
        sign = "+" if value > 0 > colours.low else ""
        body.append(label(x, base + strip + 18, f"{mark}{sign}{value:g} {unit}", anchor=anchor))
    body.append(label(left, base + strip + 35, ends[0], colour=QUIET))
    body.append(label(left + span, base + strip + 35, ends[1], anchor="end", colour=QUIET))
    read_out = f"Scale from {colours.low:g} to {colours.high:g} {unit}, with how often each value is found"
    return svg(width, base + strip + 42, body, title=read_out, kind="scale")


@dataclass(frozen=True, eq=False)
class Series:
    """One quantity over versions. values, spread: Value and half the width of its uncertainty, shape (N,); not a number where unknown."""

    title: str
    unit: str
    values: np.ndarray
    spread: np.ndarray


def small_multiples(series: Sequence[Series], places: np.ndarray, names: Sequence[str], *, hollow: Sequence[bool], title: str) -> str:
    """One small chart for each quantity, all with one scale, so that equal changes look equal.

    places: Where each version stands along the axis, 0 to 1, shape (N,). names: Under the axis. hollow: Versions drawn as empty circles.
    """
    columns = min(3, max(1, len(series)))
    cell_w, cell_h, gap = 300.0, 150.0, 22.0
    reach = max((_reach(each) for each in series), default=1.0)
    body = []
    for k, each in enumerate(series):
        x, y = (k % columns) * (cell_w + gap), 8 + (k // columns) * (cell_h + gap)
        body.append(_multiple(each, places, names, hollow, reach=reach, box=(x, y, cell_w, cell_h)))
    rows = -(-len(series) // columns)
    return svg(columns * (cell_w + gap) - gap, 8 + rows * (cell_h + gap), body, title=title)


def _reach(series: Series) -> float:
    """How much of the axis a quantity needs, at least 2 of its unit, so that noise does not look like news."""
    known = np.isfinite(series.values)
    if not known.any():
        return 2.0
    high, low = (series.values + series.spread)[known].max(), (series.values - series.spread)[known].min()
    return max(2.0, 1.15 * float(high - low))


def _multiple(
    series: Series,
    places: np.ndarray,
    names: Sequence[str],
    hollow: Sequence[bool],
    *,
    reach: float,
    box: tuple[float, float, float, float],
) -> str:
    left, top, width, height = box
    known = np.isfinite(series.values)
    body = [label(left, top + 12, series.title, bold=True)]
    if not known.any():
        return "\n".join([*body, label(left, top + 34, "not measured", colour=QUIET)])
    middle = float(np.nanmax(series.values + series.spread) + np.nanmin(series.values - series.spread)) / 2
    x0, x1, y0, y1 = left + 44, left + width - 14, top + 26, top + height - 20

    def x_of(place: float) -> float:
        return x0 + 8 + (x1 - x0 - 16) * place

    def y_of(value: float) -> float:
        return y1 - (y1 - y0) * ((value - middle) / reach + 0.5)

    for value in _ticks(middle - reach / 2, middle + reach / 2):
        body.append(f'<line x1="{x0:.1f}" x2="{x1:.1f}" y1="{y_of(value):.1f}" y2="{y_of(value):.1f}" stroke="{LINE}" stroke-width="0.7"/>')
        body.append(label(x0 - 6, y_of(value) + 3.5, f"{value:g}", anchor="end", colour=QUIET, size=10.5))
    shown = np.flatnonzero(known)
    upper = [f"{x_of(places[k]):.1f},{y_of(series.values[k] + series.spread[k]):.1f}" for k in shown]
    lower = [f"{x_of(places[k]):.1f},{y_of(series.values[k] - series.spread[k]):.1f}" for k in shown[::-1]]
    if len(shown) > 1:
        body.append(f'<polygon points="{" ".join(upper + lower)}" fill="{BAND}"/>')
        line = " ".join(f"{x_of(places[k]):.1f},{y_of(series.values[k]):.1f}" for k in shown)
        body.append(f'<polyline points="{line}" fill="none" stroke="{_STROKE}" stroke-width="1.6"/>')
    for k in shown:
        x, low, high = x_of(places[k]), y_of(series.values[k] - series.spread[k]), y_of(series.values[k] + series.spread[k])
        body.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{low:.1f}" y2="{high:.1f}" stroke="{_STROKE}" stroke-width="1"/>')
        fill = "#ffffff" if hollow[k] else _STROKE
        body.append(f'<circle cx="{x:.1f}" cy="{y_of(series.values[k]):.1f}" r="3.2" fill="{fill}" stroke="{_STROKE}" stroke-width="1.4"/>')
    body.append(
        label(x1, top + 12, f"{series.values[shown[-1]]:.1f} ± {series.spread[shown[-1]]:.1f} {series.unit}", anchor="end", colour=QUIET)
    )
    every = -(-len(names) // 6)  # no more names than fit
    for k in range(0, len(names), every):
        anchor = "start" if places[k] < 0.1 else "end" if places[k] > 0.9 else "middle"
        body.append(label(x_of(places[k]), y1 + 15, names[k], anchor=anchor, colour=QUIET, size=10.5))
    return "\n".join(body)


def _ticks(low: float, high: float) -> list[float]:
    """Three to six round numbers between two values."""
    raw = (high - low) / 4
    power = 10.0 ** np.floor(np.log10(raw))
    step = next(times * power for times in (1, 2, 5, 10) if raw <= times * power * (1 + 1e-9))
    return [round(float(k * step), 6) for k in range(int(np.ceil(low / step)), int(np.floor(high / step)) + 1)]
