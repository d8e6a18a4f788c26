"""A site on real stores, and visitors who click through faults; see tests.services.stores for what is compared then."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import Request
from uuid import UUID

from movie.clicks.base import new_event_id
from tests.acceptance.servers import ROOT, Gunicorn, Session, environment_of, manage
from tests.services.dynamodb import Dynalite
from tests.services.kafka import Broker
from tests.services.proxy import Proxy
from tests.services.stores import Stores, same_in_all

TOPIC, GROUP = "log_movie_click", "training-feed"
MOVIES = 40
WAIT_SECONDS = 30


class Stack(Stores):
    """A site on Kafka. log: DynamoDB, where the click log is there, and what stands before it."""

    def __init__(self, var: Path, broker: Broker, log: Dynalite | None, proxy: Proxy | None) -> None:
        super().__init__(var, log)
        self.broker, self.proxy = broker, proxy
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
    feed = same_in_all(stack)
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
