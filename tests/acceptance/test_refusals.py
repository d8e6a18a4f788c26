"""What a visitor is told where a part of a page could not be had: too much at once, or no network."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.acceptance.servers import Gunicorn, planted_site
from tests.worlds import FIRST_ID

pytestmark = pytest.mark.acceptance
POSTS_A_MINUTE = 4


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gunicorn]:
    var = tmp_path_factory.mktemp("refusals")
    planted_site(var)
    with Gunicorn(var, workers=1, POSTS_A_MINUTE=str(POSTS_A_MINUTE)) as served:
        yield served


@pytest.fixture
def page(browser: Browser, site: Gunicorn) -> Iterator[Page]:
    """A visitor with two clicks, whose scripts do not fail."""
    with browser.new_context(locale="ko-KR", base_url=site.url) as context:
        opened, problems = context.new_page(), []
        opened.on("pageerror", lambda error: problems.append(str(error)))
        opened.goto("/")
        assert [post(opened, FIRST_ID), post(opened, FIRST_ID + 1)] == [201, 201]
        opened.goto("/")
        yield opened
        assert problems == []


def post(page: Page, movie_id: int) -> int:
    token = page.locator("[name=csrfmiddlewaretoken]").first.get_attribute("value") or ""
    return page.request.post("/log_click/", data={"movie_id": movie_id}, headers={"X-CSRFToken": token}).status


def flood(page: Page) -> None:
    """As many clicks as a minute may have, also where another minute begins among them."""
    while post(page, FIRST_ID) != 429:
        pass


def test_too_much_at_once_is_told_where_the_visitor_is_and_can_be_put_away(page: Page) -> None:
    flood(page)
    refusal, remove = page.locator("#refusal"), page.locator("#history-panel .remove button").first
    expect(refusal).to_be_hidden()
    remove.click()
    expect(refusal).to_be_visible()
    expect(refusal).to_contain_text("1분 뒤에 다시 시도해 주세요")
    assert refusal.get_attribute("role") == "alert"
    expect(page.locator("#history-panel [data-event-id]")).to_have_count(2)
    refusal.get_by_role("button", name="닫기").click()
    expect(refusal).to_be_hidden()
    remove.click()
    expect(refusal).to_be_visible()
    page.keyboard.press("Escape")
    expect(refusal).to_be_hidden()


def test_a_network_that_is_away_is_told_and_forgotten_with_the_next_try(page: Page) -> None:
    page.context.set_offline(True)
    page.locator("#history-panel .remove button").first.click()
    expect(page.locator("#refusal")).to_contain_text("연결할 수 없습니다")
    page.context.set_offline(False)
    page.locator("#history-panel .remove button").first.click()
    expect(page.locator("#history-panel [data-event-id]")).to_have_count(1)
    expect(page.locator("#refusal")).to_be_hidden()


def test_what_a_page_asks_for_by_itself_fails_in_silence(page: Page) -> None:
    page.context.set_offline(True)
    page.evaluate("htmx.ajax('GET', '/movie/history/panel/', '#history-panel').catch(() => {})")
    page.wait_for_timeout(300)
    expect(page.locator("#refusal")).to_be_hidden()
