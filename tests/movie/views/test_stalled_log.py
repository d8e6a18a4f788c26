"""Pages while the click log stalls: a real socket that takes connections and never answers."""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from movie import services
from movie.clicks import click_log
from movie.clicks.base import ClickEvent, new_event_id
from movie.clicks.dynamodb import DynamoDBClickLog
from movie.visitors import Visitor
from tests.services.dynamodb import CREDENTIALS, Dynalite
from tests.services.processes import free_port
from tests.services.proxy import Answer, Forward, Proxy
from tests.services.sockets import Dribbling, Silent
from tests.worlds import FIRST_ID

pytestmark = pytest.mark.django_db
PAGES = {
    "/": 200,
    f"/movie/{FIRST_ID}/": 200,
    "/movie/ngcf/": 200,
    "/movie/history/": 503,
    "/movie/history/panel/": 200,
}
MOST_SECONDS = 0.2
AWAY = {
    "ko": "지금은 기록을 불러올 수 없습니다.",
    "en": "Your history cannot be reached just now.",
}


@pytest.fixture
def log_at(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    settings.CLICKLOG, settings.DYNAMODB_REGION = "dynamodb", "ap-northeast-2"

    def use(url: str) -> None:
        settings.DYNAMODB_ENDPOINT = url
        click_log.cache_clear()
        services.connect()

    return use


@pytest.fixture(params=[Silent, Dribbling])
def stalled(request: pytest.FixtureRequest) -> Iterator[str]:
    with request.param() as server:
        yield server.url


def seconds(client: Client, url: str) -> float:
    """Median of three requests."""
    taken = []
    for _ in range(3):
        start = time.perf_counter()
        assert client.get(url).status_code == PAGES[url]
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def test_a_stalled_log_costs_each_page_at_most_200_ms(
    client: Client, movies: None, log_at: Callable[[str], None], stalled: str
) -> None:
    log_at(f"http://127.0.0.1:{free_port()}")  # refused at once: what a page takes without its log
    alone = {url: seconds(client, url) for url in PAGES}
    log_at(stalled)
    cost = {url: seconds(client, url) - alone[url] for url in PAGES}
    assert max(cost.values()) <= MOST_SECONDS, cost
    assert min(cost.values()) > MOST_SECONDS / 2, cost  # it was waited for: the log did stall


def test_a_stalled_log_holds_up_no_probe(
    client: Client, movies: None, weights: None, log_at: Callable[[str], None], stalled: str
) -> None:
    client.get("/readyz")  # the weights are loaded
    log_at(stalled)
    taken = []
    for _ in range(3):
        start = time.perf_counter()
        response = client.get("/readyz")
        taken.append(time.perf_counter() - start)
        assert (response.status_code, response.json()["click_log"]) == (503, "failed")
    assert min(taken) < 2 * MOST_SECONDS, taken  # the least: this machine may be busy with something else


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_panel_says_so_and_the_page_is_whole(
    client: Client, movies: None, log_at: Callable[[str], None], language: str
) -> None:
    with Silent() as server:
        log_at(server.url)
        for url in PAGES:
            html = client.get(url, headers={"Accept-Language": language}).content.decode()
            assert AWAY[language] in html
        html = client.get("/", headers={"Accept-Language": language}).content.decode()
        assert html.count("data-movie-id") == 24
        html = client.get("/movie/ngcf/", headers={"Accept-Language": language}).content.decode()
        assert html.count("data-movie-id") == 24 and html.count(AWAY[language]) == 2


def test_a_click_is_answered_503_within_seconds_and_then_at_once(
    client: Client, movies: None, log_at: Callable[[str], None]
) -> None:
    with Silent() as server:
        log_at(server.url)
        for most in (4, MOST_SECONDS):
            start = time.monotonic()
            response = client.post("/log_click/", json.dumps({"movie_id": FIRST_ID}), content_type="application/json")
            assert (response.status_code, response["Retry-After"]) == (503, "2")
            assert time.monotonic() - start < most


def test_removing_is_answered_503_too(client: Client, movies: None, log_at: Callable[[str], None]) -> None:
    log_at(f"http://127.0.0.1:{free_port()}")
    response = client.post("/movie/history/clear/", {"next": "/"})
    assert (response.status_code, response["Retry-After"]) == (503, "2")


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_who_removes_a_long_history_waits_longer_than_for_a_page(
    client: Client, visitor: Visitor, log_at: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def slow(operation: str, body: dict[str, Any], forward: Forward) -> Answer:
        time.sleep(0.05)
        return forward(body)

    with Dynalite(tmp_path) as server, Proxy(server.url) as proxy:
        log_at(server.url)
        click_log().create()
        now = datetime.now(UTC)
        for i in range(30):
            event_id = new_event_id(at=now, entropy=os.urandom(10))
            click_log().put(ClickEvent(event_id, visitor.id, FIRST_ID + i, now))
        log_at(proxy.url)
        monkeypatch.setattr(DynamoDBClickLog, "page_size", 5)
        proxy.meddle = slow
        start = time.monotonic()
        assert client.post("/movie/history/clear/", {"next": "/"}).status_code == 303
        assert time.monotonic() - start > 7 * 0.05
        assert click_log().count(visitor.owner) == 0
