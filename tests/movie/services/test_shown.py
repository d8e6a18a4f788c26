"""Why a movie was recommended: the newest list that had it, by the clicks of that list."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from pytest_django import Settings

from movie import services
from movie.clicks import click_log
from movie.clicks.base import ClickLogError
from movie.models import ListShown, Movie
from movie.predictors.ngcf_predictor import ngcf_predictor
from movie.predictors.registry import PREDICTORS
from movie.visitors import Visitor
from pytorch_models.history import History
from tests.movie import second
from tests.movie.services.test_lists import click_in, list_id, ten
from tests.movie.views.test_history import click
from tests.movie.views.test_models import ranked
from tests.worlds import FIRST_ID

pytestmark = pytest.mark.django_db
CLICKS = [FIRST_ID, FIRST_ID + 3, FIRST_ID + 45]
SHOWN = re.compile(r'data-shown-in="([^"]+)" data-shown-rank="(\d+)"')


@pytest.fixture(autouse=True)
def site(movies: None, weights: None) -> None:
    pass


def detail(client: Client, movie_id: int) -> str:
    return client.get(f"/movie/{movie_id}/", headers={"Accept-Language": "en"}).content.decode()


def why(client: Client, movie_id: int, **headers: str) -> str:
    response = client.get(f"/movie/{movie_id}/why/", headers={"Accept-Language": "en", **headers})
    assert response.status_code == 200
    return response.content.decode()


def test_a_movies_page_names_the_newest_list_that_had_it(client: Client, visitor: Visitor) -> None:
    click(client, *CLICKS[:2])
    ten(client)
    click(client, CLICKS[2])
    movie = dict(ranked(ten(client)))[4]
    assert SHOWN.findall(detail(client, movie)) == [("NGCF", "4")]
    assert "Why was this recommended to me?" in detail(client, movie)


def test_the_reason_is_the_lists_own_also_after_the_movie_was_clicked(client: Client, visitor: Visitor) -> None:
    click(client, *CLICKS)
    html = ten(client)
    movie = click_in(client, html, 2)
    click(client, FIRST_ID + 11)
    [expected] = ngcf_predictor.explain(History.of_clicks(CLICKS), [movie])
    whole = sum(each.weight for each in expected.clicks)
    told = [(each.movie_id, round(100 * each.weight / whole)) for each in expected.clicks]
    for page in (why(client, movie), why(client, movie, **{"HX-Request": "true"})):
        found = re.findall(r'data-carried="(\d+)" data-percent="(\d+)"', page)
        assert [(int(click_id), int(percent)) for click_id, percent in found] == told
    assert str(movie) not in {click_id for click_id, _ in re.findall(r'data-carried="(\d+)"()', why(client, movie))}


def test_a_movie_that_was_in_no_list_has_no_such_reason(client: Client, visitor: Visitor) -> None:
    click(client, *CLICKS)
    ten(client)
    assert SHOWN.findall(detail(client, 9_000)) == []
    for movie_id in (9_000, 1, 2**70):
        assert client.get(f"/movie/{movie_id}/why/").status_code == 404


def test_nobody_sees_what_another_was_shown(client: Client, visitor: Visitor) -> None:
    click(client, *CLICKS)
    movie = dict(ranked(ten(client)))[1]
    other = Client()
    other.get("/")
    assert SHOWN.findall(detail(other, movie)) == [] and other.get(f"/movie/{movie}/why/").status_code == 404


def test_after_deleting_the_history_nothing_is_left_to_tell(client: Client, visitor: Visitor) -> None:
    click(client, *CLICKS)
    movie = dict(ranked(ten(client)))[1]
    client.post("/movie/history/clear/")
    assert SHOWN.findall(detail(client, movie)) == []


def test_a_list_whose_clicks_were_taken_back_says_that_it_cannot_tell(client: Client, visitor: Visitor) -> None:
    click(client, CLICKS[0])
    movie = dict(ranked(ten(client)))[1]
    shown = services.shown_in(visitor=visitor, movie_id=movie)
    assert shown is not None
    click(client, FIRST_ID + 50)
    for event in click_log().history(visitor.owner, limit=9):
        if event.movie_id == CLICKS[0]:
            services.click_remove(visitor=visitor, event_id=event.event_id)
    assert services.why_shown(shown, visitor=visitor, movie=Movie.objects.get(id=movie)) is None


def test_a_model_that_stood_in_is_named(client: Client, visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    click(client, *CLICKS)
    monkeypatch.setattr(type(ngcf_predictor), "answer", lambda *args, **kwargs: 1 // 0)
    movie = dict(ranked(ten(client)))[1]
    assert SHOWN.findall(detail(client, movie)) == [("Popularity", "1")]
    assert 'data-measure="popularity"' in why(client, movie)


def test_a_mix_does_not_say_which_model_picked_what_until_it_is_asked_why(
    client: Client, visitor: Visitor, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    second.register(monkeypatch)
    second.train()
    settings.MIX_MODELS = ["ngcf", "second"]
    click(client, *CLICKS)
    html = client.get("/movie/mix/").content.decode()
    assert list_id(html)
    for rank, movie in ranked(html):
        assert SHOWN.findall(detail(client, movie)) == [("Mix", str(rank))]
        reason, team = why(client, movie), ListShown.objects.get().teams[rank - 1]
        assert "data-why" in reason and f"Picked by: {PREDICTORS[team].label}<" in reason


def test_a_model_that_knows_the_movie_no_more_says_that_it_cannot_tell(
    client: Client, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    click(client, *CLICKS)
    movie = dict(ranked(ten(client)))[1]
    monkeypatch.setattr(type(ngcf_predictor), "explain", lambda *args, **kwargs: 1 // 0)
    assert "The model cannot say why" in why(client, movie)


def test_a_click_log_that_is_away_is_said(client: Client, visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(self: object, *args: object, **kwargs: object) -> None:
        raise ClickLogError("down")

    click(client, *CLICKS)
    movie = dict(ranked(ten(client)))[1]
    monkeypatch.setattr("movie.clicks.database.DatabaseClickLog.history", away)
    assert SHOWN.findall(detail(client, movie)) == [("NGCF", "1")]
    assert "cannot be reached just now" in why(client, movie)
