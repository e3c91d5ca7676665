"""Small plots as SVG text: lines over an axis, levels against what was seen of them, bars with their names.

Each function returns one `<svg>` element that needs no other file, in a README as well as inside a page. Ours, since
Altair draws in a browser, by scripts that our pages do not load; for SVG here it needs a JavaScript engine of 33 MB.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

COLOURS = ("#1b6ca8", "#d1495b", "#8d96a3", "#edae49", "#66a182", "#6a4c93")
GRID, DIAGONAL, INK = "#ddd", "#999", "#333"
WIDTH, HEIGHT, EDGE, LEGEND = 760, 240, 56, 34
SQUARE = 340
BAR, NAMES = 18, 190  # pixels: a bar's height, and the room for its name


@dataclass(frozen=True)
class Line:
    """y over x. low, high: a band around it."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float] | None = None
    high: Sequence[float] | None = None


def line_plot(title: str, lines: Sequence[Line], ticks: Sequence[tuple[float, str]] = ()) -> str:
    """Lines over a common axis that begins at zero (or below, where something is).

    ticks: (x, text) below the axis; numbers at both ends by default.
    """
    if not lines or not any(len(line.x) for line in lines):
        raise ValueError(f"the plot {title!r} has no point to draw")
    across = np.concatenate([np.asarray(line.x, float) for line in lines])
    up = np.concatenate([np.asarray(part, float) for line in lines for part in (line.y, line.high or line.y)])
    down = np.concatenate([np.asarray(part, float) for line in lines for part in (line.y, line.low or line.y)])
    frame = _Frame(
        (float(across.min()), float(across.max())),
        (min(float(np.nanmin(down)), 0.0), max(float(np.nanmax(up)), 0.0)),
        (EDGE, LEGEND + 10, WIDTH - 10, HEIGHT - 24),
    )
    drawn = [_text(EDGE, 14, title, weight="bold"), *frame.grid(3)]
    for x, text in ticks or [(x, f"{x:g}") for x in frame.across]:
        drawn.append(_text(frame.x(x), HEIGHT - 8, text, anchor="middle"))
    for number, line in enumerate(lines):
        colour = COLOURS[number % len(COLOURS)]
        if line.low is not None and line.high is not None:
            there = frame.points(line.x, line.high)
            back = frame.points(list(line.x)[::-1], list(line.low)[::-1])
            drawn.append(f'<polygon points="{there} {back}" fill="{colour}" opacity="0.15"/>')
        points = frame.points(line.x, line.y)
        drawn.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.6"/>')
    return _svg(WIDTH, HEIGHT, [*drawn, *_legend([line.name for line in lines])])


def calibration_plot(title: str, lines: Sequence[Line], x_name: str, y_name: str) -> str:
    """What was said (x, shares) against what came of it (y, shares), beside the diagonal where both agree."""
    most = max(1e-9, *(float(np.nanmax([*line.x, *line.y, *(line.high or [])])) for line in lines))
    limit = 1.0 if most > 0.5 else most * 1.05
    frame = _Frame((0.0, limit), (0.0, limit), (EDGE, LEGEND + 10, SQUARE - 10, SQUARE - 38))
    ends = frame.points([0.0, limit], [0.0, limit])
    drawn = [_text(EDGE, 14, title, weight="bold"), *frame.grid(4, is_share=True)]
    drawn += [_text(frame.x(x), SQUARE - 22, f"{x:.0%}", anchor="middle") for x in np.linspace(0, limit, 5)]
    drawn.append(_text(SQUARE / 2 + EDGE / 2, SQUARE - 6, x_name, anchor="middle"))
    drawn.append(f'<g transform="rotate(-90 12 {SQUARE / 2:.0f})">{_text(12, SQUARE / 2, y_name, anchor="middle")}</g>')
    drawn.append(f'<polyline points="{ends}" fill="none" stroke="{DIAGONAL}" stroke-dasharray="4 3"/>')
    for number, line in enumerate(lines):
        colour = COLOURS[number % len(COLOURS)]
        if line.low is not None and line.high is not None:
            for x, low, high in zip(line.x, line.low, line.high, strict=True):
                drawn.append(f'<polyline points="{frame.points([x, x], [low, high])}" stroke="{colour}"/>')
        points = frame.points(line.x, line.y)
        drawn.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.6"/>')
        for x, y in zip(line.x, line.y, strict=True):
            drawn.append(f'<circle cx="{frame.x(x):.1f}" cy="{frame.y(y):.1f}" r="3" fill="{colour}"/>')
    return _svg(SQUARE, SQUARE, [*drawn, *_legend([line.name for line in lines], room=90)])


def bar_plot(title: str, values: Mapping[str, float], form: str = "{:.1%}") -> str:
    """One bar a name, in the order given, none below zero; its value beside it."""
    longest = max([*values.values(), 1e-12])
    height = LEGEND + BAR * len(values)
    room = WIDTH - NAMES - 80
    drawn = [_text(8, 14, title, weight="bold")]
    for number, (name, value) in enumerate(values.items()):
        y = LEGEND - 8 + BAR * number
        long = room * max(value, 0.0) / longest
        drawn.append(_text(NAMES - 6, y + 12, name, anchor="end"))
        drawn.append(f'<rect x="{NAMES}" y="{y + 2}" width="{long:.1f}" height="{BAR - 5}" fill="{COLOURS[0]}"/>')
        drawn.append(_text(NAMES + long + 5, y + 12, form.format(value)))
    return _svg(WIDTH, height, drawn)


@dataclass(frozen=True)
class _Frame:
    """Numbers to pixels. across, up: (least, most) of the axes; box: left, top, right, bottom in pixels."""

    across: tuple[float, float]
    up: tuple[float, float]
    box: tuple[float, float, float, float]

    def x(self, value: float) -> float:
        least, most = self.across
        left, _, right, _ = self.box
        return left + (right - left) * (value - least) / ((most - least) or 1.0)

    def y(self, value: float) -> float:
        least, most = self.up
        _, top, _, bottom = self.box
        return bottom - (bottom - top) * (value - least) / ((most - least) or 1.0)

    def points(self, x: Sequence[float], y: Sequence[float]) -> str:
        pairs = zip(x, y, strict=True)
        return " ".join(f"{self.x(float(a)):.1f},{self.y(float(b)):.1f}" for a, b in pairs if np.isfinite(b))

    def grid(self, steps: int, is_share: bool = False) -> list[str]:
        left, _, right, _ = self.box
        drawn = []
        for value in np.linspace(*self.up, steps + 1):
            y = self.y(value)
            drawn.append(f'<path d="M{left:.0f} {y:.1f}H{right:.0f}" stroke="{GRID}"/>')
            told = f"{value:.0%}" if is_share else f"{value:,.4g}"
            drawn.append(_text(left - 4, y + 4, told, anchor="end"))
        return drawn


def _legend(names: Sequence[str], room: int = 150) -> list[str]:
    if len(names) < 2:
        return []
    return [_text(EDGE + room * k, 30, name, colour=COLOURS[k % len(COLOURS)]) for k, name in enumerate(names)]


def _text(x: float, y: float, text: str, anchor: str = "start", weight: str = "normal", colour: str = INK) -> str:
    style = f' font-weight="{weight}"' if weight != "normal" else ""
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" fill="{colour}"{style}>{escape(text)}</text>'


def _svg(width: float, height: float, drawn: Sequence[str]) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        'font-family="sans-serif" font-size="11">'
    )
    return "\n".join([head, f'<rect width="{width:.0f}" height="{height:.0f}" fill="#fff"/>', *drawn, "</svg>"]) + "\n"
