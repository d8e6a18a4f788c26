from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from movie.posters import HEIGHT, LOOKS, MARGIN, WIDTH, fit, poster_hash, poster_svg, width, wrap

LONG = "Dr. Strangelove or: How I Learned to Stop Worrying and Love the Bomb, and What Came After It in the End"
KOREAN = "좋은 놈, 나쁜 놈, 이상한 놈 그리고 아무도 기억하지 못하는 놈들의 아주 긴 이야기"


@given(
    st.text(max_size=200), st.none() | st.integers(1880, 2100), st.lists(st.sampled_from([*LOOKS, "Odd"]), max_size=5)
)
def test_every_poster_is_well_formed_and_always_the_same(title: str, year: int | None, genres: list[str]) -> None:
    printable = "".join(c for c in title if c.isprintable())
    svg = poster_svg(printable, year, genres)
    assert ET.fromstring(svg).get("viewBox") == f"0 0 {WIDTH} {HEIGHT}"
    assert svg == poster_svg(printable, year, genres)


def test_what_a_title_holds_is_text_and_no_markup() -> None:
    svg = poster_svg("<script>alert('x')</script>", 2000, ["Drama"])
    assert "<script" not in svg and "&lt;script&gt;" in svg


@pytest.mark.parametrize("title", ["Up", "Schindler's List", LONG, KOREAN, "A" * 90, "가" * 60])
def test_titles_wrap_inside_the_poster(title: str) -> None:
    size, lines = fit(title)
    assert all(width(line) * size <= WIDTH - 2 * MARGIN for line in lines)
    assert 1 <= len(lines) <= 6
    assert size * 160 / WIDTH >= 12  # readable where the poster is 160 pixels wide


@pytest.mark.parametrize("title", ["Schindler's List", "The Shawshank Redemption", "이상한 나라의 앨리스"])
def test_words_stay_whole_where_they_can(title: str) -> None:
    assert " ".join(fit(title)[1]) == title


def test_a_title_that_is_too_long_ends_in_an_ellipsis() -> None:
    assert fit("word " * 80)[1][-1].endswith("…")


def test_a_word_wider_than_the_line_is_broken() -> None:
    assert "".join(wrap("X" * 40, 5)) == "X" * 40


def test_the_hash_follows_everything_that_is_drawn() -> None:
    hashes = {
        poster_hash("Heat", 1995, ["Crime"]),
        poster_hash("Heat", 1996, ["Crime"]),
        poster_hash("Heat", 1995, ["Drama"]),
        poster_hash("히트", 1995, ["Crime"]),
    }
    assert len(hashes) == 4


def test_white_text_is_readable_on_every_genres_colours() -> None:
    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for look in LOOKS.values():
        for colour in (look.top, look.bottom):
            assert 1.05 / (luminance(colour) + 0.05) >= 4.5, look
