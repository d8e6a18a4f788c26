"""The best ways to a movie as a picture: the visitor on the left, the movie on the right, a row for each way."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from typing import NamedTuple

from movie import drawings
from movie.drawings import add, box, edge

WIDTH = 372
_VISITOR, _CLICK, _ENTITY, _MOVIE = 24, 108, 213, 326
"""Where the middle of each column is; a second movie and entity stand below the first ones."""
_RADIUS, _HALF, _HALF_ENTITY, _HALF_MOVIE = 17, 44, 43, 42
_ROW, _TOP, _LEAST = 54, 6, 76


class Stop(NamedTuple):
    """text: a movie's title, or what an entity is; people: how many, where it is these."""

    text: str
    people: int | None = None


class Drawn(NamedTuple):
    """Movie, entity, and again where there are four. share: of the strongest way's weight, 0–1."""

    stops: Sequence[Stop]
    share: float


def ways(name: str, movie: str, drawn: Sequence[Drawn], *, title: str, description: str) -> str:
    """`drawn` ways to `movie` as SVG, an edge the thicker the more its way weighs."""
    rows = sum(len(way.stops) // 2 for way in drawn)
    height = 2 * _TOP + max(_ROW * rows, _LEAST)
    svg = drawings.canvas(name, WIDTH, height, title, description, "graph")
    middle, y = height / 2, height / 2 - _ROW * (rows - 1) / 2
    for way in drawn:
        _way(svg, way, y, middle)
        y += _ROW * (len(way.stops) // 2)
    add(svg, "circle", cx=_VISITOR, cy=middle, r=_RADIUS, class_="visitor")
    add(svg, "circle", cx=_VISITOR, cy=middle - 5, r=5, class_="ink")
    add(svg, "path", d=f"M{_VISITOR - 9} {middle + 9:g} a9 8 0 0 1 18 0 z", class_="ink")
    box(svg, movie, _MOVIE, middle, _HALF_MOVIE, lines=4, kind="movie")
    return ET.tostring(svg, encoding="unicode")


def _way(svg: ET.Element, way: Drawn, y: float, middle: float) -> None:
    thick = f"{1 + 4 * way.share:.1f}"
    edge(svg, (_VISITOR + _RADIUS, middle), (_CLICK - _HALF, y), thick)
    last = y
    for at in range(0, len(way.stops), 2):
        last = y + _ROW * (at // 2)
        if at:
            edge(svg, (_ENTITY, last - _ROW + 14), (_CLICK, last - 14), thick)
        edge(svg, (_CLICK + _HALF, last), (_ENTITY - _half(way.stops[at + 1]), last), thick)
    edge(svg, (_ENTITY + _half(way.stops[-1]), last), (_MOVIE - _HALF_MOVIE, middle), thick)
    for at, stop in enumerate(way.stops):
        row = y + _ROW * (at // 2)
        if at % 2 == 0:
            box(svg, stop.text, _CLICK, row, _HALF, lines=2, kind="click")
        elif stop.people is None:
            box(svg, stop.text, _ENTITY, row, _HALF_ENTITY, lines=2, kind="entity")
        else:
            add(svg, "circle", cx=_ENTITY, cy=row, r=_RADIUS, class_="people")
            add(
                svg,
                "text",
                f"{stop.people:,}",
                x=_ENTITY,
                y=row + 4,
                font_size=11,
                text_anchor="middle",
                class_="count",
            )


def _half(stop: Stop) -> int:
    return _HALF_ENTITY if stop.people is None else _RADIUS
