from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from threading import Event

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, connections
from django.test import Client
from pytest_django import Settings

from movie.models import Fallback, ListShown, Movie
from movie.predictors.ngcf_predictor import ngcf_predictor
from movie.predictors.popular_predictor import popular_predictor
from movie.selectors import fallbacks
from movie.services.fallback import _count, answer_of
from movie.visitors import Visitor
from pytorch_models.base import Answer, NotFittedError
from pytorch_models.history import History
from tests.movie.services.test_lists import list_id
from tests.movie.views.test_history import click
from tests.movie.views.test_models import ranked
from tests.worlds import FIRST_ID

CLICKED = History.of_clicks([FIRST_ID])


def counted() -> dict[tuple[str, str], int]:
    return {(row.model, row.reason): row.count for row in fallbacks(since=datetime.now(UTC).date())}


@pytest.fixture
def hanging(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Iterator[None]:
    """NGCF hangs until the test is over."""
    settings.MODEL_BUDGET_MS = 50
    gate = Event()
    monkeypatch.setattr(ngcf_predictor, "answer", lambda history, *, k: gate.wait())
    yield
    gate.set()


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(history: History, *, k: int) -> Answer:
        raise FloatingPointError("no number")

    monkeypatch.setattr(ngcf_predictor, "answer", fails)


@pytest.mark.django_db
def test_a_model_that_can_answer_does(movies: None, weights: None) -> None:
    given = answer_of("ngcf", CLICKED)
    assert (given.model, given.fell_back) == ("ngcf", "")
    assert given.answer.items == ngcf_predictor.answer(CLICKED).items
    assert counted() == {}


@pytest.mark.django_db
@pytest.mark.parametrize(("broken", "why"), [("hanging", "slow"), ("failing", "error"), ("own_folders", "missing")])
def test_popularity_stands_in_for_one_that_cannot_and_is_counted(
    movies: None, broken: str, why: str, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue(broken)
    for n in (1, 2):
        given = answer_of("ngcf", CLICKED)
        assert (given.model, given.fell_back) == ("popular", why)
        assert given.answer.movie_ids == popular_predictor.answer(CLICKED).movie_ids
        assert counted() == {("ngcf", why): n}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("broken", "said"),
    [("hanging", "제때 답하지 못해"), ("failing", "문제가 생겨"), ("own_folders", "아직 학습되지 않아")],
)
def test_the_page_says_so_and_shows_ten_popular_movies(
    client: Client, movies: None, visitor: Visitor, broken: str, said: str, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue(broken)
    click(client, FIRST_ID)
    response = client.get("/movie/ngcf/")
    html = response.content.decode()
    assert response.status_code == 200 and said in html and "data-retrain-ms" not in html
    assert ranked(html) == list(enumerate(popular_predictor.answer(CLICKED).movie_ids, start=1))
    assert html.count('data-model="popular"') == 10  # what is clicked or starred is popularity's


@pytest.mark.django_db
def test_without_a_movie_to_show_there_is_nothing_to_stand_in() -> None:
    with pytest.raises(NotFittedError):
        answer_of("ngcf", CLICKED)


@pytest.mark.django_db(transaction=True)
def test_a_count_that_cannot_be_written_costs_nobody_the_list(movies: None) -> None:
    popular_predictor.answer(CLICKED)

    def locked(execute: Callable[..., object], sql: str, *args: object) -> object:
        if "movie_fallback" in sql:
            raise OperationalError("database is locked")
        return execute(sql, *args)

    with connection.execute_wrapper(locked):
        assert len(answer_of("ngcf", CLICKED).answer.items) == 10
    assert counted() == {}


@pytest.mark.django_db(transaction=True)
def test_eight_at_once_lose_no_count() -> None:
    def one(_: int) -> None:
        _count("ngcf", "slow")
        connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(40)))
    assert counted() == {("ngcf", "slow"): 40}


@pytest.mark.django_db
def test_counts_are_read_by_day() -> None:
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(3)]
    Fallback.objects.bulk_create([Fallback(day=day, model="mf", reason="slow", count=2) for day in days])
    assert [row.day for row in fallbacks(since=days[1])] == days[1:]


@pytest.mark.django_db
def test_the_list_is_kept_as_popularitys_on_that_page_and_can_be_made_again(
    client: Client, movies: None, visitor: Visitor
) -> None:
    click(client, FIRST_ID)
    html = client.get("/movie/ngcf/").content.decode()
    row = ListShown.objects.get()
    assert (str(row.list_id), row.model, row.instead) == (list_id(html), "ngcf", "popular")
    [part] = row.receipt["parts"]
    assert (part["model"], part["checkpoint"]) == ("popular", popular_predictor.recommender().checkpoint)

    out = StringIO()
    call_command("replay", str(row.list_id), stdout=out)
    assert "The same 10 movies" in out.getvalue()
    Movie.objects.filter(id=FIRST_ID + 50).update(popularity=99)
    popular_predictor.forget()
    with pytest.raises(CommandError, match="popular goes by what the tables say"):
        call_command("replay", str(row.list_id))
