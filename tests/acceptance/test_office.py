"""The back office as its staff use it: a browser, a server of two workers, and trainings that really run."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from tests.acceptance.servers import Gunicorn, Session, planted_site
from tests.worlds import FIRST_ID

pytestmark = pytest.mark.acceptance
PASSWORD = "correct horse battery"
PREPARE = f"from accounts.models import User; User.objects.create_superuser('lee', password='{PASSWORD}')"
TRAINED_MS, SOON_MS = 60_000, 15_000


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("office")
    planted_site(folder, PREPARE)
    return folder


@pytest.fixture(scope="module")
def site(var: Path) -> Iterator[Gunicorn]:
    with Gunicorn(var, workers=2, RUN_JOBS="1") as running:
        yield running


@pytest.fixture
def page(browser: Browser, site: Gunicorn) -> Iterator[Page]:
    """One of the staff, led by the sign-in page to the dashboard; the browser must not complain of anything."""
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error":
            complaints.append(message.text)

    with browser.new_context(base_url=site.url, locale="en") as context:
        page = context.new_page()
        page.on("console", hear)
        page.goto("/office/")
        page.fill("[name=username]", "lee")
        page.fill("[name=password]", PASSWORD)
        page.locator("main form button").click()
        expect(page.locator("h1")).to_have_text("Dashboard")
        yield page
    assert complaints == []


def ask(page: Page, model: str, button: str, data: str | None = None) -> None:
    card = page.locator(f"[data-checkpoint-of={model}]")
    if data:
        card.locator("select").select_option(data)
    card.get_by_role("button", name=button).click()


def serving(page: Page, model: str) -> str:
    return str(page.locator(f"[data-checkpoint-of={model}] code").text_content())


def newest(page: Page, state: str, *, within: float = SOON_MS) -> None:
    expect(page.locator("[data-job]").first).to_have_attribute("data-state", state, timeout=within)


def workers_of(site: Gunicorn) -> list[int]:
    """The worker of jobs beside the server."""
    by_thread = Path(f"/proc/{site.process.pid}/task").glob("*/children")
    children = [pid for each in by_thread for pid in each.read_text().split()]
    return [int(pid) for pid in children if b"run_jobs" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def trainings(var: Path) -> list[int]:
    """Processes that train for this site."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
            ours = f"VAR_DIR={var}".encode() in (process / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if ours and b"train" in words:
            found.append(int(process.name))
    return found


def wait_until(holds: Callable[[], object], *, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_trainings_run_are_gone_back_from_cancelled_and_lost_and_the_page_follows(
    page: Page, site: Gunicorn, var: Path
) -> None:
    _is_retrained_and_rolled_back(page, site)
    _is_cancelled_and_fails_with_its_worker(page, site, var)


def _is_retrained_and_rolled_back(page: Page, site: Gunicorn) -> None:
    ask(page, "ease", "EASE: Retrain")
    expect(page.locator("#jobs progress, #jobs [data-state=queued]").first).to_be_visible()
    newest(page, "done", within=TRAINED_MS)  # the page was not loaded again by hand
    expect(page.locator("[data-verdict=serves]")).to_contain_text("Promoted.")
    first = serving(page, "ease")

    visitor = Session(site.url)
    visitor.get("/")
    for movie_id in range(FIRST_ID, FIRST_ID + 20, 3):
        visitor.send({"movie_id": movie_id, "page_url": "/"})  # who never saw a page is taken for a robot
    ask(page, "ease", "EASE: Retrain", data="feed")
    newest(page, "done", within=TRAINED_MS)
    expect(page.locator("[data-verdict=serves]").first).to_contain_text("NDCG@10")  # the gate has compared
    assert serving(page, "ease") != first

    ask(page, "ease", f"EASE: Roll back to {first}")
    newest(page, "done")
    expect(page.locator("[data-verdict=serves]").first).to_contain_text(f"{first} serves again.")
    assert serving(page, "ease") == first
    wait_until(lambda: 'data-model="ease"' in visitor.get("/movie/ease/"))
    page.locator("[data-job] a").first.click()
    expect(page.locator("pre.log")).to_contain_text("serves again")


def _is_cancelled_and_fails_with_its_worker(page: Page, site: Gunicorn, var: Path) -> None:
    page.goto("/office/")
    ask(page, "ngcf", "NGCF: Retrain")
    newest(page, "running")
    wait_until(lambda: trainings(var))
    page.get_by_role("button", name="Cancel").click()
    newest(page, "cancelled")
    wait_until(lambda: not trainings(var))

    ask(page, "ngcf", "NGCF: Retrain")
    newest(page, "running")
    wait_until(lambda: trainings(var))
    [worker] = workers_of(site)
    os.kill(worker, signal.SIGKILL)
    wait_until(lambda: not trainings(var))  # it ended with its worker
    with closing(sqlite3.connect(var / "site.sqlite3", timeout=10)) as database, database:
        database.execute("UPDATE movie_lease SET until = '2020-01-01 00:00:00' WHERE name = 'run_jobs'")
    page.goto("/office/")
    newest(page, "failed")
    expect(page.locator("[data-job]").first).to_contain_text("The worker that ran it is gone.")
    assert not list((var / "checkpoints" / "catalogue" / "ngcf").glob("current"))

    wait_until(lambda: set(workers_of(site)) - {worker})  # the server has begun another one
    ask(page, "ease", "EASE: Retrain")
    newest(page, "done", within=TRAINED_MS)


def test_the_admin_works_under_the_sites_policy(page: Page) -> None:
    """Its scripts and styles too: the list's search, a row added to a form, a person found as they are typed."""
    page.goto("/admin/movie/movie/")
    page.fill("#searchbar", "히트")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Heat <&> (1990)").click()
    page.get_by_role("button", name="Add another Credit").click()
    row = page.locator("#credits-group tr.dynamic-credits").last
    row.locator("select[name$=role]").select_option("director")
    row.locator(".select2-selection").click()
    page.locator(".select2-search__field").last.fill("al paci")
    page.get_by_role("option", name="Al Pacino").click()
    page.fill("#id_runtime", "172")
    page.locator("[name=_continue]").click()
    expect(page.locator(".messagelist .success")).to_be_visible()
    assert page.input_value("#id_runtime") == "172"
    page.goto(f"/movie/{FIRST_ID}/")
    expect(page.locator("main")).to_contain_text("172")
    expect(page.locator(".detail dd").filter(has_text="Michael Mann").first).to_contain_text("Al Pacino")
