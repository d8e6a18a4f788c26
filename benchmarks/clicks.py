"""How many clicks a second the site takes, how long each waits, and whether every accepted one arrives, once.

    python benchmarks/clicks.py [--stores] [--mysql] [--visitors N] [--seconds S] [--workers W] [--json FILE]

Starts the site under gunicorn in a temporary folder, with its embedded defaults; --stores: on a DynamoDB server and a
Kafka broker of this machine (tests/services), with publisher and consumer; --mysql: on a MySQL server. Each visitor
opens the home page and then posts clicks as its script does, one after the other, with the page's CSRF token and an
event id of its own; what is not answered 201 is sent again by the same id. Then what is under way is drained, and
accepted clicks, click log and training feed are compared event by event: where they differ it ends with 1.

The visitors run on the same machine and take their share of its processors.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"

import django
import numpy as np
import urllib3

from movie.clicks.base import new_event_id, owner_of
from tests.acceptance.servers import Gunicorn, environment_of, manage
from tests.services.dynamodb import Dynalite
from tests.services.kafka import Broker
from tests.services.mysql import MariaDB

MOVIES = 2_000
WARM_UP = 5
"""First clicks of each visitor, which count and are not timed: connections are made, caches fill."""
RETRY_SECONDS, GIVE_UP_SECONDS = 0.2, 60
Key = tuple[str, UUID]
"""visitor_id and event_id: one event."""


@dataclass(frozen=True)
class Load:
    """What was asked of the site, and what it did. Times in milliseconds, of clicks answered 201."""

    clicks_a_second: float
    p50: float
    p99: float
    longest: float
    sent_again: int
    """Times that a click was not answered 201 and was sent again."""
    accepted: int
    in_log: int
    in_feed: int
    lost: int
    """Accepted and not in the log, or not in the feed."""
    twice_or_unasked: int
    """In the log or the feed a second time, or without having been accepted."""
    drained_in: float
    """Seconds from the last click until the last of them was in the feed."""


class Visitor:
    """A browser: cookies, one connection, and the token of the page that it is on."""

    def __init__(self, url: str, *, seed: int) -> None:
        self._pool = urllib3.connectionpool.connection_from_url(url, maxsize=1)
        self._rng = np.random.default_rng(seed)
        page = self._pool.request("GET", "/")
        cookies = dict(each.split(";")[0].split("=", 1) for each in page.headers.getlist("Set-Cookie"))
        token = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.data.decode())[0]
        self._headers = {
            "Content-Type": "application/json",
            "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
            "X-CSRFToken": token,
        }
        self.id = cookies["visitor"].strip('"').partition(":")[0]
        self.accepted: list[UUID] = []
        self.seconds: list[float] = []
        self.sent_again = 0

    def clicks(self, goes_on: Callable[[], bool]) -> None:
        while goes_on():
            self._click(int(self._rng.integers(1, MOVIES + 1)))

    def _click(self, movie_id: int) -> None:
        event_id = new_event_id(at=datetime.now(UTC), entropy=os.urandom(10))
        body = json.dumps({"event_id": str(event_id), "movie_id": movie_id, "page_url": "/"})
        give_up = time.monotonic() + GIVE_UP_SECONDS
        while not self._accepted(body):
            self.sent_again += 1
            if time.monotonic() > give_up:
                raise SystemExit(f"a click was not accepted for {GIVE_UP_SECONDS} s")
            time.sleep(RETRY_SECONDS)
        self.accepted.append(event_id)

    def _accepted(self, body: str) -> bool:
        start = time.perf_counter()
        try:
            answer = self._pool.request("POST", "/log_click/", body=body, headers=self._headers, retries=False)
        except urllib3.exceptions.HTTPError:
            return False
        if answer.status == 201:
            self.seconds.append(time.perf_counter() - start)
        return answer.status == 201


@contextmanager
def site(*, stores: bool, mysql: bool, workers: int) -> Iterator[tuple[Gunicorn, Callable[[], None]]]:
    """The site under gunicorn, and what drains its events into the feed."""
    with ExitStack() as started:
        folder = Path(
            started.enter_context(tempfile.TemporaryDirectory(prefix="clicks-", ignore_cleanup_errors=True))
        )
        settings = {"CLICKLOG": "database", "EVENTS": "database", "DATABASE_URL": "", "LOG_LEVEL": "WARNING"}
        settings |= {"POSTS_A_MINUTE": "0", "ADDRESS_POSTS_A_MINUTE": "0"}  # it is a flood, and means to be
        if stores:
            settings |= started.enter_context(Dynalite(folder / "dynamodb")).settings()
            settings |= started.enter_context(Broker(folder / "kafka")).settings()
        if mysql:
            settings["DATABASE_URL"] = started.enter_context(MariaDB(folder / "mysql")).create("movies")
        var = folder / "site"
        os.environ.update(environment_of(var, **settings))
        _prepare(var, folder / "made-up")
        workers_of_events = ["publish_events", "consume_events"] if stores else []
        gunicorn = started.enter_context(Gunicorn(var, workers=workers))
        for command in workers_of_events:
            started.enter_context(_running(command))

        def drain() -> None:
            for command in workers_of_events or ["publish_events"]:
                manage(var, command, "--once")

        yield gunicorn, drain


def _prepare(var: Path, data: Path) -> None:
    for folder in (var, data):
        folder.mkdir(parents=True)
    (data / "train.txt").write_text(f"1 {' '.join(map(str, range(1, MOVIES + 1)))}\n")
    manage(var, "migrate", "--verbosity", "0")
    manage(var, "clicklog", "create")
    manage(var, "collectstatic", "--verbosity", "0", "--no-input")
    manage(var, "load_movies", "--source", str(data))


@contextmanager
def _running(command: str) -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "manage.py", command], cwd=ROOT)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def click_at_once(visitors: Sequence[Visitor], *, seconds: float) -> float:
    """All of them click for `seconds`; returns how many clicks a second were accepted."""
    with ThreadPoolExecutor(len(visitors)) as pool:
        list(pool.map(lambda each: each.clicks(lambda: len(each.accepted) < WARM_UP), visitors))
        for each in visitors:
            each.seconds.clear()
        start = time.monotonic()
        list(pool.map(lambda each: each.clicks(lambda: time.monotonic() - start < seconds), visitors))
        return sum(len(each.seconds) for each in visitors) / (time.monotonic() - start)


def stored(visitors: Sequence[Visitor]) -> tuple[Counter[Key], Counter[Key]]:
    """How often each event is in the click log, and in the training feed."""
    django.setup()
    from movie.clicks import click_log
    from movie.models import FeedEvent

    logged = (event for each in visitors for event in click_log().every(owner_of(each.id, None)))
    log = Counter((event.visitor_id, event.event_id) for event in logged)
    return log, Counter(FeedEvent.objects.values_list("visitor_id", "event_id"))


def lost(accepted: Counter[Key], log: Counter[Key], feed: Counter[Key]) -> int:
    return ((accepted - log) | (accepted - feed)).total()


def twice_or_unasked(accepted: Counter[Key], log: Counter[Key], feed: Counter[Key]) -> int:
    return ((log - accepted) | (feed - accepted)).total()


def measure(*, stores: bool, mysql: bool, workers: int, n_visitors: int, seconds: float) -> Load:
    with site(stores=stores, mysql=mysql, workers=workers) as (gunicorn, drain):
        visitors = [Visitor(gunicorn.url, seed=seed) for seed in range(n_visitors)]
        rate = click_at_once(visitors, seconds=seconds)
        last = time.monotonic()
        drain()
        drained_in = time.monotonic() - last
        log, feed = stored(visitors)
    accepted = Counter((each.id, event_id) for each in visitors for event_id in each.accepted)
    milliseconds = np.array([second for each in visitors for second in each.seconds]) * 1000
    return Load(
        clicks_a_second=rate,
        p50=float(np.percentile(milliseconds, 50)),
        p99=float(np.percentile(milliseconds, 99)),
        longest=float(milliseconds.max()),
        sent_again=sum(each.sent_again for each in visitors),
        accepted=accepted.total(),
        in_log=log.total(),
        in_feed=feed.total(),
        lost=lost(accepted, log, feed),
        twice_or_unasked=twice_or_unasked(accepted, log, feed),
        drained_in=drained_in,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stores", action="store_true", help="DynamoDB and Kafka instead of the embedded defaults")
    parser.add_argument("--mysql", action="store_true", help="MySQL instead of SQLite")
    parser.add_argument("--visitors", type=int, default=8, help="who click at once (default: 8)")
    parser.add_argument("--seconds", type=float, default=10, help="for how long (default: 10)")
    parser.add_argument("--workers", type=int, default=2, help="of gunicorn (default: 2)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    asked = parser.parse_args()
    load = measure(
        stores=asked.stores,
        mysql=asked.mysql,
        workers=asked.workers,
        n_visitors=asked.visitors,
        seconds=asked.seconds,
    )
    print(
        f"{load.clicks_a_second:,.0f} clicks/s of {asked.visitors} visitors, {asked.workers} workers: "
        f"p50 {load.p50:.1f} ms, p99 {load.p99:.1f} ms, longest {load.longest:.0f} ms\n"
        f"accepted {load.accepted:,}, in the log {load.in_log:,}, in the feed {load.in_feed:,} "
        f"{load.drained_in:.1f} s later; sent again {load.sent_again:,}; "
        f"lost {load.lost:,}, twice or unasked {load.twice_or_unasked:,}"
    )
    if asked.json:
        asked.json.parent.mkdir(parents=True, exist_ok=True)
        asked.json.write_text(json.dumps({"asked": {**vars(asked), "json": None}, **asdict(load)}, indent=1))
    sys.exit(load.lost > 0 or load.twice_or_unasked > 0)


if __name__ == "__main__":
    main()
