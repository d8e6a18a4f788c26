from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pytest
from pytest_django import Settings

from movie.clicks import dynamodb
from movie.clicks.base import ClickEvent, ClickLog, ClickLogError, new_event_id, owner_of
from movie.clicks.dynamodb import TABLE_SHAPE, DynamoDBClickLog
from movie.clicks.waiting import page_reads
from tests.movie.clicks.contract import NOON, V1, ClickLogContract, event
from tests.services.dynamodb import CREDENTIALS, Dynalite, Moto
from tests.services.proxy import Answer, Forward, Proxy, refusal
from tests.services.sockets import Dribbling, Silent

pytestmark = pytest.mark.services
USER = owner_of("v1", "kim")
Meddled = Callable[[str, dict[str, Any], Forward], Answer]


@pytest.fixture(scope="module")
def dynalite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dynalite]:
    with Dynalite(tmp_path_factory.mktemp("dynalite")) as server:
        yield server


@pytest.fixture
def at(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], DynamoDBClickLog]:
    """A log at a server's address, its table still to be made; the same table at each address."""
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    settings.DYNAMODB_REGION, settings.DYNAMODB_TABLE = "ap-northeast-2", f"clicks-{uuid4().hex}"

    def log_at(url: str) -> DynamoDBClickLog:
        settings.DYNAMODB_ENDPOINT = url
        made = DynamoDBClickLog()
        made._connection()  # as in a worker that has been up a while: its clients are there
        return made

    return log_at


@pytest.fixture
def log(dynalite: Dynalite, at: Callable[[str], DynamoDBClickLog]) -> DynamoDBClickLog:
    made = at(dynalite.url)
    made.create()
    return made


@pytest.fixture
def proxy(log: DynamoDBClickLog, dynalite: Dynalite) -> Iterator[Proxy]:
    with Proxy(dynalite.url) as made:
        yield made


def client_of(server: Dynalite | Moto) -> Any:
    return boto3.client("dynamodb", endpoint_url=server.url, region_name="ap-northeast-2")


def items_of(server: Dynalite | Moto, table: str, owner: str) -> list[dict[str, Any]]:
    """The owner's items as DynamoDB has them."""
    answer = client_of(server).query(
        TableName=table,
        KeyConditionExpression="#owner = :owner",
        ExpressionAttributeNames={"#owner": "owner"},
        ExpressionAttributeValues={":owner": {"S": owner}},
    )
    return list(answer["Items"])


def many(n: int, *, page_url: str = "/") -> list[ClickEvent]:
    """`n` events of visitor v1, a second apart, oldest first."""
    made = []
    for i in range(n):
        at = NOON + timedelta(seconds=i)
        event_id = new_event_id(at=at, entropy=os.urandom(10))
        made.append(ClickEvent(event_id, "v1", 1000 + i, at, page_url=page_url))
    return made


def put_all(log: ClickLog, events: Sequence[ClickEvent]) -> None:
    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(log.put, events))


class TestDynamoDBClickLog(ClickLogContract):
    @pytest.fixture
    def log(self, log: DynamoDBClickLog) -> ClickLog:
        return log


def test_a_visitors_event_expires_and_a_users_does_not(
    log: DynamoDBClickLog, dynalite: Dynalite, settings: Settings
) -> None:
    log.put(event(10))
    log.put(event(10, user="kim"))
    (visitors,) = items_of(dynalite, settings.DYNAMODB_TABLE, V1)
    (users,) = items_of(dynalite, settings.DYNAMODB_TABLE, USER)
    days = timedelta(days=settings.CLICKLOG_VISITOR_DAYS)
    assert visitors["expires"] == {"N": str(int((NOON + days).timestamp()))}
    assert "expires" not in users


def test_who_signs_in_keeps_their_events(log: DynamoDBClickLog, dynalite: Dynalite, settings: Settings) -> None:
    log.put(event(10))
    log.merge("v1", "kim")
    (moved,) = items_of(dynalite, settings.DYNAMODB_TABLE, USER)
    assert "expires" not in moved and moved["user_id"] == {"S": "kim"}


def test_an_item_says_only_what_the_event_says(log: DynamoDBClickLog, dynalite: Dynalite, settings: Settings) -> None:
    log.put(ClickEvent(event(10).event_id, "v1", 10, NOON))
    (item,) = items_of(dynalite, settings.DYNAMODB_TABLE, V1)
    assert item.keys() == {"owner", "event_id", "visitor_id", "movie_id", "kind", "at", "expires"}


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
                if proxy.seen.count("PutItem") == 25:
                    server.kill()
                return forward(body) if server.process else refusal("InternalServerError", 500)

            proxy.meddle = cut
            with pytest.raises(ClickLogError):
                at(proxy.url).merge("v1", "kim")
        server.start()
        assert log.count(USER) == 24 and log.count(V1) == 40
        assert log.merge("v1", "kim") == 16
        assert [each.movie_id for each in log.history(USER, limit=99)] == [each.movie_id for each in events[::-1]]
        assert log.count(V1) == 0


def test_a_merge_cut_off_between_copy_and_delete_moves_nothing_twice(
    log: DynamoDBClickLog, proxy: Proxy, at: Callable[[str], DynamoDBClickLog]
) -> None:
    put_all(log, many(30))
    proxy.meddle = lambda operation, body, forward: (
        refusal("ValidationException") if operation == "BatchWriteItem" else forward(body)
    )
    with pytest.raises(ClickLogError):
        at(proxy.url).merge("v1", "kim")
    assert log.merge("v1", "kim") == 0
    assert (log.count(USER), log.count(V1)) == (30, 0)


def test_a_forked_process_has_a_connection_of_its_own(log: DynamoDBClickLog) -> None:
    log.put(event(10))
    child = os.fork()
    if child == 0:
        own = log._connection()
        os._exit(0 if own.pid == os.getpid() and log.put(event(20)) else 1)
    before = log._connection()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert log._connection() is before
    assert log.seen(V1) == {10, 20}


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


def test_a_page_reads_a_history_whose_parts_take_longer_together(
    log: DynamoDBClickLog, proxy: Proxy, at: Callable[[str], DynamoDBClickLog], monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(operation: str, body: dict[str, Any], forward: Forward) -> Answer:
        time.sleep(0.05)
        return forward(body)

    monkeypatch.setattr(dynamodb, "INDEX_PAGE", 10)
    events = many(60)
    put_all(log, events)
    proxy.meddle = slow
    with page_reads():
        assert at(proxy.url).seen(V1) == {each.movie_id for each in events}
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


def test_a_missing_table_is_said_with_what_to_do(dynalite: Dynalite, at: Callable[[str], DynamoDBClickLog]) -> None:
    with pytest.raises(ClickLogError, match=r"run: python manage\.py clicklog create"):
        at(dynalite.url).connect()


def test_making_the_table_again_changes_nothing(log: DynamoDBClickLog) -> None:
    log.put(event(10))
    first, ttl = log.create()
    assert "is there already" in first and "has no TTL" in ttl
    assert log.count(V1) == 1


def test_a_table_of_another_shape_is_refused(
    at: Callable[[str], DynamoDBClickLog], dynalite: Dynalite, settings: Settings
) -> None:
    log = at(dynalite.url)
    shape = {name: value for name, value in TABLE_SHAPE.items() if name != "LocalSecondaryIndexes"}
    shape["AttributeDefinitions"] = shape["AttributeDefinitions"][:2]
    client_of(dynalite).create_table(TableName=settings.DYNAMODB_TABLE, BillingMode="PAY_PER_REQUEST", **shape)
    with pytest.raises(ClickLogError, match="DYNAMODB_TABLE"):
        log.create()


def test_where_the_server_has_ttl_it_is_switched_on_once(
    at: Callable[[str], DynamoDBClickLog], settings: Settings, tmp_path: Path
) -> None:
    settings.CLICKLOG_VISITOR_DAYS = 30
    with Moto(tmp_path) as server:
        log = at(server.url)
        assert log.create() == [
            f"Table {settings.DYNAMODB_TABLE} made, on-demand billing.",
            "Events of anonymous visitors are kept for 30 days.",
        ]
        assert "is there already" in log.create()[0]
        client = client_of(server)
        ttl = client.describe_time_to_live(TableName=settings.DYNAMODB_TABLE)["TimeToLiveDescription"]
        assert ttl == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"}
        table = client.describe_table(TableName=settings.DYNAMODB_TABLE)["Table"]
        assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
        assert log.put(event(10)) and log.seen(V1) == {10}
