"""A site on real stores, visitors who click through faults, and what all of its stores hold in the end.

Each store is read by the test's own SQL or scan: the click log, the outbox and the training feed are compared event by
event.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
import urllib.error
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request
from uuid import UUID

import boto3

from movie.clicks.base import new_event_id
from tests.acceptance.servers import ROOT, Gunicorn, Session, environment_of, manage
from tests.services.dynamodb import CREDENTIALS, Dynalite
from tests.services.kafka import Broker
from tests.services.proxy import Proxy

TOPIC, GROUP = "log_movie_click", "training-feed"
MOVIES = 40
EVENT = "visitor_id, event_id, owner, movie_id, kind, star, page_url, list_id, model, rank, datetime(at)"
Event = tuple[Any, ...]
"""The values of EVENT, as SQLite has them."""
WAIT_SECONDS = 30


class Stack:
    """A site on Kafka: its folder, its broker, and what its stores hold. log: DynamoDB, where the click log is
    there, and what stands before it."""

    def __init__(self, var: Path, broker: Broker, log: Dynalite | None, proxy: Proxy | None) -> None:
        self.var, self.broker, self.log, self.proxy = var, broker, log, proxy
        self.environment = broker.settings() | (log.settings() if log else {})
        if proxy:
            self.environment["DYNAMODB_ENDPOINT"] = proxy.url
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

    def logged(self) -> list[Event]:
        """Every event of the click log."""
        return self.ask(f"SELECT {EVENT} FROM movie_click") if self.log is None else scan(self.log)

    def fed(self) -> list[Event]:
        """Every event of the training feed."""
        return self.ask(f"SELECT {EVENT} FROM movie_feedevent")

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


def scan(server: Dynalite) -> list[Event]:
    """Every event that a DynamoDB server has, as SQLite would give it."""
    secret = {name.lower(): value for name, value in CREDENTIALS.items() if name != "AWS_EC2_METADATA_DISABLED"}
    client = boto3.client("dynamodb", endpoint_url=server.url, region_name="ap-northeast-2", **secret)
    pages = client.get_paginator("scan").paginate(TableName="clicklog", ConsistentRead=True)
    return [_as_row(item) for page in pages for item in page["Items"]]


def _as_row(item: dict[str, dict[str, str]]) -> Event:
    texts = {name: value.get("S", "") for name, value in item.items()}
    numbers = {name: int(value["N"]) for name, value in item.items() if "N" in value}
    at = datetime.fromtimestamp(numbers["at"] // 1000, tz=UTC)
    empty = {"page_url": "", "list_id": "", "model": "", "star": None, "rank": None}
    row = empty | texts | numbers | {"event_id": UUID(texts["event_id"]).hex, "datetime(at)": f"{at:%F %T}"}
    return tuple(row[name] for name in EVENT.split(", "))


def until(true: Callable[[], object], what: str) -> None:
    end = time.monotonic() + WAIT_SECONDS
    while not true():
        assert time.monotonic() < end, f"never: {what}"
        time.sleep(0.01)


@contextmanager
def started(var: Path, *, broker: Path, log: Path | None = None, proxied: bool = False) -> Iterator[Stack]:
    """The site of folder `var` with a few movies, under gunicorn, on servers that keep their data in the others.

    log: its clicks go to DynamoDB; proxied: through a proxy.
    """
    data = var / "made-up"
    data.mkdir()
    (data / "train.txt").write_text(f"1 {' '.join(map(str, range(1, MOVIES + 1)))}")
    with ExitStack() as servers:
        dynalite = servers.enter_context(Dynalite(log)) if log else None
        proxy = servers.enter_context(Proxy(dynalite.url)) if dynalite and proxied else None
        made = Stack(var, servers.enter_context(Broker(broker)), dynalite, proxy)
        made.manage("migrate", "--verbosity", "0")
        made.manage("clicklog", "create")
        made.manage("collectstatic", "--verbosity", "0", "--no-input")
        made.manage("load_movies", "--source", str(data))
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

    def click_until_accepted(self, movie_id: int) -> UUID:
        event_id = new_event_id(at=datetime.now(UTC), entropy=os.urandom(10))
        end = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < end:
            if self._was_accepted(movie_id, event_id):
                self.accepted.append(event_id)
                return event_id
        raise AssertionError("a click was never accepted")

    def click_once(self, movie_id: int) -> UUID:
        """Whether it is accepted or not; the event's id."""
        event_id = new_event_id(at=datetime.now(UTC), entropy=os.urandom(10))
        self._was_accepted(movie_id, event_id)
        return event_id

    def _was_accepted(self, movie_id: int, event_id: UUID) -> bool:
        start = time.perf_counter()
        try:
            status, _ = self.send({"movie_id": movie_id, "event_id": str(event_id), "page_url": "/"})
        except (urllib.error.URLError, OSError):  # the worker was killed before it answered
            return False
        if status == 201:
            self.seconds.append(time.perf_counter() - start)
        return status == 201

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
    log, feed = (sorted(events, key=lambda event: event[:2]) for events in (stack.logged(), stack.fed()))
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
