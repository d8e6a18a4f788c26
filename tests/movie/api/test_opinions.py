from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from movie.clicks import click_log
from movie.clicks.base import new_event_id
from movie.models import Click
from movie.visitors import Visitor
from tests.movie.api.conftest import API
from tests.worlds import FIRST_ID

pytestmark = pytest.mark.django_db


def fresh_id(*, ago: timedelta = timedelta(0)) -> str:
    return str(new_event_id(at=datetime.now(UTC) - ago, entropy=os.urandom(10)))


def test_a_click_is_logged_once_however_often_it_is_sent(api: API, movies: None, visitor: Visitor) -> None:
    body = {"movie_id": FIRST_ID, "event_id": fresh_id(), "page_url": "/movie/ngcf/", "model": "ngcf", "rank": 3}
    answers = [api.send("POST", "clicks", body) for _ in range(3)]
    assert [(each.status_code, each.json()) for each in answers] == [
        (201, {"event_id": body["event_id"], "movie_id": FIRST_ID})
    ] * 3
    (logged,) = click_log().history(visitor.owner, limit=9)
    assert (logged.movie_id, logged.page_url, logged.model, logged.rank) == (FIRST_ID, "/movie/ngcf/", "ngcf", 3)


def test_a_wrong_clock_is_told_the_time(api: API, movies: None) -> None:
    response = api.send("POST", "clicks", {"movie_id": FIRST_ID, "event_id": fresh_id(ago=timedelta(days=30))})
    assert (response.status_code, response.json()["type"]) == (422, "/api/v1/problems#wrong-clock")
    assert abs(response.json()["now"] / 1000 - datetime.now(UTC).timestamp()) < 10


def test_a_star_is_given_changed_and_taken_back(api: API, movies: None) -> None:
    for star in (3, 9):
        assert api.send("PUT", f"movies/{FIRST_ID}/star", {"star": star}).json()["star"] == star
    assert api.get("stars").json() == {"stars": [{"movie_id": FIRST_ID, "star": 9}], "hidden": []}
    assert api.send("DELETE", f"movies/{FIRST_ID}/star?event_id={fresh_id()}&page_url=/").status_code == 204
    assert api.get("stars").json() == {"stars": [], "hidden": []}


def test_a_movie_is_hidden_and_shown_again(api: API, movies: None, visitor: Visitor) -> None:
    first = api.get("movies").json()["movies"][0]["id"]
    assert api.send("PUT", f"movies/{first}/hidden", {}).status_code == 200
    assert api.get("stars").json()["hidden"] == [first]
    assert api.get("movies").json()["movies"][0]["id"] != first
    assert api.send("DELETE", f"movies/{first}/hidden").status_code == 204
    assert api.get("movies").json()["movies"][0]["id"] == first and click_log().count(visitor.owner) == 0


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "clicks", {"movie_id": 123456789}),
        ("PUT", "movies/123456789/star", {"star": 1}),
        ("DELETE", "movies/123456789/star", None),
        ("PUT", "movies/123456789/hidden", {}),
    ],
)
def test_an_unknown_movie_is_not_found(api: API, movies: None, method: str, path: str, body: object) -> None:
    assert api.send(method, path, body).status_code == 404
    assert not Click.objects.exists()


def test_without_the_csrf_token_nothing_changes_and_with_it_does(movies: None) -> None:
    strict = API(Client(enforce_csrf_checks=True))
    requests = [
        ("POST", "clicks", {"movie_id": FIRST_ID}),
        ("PUT", f"movies/{FIRST_ID}/star", {"star": 1}),
        ("DELETE", f"movies/{FIRST_ID}/star", None),
        ("PUT", f"movies/{FIRST_ID}/hidden", {}),
        ("DELETE", f"movies/{FIRST_ID}/hidden", None),
        ("DELETE", "history", None),
        ("DELETE", f"history/{fresh_id()}", None),
        ("POST", "history/restore", {"undo": "x"}),
    ]
    for request in requests:
        response = strict.send(*request)
        assert (response.status_code, response.json()["type"]) == (403, "/api/v1/problems#csrf"), request
    assert not Click.objects.exists()
    token = strict.get("me").json()["csrf_token"]
    answers = [strict.send(*request, **{"X-CSRFToken": token}).status_code for request in requests]
    assert answers == [201, 200, 204, 200, 204, 200, 404, 410]


def test_a_star_of_another_is_nobodys(api: API, movies: None) -> None:
    api.send("PUT", f"movies/{FIRST_ID}/star", {"star": 9})
    other = API(Client())
    assert other.get("stars").json()["stars"] == []
    other.send("DELETE", f"movies/{FIRST_ID}/star")
    assert api.get("stars").json()["stars"] == [{"movie_id": FIRST_ID, "star": 9}]
