"""Small drawings, as SVG that stands in a page: part of the graph, a loss going down, how many gave which star.

Colours are the stylesheet's (`static/css/drawings.css`), by class, so that they follow dark and light. Each has a
title and a description for who cannot see it; `name` keeps their ids apart on one page.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from movie.posters import width, wrap

WIDTH = 360
_LEAST = 76
"""How high the columns are at least: the movie's title may take that."""
_TOP, _ROW, _SIZE, _LEADING = 26, 54, 12, 14.5
_VISITOR, _CLICK, _PEOPLE, _MOVIE = 24, 122, 218, 309
"""Where the middle of each column is."""
_RADIUS, _HALF_CLICK, _HALF_MOVIE = 19, 50, 48
_SPARK_WIDTH, _SPARK_HEIGHT, _EDGE = 132, 34, 4
_BARS_WIDTH, _BARS_HEIGHT, _BARS_FOOT = 260, 64, 18


class Way(NamedTuple):
    """From the visitor through a click to the movie. share: how much of the movie the click carried, 0–1.
    together: how many people have both, None where nobody counted."""

    title: str
    share: float
    together: int | None


class Words(NamedTuple):
    """What stands over the columns, in the page's language."""

    visitor: str
    clicks: str
    people: str
    movie: str


def neighbourhood(name: str, movie: str, ways: Sequence[Way], words: Words, *, title: str, description: str) -> str:
    """Part of the graph as in Figure 1 of the NGCF paper: the visitor, clicked movies, people in common, `movie`.

    An edge is as thick as its click carried; where nobody has both movies, it goes past the people, dashed.
    """
    height = _TOP + max(_ROW * len(ways), _LEAST) + 4
    middle = (_TOP + height) / 2
    svg = canvas(name, WIDTH, height, title, description, "graph")
    heads = [(_VISITOR, words.visitor), (_CLICK, words.clicks), (_MOVIE, words.movie)]
    if any(way.together for way in ways):
        heads.append((_PEOPLE, words.people))
    for x, head in heads:
        add(svg, "text", head, x=x, y=13, class_="head", text_anchor="middle")
    for row, way in enumerate(ways):
        _way(svg, way, middle + _ROW * (row - (len(ways) - 1) / 2), middle)
    add(svg, "circle", cx=_VISITOR, cy=middle, r=_RADIUS, class_="visitor")
    add(svg, "circle", cx=_VISITOR, cy=middle - 5, r=5, class_="ink")
    add(svg, "path", d=f"M{_VISITOR - 9} {middle + 10:g} a9 8 0 0 1 18 0 z", class_="ink")
    box(svg, movie, _MOVIE, middle, _HALF_MOVIE, lines=4, kind="movie")
    return ET.tostring(svg, encoding="unicode")


def sparkline(name: str, values: Sequence[float], *, title: str, description: str) -> str:
    """`values`, at least two, as one line from left to right, the largest at the top."""
    svg = canvas(name, _SPARK_WIDTH, _SPARK_HEIGHT, title, description, "spark")
    top, spread = max(values), max(values) - min(values)
    points = [
        (
            _EDGE + (_SPARK_WIDTH - 2 * _EDGE) * at / (len(values) - 1),
            _EDGE + (_SPARK_HEIGHT - 2 * _EDGE) * ((top - value) / spread if spread else 0.5),
        )
        for at, value in enumerate(values)
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    floor = f"{_SPARK_WIDTH - _EDGE},{_SPARK_HEIGHT} {_EDGE},{_SPARK_HEIGHT}"
    add(svg, "polygon", points=f"{line} {floor}", class_="under")
    add(svg, "polyline", points=line, class_="line", fill="none")
    x, y = points[-1]
    add(svg, "circle", cx=f"{x:.1f}", cy=f"{y:.1f}", r=3, class_="now")
    return ET.tostring(svg, encoding="unicode")


def histogram(name: str, counts: Sequence[int], *, title: str, description: str) -> str:
    """A column for each of `counts`, of half a star, one, … five; the highest as high as the drawing."""
    svg = canvas(name, _BARS_WIDTH, _BARS_HEIGHT + _BARS_FOOT, title, description, "histogram")
    step, most = _BARS_WIDTH / len(counts), max(counts) or 1
    for at, count in enumerate(counts):
        high = max(_BARS_HEIGHT * count / most, 1.0)
        add(svg, "rect", x=at * step + 2, y=_BARS_HEIGHT - high, width=step - 4, height=high, rx=2, class_="bar-of")
        if at % 2:
            add(svg, "text", f"{(at + 1) // 2}", x=(at + 0.5) * step, y=_BARS_HEIGHT + 14, text_anchor="middle")
    return ET.tostring(svg, encoding="unicode")


def _way(svg: ET.Element, way: Way, y: float, middle: float) -> None:
    thick = f"{min(1 + 9 * way.share, 8):.1f}"
    left, right = _CLICK - _HALF_CLICK, _CLICK + _HALF_CLICK
    end = _MOVIE - _HALF_MOVIE
    edge(svg, (_VISITOR + _RADIUS, middle), (left, y), thick)
    if way.together:
        edge(svg, (right, y), (_PEOPLE - _RADIUS, y), thick)
        edge(svg, (_PEOPLE + _RADIUS, y), (end, middle), thick)
        add(svg, "circle", cx=_PEOPLE, cy=y, r=_RADIUS, class_="people")
        count = f"{way.together:,}"
        size = _SIZE if len(count) < 5 else _SIZE - 2
        add(svg, "text", count, x=_PEOPLE, y=y + size * 0.36, font_size=size, text_anchor="middle", class_="count")
    else:
        edge(svg, (right, y), (end, middle), thick, dashes="5 5" if way.together == 0 else "none")
    box(svg, way.title, _CLICK, y, _HALF_CLICK, lines=2, kind="click")


def edge(
    svg: ET.Element, start: tuple[float, float], end: tuple[float, float], thick: str, *, dashes: str = "none"
) -> None:
    (x, y), (to_x, to_y) = start, end
    bend = (x + to_x) / 2
    d = f"M{x:g} {y:g} C{bend:g} {y:g} {bend:g} {to_y:g} {to_x:g} {to_y:g}"
    add(svg, "path", d=d, class_="edge", fill="none", stroke_width=thick, stroke_dasharray=dashes)


def box(svg: ET.Element, title: str, x: float, y: float, half: float, *, lines: int, kind: str) -> None:
    """A movie, its title on as many of `lines` as it takes, the last cut short where there are more."""
    shown = _fitted(title, (2 * half - 4) / _SIZE, lines)
    height = _LEADING * len(shown) + 12
    add(svg, "rect", x=x - half, y=y - height / 2, width=2 * half, height=height, rx=7, class_=kind)
    first = y - _LEADING * (len(shown) - 1) / 2 + _SIZE * 0.36
    text = add(svg, "text", class_=f"{kind}-title", font_size=_SIZE, text_anchor="middle")
    for row, line in enumerate(shown):
        add(text, "tspan", line, x=x, y=f"{first + _LEADING * row:.1f}")


@lru_cache(maxsize=2048)  # a page draws the same clicks for each of its movies
def _fitted(title: str, most: float, lines: int) -> tuple[str, ...]:
    """At most `lines` lines of at most `most` em."""
    found = wrap(title, most)
    if len(found) <= lines:
        return tuple(found)
    last = found[lines - 1] + "…"
    while width(last) > most and len(last) > 1:
        last = last[:-2].rstrip() + "…"
    return (*found[: lines - 1], last)


def canvas(name: str, wide: float, high: float, title: str, description: str, kind: str) -> ET.Element:
    svg = ET.Element("svg", {"class": f"drawing {kind}", "viewBox": f"0 0 {wide:g} {high:g}", "role": "img"})
    svg.set("width", f"{wide:g}")
    svg.set("height", f"{high:g}")
    svg.set("aria-labelledby", f"{name}-title {name}-description")
    add(svg, "title", title, id=f"{name}-title")
    add(svg, "desc", description, id=f"{name}-description")
    return svg


def add(parent: ET.Element, tag: str, text: str | None = None, **attributes: object) -> ET.Element:
    """A child of `parent`; in names `_` stands for `-`, and `class_` for `class`."""
    named = {name.rstrip("_").replace("_", "-"): _told(value) for name, value in attributes.items()}
    child = ET.SubElement(parent, tag, named)
    child.text = text
    return child


def _told(value: object) -> str:
    return f"{value:g}" if isinstance(value, int | float) else str(value)
