from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from movie.clicks.base import ClickLogError
from movie.clicks.dynamodb import DynamoDBClickLog
from tests.movie.clicks.contract import V1, event
from tests.movie.clicks.dynamodb.events import USER, many, put_all
from tests.services.dynamodb import Dynalite
from tests.services.proxy import Answer, Forward, Proxy, refusal

pytestmark = pytest.mark.services
THROTTLED = ["ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded"]


@pytest.mark.parametrize("code", THROTTLED)
def test_throttled_once_it_tries_again(
    log: DynamoDBClickLog, proxy: Proxy, at: Callable[[str], DynamoDBClickLog], code: str
) -> None:
    proxy.meddle = lambda operation, body, forward: refusal(code) if len(proxy.seen) == 1 else forward(body)
    assert at(proxy.url).put(event(10))
    assert proxy.seen == ["PutItem"] * 2


def test_throttled_on_and_on_it_gives_up_within_seconds(
    log: DynamoDBClickLog, proxy: Proxy, at: Callable[[str], DynamoDBClickLog]
) -> None:
    proxy.meddle = lambda operation, body, forward: refusal(THROTTLED[0])
    start = time.monotonic()
    with pytest.raises(ClickLogError, match=THROTTLED[0]):
        at(proxy.url).put(event(10))
    assert time.monotonic() - start < 4
    assert len(proxy.seen) == 3 and log.count(V1) == 0


def test_a_put_whose_answer_was_lost_is_logged_once(
    log: DynamoDBClickLog, proxy: Proxy, at: Callable[[str], DynamoDBClickLog]
) -> None:
    def lost(operation: str, body: dict[str, Any], forward: Forward) -> Answer:
        answer = forward(body)
        return refusal("InternalServerError", 500) if len(proxy.seen) == 1 else answer

    proxy.meddle = lost
    once = event(10)
    at(proxy.url).put(once)
    assert len(proxy.seen) == 2
    assert log.history(V1, limit=9) == [once]


def test_a_merge_that_was_cut_off_is_finished_by_the_next(
    at: Callable[[str], DynamoDBClickLog], tmp_path: Path
) -> None:
    with Dynalite(tmp_path) as server:
        log = at(server.url)
        log.create()
        events = many(40)
        put_all(log, events)
        with Proxy(server.url) as proxy:

            def cut(operation: str, body: dict[str, Any], forward: Forward) -> Answer:
                if proxy.seen.count("BatchWriteItem") == 2:
                    server.kill()
                return forward(body) if server.process else refusal("InternalServerError", 500)

            proxy.meddle = cut
            with pytest.raises(ClickLogError):
                at(proxy.url).merge("v1", "kim")
        server.start()
        assert log.count(USER) == 25 and log.count(V1) == 40
        assert log.merge("v1", "kim") == 15
        assert [each.movie_id for each in log.history(USER, limit=99)] == [each.movie_id for each in events[::-1]]
        assert log.count(V1) == 0


def test_a_merge_cut_off_between_copy_and_delete_moves_nothing_twice(
    log: DynamoDBClickLog, proxy: Proxy, at: Callable[[str], DynamoDBClickLog]
) -> None:
    put_all(log, many(30))
    proxy.meddle = lambda operation, body, forward: (
        refusal("ValidationException") if "DeleteRequest" in str(body) else forward(body)
    )
    with pytest.raises(ClickLogError):
        at(proxy.url).merge("v1", "kim")
    assert log.merge("v1", "kim") == 0
    assert (log.count(USER), log.count(V1)) == (30, 0)


def test_a_server_that_is_not_there_is_an_error_of_the_log(
    log: DynamoDBClickLog, at: Callable[[str], DynamoDBClickLog]
) -> None:
    away = at("http://127.0.0.1:9")
    for call in (
        lambda: away.put(event(10)),
        lambda: away.history(V1, limit=1),
        lambda: away.delete_all(V1),
        lambda: away.merge("v1", "kim"),
    ):
        with pytest.raises(ClickLogError, match=r"127\.0\.0\.1:9|a moment ago"):
            call()


def test_without_a_region_or_credentials_it_says_so(
    at: Callable[[str], DynamoDBClickLog], dynalite: Dynalite, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    with pytest.raises(ClickLogError, match="credentials"):
        at(dynalite.url).put(event(10))
    settings.DYNAMODB_REGION = ""
    with pytest.raises(ClickLogError, match="region"):
        DynamoDBClickLog().connect()
