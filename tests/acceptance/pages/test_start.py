"""The first visit in a real browser: with scripts, by keyboard, without scripts, and undone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.acceptance
PICKS = "main .pick button"


def shown(page: Page) -> list[str]:
    return [str(button.get_attribute("value")) for button in page.locator(PICKS).all()]


def test_five_picks_by_mouse_lead_to_ten_movies(visitor: Page) -> None:
    visitor.goto("/")
    visitor.locator("#invitation a").click()
    visitor.wait_for_url("**/movie/start/")
    visitor.evaluate("window.stayed = true")
    before = shown(visitor)
    visitor.locator(PICKS).nth(2).click()
    expect(visitor.locator("#start-progress")).to_contain_text("5편 중 1편")
    after = shown(visitor)
    assert [one for one in after if one in before] == [one for one in before if one != before[2]]
    assert before[2] not in after and len(after) == 12, "its place is taken, and the others stay where they are"
    assert visitor.evaluate("window.stayed")
    for n in range(2, 5):
        visitor.locator(PICKS).first.click()
        expect(visitor.locator(".picked li:not(.open)")).to_have_count(n)
    visitor.locator(PICKS).first.click()
    visitor.wait_for_url("**/movie/ngcf/")
    assert visitor.locator("main .card[data-rank]").count() == 10
    expect(visitor.locator("#history-panel [data-kind=click]")).to_have_count(5)
    visitor.goto("/")
    expect(visitor.locator("#invitation")).to_have_count(0)


def test_picks_by_keyboard_keep_the_focus_in_its_place(visitor: Page) -> None:
    visitor.goto("/movie/start/")
    visitor.locator("#place-4").focus()
    visitor.keyboard.press("Enter")
    expect(visitor.locator(".picked li:not(.open)")).to_have_count(1)
    assert visitor.evaluate("document.activeElement.id") == "place-4"
    visitor.keyboard.press("Space")
    expect(visitor.locator(".picked li:not(.open)")).to_have_count(2)


def test_others_are_shown_and_what_was_passed_does_not_come_back(visitor: Page) -> None:
    visitor.goto("/movie/start/")
    first = shown(visitor)
    visitor.locator(".pager a").click()
    expect(visitor.locator("#place-1")).not_to_have_attribute("value", first[0])
    assert not set(first) & set(shown(visitor))


def test_a_pick_is_taken_back_and_put_back(visitor: Page) -> None:
    visitor.goto("/movie/start/")
    visitor.locator(PICKS).first.click()
    expect(visitor.locator(".picked li:not(.open)")).to_have_count(1)
    visitor.locator(".picked .remove button").click()
    expect(visitor.locator(".picked li:not(.open)")).to_have_count(0)
    visitor.locator(".removed button").click()
    expect(visitor.locator(".picked li:not(.open)")).to_have_count(1)


def test_who_does_not_want_to_is_not_asked_again(visitor: Page) -> None:
    visitor.goto("/")
    visitor.locator("#invitation button").click()
    expect(visitor.locator("#invitation")).to_have_count(0)
    visitor.reload()
    expect(visitor.locator("main .card").first).to_be_visible()
    assert visitor.locator("#invitation").count() == 0


@pytest.mark.parametrize("visitor", [{"java_script_enabled": False}], indirect=True)
def test_all_of_it_works_without_scripts(visitor: Page) -> None:
    visitor.goto("/")
    visitor.locator("#invitation button").click()
    expect(visitor.locator("#invitation")).to_have_count(0)
    visitor.goto("/movie/start/")
    for n in range(1, 5):
        visitor.locator(PICKS).nth(n).click()
        expect(visitor.locator(".picked li:not(.open)")).to_have_count(n)
        expect(visitor.locator(PICKS)).to_have_count(12)
    visitor.locator(".pager a").click()
    visitor.locator(PICKS).first.click()
    visitor.wait_for_url("**/movie/ngcf/")
    expect(visitor.locator("main .card[data-rank]")).to_have_count(10)
