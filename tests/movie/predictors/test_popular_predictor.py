from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import OperationalError, connection
from pytest_django import Settings

from movie.catalogue.load import load
from movie.models import FeedEvent, Movie
from movie.predictors.popular_predictor import popular_predictor, trending_predictor
from pytorch_models.base import NotFittedError
from pytorch_models.history import History
from tests.worlds import FIRST_ID, catalogue

pytestmark = pytest.mark.django_db
NOBODY = History((), frozenset())
NOW = datetime.now(UTC)


def by_popularity() -> list[int]:
    return list(Movie.objects.order_by("-popularity", "id").values_list("id", flat=True))


def did(visitor: str, movie_id: int, kind: str = "click", **fields: object) -> None:
    """An event in the training feed, one hour ago from the home page unless told otherwise."""
    row = {"at": NOW - timedelta(hours=1), "page_url": "/"} | fields
    FeedEvent.objects.create(
        owner=f"visitor#{visitor}", visitor_id=visitor, event_id=uuid4(), movie_id=movie_id, kind=kind, **row
    )


def trending() -> list[int]:
    return trending_predictor.answer(NOBODY).movie_ids


def test_the_best_liked_come_first_and_a_visitors_own_movies_stay_away(movies: None) -> None:
    order = by_popularity()
    assert popular_predictor.answer(NOBODY).movie_ids == order[:10]
    seen = [order[0], order[4], 10**9]
    answer = popular_predictor.answer(History.of_clicks(seen))
    assert answer.movie_ids == [movie_id for movie_id in order if movie_id not in seen][:10]
    assert answer.receipt.model == "popular" and answer.receipt.checkpoint


def test_it_has_no_reason_of_its_own_to_a_visitor(movies: None) -> None:
    [reason] = popular_predictor.explain(History.of_clicks([FIRST_ID]), [FIRST_ID + 1])
    assert reason.measure == "popularity" and not reason.clicks


def test_another_catalogue_is_taken_up(movies: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("movie.predictors.base.LOOK_SECONDS", 0.0)
    before = popular_predictor.answer(NOBODY)
    Movie.objects.filter(id=by_popularity()[40]).update(popularity=99)
    assert popular_predictor.answer(NOBODY).items == before.items  # no load, no look at the whole table
    load(catalogue())
    Movie.objects.filter(id=FIRST_ID + 40).update(popularity=99)
    assert popular_predictor.answer(NOBODY).movie_ids[0] == FIRST_ID + 40


def test_without_movies_it_says_what_to_run() -> None:
    with pytest.raises(NotFittedError, match="load_movies"):
        popular_predictor.answer(NOBODY)


def test_a_database_that_is_away_leaves_what_was_read(movies: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("movie.predictors.base.LOOK_SECONDS", 0.0)

    def away(*args: object) -> None:
        raise OperationalError("gone away")

    with connection.execute_wrapper(away), pytest.raises(NotFittedError, match="cannot be read"):
        popular_predictor.answer(NOBODY)
    before = popular_predictor.answer(NOBODY).items
    with connection.execute_wrapper(away):
        assert popular_predictor.answer(NOBODY).items == before


def test_trending_counts_visitors_and_not_their_clicks(movies: None) -> None:
    for _ in range(5):
        did("a", FIRST_ID)
    did("a", FIRST_ID + 1)
    did("b", FIRST_ID + 1)
    did("b", FIRST_ID + 2)
    did("c", FIRST_ID + 2, "star", star=9)
    did("c", FIRST_ID + 3)
    popularity = dict(Movie.objects.values_list("id", "popularity"))
    ties = [[FIRST_ID + 1, FIRST_ID + 2], [FIRST_ID, FIRST_ID + 3]]
    assert trending() == [movie for tie in ties for movie in sorted(tie, key=lambda each: -popularity[each])]
    assert FIRST_ID + 1 not in trending_predictor.answer(History.of_clicks([FIRST_ID + 1])).movie_ids


def test_what_a_visitor_took_back_or_a_robot_did_counts_for_nothing(movies: None) -> None:
    did("a", FIRST_ID, at=NOW - timedelta(hours=3))
    did("a", FIRST_ID, "hide")
    did("b", FIRST_ID + 1, at=NOW - timedelta(hours=3))
    did("b", FIRST_ID + 1, "star", star=2)
    did("robot", FIRST_ID + 2, page_url="")
    did("c", FIRST_ID + 3, model="trending", page_url="/movie/trending/")
    did("d", FIRST_ID + 4, model="ngcf", page_url="/movie/ngcf/")
    assert trending() == [FIRST_ID + 4]


def test_only_the_last_days_count(movies: None, settings: Settings) -> None:
    settings.TRENDING_DAYS = 2
    did("a", FIRST_ID, at=NOW - timedelta(days=3))
    did("a", FIRST_ID + 1, at=NOW - timedelta(days=1))
    assert trending() == [FIRST_ID + 1]


def test_where_nobody_did_anything_there_is_no_list_and_no_error(movies: None) -> None:
    assert trending() == []


def imported_with(module: str) -> set[str]:
    """The top packages that a process has after it imported `module` alone."""
    code = f"import django; django.setup(); import {module}, sys; print(*sys.modules)"
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    return {name.partition(".")[0] for name in done.stdout.split()}


def test_it_needs_no_torch() -> None:
    found = imported_with("movie.services.fallback")
    assert "numpy" in found and not found & {"torch", "dgl"}


def test_the_reason_of_these_days_is_how_many_visitors_chose_it(movies: None) -> None:
    did("a", FIRST_ID)
    did("b", FIRST_ID)
    did("b", FIRST_ID + 1)
    reasons = trending_predictor.explain(NOBODY, [FIRST_ID, FIRST_ID + 1, FIRST_ID + 2])
    assert [(reason.measure, reason.visitors) for reason in reasons] == [
        ("trending", 2),
        ("trending", 1),
        ("trending", 0),
    ]
