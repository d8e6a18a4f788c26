"""/metrics of a server with two workers: what each counted is counted, whoever of them is asked, also after its end."""

from __future__ import annotations

import os
import signal
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.acceptance.servers import Gunicorn, Session, planted_site
from tests.worlds import FIRST_ID

pytestmark = pytest.mark.acceptance
VISITORS, CLICKS = 12, 4


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("metrics")
    planted_site(folder)
    return folder


@pytest.fixture
def site(var: Path) -> Iterator[Gunicorn]:
    with Gunicorn(var, workers=2) as running:
        yield running


def scrape(site: Gunicorn) -> dict[tuple[object, ...], float]:
    text = urllib.request.urlopen(site.url + "/metrics").read().decode()
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def visit(url: str) -> None:
    session = Session(url)
    session.get("/")
    for i in range(CLICKS):
        session.click(FIRST_ID + i)
        session.get(f"/movie/{FIRST_ID + i}/")


def request(view: str, method: str, status: int) -> tuple[object, ...]:
    labels = {"view": view, "method": method, "status": str(status)}
    return ("movies_http_requests_total", *sorted(labels.items()))


def wait_until(holds: Callable[[], object], *, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_two_workers_count_as_one_server(site: Gunicorn, var: Path) -> None:
    before = scrape(site)
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(visit, [site.url] * VISITORS))
    scraped = [scrape(site) for _ in range(6)]  # whichever worker answers
    clicked = ("movies_clicks_total", ("kind", "click"), ("outcome", "accepted"))
    for after in scraped:
        assert after[request("movie:detail", "GET", 200)] == VISITORS * CLICKS
        assert after[request("movie:log_click", "POST", 201)] == after[clicked] == VISITORS * CLICKS
        assert after["movies_http_request_seconds_count", ("view", "movie:detail")] == VISITORS * CLICKS
        assert after[request("movie:home", "GET", 200)] - before[request("movie:home", "GET", 200)] == VISITORS
    both = {path.stem.rpartition("_")[2] for path in (var / "metrics").glob("*/counter_*.db")}
    assert {str(pid) for pid in site.workers()} <= both
    memory = [key for key in scraped[0] if key[0] == "movies_process_resident_memory_bytes"]
    assert {key[1] for key in memory} == {("process", name) for name in ("master", "worker-1", "worker-2")}

    os.kill(site.workers()[0], signal.SIGKILL)
    wait_until(lambda: len(site.workers()) == 2)
    assert scrape(site)[clicked] == VISITORS * CLICKS


def test_another_server_counts_from_nothing_and_clears_up_after_the_first(site: Gunicorn, var: Path) -> None:
    visit(site.url)
    assert scrape(site)["movies_clicks_total", ("kind", "click"), ("outcome", "accepted")] == CLICKS
    assert len(list((var / "metrics").glob("server-*"))) == 1
