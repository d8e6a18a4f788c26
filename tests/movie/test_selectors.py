from __future__ import annotations

import pytest

from movie.events import journal
from movie.selectors import feed_interactions
from tests.movie.events.contract import V1, V2, event

pytestmark = pytest.mark.django_db


def test_the_feed_gives_what_was_not_taken_back() -> None:
    done: list[tuple[int, str, int | None]] = [
        (10, "click", None),
        (10, "star", 4),
        (10, "click", None),
        (10, "star", 9),
        (20, "click", None),
        (20, "star", 3),
        (20, "unstar", None),
        (30, "click", None),
        (30, "star", 8),
        (30, "hide", None),
        (40, "hide", None),
        (40, "click", None),
    ]
    for minute, (movie_id, kind, star) in enumerate(done):
        journal.click(event(movie_id, minute=minute, kind=kind, star=star))
    journal.click(event(30, visitor="v2"))
    found = [(each.owner, each.movie_id, each.kind, each.star) for each in feed_interactions()]
    assert found == [
        (V1, 10, "click", None),
        (V1, 10, "click", None),
        (V1, 10, "star", 9),
        (V1, 20, "click", None),
        (V1, 40, "click", None),
        (V2, 30, "click", None),
    ]


def test_it_tells_whose_recommendation_was_clicked() -> None:
    journal.click(event(10))
    (found,) = feed_interactions()
    assert (found.model, found.page_url) == ("ngcf", "/movie/ngcf/")
