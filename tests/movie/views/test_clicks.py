from __future__ import annotations

import json
import os
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from movie.clicks import click_log
from movie.clicks.base import ClickLogError, new_event_id
from movie.models import Click
from movie.visitors import Visitor
from tests.worlds import FIRST_ID

pytestmark = pytest.mark.django_db


def fresh_id(*, ago: timedelta = timedelta(0)) -> str:
    return str(new_event_id(at=datetime.now(UTC) - ago, entropy=os.urandom(10)))


def send(client: Client, body: Any) -> Any:
    text = body if isinstance(body, str | bytes) else json.dumps(body)
    return client.post("/log_click/", text, content_type="application/json")


def test_a_click_as_json_is_logged_with_where_it_came_from(client: Client, movies: None, visitor: Visitor) -> None:
    event_id = fresh_id()
    body = {"movie_id": FIRST_ID, "event_id": event_id, "page_url": "/movie/ngcf/", "model": "ngcf", "rank": 3}
    response = send(client, body)
    assert (response.status_code, response.json()) == (201, {"event_id": event_id})
    logged = click_log().history(visitor.owner, limit=9)[0]
    assert (logged.movie_id, logged.page_url, logged.model, logged.rank) == (FIRST_ID, "/movie/ngcf/", "ngcf", 3)
    assert abs(logged.at - datetime.now(UTC)) < timedelta(seconds=10)


def test_a_click_as_a_form_opens_the_movie(client: Client, movies: None, visitor: Visitor) -> None:
    response = client.post("/log_click/", {"movie_id": FIRST_ID})
    assert (response.status_code, response["Location"]) == (303, f"/movie/{FIRST_ID}/")
    assert click_log().count(visitor.owner) == 1


def test_the_same_event_sent_again_is_logged_once(client: Client, movies: None, visitor: Visitor) -> None:
    body = {"movie_id": FIRST_ID, "event_id": fresh_id()}
    assert [send(client, body).status_code for _ in range(3)] == [201] * 3
    assert click_log().count(visitor.owner) == 1


def test_loading_a_movies_page_logs_nothing(client: Client, movies: None, visitor: Visitor) -> None:
    for _ in range(3):
        client.get(f"/movie/{FIRST_ID}/")
    assert click_log().count(visitor.owner) == 0


def test_without_the_csrf_token_nothing_is_logged(movies: None) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert send(strict, {"movie_id": FIRST_ID}).status_code == 403
    assert strict.post("/movie/history/clear/").status_code == 403
    assert not Click.objects.exists()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("{", "JSON object"),
        ("[" * 60_000, "JSON object"),
        ('{"movie_id": 100, "page_url": "' + "x" * 70_000 + '"}', "small body"),
        (b"\xff\xfe", "JSON object"),
        ("[1]", "JSON object"),
        ({}, "'movie_id'"),
        ({"movie_id": None}, "'movie_id'"),
        ({"movie_id": "12x"}, "'movie_id'"),
        ({"movie_id": 1.5}, "'movie_id'"),
        ({"movie_id": True}, "'movie_id'"),
        ({"movie_id": [1]}, "'movie_id'"),
        ({"movie_id": 10**30}, "'movie_id'"),
        ({"movie_id": FIRST_ID, "event_id": "abc"}, "'event_id'"),
        ({"movie_id": FIRST_ID, "event_id": 5}, "'event_id'"),
        ({"movie_id": FIRST_ID, "event_id": "7f2c1d6e-8a53-4f0e-9d0a-1d2b3c4d5e6f"}, "UUIDv7"),
        ({"movie_id": FIRST_ID, "page_url": "x" * 501}, "'page_url'"),
        ({"movie_id": FIRST_ID, "model": {"a": 1}}, "'model'"),
        ({"movie_id": FIRST_ID, "model": "\ud800"}, "'model'"),
        ({"movie_id": FIRST_ID, "model": "<b>"}, "'model'"),
        ({"movie_id": FIRST_ID, "list_id": "the first"}, "'list_id'"),
        ({"movie_id": FIRST_ID, "list_id": 7}, "'list_id'"),
        ({"movie_id": FIRST_ID, "rank": 0}, "'rank'"),
    ],
)
def test_a_click_that_makes_no_sense_is_refused_with_a_reason(
    client: Client, movies: None, body: Any, reason: str
) -> None:
    response = send(client, body)
    assert response.status_code == 400
    assert reason in response.json()["error"]
    assert not Click.objects.exists()


def test_a_form_that_is_refused_gets_a_page_in_its_language(
    client: Client, movies: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refusal(movie_id: object, language: str) -> tuple[int, list[str]]:
        response = client.post("/log_click/", {"movie_id": movie_id}, headers={"Accept-Language": language})
        return response.status_code, re.findall(r'<p class="notice">(.*?)</p>', response.content.decode())

    def away(self: object, event: object) -> bool:
        raise ClickLogError("down")

    assert refusal("<b>", "ko") == (400, ["보내신 내용을 이해할 수 없습니다. 앞 페이지로 돌아가 다시 시도해 주세요."])
    assert refusal("<b>", "en") == (400, ["What was sent cannot be understood. Please go back and try again."])
    assert refusal(12345678, "ko") == (404, ["그 번호의 영화가 없습니다."])
    monkeypatch.setattr("movie.clicks.database.DatabaseClickLog.put", away)
    assert refusal(FIRST_ID, "ko") == (
        503,
        ["지금은 기록을 쓸 수 없어 저장하지 못했습니다. 잠시 뒤에 다시 시도해 주세요."],
    )


def test_a_wrong_clock_is_told_the_time(client: Client, movies: None) -> None:
    response = send(client, {"movie_id": FIRST_ID, "event_id": fresh_id(ago=timedelta(days=30))})
    assert response.status_code == 400
    assert abs(response.json()["now"] / 1000 - datetime.now(UTC).timestamp()) < 10


def test_an_unknown_movie_is_not_found(client: Client, movies: None) -> None:
    assert send(client, {"movie_id": 12345678}).status_code == 404
    assert not Click.objects.exists()


def test_a_log_that_is_away_asks_to_try_again(client: Client, movies: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(self: object, event: object) -> bool:
        raise ClickLogError("down")

    monkeypatch.setattr("movie.clicks.database.DatabaseClickLog.put", away)
    response = send(client, {"movie_id": FIRST_ID})
    assert (response.status_code, response["Retry-After"]) == (503, "2")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("everybody", ["one visitor", "eight visitors"])
def test_eight_threads_clicking_at_once_lose_nothing(movies: None, everybody: str) -> None:
    """On a real database, each thread with a connection of its own: SQLite has one writer, who must be waited for."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            assert cursor.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    clients = [Client() for _ in range(8)]
    owners = [client.get("/movie/history/panel/").wsgi_request.visitor.owner for client in clients]  # type: ignore[attr-defined]
    if everybody == "one visitor":
        for client in clients[1:]:
            client.cookies["visitor"] = clients[0].cookies["visitor"].value
        owners = owners[:1] * 8
    gate = Barrier(8)

    def click(client: Client) -> set[str]:
        gate.wait()
        try:
            answers = [send(client, {"movie_id": FIRST_ID + i, "event_id": fresh_id()}) for i in range(20)]
        finally:
            connections.close_all()
        assert [answer.status_code for answer in answers] == [201] * 20
        return {answer.json()["event_id"] for answer in answers}

    with ThreadPoolExecutor(8) as pool:
        accepted = list(pool.map(click, clients))
    logged = [{str(event.event_id) for event in click_log().history(owner, limit=999)} for owner in owners]
    assert set.union(*logged) == set.union(*accepted) and Click.objects.count() == 160
    if everybody == "eight visitors":
        assert logged == accepted


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
fields = st.sampled_from(["movie_id", "event_id", "page_url", "list_id", "model", "rank"])


@given(st.dictionaries(fields, json_values | st.just(FIRST_ID), max_size=6))
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_body_makes_the_server_fail(client: Client, movies: None, body: dict[str, Any]) -> None:
    assert send(client, body).status_code in (201, 400, 404)


@given(
    st.dictionaries(fields, st.text(st.characters(codec="utf-8"), max_size=30) | st.just(str(FIRST_ID)), max_size=6)
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_form_makes_the_server_fail(client: Client, movies: None, body: dict[str, str]) -> None:
    assert client.post("/log_click/", body).status_code in (303, 400, 404)
