from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import Settings

from movie.clicks.base import ClickLogError
from movie.clicks.dynamodb import DynamoDBClickLog
from movie.clicks.waiting import page_reads
from tests.movie.clicks.contract import V1, event
from tests.movie.clicks.dynamodb.events import many, put_all
from tests.services.dynamodb import Dynalite
from tests.services.proxy import Answer, Forward, Proxy
from tests.services.sockets import Dribbling, Silent

pytestmark = pytest.mark.services


def test_a_page_waits_a_moment_in_all_for_a_log_that_never_answers(at: Callable[[str], DynamoDBClickLog]) -> None:
    def page(log: DynamoDBClickLog) -> float:
        """Seconds that three reads of one page take."""
        start = time.monotonic()
        with page_reads():
            for read in (lambda: log.history(V1, limit=13), lambda: log.count(V1), lambda: log.seen(V1)):
                with pytest.raises(ClickLogError):
                    read()
        return time.monotonic() - start

    with Silent() as silent, Dribbling() as dribbling:
        for log in (at(silent.url), at(dribbling.url)):
            assert min(page(log) for _ in range(3)) < 0.2  # the least: this machine may be busy with something else


def test_all_parts_of_a_long_history_share_a_pages_time_and_whoever_is_no_page_reads_them_all(
    log: DynamoDBClickLog, proxy: Proxy, at: Callable[[str], DynamoDBClickLog]
) -> None:
    def slowly_ten_at_a_time(operation: str, body: dict[str, Any], forward: Forward) -> Answer:
        time.sleep(0.05)
        return forward(body | {"Limit": 10})

    def page() -> float:
        start = time.monotonic()
        with page_reads(), pytest.raises(ClickLogError):
            through.seen(V1)
        return time.monotonic() - start

    events = many(60)
    put_all(log, events)
    through, proxy.meddle = at(proxy.url), slowly_ten_at_a_time
    assert min(page() for _ in range(3)) < 0.2  # the least: this machine may be busy with something else
    proxy.seen.clear()
    assert through.seen(V1) == {each.movie_id for each in events}
    assert len(proxy.seen) >= 6


def test_a_worker_starts_also_where_the_log_never_answers(at: Callable[[str], DynamoDBClickLog]) -> None:
    with Silent() as silent, Dribbling() as dribbling:
        for log in (at(silent.url), at(dribbling.url)):
            start = time.monotonic()
            with pytest.raises(ClickLogError):
                log.connect()
            assert time.monotonic() - start < 2


def test_pages_find_readers_also_after_many_waited_in_vain(
    log: DynamoDBClickLog, dynalite: Dynalite, settings: Settings
) -> None:
    dynalite.pause()
    try:
        for _ in range(4 * settings.WEB_THREADS):
            with page_reads(0.01), pytest.raises(ClickLogError):
                log.history(V1, limit=13)
    finally:
        dynalite.go_on()
    time.sleep(0.5)
    with page_reads():
        assert log.history(V1, limit=13) == []


def test_a_write_gives_up_within_seconds_and_the_door_is_shut_then(at: Callable[[str], DynamoDBClickLog]) -> None:
    with Silent() as server:
        log = at(server.url)
        start = time.monotonic()
        with pytest.raises(ClickLogError, match="Read timeout"):
            log.put(event(10))
        assert 1 < time.monotonic() - start < 4
        start = time.monotonic()
        with pytest.raises(ClickLogError, match="a moment ago"):
            log.put(event(10))
        assert time.monotonic() - start < 0.1
