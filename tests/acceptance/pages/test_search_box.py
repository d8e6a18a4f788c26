"""Searching as somebody types, by keyboard, with a Korean input method, and without scripts."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.worlds import FIRST_ID

pytestmark = pytest.mark.acceptance
OPTIONS = "#suggestions [role=option]"
CHOSEN = "#suggestions [aria-selected=true]"


def typed(page: Page, text: str) -> None:
    page.goto("/")
    page.locator("#search-box").press_sequentially(text, delay=30)


def test_suggestions_come_while_typing_and_arrows_enter_and_escape_do_what_they_should(visitor: Page) -> None:
    typed(visitor, "film 11")
    box = visitor.locator("#search-box")
    expect(visitor.locator(OPTIONS).first).to_be_visible()
    assert box.get_attribute("aria-expanded") == "true"
    box.press("ArrowDown")
    box.press("ArrowDown")
    [second] = visitor.locator(OPTIONS).all()[1:2]
    assert second.get_attribute("aria-selected") == "true"
    assert box.get_attribute("aria-activedescendant") == second.get_attribute("id")
    box.press("ArrowUp")
    box.press("ArrowUp")  # above the first is the last
    assert visitor.locator(OPTIONS).last.get_attribute("aria-selected") == "true"
    assert visitor.evaluate("document.activeElement.id") == "search-box"
    box.press("Escape")
    expect(visitor.locator("#suggestions")).to_be_hidden()
    assert box.input_value() == "film 11" and box.get_attribute("aria-activedescendant") is None
    box.press("ArrowDown")
    wanted = visitor.locator(CHOSEN).get_attribute("href")
    box.press("Enter")
    visitor.wait_for_url(f"**{wanted}")
    expect(visitor.locator("#history-panel [data-event-id]")).to_have_count(1)  # what is found is clicked


def test_enter_without_a_choice_leads_to_the_results_with_the_text_in_the_address(visitor: Page) -> None:
    typed(visitor, "heat")
    visitor.locator("#search-box").press("Enter")
    visitor.wait_for_url("**/movie/search/?q=heat")
    assert visitor.locator("main .card").first.get_attribute("data-movie-id") == str(FIRST_ID)
    assert visitor.locator("#search-box").input_value() == "heat"


def test_a_slip_of_the_pen_still_finds_it(visitor: Page) -> None:
    typed(visitor, "haet")
    expect(visitor.locator(f"#suggested-{FIRST_ID}")).to_be_visible()


def test_a_korean_syllable_in_the_making_is_looked_for_and_keeps_its_keys(visitor: Page) -> None:
    visitor.goto("/")
    visitor.locator("#search-box").focus()
    keys = visitor.context.new_cdp_session(visitor)
    for syllable in ("ㅎ", "히"):
        keys.send("Input.imeSetComposition", {"text": syllable, "selectionStart": 1, "selectionEnd": 1})
    expect(visitor.locator(f"#suggested-{FIRST_ID}")).to_be_visible()  # 히트, by what is there of it
    # Chromium says of a key that the input method takes that it is composing; so is this one said to be.
    visitor.evaluate("""() => document.getElementById("search-box").dispatchEvent(
        new KeyboardEvent("keydown", { key: "Enter", isComposing: true, bubbles: true, cancelable: true }))""")
    visitor.evaluate("""() => document.getElementById("search-box").dispatchEvent(
        new KeyboardEvent("keydown", { key: "ArrowDown", isComposing: true, bubbles: true, cancelable: true }))""")
    assert visitor.locator(CHOSEN).count() == 0 and visitor.url.endswith("/")
    keys.send("Input.insertText", {"text": "히"})
    visitor.keyboard.insert_text("트")
    assert visitor.locator("#search-box").input_value() == "히트"
    expect(visitor.locator(f"#suggested-{FIRST_ID}")).to_be_visible()
    visitor.keyboard.press("ArrowDown")
    visitor.keyboard.press("Enter")
    visitor.wait_for_url(f"**/movie/{FIRST_ID}/")


def test_nothing_found_is_said_and_an_emptied_box_shows_nothing(visitor: Page) -> None:
    typed(visitor, "zzzzzzzz")
    expect(visitor.locator("#suggested-none")).to_be_visible()
    visitor.locator("#search-box").press("ArrowDown")
    assert visitor.locator(CHOSEN).count() == 0
    visitor.locator("#search-box").fill("")
    expect(visitor.locator("#suggestions")).to_be_hidden()
    visitor.locator("#search-box").fill("   ")
    visitor.wait_for_timeout(400)
    expect(visitor.locator("#suggestions")).to_be_hidden()


def test_an_answer_that_comes_after_the_visitor_left_the_box_opens_nothing(visitor: Page) -> None:
    visitor.goto("/")
    with visitor.expect_response("**/suggest/**"):
        visitor.locator("#search-box").press_sequentially("heat")
        visitor.locator("main a").first.focus()
    visitor.wait_for_timeout(200)
    expect(visitor.locator("#suggestions")).to_be_hidden()


@pytest.mark.parametrize("visitor", [{"java_script_enabled": False}], indirect=True)
def test_the_box_is_a_form_without_scripts(visitor: Page) -> None:
    visitor.goto("/")
    visitor.locator("#search-box").fill("히트")
    visitor.locator(".search button").click()
    assert visitor.locator("main .card").first.get_attribute("data-movie-id") == str(FIRST_ID)
