"""Processes are killed and the broker goes away, while visitors click: nothing is lost, nothing is there twice.

The whole stack as production runs it, but for the broker: a site under gunicorn, a publisher and a consumer. After each
fault its stores are compared, see tests.services.faults.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from statistics import median

import pytest

from tests.services.faults import (
    GROUP,
    TOPIC,
    Stack,
    assert_each_visitors_order,
    assert_nothing_lost_and_nothing_twice,
    click_at_once,
    started,
    until,
    visitors,
)

pytestmark = pytest.mark.services


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with started(tmp_path_factory.mktemp("site"), broker=tmp_path_factory.mktemp("broker")) as made:
        yield made


def test_a_broker_that_is_away_neither_slows_clicks_nor_loses_any_and_its_backlog_drains_in_order(
    stack: Stack,
) -> None:
    """It is restarted by SIGTERM: at SIGKILL this broker loses its last half second, which Kafka's replicas keep."""
    who, before = visitors(stack, 3), stack.count("movie_click")
    with stack.running("publish_events"), stack.running("consume_events"):
        click_at_once(who, 30)
        until(lambda: stack.waiting == 0, "published")
        with_broker = median(second for visitor in who for second in visitor.seconds)
        stack.broker.stop()
        for visitor in who:
            visitor.seconds.clear()
        click_at_once(who, 30)
        without = median(second for visitor in who for second in visitor.seconds)
        assert stack.waiting == 90
        until(lambda: "Kafka: " in stack.log_of("publish_events"), "the publisher says that it is away")
        stack.broker.start()
        until(lambda: stack.count("movie_feedevent") == before + 180, "the backlog has drained")
        until(lambda: stack.waiting == 0, "marked as published")
    assert without < 2 * with_broker + 0.01
    assert_nothing_lost_and_nothing_twice(stack, who)
    assert_each_visitors_order(stack, who)
    for command in ("publish_events", "consume_events"):
        said = stack.log_of(command)
        assert re.search(rf"{command}: [\d,]+ events \([\d,]+/s\), .*(lag|waiting).* failures so far", said)
        assert said.rstrip().endswith(f"{command}: ended")


def test_a_publisher_killed_in_the_middle_of_a_batch(stack: Stack) -> None:
    who = visitors(stack, 2)
    with stack.running("publish_events") as publisher:
        click_at_once(who, 5)
        until(lambda: stack.waiting == 0, "it is at work")
        with stack.broker.silent():
            click_at_once(who, 20)
            until(lambda: stack.count("movie_lease WHERE holder <> ''"), "it is in the middle of a batch")
            time.sleep(0.5)  # records are on their way, and no answer
            publisher.kill()
            publisher.wait()
    assert stack.waiting > 0
    stack.catch_up()
    assert_nothing_lost_and_nothing_twice(stack, who)
    assert_each_visitors_order(stack, who)


def test_a_consumer_killed_before_it_commits(stack: Stack) -> None:
    """Once before the database's commit, once between that and the broker's."""
    stack.catch_up()
    who = visitors(stack, 2)
    click_at_once(who, 10)
    stack.manage("publish_events", "--once")
    before, committed = stack.count("movie_feedevent"), stack.broker.committed(TOPIC, GROUP)
    for database_commits in (False, True):
        with stack.running("consume_events") as consumer, ExitStack() as held:
            with stack.locked():
                until(lambda: is_waiting_for(stack.var, consumer), "it has read, and waits for the database")
                if database_commits:
                    stack.broker.stop()  # not paused: what is sent to a paused one arrives later
                    held.callback(stack.broker.start)
                else:
                    consumer.kill()
            if database_commits:
                until(lambda: stack.count("movie_feedevent") == before + 20, "the database has committed")
                consumer.kill()
            consumer.wait()
        assert stack.broker.committed(TOPIC, GROUP) == committed
    stack.manage("consume_events", "--once")
    assert stack.broker.committed(TOPIC, GROUP) == committed + 20
    assert_nothing_lost_and_nothing_twice(stack, who)


def is_waiting_for(var: Path, process: subprocess.Popen[bytes]) -> bool:
    """True where the process has the database open; with a lock held, it can do nothing there but wait."""
    database = str(var / "site.sqlite3")
    for each in Path(f"/proc/{process.pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed since it was listed
            if str(each.readlink()) == database:
                return True
    return False


def test_web_workers_killed_between_accepting_and_publishing(stack: Stack) -> None:
    who = visitors(stack, 4)
    with ThreadPoolExecutor(len(who)) as pool:
        at_work = [pool.submit(visitor.clicks, 40) for visitor in who]
        for _ in range(3):
            time.sleep(0.3)
            for worker in stack.site.workers()[:1]:
                os.kill(worker, signal.SIGKILL)
        for each in at_work:
            each.result()
    stack.catch_up()
    assert_nothing_lost_and_nothing_twice(stack, who)


def test_a_deleted_history_is_gone_from_every_store_and_stays_gone(stack: Stack) -> None:
    """Part of it was in the feed, part still in the outbox; later the topic's first half is delivered again."""
    gone, stays = visitors(stack, 2)
    gone.clicks(5)
    stays.clicks(5)
    stack.catch_up()
    gone.clicks(5)
    deleted, gone.accepted = gone.accepted, []
    gone.clear_history()
    assert stack.count(f"movie_outbox WHERE visitor_id = '{gone.visitor_id}' AND body <> '' AND kind = 'click'") == 0
    gone.clicks(2)
    stack.catch_up()
    assert_nothing_lost_and_nothing_twice(stack, [gone, stays])
    late = [each for each in stack.broker.records(TOPIC) if each.key == f"visitor#{gone.visitor_id}".encode()]
    clicked = [json.loads(each.value)["event_id"] for each in late if json.loads(each.value)["kind"] == "click"]
    assert set(clicked) == {str(event_id) for event_id in [*deleted[:5], *gone.accepted]}
    stack.broker.send(TOPIC, *((each.key.decode(), each.value) for each in late[:5]))
    assert gone.send({"movie_id": 1, "event_id": str(deleted[7])})[0] == 201  # the browser had no answer to it
    stack.catch_up()
    assert_nothing_lost_and_nothing_twice(stack, [gone, stays])


def test_a_poison_message_holds_nothing_up(stack: Stack) -> None:
    who = visitors(stack, 1)
    who[0].clicks(2)
    stack.manage("publish_events", "--once")
    stack.broker.send(TOPIC, (f"visitor#{who[0].visitor_id}", b"poison"))
    who[0].clicks(2)
    stack.catch_up()
    assert_nothing_lost_and_nothing_twice(stack, who)
    (dead,) = stack.broker.records(f"{TOPIC}.dead")
    assert dead.value == b"poison" and b"expected JSON" in dict(dead.headers)["reason"]
