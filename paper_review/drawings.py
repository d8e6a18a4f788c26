"""What the demos draw: the graph of a reader's clicks, the loss curve, attention as a table of shades."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence

from movie import drawings
from movie.drawings import add, box, edge

WIDTH = 520
_VISITOR, _CLICK, _MOVIE, _HALF = 28, 200, 440, 74
_ROW, _TOP = 46, 28
_CURVE_WIDTH, _CURVE_HIGH = 360, 184
_LEFT, _RIGHT, _UPPER, _LOWER = 70, 14, 28, 34
FAINT = 0.02
"""A share below this one is no edge."""


def click_graph(
    clicks: Sequence[str],
    movies: Sequence[str],
    shares: Sequence[Sequence[float]],
    *,
    heads: Sequence[str],
    title: str,
    description: str,
) -> str:
    """The reader, their clicks, and the movies that these carried; an edge is as thick as its share.

    shares: of each of `movies`, that of each of `clicks`. heads: what stands over the three columns.
    """
    rows = max(len(clicks), len(movies))
    high = _TOP + _ROW * rows + 8
    svg = drawings.canvas("click-graph", WIDTH, high, title, description, "graph")
    for x, head in zip((_VISITOR, _CLICK, _MOVIE), heads, strict=True):
        add(svg, "text", head, x=x, y=14, class_="head", text_anchor="middle")
    middle = (_TOP + high) / 2
    of_click = [middle + _ROW * (n - (len(clicks) - 1) / 2) for n in range(len(clicks))]
    of_movie = [middle + (high - _TOP) / len(movies) * (n - (len(movies) - 1) / 2) for n in range(len(movies))]
    for y in of_click:
        edge(svg, (_VISITOR + 18, middle), (_CLICK - _HALF, y), "1.5")
    for movie, row in zip(of_movie, shares, strict=True):
        for click, share in zip(of_click, row, strict=True):
            if share >= FAINT:
                edge(svg, (_CLICK + _HALF, click), (_MOVIE - _HALF, movie), f"{1 + 8 * share:.1f}")
    add(svg, "circle", cx=_VISITOR, cy=middle, r=18, class_="visitor")
    add(svg, "circle", cx=_VISITOR, cy=middle - 5, r=5, class_="ink")
    add(svg, "path", d=f"M{_VISITOR - 9} {middle + 10:g} a9 8 0 0 1 18 0 z", class_="ink")
    for text, y in zip(clicks, of_click, strict=True):
        box(svg, text, _CLICK, y, _HALF, lines=2, kind="click")
    for text, y in zip(movies, of_movie, strict=True):
        box(svg, text, _MOVIE, y, _HALF, lines=3, kind="movie")
    return ET.tostring(svg, encoding="unicode")


def loss_curve(losses: Sequence[float], *, across: str, up: str, title: str, description: str) -> str:
    """`losses`, before the first epoch and after each, at least two, with both axes. across, up: what they are."""
    svg = drawings.canvas("loss-curve", _CURVE_WIDTH, _CURVE_HIGH, title, description, "curve")
    low, top = min(losses), max(losses)
    spread = top - low or 1.0
    wide, high = _CURVE_WIDTH - _LEFT - _RIGHT, _CURVE_HIGH - _UPPER - _LOWER
    places = [
        (_LEFT + wide * n / (len(losses) - 1), _UPPER + high * ((top - loss) / spread if top > low else 0.5))
        for n, loss in enumerate(losses)
    ]
    floor = _UPPER + high
    add(svg, "path", d=f"M{_LEFT} {_UPPER} V{floor} H{_LEFT + wide}", class_="axis", fill="none")
    add(svg, "polyline", points=" ".join(f"{x:.1f},{y:.1f}" for x, y in places), class_="line", fill="none")
    for n, (x, y) in enumerate(places):
        add(svg, "circle", cx=f"{x:.1f}", cy=f"{y:.1f}", r=3, class_="now")
        if n % 2 == 0 or n == len(places) - 1:
            add(svg, "text", str(n), x=f"{x:.1f}", y=floor + 14, text_anchor="middle", class_="tick")
    for value, y in ((top, _UPPER), (low, floor)):
        add(svg, "text", f"{value:.3g}", x=_LEFT - 6, y=y + 4, text_anchor="end", class_="tick")
    add(svg, "text", across, x=_LEFT + wide / 2, y=_CURVE_HIGH - 3, text_anchor="middle", class_="tick")
    add(svg, "text", up, x=_LEFT, y=14, text_anchor="middle", class_="tick")
    return ET.tostring(svg, encoding="unicode")
