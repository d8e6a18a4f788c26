"""The site on DynamoDB while DynamoDB stops: what was answered 2xx is in the log, once, and pages go on."""

from __future__ import annotations

import os
import re
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings

from movie.clicks.base import new_event_id, owner_of
from movie.clicks.dynamodb import DynamoDBClickLog
from tests.acceptance.servers import Gunicorn, Session, manage
from tests.services.dynamodb import Dynalite
from tests.services.stores import Stores, same_in_all
from tests.worlds import write_paper

pytestmark = pytest.mark.services
VISITORS = 8
PAUSE_BETWEEN_CLICKS = 0.05
RETRY_PAUSE = 0.3
MOST_WAIT = 4
Fault = Callable[[Dynalite], None]


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site's folder with the planted movies."""
    folder = tmp_path_factory.mktemp("site")
    write_paper(folder / "data" / "planted")
    manage(folder, "migrate", "--verbosity", "0")
    manage(folder, "collectstatic", "--verbosity", "0", "--no-input")
    manage(folder, "load_movies", "--source", str(folder / "data" / "planted"))
    return folder


@pytest.fixture(scope="module")
def dynalite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dynalite]:
    with Dynalite(tmp_path_factory.mktemp("dynalite")) as server:
        yield server


@pytest.fixture(scope="module")
def site(var: Path, dynalite: Dynalite) -> Iterator[Gunicorn]:
    manage(var, "clicklog", "create", **dynalite.settings())
    with Gunicorn(var, workers=2, **dynalite.settings()) as started:
        yield started
    assert "Traceback" not in started.log.read_text()


@pytest.fixture
def log(dynalite: Dynalite, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> DynamoDBClickLog:
    """The site's log, read from the server itself."""
    for name, value in dynalite.settings().items():
        monkeypatch.setenv(name, value)
    settings.DYNAMODB_ENDPOINT, settings.DYNAMODB_REGION = dynalite.url, "ap-northeast-2"
    return DynamoDBClickLog()


@dataclass
class Clicking:
    """One visitor who clicks until told to stop, and sends again what was not accepted, as the page's script does."""

    session: Session
    movie_ids: list[int]
    sent: dict[UUID, int] = field(default_factory=dict)
    """Movie of each event id."""
    accepted: set[UUID] = field(default_factory=set)
    refused_after: list[float] = field(default_factory=list)
    """Seconds until each 503."""

    def run(self, over: Event) -> None:
        while not over.is_set():
            event_id = new_event_id(at=datetime.now(UTC), entropy=os.urandom(10))
            self.sent[event_id] = self.movie_ids[len(self.sent) % len(self.movie_ids)]
            while not self._accepted(event_id):
                time.sleep(RETRY_PAUSE)
            time.sleep(PAUSE_BETWEEN_CLICKS)

    def _accepted(self, event_id: UUID) -> bool:
        start = time.monotonic()
        status, headers = self.session.send({"movie_id": self.sent[event_id], "event_id": str(event_id)})
        if status == 201:
            self.accepted.add(event_id)
            return True
        assert (status, headers["Retry-After"]) == (503, "2")
        self.refused_after.append(time.monotonic() - start)
        return False


def arrive(url: str) -> Clicking:
    session = Session(url)
    return Clicking(session, sorted({int(found) for found in re.findall(r'data-movie-id="(\d+)"', session.get("/"))}))


def seconds_of_pages(url: str, over: Event) -> list[float]:
    """How long somebody waits for each page who only looks."""
    session, taken = Session(url), []
    while not over.is_set():
        start = time.monotonic()
        session.get("/")
        taken.append(time.monotonic() - start)
        time.sleep(0.1)
    return taken


def paused(server: Dynalite) -> None:
    server.pause()
    time.sleep(10)
    server.go_on()


def killed(server: Dynalite) -> None:
    server.kill()
    time.sleep(3)
    server.start()


@pytest.mark.parametrize("fault", [paused, killed])
def test_under_load_every_accepted_click_is_logged_once(
    site: Gunicorn, var: Path, dynalite: Dynalite, log: DynamoDBClickLog, fault: Fault
) -> None:
    visitors = [arrive(site.url) for _ in range(VISITORS)]
    over, fault_over = Event(), Event()
    with ThreadPoolExecutor(VISITORS + 1) as pool:
        running = [pool.submit(each.run, over) for each in visitors]
        time.sleep(1)
        pages = pool.submit(seconds_of_pages, site.url, fault_over)
        before = [len(each.accepted) for each in visitors]
        fault(dynalite)
        fault_over.set()
        time.sleep(3)
        over.set()
        for one in running:
            one.result()

    refused = [seconds for each in visitors for seconds in each.refused_after]
    assert min(before) > 0 and refused
    assert max(refused) < MOST_WAIT
    # A page waits a moment for the log, and never for threads that all wait for it longer.
    assert statistics.median(pages.result()) < 0.3 and max(pages.result()) < 1.5, pages.result()
    for each, accepted_before in zip(visitors, before, strict=True):
        assert len(each.accepted) > accepted_before + 3  # it went on afterwards
        logged = log.history(owner_of(each.session.visitor_id, None), limit=10_000)
        ids = [event.event_id for event in logged]
        assert len(ids) == len(set(ids))
        assert each.accepted <= set(ids) <= each.sent.keys()
        assert all(each.sent[event.event_id] == event.movie_id for event in logged)
    # What was accepted while the log was away waits in the outbox for a publisher; then all stores hold the same.
    manage(var, "publish_events", "--once", **dynalite.settings())
    fed = {UUID(row[1]) for row in same_in_all(Stores(var, dynalite))}
    assert all(each.accepted <= fed for each in visitors)


@pytest.fixture
def page(browser: Browser, site: Gunicorn) -> Iterator[Page]:
    context = browser.new_context(locale="ko-KR", base_url=site.url)
    yield context.new_page()
    context.close()


def unsent(page: Page) -> list[str]:
    return list(
        page.evaluate("JSON.parse(localStorage.getItem('unsent-clicks') ?? '[]').map(click => click.event_id)")
    )


@pytest.mark.parametrize(
    ("stop", "refused_within", "back"),
    [(Dynalite.kill, 1, Dynalite.start), (Dynalite.pause, MOST_WAIT, Dynalite.go_on)],
)
def test_clicks_made_while_dynamodb_is_away_are_kept_and_sent_again_once(
    page: Page, dynalite: Dynalite, log: DynamoDBClickLog, stop: Fault, refused_within: float, back: Fault
) -> None:
    page.goto("/")
    stop(dynalite)
    try:
        for place in (0, 3):
            page.goto("/")
            assert "지금은 기록을 불러올 수 없습니다" in page.locator("#history-panel").inner_text()
            page.locator("main [data-log-click]").nth(place).click()
            page.wait_for_url("**/movie/*/")
            assert "지금은 기록을 불러올 수 없습니다" in page.locator("#history-panel").inner_text()
        kept = unsent(page)
        assert len(kept) == 2
        time.sleep(refused_within)
        assert unsent(page) == kept
    finally:
        back(dynalite)
    time.sleep(1.1)  # the door is shut for a second
    page.goto("/")
    expect(page.locator("#history-panel [data-event-id]")).to_have_count(2)
    assert unsent(page) == []
    page.reload()
    page.wait_for_timeout(300)
    visitor_id = next(str(cookie["value"]) for cookie in page.context.cookies() if cookie["name"] == "visitor")
    logged = log.history(owner_of(visitor_id.partition(":")[0], None), limit=10)
    assert [str(event.event_id) for event in logged] == kept[::-1]
    page.locator("#history-panel .panel-head a").click()
    page.locator("form.sure button").click()
    expect(page.locator("#history-panel [data-event-id]")).to_have_count(0)
    assert log.count(logged[0].owner) == 0
