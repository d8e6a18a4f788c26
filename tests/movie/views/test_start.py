"""The first visit: the invitation, the grid, picks that are ordinary clicks, and what they lead to."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from movie.clicks import click_log
from movie.clicks.base import ClickLogError
from movie.models import Click, FeedEvent, Outbox
from movie.predictors.ngcf_predictor import ngcf_predictor
from movie.services.first_visit import GRID
from movie.visitors import Visitor
from pytorch_models.history import History
from tests.movie.views.test_history import click
from tests.worlds import FIRST_ID, block_of

pytestmark = pytest.mark.django_db


def grid(html: str) -> list[int]:
    return [int(value) for value in re.findall(r'<button name="movie_id" value="(\d+)"', html)]


def hidden_fields(html: str) -> dict[str, str]:
    form = html.partition('<ul class="grid">')[0].rpartition("<form")[2]
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))


def start(client: Client, query: str = "") -> str:
    response = client.get(f"/movie/start/{query}")
    assert response.status_code == 200
    return response.content.decode()


def test_the_grid_is_the_models_and_as_varied(client: Client, movies: None, weights: None) -> None:
    shown = grid(start(client))
    assert shown == ngcf_predictor.to_ask(History.of_clicks([]), k=GRID, beside=[])
    assert {block_of(movie_id) for movie_id in shown} == {0, 1, 2, 3}


def test_a_pick_is_an_ordinary_click_and_the_others_stay_in_their_places(
    client: Client, movies: None, weights: None, visitor: Visitor
) -> None:
    html = start(client)
    shown, fields = grid(html), hidden_fields(html)
    response = client.post("/movie/start/", fields | {"movie_id": shown[3]})
    assert response.status_code == 303
    after = grid(client.get(response["Location"]).content.decode())
    assert after[:3] + after[4:] == shown[:3] + shown[4:] and after[3] not in shown
    [event] = click_log().history(visitor.owner, limit=9)
    assert (event.kind, event.movie_id, event.page_url) == ("click", shown[3], "/movie/start/")
    assert FeedEvent.objects.count() == Outbox.objects.count() == 1


def test_the_same_form_and_movie_are_one_click_and_another_movie_is_another(
    client: Client, movies: None, visitor: Visitor
) -> None:
    html = start(client)
    shown, fields = grid(html), hidden_fields(html)
    for movie_id in (shown[0], shown[0], shown[1], shown[0]):
        client.post("/movie/start/", fields | {"movie_id": movie_id})
    assert sorted(event.movie_id for event in click_log().history(visitor.owner, limit=9)) == sorted(shown[:2])


def test_a_page_that_stood_open_for_weeks_still_picks(client: Client, movies: None, visitor: Visitor) -> None:
    fields = hidden_fields(start(client)) | {"form_id": "01800000-0000-7000-8000-000000000000"}
    assert client.post("/movie/start/", fields | {"movie_id": FIRST_ID}).status_code == 303
    assert Click.objects.count() == 1


def test_the_fifth_pick_leads_to_the_ten(client: Client, movies: None, weights: None, visitor: Visitor) -> None:
    for n in range(5):
        html = start(client)
        assert f"5편 중 {n}편" in html
        response = client.post("/movie/start/", hidden_fields(html) | {"movie_id": grid(html)[0]})
    assert response["Location"] == "/movie/ngcf/"
    assert "클릭 5개로 만든 목록" in client.get("/movie/ngcf/").content.decode()
    assert "다 고르셨습니다" in start(client)
    html = start(client)
    response = client.post(
        "/movie/start/", hidden_fields(html) | {"movie_id": grid(html)[0]}, headers={"HX-Request": "true"}
    )
    assert (response.status_code, response["HX-Redirect"]) == (200, "/movie/ngcf/")


def test_picks_inform_the_grid(client: Client, movies: None, weights: None, visitor: Visitor) -> None:
    before = [block_of(movie_id) for movie_id in grid(start(client))]
    click(client, FIRST_ID, FIRST_ID + 1, FIRST_ID + 2)
    shown = grid(start(client))
    assert [block_of(movie_id) for movie_id in shown].count(0) > before.count(0)
    assert not {FIRST_ID, FIRST_ID + 1, FIRST_ID + 2} & set(shown)


def test_what_was_looked_at_does_not_come_again(client: Client, movies: None, weights: None) -> None:
    html = start(client)
    others = re.search(r'class="button" href="(\?past=[\d.]+)"', html)
    assert others
    second = grid(start(client, others[1]))
    assert len(second) == GRID and not set(second) & set(grid(html))


def test_without_weights_the_grid_has_every_genre(client: Client, movies: None) -> None:
    shown = grid(start(client))
    assert len(shown) == GRID
    assert {block_of(movie_id) for movie_id in shown if movie_id < 9_000} == {0, 1, 2, 3}


def test_hidden_and_seen_movies_are_not_asked_for(
    client: Client, movies: None, weights: None, visitor: Visitor
) -> None:
    first = grid(start(client))[0]
    client.post("/log_hide/", {"movie_id": first}, content_type="application/json")
    html = start(client)
    assert first not in grid(html) and "5편 중 0편" in html


def test_when_all_was_looked_at_it_says_so(client: Client, movies: None, weights: None) -> None:
    everything = ".".join(map(str, [*range(FIRST_ID, FIRST_ID + 80)]))
    html = start(client, f"?past={everything}")
    assert not grid(html) and "더 여쭤볼 영화가 없습니다" in html


@pytest.mark.parametrize("query", ["?shown=x.1.99999999999999999999", "?past=" + "1." * 5_000, "?shown=\0&past=-1"])
def test_an_address_that_makes_no_sense_is_no_error(client: Client, movies: None, query: str) -> None:
    assert len(grid(start(client, query))) == GRID


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, 400),
        ({"form_id": "x", "movie_id": FIRST_ID}, 400),
        ({"movie_id": FIRST_ID}, 400),
        ({"form_id": "7f2c1d6e-8a53-4f0e-9d0a-1d2b3c4d5e6f", "movie_id": FIRST_ID}, 400),
        ({"form_id": "ffffffff-ffff-7fff-bfff-ffffffffffff", "movie_id": FIRST_ID}, 400),
        ({"form_id": "01900000-0000-7000-8000-000000000000", "movie_id": 12345678}, 404),
    ],
)
def test_a_pick_that_makes_no_sense_is_refused(
    client: Client, movies: None, fields: dict[str, object], status: int
) -> None:
    assert client.post("/movie/start/", fields).status_code == status
    assert not Click.objects.exists()


def test_a_log_that_is_away_asks_to_try_again(client: Client, movies: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(self: object, *args: object, **kwargs: object) -> None:
        raise ClickLogError("down")

    monkeypatch.setattr("movie.clicks.database.DatabaseClickLog.history", away)
    response = client.get("/movie/start/")
    assert (response.status_code, response["Retry-After"]) == (503, "2")


def test_who_has_no_click_is_invited_until_they_say_no(client: Client, movies: None) -> None:
    invitation = 'id="invitation"'
    assert invitation in client.get("/").content.decode()
    other = Client()
    other.get("/")
    click(other, FIRST_ID)
    assert invitation not in other.get("/").content.decode()
    response = client.post("/movie/start/later/")
    assert (response.status_code, response["Location"]) == (303, "/")
    assert invitation not in client.get("/").content.decode()
    assert client.get("/movie/start/later/").status_code == 405
    assert start(client), "the page itself is still there"


def test_ngcf_says_that_it_gets_better_and_how_many_clicks_it_has(
    client: Client, movies: None, weights: None, visitor: Visitor
) -> None:
    click(client, FIRST_ID, FIRST_ID + 1, FIRST_ID + 2)
    html = client.get("/movie/ngcf/", headers={"Accept-Language": "en"}).content.decode()
    said = re.sub(r"\s+", " ", re.findall(r'<p class="better">(.*?)</p>', html, re.DOTALL)[0])
    assert said.startswith("This list comes from 3 clicks, and every further one makes it better.")
    assert re.search(
        r"fitted \d+ % better than the most popular movies after 3 clicks, and \d+ % better after 5\.", said
    )
    assert 'href="/movie/start/"' in said
