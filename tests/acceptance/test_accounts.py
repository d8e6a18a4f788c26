"""Two people at one browser: what the first one leaves behind when they sign out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.acceptance.servers import Gunicorn, planted_site, wait_until

pytestmark = pytest.mark.acceptance
PASSWORD = "correct horse battery"
WAITING = "JSON.parse(localStorage['unsent-clicks'] ?? '[]').length"
POSTS = 12


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    var: Path = tmp_path_factory.mktemp("accounts")
    planted_site(var)
    with Gunicorn(var, workers=2, POSTS_A_MINUTE=str(POSTS)) as running:
        yield running.url


@pytest.fixture
def page(browser: Browser, site: str) -> Iterator[Page]:
    with browser.new_context(base_url=site, locale="en") as context:
        yield context.new_page()


def sign_up(page: Page, name: str) -> None:
    page.goto("/accounts/sign_up/")
    for field, value in (("username", name), ("password1", PASSWORD), ("password2", PASSWORD)):
        page.fill(f"[name={field}]", value)
    page.locator("main form button").click()
    expect(page.locator(".account-link")).to_contain_text(name)


def click_poster(page: Page, number: int) -> None:
    page.goto("/")
    page.locator("a[data-log-click]").nth(number).click()
    page.wait_for_load_state("networkidle")


def test_a_click_that_waits_is_kept_at_signing_in_and_gone_after_signing_out(page: Page) -> None:
    page.context.route("**/api/v1/clicks", lambda route: route.abort())
    click_poster(page, 0)
    assert page.evaluate(WAITING) == 1
    page.context.unroute("**/api/v1/clicks")
    sign_up(page, "first")
    expect(page.locator("[data-event-id]")).to_have_count(1)
    page.context.route("**/api/v1/clicks", lambda route: route.abort())
    click_poster(page, 1)
    page.goto("/accounts/")
    assert page.evaluate(WAITING) == 1
    page.locator("form[action='/accounts/sign_out/'] button").click()
    page.context.unroute("**/api/v1/clicks")
    expect(page.locator(".account-link")).to_contain_text("Sign in")
    wait_until(page, f"{WAITING} === 0")  # a script lets go of it as the page comes in
    assert page.locator("[data-event-id]").count() == 0
    page.go_back()
    assert "first" not in page.content(), "the Back button shows nothing of them"
    page.reload()
    expect(page.locator("[data-event-id]")).to_have_count(0)


def test_a_click_that_was_too_much_is_sent_later(page: Page) -> None:
    for _ in range(3 * POSTS):  # a limit's minute may end among them, or just after the first that was too much
        click_poster(page, 2)
        if (held := page.evaluate("(localStorage['hold-until'] ?? 0) - Date.now()")) > 10_000:
            break
    assert 10_000 < held <= 60_000
    assert page.evaluate(WAITING) >= 1
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if "/api/" in request.url else None)
    click_poster(page, 3)
    assert sent == [], "nothing is sent while the server would refuse it"


def test_lists_work_without_scripts(browser: Browser, site: str) -> None:
    with browser.new_context(base_url=site, locale="en", java_script_enabled=False) as context:
        page = context.new_page()
        sign_up(page, "plain")
        page.locator("a[data-log-click]").first.click()
        page.get_by_role("button", name="Want to watch").click()
        expect(page.get_by_role("button", name="Want to watch")).to_have_attribute("aria-pressed", "true")
        page.goto("/movie/lists/want/")
        expect(page.locator("main .card")).to_have_count(1)
