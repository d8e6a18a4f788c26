"""Posters drawn by the site: title, year and the genres' colours as SVG. The same movie always gets the same one."""

from __future__ import annotations

import hashlib
import math
import random
import unicodedata
from collections.abc import Callable, Sequence
from html import escape
from typing import NamedTuple

VERSION = "1"
"""Part of every poster's address; raise it where the drawing changes."""
WIDTH, HEIGHT, MARGIN = 300, 450, 22
FONTS = (
    "Pretendard, 'Apple SD Gothic Neo', 'Noto Sans KR', 'Noto Sans CJK KR', NanumGothic, 'Malgun Gothic', sans-serif"
)
_SIZES = (42, 38, 34, 30, 27, 24)
_MOST_LINES = 6
_LABEL_SIZE = 19


class Look(NamedTuple):
    """How a genre looks. Both colours are dark enough for white text (contrast above 4.5)."""

    top: str
    bottom: str
    accent: str
    motif: str


_PLAIN = Look("#3d4756", "#161b24", "#9fb0c8", "waves")
LOOKS = {
    "Action": Look("#8f2d1e", "#2a0d0a", "#ffb26b", "stripes"),
    "Adventure": Look("#0f6156", "#06231f", "#7fe0c3", "peaks"),
    "Animation": Look("#9c2f74", "#2c0f3a", "#ffd166", "bubbles"),
    "Children": Look("#8a4a10", "#33150a", "#ffe08a", "bubbles"),
    "Comedy": Look("#8c5a08", "#3a2204", "#ffd75e", "sun"),
    "Crime": Look("#3a3f47", "#101216", "#e3b04b", "blinds"),
    "Documentary": Look("#3f5a4a", "#131e18", "#c8e6c9", "waves"),
    "Drama": Look("#374a86", "#10162e", "#a9bdf5", "waves"),
    "Fantasy": Look("#57359a", "#180d38", "#d3b8ff", "stars"),
    "Film-Noir": Look("#3b3b3b", "#0a0a0a", "#e8e8e8", "blinds"),
    "Horror": Look("#5f1422", "#120406", "#ff6b6b", "spikes"),
    "IMAX": Look("#155a7d", "#061c2a", "#8fd8ff", "orbits"),
    "Musical": Look("#9a2c56", "#2f0b1d", "#ffb3d1", "bubbles"),
    "Mystery": Look("#2a4658", "#0a141b", "#9cd3e6", "orbits"),
    "Romance": Look("#9b3049", "#340d1a", "#ffc2cf", "sun"),
    "Sci-Fi": Look("#115a86", "#08152d", "#7fe3ff", "orbits"),
    "Thriller": Look("#41464d", "#0c0f14", "#f08a5d", "spikes"),
    "War": Look("#525a2b", "#181b0c", "#d6cf8f", "stripes"),
    "Western": Look("#8f4b1c", "#2e1408", "#ffc27a", "peaks"),
}


def poster_hash(title: str, year: int | None, genres: Sequence[str]) -> str:
    """Eight digits that change with anything that is drawn."""
    drawn = "\0".join((VERSION, title, str(year), *genres))
    return hashlib.blake2s(drawn.encode(), digest_size=4).hexdigest()


def poster_svg(title: str, year: int | None, genres: Sequence[str], labels: Sequence[str] | None = None) -> str:
    """A poster as SVG, 2:3, readable at 160 pixels. genres: names in LOOKS, others are plain; labels: as shown."""
    rng = random.Random(f"{title}\0{year}")  # noqa: S311 (it draws, it guards nothing)
    looks = [LOOKS[genre] for genre in genres if genre in LOOKS] or [_PLAIN]
    rng.shuffle(looks)  # films of the same genres need not look alike
    first, second = looks[0], looks[-1]
    size, lines = fit(title)
    baseline = HEIGHT - 62 - size * 1.16 * (len(lines) - 1)
    text = "".join(
        f'<text x="{MARGIN}" y="{baseline + i * size * 1.16:.0f}" font-size="{size}" font-weight="800">{escape(line)}</text>'
        for i, line in enumerate(lines)
    )
    label = _label(labels if labels is not None else genres)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
        f' font-family="{FONTS}" fill="#fff"><title>{escape(title)}</title><defs>'
        f'<linearGradient id="b" x2=".35" y2="1"><stop stop-color="{first.top}"/>'
        f'<stop offset="1" stop-color="{second.bottom}"/></linearGradient>'
        '<linearGradient id="s" x2="0" y2="1"><stop offset=".3" stop-opacity="0"/>'
        '<stop offset=".78" stop-opacity=".62"/></linearGradient></defs>'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="url(#b)"/>'
        f'<g fill="none" stroke="{first.accent}">{_MOTIFS[first.motif](rng, second.accent)}</g>'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="url(#s)"/>'
        f'<rect x="{MARGIN}" y="{baseline - size * 1.35:.0f}" width="34" height="4" fill="{first.accent}"/>{text}'
        f'<text x="{MARGIN}" y="{HEIGHT - 26}" font-size="{_LABEL_SIZE}" fill-opacity=".88">{escape(label)}</text>'
        f'<text x="{WIDTH - MARGIN}" y="42" font-size="22" font-weight="600" text-anchor="end">{year or ""}</text></svg>'
    )


def fit(title: str) -> tuple[int, list[str]]:
    """The largest font size at which `title` fits, and its lines; the last is cut short where none does."""
    most = WIDTH - 2 * MARGIN
    for size in _SIZES:
        lines = wrap(title, most / size)
        words_whole = all(width(word) <= most / size for word in title.split())
        if words_whole and len(lines) <= _MOST_LINES - (size > 34) * 2:
            return size, lines
    lines = lines[:_MOST_LINES]
    lines[-1] = _cut(lines[-1] + "…", size)
    return size, lines


def _label(labels: Sequence[str]) -> str:
    """As many of `labels` as stand on one line, at least the first."""
    most = (WIDTH - 2 * MARGIN) / _LABEL_SIZE
    texts = [" · ".join(labels[:n]) for n in range(len(labels), 1, -1)]
    fitting = (text for text in texts if width(text) <= most)
    return next(fitting, _cut(labels[0], _LABEL_SIZE) if labels else "")


def wrap(text: str, most: float) -> list[str]:
    """Lines of at most `most` em. Words stay whole unless one alone is too wide; so Korean breaks between words."""
    lines, line = [], ""
    for word in text.split():
        for piece in _pieces(word, most):
            longer = f"{line} {piece}" if line else piece
            if line and width(longer) > most:
                lines.append(line)
                line = piece
            else:
                line = longer
    return [*lines, line] if line or not lines else lines


def _pieces(word: str, most: float) -> list[str]:
    pieces = [""]
    for char in word:
        if pieces[-1] and width(pieces[-1] + char) > most:
            pieces.append("")
        pieces[-1] += char
    return pieces


def width(text: str) -> float:
    """About how wide `text` is, in em: no font is at hand where a poster is drawn, so it errs on the wide side."""
    return sum(_char_width(char) for char in text)


def _char_width(char: str) -> float:
    if unicodedata.east_asian_width(char) in "WF":
        return 1.0
    if unicodedata.combining(char):
        return 0.0
    if char in " .,:;'!|iljtfrI()[]-’":
        return 0.34
    return 0.92 if char in "mwMW@%" else 0.7 if char.isupper() else 0.58


def _cut(text: str, size: int) -> str:
    most = (WIDTH - 2 * MARGIN) / size
    while width(text) > most and len(text) > 1:
        text = text.rstrip("…")[:-1].rstrip() + "…"
    return text


Rng = random.Random


def _waves(rng: Rng, accent: str) -> str:
    left, start, gap = rng.randint(-170, -10), rng.randint(40, 90), rng.randint(16, 32)
    rise = rng.choice((-1, 1)) * rng.randint(16, 64)
    return "".join(
        f'<path d="M{left} {start + i * gap} q80 {-rise} 160 0 t160 0 t160 0" stroke-width="3" opacity="{0.62 - i * 0.06:.2f}"/>'
        for i in range(8)
    )


def _stripes(rng: Rng, accent: str) -> str:
    lean = rng.randint(90, 200)
    return "".join(
        f'<path d="M{x} 0 l{-lean} 330" stroke-width="{rng.choice((4, 10, 22))}" opacity="{rng.uniform(0.2, 0.6):.2f}"/>'
        for x in range(40, 460, 46)
    )


def _peaks(rng: Rng, accent: str) -> str:
    sun = f'<circle cx="{rng.randint(60, 240)}" cy="{rng.randint(70, 120)}" r="38" fill="{accent}" stroke="none" opacity=".75"/>'
    ridges = ""
    for i, base in enumerate((190, 235, 280)):
        points = " ".join(f"{x},{base - rng.randint(10, 80)}" for x in range(0, 360, 60))
        ridges += (
            f'<polyline points="-10,{base} {points} 320,{base}" stroke-width="3" opacity="{0.7 - i * 0.15:.2f}"/>'
        )
    return sun + ridges


def _bubbles(rng: Rng, accent: str) -> str:
    return "".join(
        f'<circle cx="{rng.randint(0, 300)}" cy="{rng.randint(30, 290)}" r="{rng.randint(8, 52)}"'
        f' fill="{accent if i % 2 else "none"}" fill-opacity=".28" stroke-width="3" opacity=".7"/>'
        for i in range(12)
    )


def _sun(rng: Rng, accent: str) -> str:
    x, y, r = rng.randint(80, 220), rng.randint(120, 180), rng.randint(44, 70)
    rays = "".join(
        f'<path d="M{x + (r + 14) * math.cos(a):.0f} {y + (r + 14) * math.sin(a):.0f}'
        f' L{x + (r + 40) * math.cos(a):.0f} {y + (r + 40) * math.sin(a):.0f}" stroke-width="5" opacity=".55"/>'
        for a in (i * math.pi / 9 for i in range(18))
    )
    return f'<circle cx="{x}" cy="{y}" r="{r}" fill="{accent}" stroke="none" opacity=".55"/>{rays}'


def _blinds(rng: Rng, accent: str) -> str:
    lean = rng.choice((-1, 1)) * rng.randint(10, 70)
    bars = "".join(
        f'<path d="M-10 {y} L310 {y - lean}" stroke-width="{rng.randint(5, 12)}" opacity=".32"/>'
        for y in range(70, 340, 28)
    )
    return (
        bars
        + f'<circle cx="{rng.randint(60, 240)}" cy="{rng.randint(90, 190)}" r="58" stroke="{accent}" stroke-width="4" opacity=".7"/>'
    )


def _stars(rng: Rng, accent: str) -> str:
    def star(x: int, y: int, r: float) -> str:
        points = " ".join(
            f"{x + (r if i % 2 == 0 else r * 0.36) * math.sin(i * math.pi / 4):.1f},"
            f"{y - (r if i % 2 == 0 else r * 0.36) * math.cos(i * math.pi / 4):.1f}"
            for i in range(8)
        )
        return f'<polygon points="{points}" fill="{accent}" stroke="none" opacity="{rng.uniform(0.35, 0.85):.2f}"/>'

    return "".join(star(rng.randint(10, 290), rng.randint(30, 270), rng.choice((6, 9, 14, 30))) for _ in range(18))


def _spikes(rng: Rng, accent: str) -> str:
    points = " ".join(f"{x},{rng.randint(60, 260) if i % 2 else 300}" for i, x in enumerate(range(-10, 330, 20)))
    moon = f'<circle cx="{rng.randint(70, 230)}" cy="100" r="46" fill="{accent}" stroke="none" opacity=".5"/>'
    return moon + f'<polyline points="{points}" stroke-width="3" opacity=".75"/>'


def _orbits(rng: Rng, accent: str) -> str:
    x, y, lean = rng.randint(90, 210), rng.randint(120, 180), rng.randint(-40, 40)
    rings = "".join(
        f'<ellipse cx="{x}" cy="{y}" rx="{r}" ry="{r * 0.42:.0f}" transform="rotate({lean} {x} {y})" stroke-width="2.5"'
        f' opacity="{0.75 - r / 400:.2f}"/>'
        for r in (60, 95, 130, 170)
    )
    return f'<circle cx="{x}" cy="{y}" r="30" fill="{accent}" stroke="none" opacity=".8"/>{rings}'


_MOTIFS: dict[str, Callable[[Rng, str], str]] = {
    "waves": _waves,
    "stripes": _stripes,
    "peaks": _peaks,
    "bubbles": _bubbles,
    "sun": _sun,
    "blinds": _blinds,
    "stars": _stars,
    "spikes": _spikes,
    "orbits": _orbits,
}
