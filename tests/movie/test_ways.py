from __future__ import annotations

import re

import pytest
from django.template.loader import render_to_string
from django.utils.translation import override

from movie.models import Movie
from movie.ways import path_steps, ways_of
from pytorch_models.reasons import Node, NodeKind, ReasonPath

HEAT = Movie(id=6, title="Heat <&>", title_ko="히트")
COLLATERAL = Movie(id=8861, title="Collateral")
MOVIES = {6: HEAT, 8861: COLLATERAL}
VISITOR = Node("visitor", "")


def path(kind: NodeKind, key: int | str, *, weight: float = 1.0, moved: bool = False) -> ReasonPath:
    return ReasonPath((VISITOR, Node("movie", 6), Node(kind, key), Node("movie", 8861)), weight, moved)


@pytest.mark.parametrize(
    ("kind", "key", "korean", "english"),
    [
        ("director", "Michael Mann", "감독 Michael Mann", "director Michael Mann"),
        ("writer", "Michael Mann", "각본 Michael Mann", "writer Michael Mann"),
        ("cast", "Al Pacino", "배우 Al Pacino", "actor Al Pacino"),
        ("genre", "Crime", "장르 범죄", "genre Crime"),
        ("user", 1, "두 영화를 함께 본 다른 사람 1명", "1 other person who has both"),
        ("user", 37, "두 영화를 함께 본 다른 사람 37명", "37 other people who have both"),
    ],
)
def test_each_kind_of_step_has_its_words(kind: NodeKind, key: int | str, korean: str, english: str) -> None:
    for language, expected in (("ko", f"히트 → {korean} → Collateral"), ("en", f"Heat <&> → {english} → Collateral")):
        with override(language):
            assert " → ".join(map(str, path_steps(path(kind, key), MOVIES))) == expected


def test_a_movie_that_the_catalogue_has_no_more_is_told_by_its_number() -> None:
    with override("en"):
        assert str(path_steps(path("cast", "Al Pacino"), {})[0]) == "Movie 6 (no longer listed)"


def test_a_way_s_share_is_of_the_strongest_one() -> None:
    ways = ways_of((path("cast", "A", weight=0.4, moved=True), path("cast", "B", weight=0.1)), MOVIES)
    assert [(way.share, way.moved) for way in ways] == [(1.0, True), (0.25, False)]
    assert ways_of((), MOVIES) == []


@pytest.mark.parametrize(
    ("language", "you", "moves"), [("ko", "당신", "순위가 바뀝니다"), ("en", "You", "rank depends")]
)
def test_the_snippet_tells_a_way_with_links_and_escapes_what_it_is_given(language: str, you: str, moves: str) -> None:
    with override(language):
        [way] = ways_of((path("director", "<b>Mann", moved=True),), MOVIES)
        html = render_to_string("movie/_path.html", {"path": way})
        still = render_to_string("movie/_path.html", {"path": ways_of((path("cast", "A"),), MOVIES)[0]})
    text = " ".join(re.sub(r"<[^>]+>", "", html).split())
    assert text.startswith(f"{you} → ‹") and "&lt;b&gt;Mann → ‹Collateral›" in text
    assert 'href="/movie/6/"' in html and 'href="/movie/8861/"' in html and "<b>" not in html
    assert moves in html and moves not in still
    assert "style=" not in html
