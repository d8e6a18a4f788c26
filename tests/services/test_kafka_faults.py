"""Processes are killed and the broker goes away, while visitors click: nothing is lost, nothing is there twice.

The whole stack as production runs it, but for the broker: a site under gunicorn, a publisher and a consumer. After each
fault the click log, the outbox and the training feed are compared event by event, by SQL of the test's own.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.error
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request
from uuid import UUID

import pytest

from movie.clicks.base import new_event_id
from tests.acceptance.servers import ROOT, Gunicorn, Session, environment_of, manage
from tests.services.kafka import Broker

pytestmark = pytest.mark.services
TOPIC, GROUP = "log_movie_click", "training-feed"
MOVIES = 40
EVENT = "visitor_id, event_id, owner, movie_id, kind, star, page_url, list_id, model, rank, datetime(at)"
WAIT_SECONDS = 30


class Stack:
    """A site on Kafka: its folder, its broker, and what its stores hold."""

    def __init__(self, var: Path, broker: Broker) -> None:
        self.var, self.broker, self.environment = var, broker, broker.settings()
        self.site: Gunicorn

    def manage(self, *args: str) -> None:
        manage(self.var, *args, **self.environment)

    def catch_up(self) -> None:
        """Everything accepted so far reaches the feed."""
        self.manage("publish_events", "--once")
        self.manage("consume_events", "--once")

    @contextmanager
    def running(self, command: str) -> Iterator[subprocess.Popen[bytes]]:
        """publish_events or consume_events, which SIGTERM must end cleanly where the test did not kill it."""
        with (self.var / f"{command}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "manage.py", command],
                cwd=ROOT,
                env=environment_of(self.var, LOG_LEVEL="INFO", **self.environment),
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            yield process
            if process.poll() is None:
                process.terminate()
                assert process.wait(WAIT_SECONDS) == 0, self.log_of(command)
        finally:
            process.kill()
            process.wait()

    def log_of(self, command: str) -> str:
        return (self.var / f"{command}.log").read_text()

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.var / "site.sqlite3", timeout=20)) as database:
            return database.execute(sql).fetchall()

    def count(self, what: str) -> int:
        return int(self.ask(f"SELECT count(*) FROM {what}")[0][0])

    @property
    def waiting(self) -> int:
        return self.count("movie_outbox WHERE published_at IS NULL")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody else writes to the database meanwhile."""
        with closing(sqlite3.connect(self.var / "site.sqlite3", timeout=20, isolation_level=None)) as database:
            database.execute("BEGIN IMMEDIATE")
            yield
            database.execute("ROLLBACK")


def until(true: Callable[[], object], what: str) -> None:
    end = time.monotonic() + WAIT_SECONDS
    while not true():
        assert time.monotonic() < end, f"never: {what}"
        time.sleep(0.01)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    var = tmp_path_factory.mktemp("site")
    data = var / "made-up"
    data.mkdir()
    (data / "train.txt").write_text(f"1 {' '.join(map(str, range(1, MOVIES + 1)))}")
    manage(var, "migrate", "--verbosity", "0")
    manage(var, "collectstatic", "--verbosity", "0", "--no-input")
    manage(var, "load_movies", "--source", str(data))
    with Broker(tmp_path_factory.mktemp("broker")) as broker:
        made = Stack(var, broker)
        with Gunicorn(var, workers=2, **made.environment) as made.site:
            yield made


class Visitor(Session):
    """A browser: it makes ids, and sends again what no answer has come for."""

    def __init__(self, stack: Stack) -> None:
        super().__init__(stack.site.url)
        self.get("/")
        self.accepted: list[UUID] = []
        self.seconds: list[float] = []

    def clicks(self, times: int) -> None:
        for i in range(times):
            self.click_until_accepted(i % MOVIES + 1)

    def click_until_accepted(self, movie_id: int) -> None:
        event_id = new_event_id(at=datetime.now(UTC), entropy=os.urandom(10))
        end = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < end:
            start = time.perf_counter()
            try:
                status, _ = self.send({"movie_id": movie_id, "event_id": str(event_id), "page_url": "/"})
            except (urllib.error.URLError, OSError):  # the worker was killed before it answered
                continue
            if status == 201:
                self.seconds.append(time.perf_counter() - start)
                self.accepted.append(event_id)
                return
        raise AssertionError("a click was never accepted")

    def clear_history(self) -> None:
        form = urlencode({"csrfmiddlewaretoken": self._cookie("csrftoken")}).encode()
        assert self.opener.open(Request(self.url + "/movie/history/clear/", form)).status == 200


def visitors(stack: Stack, number: int) -> list[Visitor]:
    return [Visitor(stack) for _ in range(number)]


def click_at_once(who: list[Visitor], times: int) -> None:
    with ThreadPoolExecutor(len(who)) as pool:
        list(pool.map(lambda visitor: visitor.clicks(times), who))


def assert_nothing_lost_and_nothing_twice(stack: Stack, who: list[Visitor]) -> None:
    """The three stores hold the same events, each once, and of `who` exactly those that were accepted."""
    log, feed = (sorted(stack.ask(f"SELECT {EVENT} FROM movie_{table}")) for table in ("click", "feedevent"))
    assert log == feed
    assert len({row[:2] for row in feed}) == len(feed)
    bodies = [json.loads(row[0]) for row in stack.ask("SELECT body FROM movie_outbox WHERE body <> ''")]
    clicks = {(body["visitor_id"], UUID(body["event_id"]).hex) for body in bodies if body["kind"] == "click"}
    assert clicks == {row[:2] for row in feed}
    assert stack.waiting == 0
    for visitor in who:
        mine = {row[1] for row in feed if row[0] == visitor.visitor_id}
        assert mine == {event_id.hex for event_id in visitor.accepted}


def assert_each_visitors_order(stack: Stack, who: list[Visitor]) -> None:
    """In the topic, the first time that each of a visitor's clicks is there, they are in the order of accepting."""
    records = stack.broker.records(TOPIC)
    for visitor in who:
        mine = [json.loads(each.value) for each in records if each.key == f"visitor#{visitor.visitor_id}".encode()]
        first_times = dict.fromkeys(UUID(value["event_id"]) for value in mine)
        assert list(first_times) == visitor.accepted


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
