"""What figures are drawn with: boxes, discs and arrows. Classes are those of static/css/review.css."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass

from django.utils.safestring import SafeString, mark_safe

from movie import drawings
from movie.drawings import add

Point = tuple[float, float]
SIZE = 13
BROAD = 500
"""A figure wider than this one scrolls on a narrow screen, where its letters would else be too small."""
_LOW = re.compile(r"_(\w)")


@dataclass(frozen=True)
class Figure:
    svg: SafeString
    caption: str


class Plan:
    """A figure while it is drawn, `wide` by `high`. description: all of it in words, for who cannot see it."""

    def __init__(self, name: str, wide: float, high: float, *, caption: str, description: str) -> None:
        self.svg = drawings.canvas(
            f"figure-{name}", wide, high, caption, description, "plan broad" if wide > BROAD else "plan"
        )
        self.caption = caption

    def figure(self) -> Figure:
        drawn = ET.tostring(self.svg, encoding="unicode")
        return Figure(mark_safe(drawn), self.caption)  # noqa: S308 (an XML library wrote it, every text escaped)

    def text(self, at: Point, text: str, kind: str = "", *, anchor: str = "middle", size: float = SIZE) -> None:
        """Text whose middle is at that height; what stands behind a "_" is small and low, as in e_u."""
        y = at[1] + size * 0.36
        parts = _LOW.split(text)
        whole = add(self.svg, "text", parts[0], x=at[0], y=y, text_anchor=anchor, font_size=size, class_=kind)
        for low, after in zip(parts[1::2], parts[2::2], strict=True):
            add(whole, "tspan", low, dy=size * 0.28, font_size=size * 0.76)
            add(whole, "tspan", after or "\u200b", dy=-size * 0.28)

    def box(
        self, at: Point, text: str, kind: str = "node", *, wide: float = 96, high: float = 32, size: float = SIZE
    ) -> None:
        """A box in the middle of which a text of one line or more stands."""
        x, y = at
        lines = text.split("\n")
        add(self.svg, "rect", x=x - wide / 2, y=y - high / 2, width=wide, height=high, rx=7, class_=kind)
        for number, line in enumerate(lines):
            self.text((x, y + 16 * (number - (len(lines) - 1) / 2)), line, f"in-{kind}", size=size)

    def disc(self, at: Point, text: str = "", kind: str = "node", *, radius: float = 16) -> None:
        add(self.svg, "circle", cx=at[0], cy=at[1], r=radius, class_=kind)
        if text:
            self.text(at, text, f"in-{kind}")

    def line(self, start: Point, end: Point, kind: str = "line") -> None:
        add(self.svg, "line", x1=start[0], y1=start[1], x2=end[0], y2=end[1], class_=kind)

    def arrow(self, start: Point, end: Point, kind: str = "line") -> None:
        """A line whose tip is at `end`."""
        angle = math.atan2(end[1] - start[1], end[0] - start[0])
        base = (end[0] - 8 * math.cos(angle), end[1] - 8 * math.sin(angle))
        self.line(start, base, kind)
        across = (4 * math.sin(angle), -4 * math.cos(angle))
        corners = [end, (base[0] + across[0], base[1] + across[1]), (base[0] - across[0], base[1] - across[1])]
        add(self.svg, "polygon", points=" ".join(f"{x:.1f},{y:.1f}" for x, y in corners), class_=f"tip {kind}")

    def cell(self, at: Point, side: float, kind: str) -> None:
        add(self.svg, "rect", x=at[0], y=at[1], width=side, height=side, rx=3, class_=kind)
