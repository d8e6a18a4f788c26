"""Everything by keyboard, with a focus that is seen; and what the system's settings ask of a page."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.acceptance.pages.conftest import World, click_movies
from tests.worlds import FIRST_ID

pytestmark = pytest.mark.acceptance
FOCUSED = """() => { const it = document.activeElement, label = it.closest("label") ?? it;
  const seen = [it, label].map((each) => getComputedStyle(each)), box = label.getBoundingClientRect();
  return { name: it.tagName + "." + it.className, width: box.width, height: box.height, inside: document.body === it,
    outline: seen.some((each) => each.outlineStyle !== "none" && parseFloat(each.outlineWidth) >= 2 && each.opacity > 0) }; }"""


@pytest.mark.parametrize("path", ["/", f"/movie/{FIRST_ID}/", "/movie/ngcf/", "/movie/start/", "/movie/history/"])
def test_whatever_tab_comes_to_is_seen_to_have_the_focus(world: World, path: str) -> None:
    with world.fresh(viewport={"width": 1280, "height": 900}) as context:
        click_movies(context.new_page(), FIRST_ID, FIRST_ID + 1)
        page = context.new_page()
        page.goto(path)
        passed = []
        for _ in range(40):
            page.keyboard.press("Tab")
            focused = page.evaluate(FOCUSED)
            if focused["inside"]:
                break
            passed.append(focused["name"])
            assert focused["outline"] and focused["width"] and focused["height"], (path, focused)
        assert passed[0] == "A.skip" and len(passed) > 10


def test_the_menu_of_models_opens_and_closes_by_keyboard_and_leads_on(visitor: Page) -> None:
    visitor.goto("/")
    summary = visitor.locator(".menu summary")
    summary.focus()
    visitor.keyboard.press("Enter")
    expect(visitor.locator(".menu-body")).to_be_visible()
    visitor.keyboard.press("Escape")
    expect(visitor.locator(".menu-body")).to_be_hidden()
    assert visitor.evaluate("document.activeElement.tagName") == "SUMMARY"
    visitor.keyboard.press("Space")
    visitor.keyboard.press("Tab")
    visitor.keyboard.press("Enter")
    visitor.wait_for_url("**/movie/sasrec/")
    assert "SASRec" in visitor.locator(".menu summary").inner_text()


def test_the_menu_closes_where_something_else_is_pointed_at_or_focused(visitor: Page) -> None:
    visitor.goto("/")
    visitor.locator(".menu summary").click()
    visitor.locator("footer").click()
    expect(visitor.locator(".menu-body")).to_be_hidden()
    visitor.locator(".menu summary").click()
    visitor.locator("main .card > a").first.focus()
    expect(visitor.locator(".menu-body")).to_be_hidden()


@pytest.mark.parametrize("visitor", [{"java_script_enabled": False}], indirect=True)
def test_the_menu_works_without_scripts(visitor: Page) -> None:
    visitor.goto("/")
    visitor.locator(".menu summary").click()
    visitor.locator(".menu a[href='/movie/compare/']").click()
    visitor.wait_for_url("**/movie/compare/")


@pytest.mark.parametrize("visitor", [{"reduced_motion": "reduce"}], indirect=True)
def test_who_wants_no_motion_gets_none(visitor: Page) -> None:
    visitor.goto("/")
    moving = visitor.evaluate("""() => [...document.querySelectorAll("*")].filter((each) => {
        const { transitionDuration, animationName } = getComputedStyle(each);
        return parseFloat(transitionDuration) > 0.01 || animationName !== "none"; }).length""")
    assert moving == 0


@pytest.mark.parametrize("visitor", [{"forced_colors": "active"}], indirect=True)
def test_stars_and_switches_are_seen_in_forced_colours(visitor: Page) -> None:
    """A system's own colours take every background away; what is drawn by one keeps its own."""
    visitor.goto(f"/movie/{FIRST_ID}/")
    star = """() => getComputedStyle(document.querySelector(".stars label:nth-of-type(%d)"), "::before").backgroundColor"""
    visitor.locator(".my-opinion .stars label").nth(3).click()
    visitor.mouse.move(0, 0)
    chosen, other, ground = (
        visitor.evaluate(script)
        for script in (star % 4, star % 9, "() => getComputedStyle(document.body).backgroundColor")
    )
    assert len({chosen, other, ground}) == 3
