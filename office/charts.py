"""Charts of the dashboard, as SVG that stands in the page. Colours are the stylesheet's, by class.

A chart is a picture: it has a title and a description, and a table beside it says the same in figures.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from typing import NamedTuple

from movie.drawings import add, canvas

WIDTH, HEIGHT = 720, 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 6, 14, 28
_GAP = 0.28
"""Of a bar's place, what is left free beside it."""
_LABELS = 6
_TICKS = (1, 2, 5)


class Bar(NamedTuple):
    """A bar, what stands below it, and what a pointer that rests on it is told."""

    value: int
    label: str
    told: str


def bars(name: str, values: Sequence[Bar], *, title: str, description: str) -> str:
    """A bar for each of `values`, at least one, from left to right; every so many have their label below."""
    svg = canvas(name, WIDTH, HEIGHT, title, description, "bars")
    top = ceiling(max(bar.value for bar in values))
    wide, high = (WIDTH - _LEFT - _RIGHT) / len(values), HEIGHT - _TOP - _BOTTOM
    for tick in sorted({0, top // 2, top}):
        y = _TOP + high * (1 - tick / top)
        add(svg, "line", x1=_LEFT, x2=WIDTH - _RIGHT, y1=f"{y:.1f}", y2=f"{y:.1f}", class_="tick")
        add(svg, "text", f"{tick:,}", x=_LEFT - 8, y=f"{y + 4:.1f}", text_anchor="end", class_="value")
    every = -(-len(values) // _LABELS)
    for place, bar in enumerate(values):
        _bar(svg, bar, _LEFT + wide * place, wide, high, top)
        if (len(values) - 1 - place) % every == 0:
            middle = f"{_LEFT + wide * (place + 0.5):.1f}"
            last = place == len(values) - 1
            x, anchor = (f"{WIDTH - _RIGHT}", "end") if last else (middle, "middle")
            add(svg, "text", bar.label, x=x, y=HEIGHT - 6, text_anchor=anchor, class_="label")
    return ET.tostring(svg, encoding="unicode")


def _bar(svg: ET.Element, bar: Bar, left: float, wide: float, high: float, top: int) -> None:
    tall = high * bar.value / top
    size = {"x": f"{left + wide * _GAP / 2:.1f}", "width": f"{wide * (1 - _GAP):.1f}"}
    drawn = add(svg, "rect", y=f"{_TOP + high - tall:.1f}", height=f"{tall:.1f}", rx=2, class_="bar", **size)
    add(drawn, "title", bar.told)


def ceiling(most: int) -> int:
    """The round number, two at least and even where it can be, up to which an axis goes that has to show `most`."""
    power = 1
    while True:
        for tick in _TICKS:
            if tick * power >= max(most, 2):
                return tick * power
        power *= 10


def whiskers(name: str, mean: float, low: float, high: float, most: float, *, title: str) -> str:
    """A share and its interval on an axis from 0 to `most`, for a row of a table."""
    wide, tall = 120, 16
    svg = canvas(name, wide, tall, title, title, "whiskers")
    at_low, at_mean, at_high = ((wide - 8) * min(value / most, 1) + 4 for value in (low, mean, high))
    add(svg, "line", x1=4, x2=wide - 4, y1=tall / 2, y2=tall / 2, class_="axis")
    add(svg, "line", x1=f"{at_low:.1f}", x2=f"{at_high:.1f}", y1=tall / 2, y2=tall / 2, class_="span")
    add(svg, "circle", cx=f"{at_mean:.1f}", cy=tall / 2, r=4, class_="mean")
    return ET.tostring(svg, encoding="unicode")
