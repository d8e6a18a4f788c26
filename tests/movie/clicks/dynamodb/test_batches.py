from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pytest_django import Settings

from movie import services
from movie.clicks import dynamodb
from movie.clicks.base import ClickEvent, ClickLogError
from movie.clicks.dynamodb import DynamoDBClickLog
from movie.visitors import Visitor
from tests.movie.clicks.contract import V1, event
from tests.movie.clicks.dynamodb.events import USER, client_of, items_of, many, put_all
from tests.services.dynamodb import Dynalite
from tests.services.proxy import Answer, Forward, Proxy

pytestmark = pytest.mark.services


def test_the_newest_500_of_a_long_history_are_one_page_and_the_whole_is_many(
    log: DynamoDBClickLog, proxy: Proxy, at: Callable[[str], DynamoDBClickLog], dynalite: Dynalite, settings: Settings
) -> None:
    events = many(2_000, page_url="/movie/ngcf/?" + "x" * 480)  # 1.4 MB, and a page of DynamoDB is at most one
    write_in_batches(dynalite, settings.DYNAMODB_TABLE, log, events)
    counted = at(proxy.url)
    assert counted.history(V1, limit=500) == events[:-501:-1]
    assert proxy.seen == ["Query"]
    proxy.seen.clear()
    assert counted.history(V1, limit=2_000) == events[::-1]
    assert len(proxy.seen) >= 2
    proxy.seen.clear()
    # Keys alone are read for these: 2,000 of them are less than a page.
    assert counted.seen(V1) == {each.movie_id for each in events}
    assert counted.count(V1) == 2_000
    assert proxy.seen == ["Query", "Query"]
    assert counted.delete_all(V1) == 2_000
    assert (log.count(V1), log.history(V1, limit=5)) == (0, [])


def test_the_panel_of_a_history_of_thousands_of_events_is_one_request_and_its_page_two(
    log: DynamoDBClickLog,
    proxy: Proxy,
    at: Callable[[str], DynamoDBClickLog],
    dynalite: Dynalite,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    movies: None,
) -> None:
    write_in_batches(dynalite, settings.DYNAMODB_TABLE, log, many(12_000))
    through, visitor = at(proxy.url), Visitor("v1")
    monkeypatch.setattr("movie.services.history.click_log", lambda: through)
    panel = services.history_panel(visitor=visitor)
    assert proxy.seen == ["Query"]
    assert (len(panel.entries), panel.total, panel.older is None) == (services.PANEL_SIZE, None, False)
    page = services.history_page(visitor=visitor)
    assert proxy.seen == ["Query"] * 3 and page.total is None


def test_whoever_signs_in_with_thousands_of_events_waits_seconds(
    log: DynamoDBClickLog, proxy: Proxy, at: Callable[[str], DynamoDBClickLog], dynalite: Dynalite, settings: Settings
) -> None:
    events = many(2_000)
    write_in_batches(dynalite, settings.DYNAMODB_TABLE, log, events)
    log.move("v1", "kim", [each.event_id for each in events[:10]])
    log.put_many(events[:10])  # as where a merge was cut off before it deleted: the user has these already
    through, start = at(proxy.url), time.monotonic()
    assert through.move("v1", "kim", [each.event_id for each in events]) == 1_990
    assert time.monotonic() - start < 30  # some 12 here, whose server writes the items of a batch one by one; was 99
    assert len(proxy.seen) == 2 * 2_000 / 100 + 2 * 2_000 / 25
    assert log.seen(USER) == {each.movie_id for each in events} and log.count(V1) == 0
    assert through.move("v1", "kim", [each.event_id for each in events]) == 0


def write_in_batches(server: Dynalite, table: str, log: DynamoDBClickLog, events: Sequence[ClickEvent]) -> None:
    """Put `events` 25 a request; one goes through the log, and the others have its form."""
    log.put(events[0])
    (form,) = items_of(server, table, V1)
    client = client_of(server)

    def item(each: ClickEvent) -> dict[str, Any]:
        at = {"N": str(int(each.at.timestamp()) * 1000)}
        return form | {"event_id": {"S": str(each.event_id)}, "movie_id": {"N": str(each.movie_id)}, "at": at}

    def write(first: int) -> None:
        requests = [{"PutRequest": {"Item": item(each)}} for each in events[first : first + 25]]
        client.batch_write_item(RequestItems={table: requests})

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(0, len(events), 25)))


def test_who_clicked_sees_it_on_the_next_page_whichever_replica_answers(
    log: DynamoDBClickLog, proxy: Proxy, at: Callable[[str], DynamoDBClickLog]
) -> None:
    """The server here has one replica, so what it is asked for has to tell."""
    once, asked = event(10), list[bool]()

    def noted(operation: str, body: dict[str, Any], forward: Forward) -> Answer:
        asked.append(body.get("ConsistentRead", False))
        return forward(body)

    log.put(once)
    through, proxy.meddle = at(proxy.url), noted
    assert through.history(V1, limit=5) == list(through.every(V1)) == [once]
    assert through.seen(V1) == {10} and through.count(V1) == 1
    assert asked and all(asked)


def test_what_a_batch_leaves_unprocessed_is_sent_again(
    log: DynamoDBClickLog, proxy: Proxy, at: Callable[[str], DynamoDBClickLog]
) -> None:
    def half(operation: str, body: dict[str, Any], forward: Forward) -> Answer:
        if operation != "BatchWriteItem":
            return forward(body)
        ((table, requests),) = body["RequestItems"].items()
        done = len(requests) // 2 + 1
        status, answer = forward({"RequestItems": {table: requests[:done]}})
        left = {table: requests[done:]} if requests[done:] else {}
        return status, answer | {"UnprocessedItems": left}

    put_all(log, many(60))
    proxy.meddle = half
    assert at(proxy.url).delete_all(V1) == 60
    assert log.count(V1) == 0
    assert proxy.seen.count("BatchWriteItem") > 3


def test_what_a_batch_leaves_unread_is_asked_for_again(
    log: DynamoDBClickLog, proxy: Proxy, at: Callable[[str], DynamoDBClickLog], monkeypatch: pytest.MonkeyPatch
) -> None:
    def half(operation: str, body: dict[str, Any], forward: Forward) -> Answer:
        if operation != "BatchGetItem":
            return forward(body)
        ((table, wanted),) = body["RequestItems"].items()
        keys = wanted["Keys"]
        done = len(keys) // 2 + 1
        status, answer = forward({"RequestItems": {table: wanted | {"Keys": keys[:done]}}})
        left = {table: wanted | {"Keys": keys[done:]}} if keys[done:] else {}
        return status, answer | {"UnprocessedKeys": left}

    monkeypatch.setattr(dynamodb, "READ_BATCH", 20)
    events = many(60)
    put_all(log, events)
    proxy.meddle = half
    ids = [each.event_id for each in events]
    assert at(proxy.url).move("v1", "kim", ids[:50]) == 50
    assert (log.count(USER), log.count(V1)) == (50, 10)
    at(proxy.url).delete_many(USER, [*ids, *ids])
    assert log.count(USER) == 0


def test_a_batch_that_is_never_processed_ends_in_an_error(
    log: DynamoDBClickLog, proxy: Proxy, at: Callable[[str], DynamoDBClickLog]
) -> None:
    def none(operation: str, body: dict[str, Any], forward: Forward) -> Answer:
        return (200, {"UnprocessedItems": body["RequestItems"]}) if "Batch" in operation else forward(body)

    log.put(event(10))
    proxy.meddle = none
    with pytest.raises(ClickLogError, match="unprocessed"):
        at(proxy.url).delete_all(V1)


def test_of_many_events_only_those_that_are_missing_are_put(
    log: DynamoDBClickLog, proxy: Proxy, at: Callable[[str], DynamoDBClickLog]
) -> None:
    """What the publisher puts again was put by a web worker a moment ago, but for the few where that was killed."""
    events = many(150)
    put_all(log, events[:148])
    at(proxy.url).put_many([*events, events[0]])
    assert sorted(proxy.seen) == ["BatchGetItem", "BatchGetItem", "PutItem", "PutItem"]
    assert log.history(V1, limit=200) == events[::-1]
    proxy.seen.clear()
    at(proxy.url).put_many(events[:1])
    assert proxy.seen == ["PutItem"]
