"""axe-core (Deque) on every page: WCAG 2.2 A and AA, and what axe calls best practice, without a violation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.acceptance.pages.conftest import World
from tests.acceptance.pages.places import PLACES, Place, Who
from tests.acceptance.servers import ROOT
from tests.worlds import FIRST_ID

pytestmark = pytest.mark.acceptance
AXE = Path(ROOT / "var/services/axe/node_modules/axe-core/axe.min.js")
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
LOOKS: dict[str, list[tuple[dict[str, int], str]]] = {
    "ko": [(PHONE, "light"), (DESKTOP, "dark")],
    "en": [(PHONE, "dark"), (DESKTOP, "light")],
}
"""Each language with each width and each scheme, and each width with each scheme."""
EVERYTHING = """{ rules: { "target-size": { enabled: true } },
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }"""
BY_LOOKS = """{ runOnly: { type: "rule", values:
  ["color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size"] } }"""
"""What hangs on widths and colours; the rest is the same document in another window."""
RUN = """() => axe.run({ ...%s, resultTypes: ["violations"] }).then(({ violations }) => violations.map(({ id, nodes }) =>
  ({ id, nodes: nodes.map(({ html, failureSummary }) => ({ html: html.slice(0, 200), why: failureSummary })) })))"""

SETTLED = """() => new Promise((settled) => requestAnimationFrame(() => requestAnimationFrame(settled)))
  .then(() => Promise.allSettled(document.getAnimations()
    .filter((each) => each.effect.getComputedTiming().endTime < Infinity).map(({ finished }) => finished)))"""
"""Scripts have heard of the new window and colours, and colours that go over into others have got there."""


def violations(page: Page, rules: str = EVERYTHING) -> list[dict[str, Any]]:
    """What axe finds. It is run by the browser's debugger, which no policy of the page forbids."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text() + "\n0")
    found: list[dict[str, Any]] = page.evaluate(RUN % rules)
    return found


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_no_page_has_a_violation(world: World, place: Place) -> None:
    for language, looks in LOOKS.items():
        page = world.open(place, language)
        for (size, scheme), rules in zip(looks, (EVERYTHING, BY_LOOKS), strict=True):
            page.set_viewport_size(size)  # type: ignore[arg-type]
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.evaluate(SETTLED)
            assert violations(page, rules) == [], (place.name, language, size["width"], scheme)
            assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], "the page scrolls sideways"
        page.close()


def in_each_look(world: World, who: Who, language: str) -> Iterator[tuple[Page, str]]:
    """An empty page of theirs for each, and what a failure calls it."""
    for size, scheme in LOOKS[language]:
        page = world.context(who, language).new_page()
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        yield page, f"{language}, {size['width']} wide, {scheme}"
        page.close()


@pytest.mark.parametrize("language", LOOKS)
def test_what_opens_has_no_violation_either(world: World, language: str) -> None:
    for page, look in in_each_look(world, "clicked", language):
        page.goto("/movie/ngcf/")
        for opened in (".menu", "main .why", "main .card:nth-child(2) .opinion"):
            page.locator(f"{opened} summary").first.click()
            assert violations(page) == [], (opened, look)
            page.keyboard.press("Escape")
        page.locator("#search-box").fill("heat")
        expect(page.locator("#suggestions [role=option]").first).to_be_visible()
        page.keyboard.press("ArrowDown")
        assert violations(page) == [], ("suggestions", look)


@pytest.mark.parametrize("language", LOOKS)
def test_a_comment_that_is_looked_at_has_none(world: World, language: str) -> None:
    for page, look in in_each_look(world, "member", language):
        page.goto("/paper_review/1/")
        page.fill("#comment-form textarea", "**One** `two`\n\n> three\n\n- https://example.org/")
        page.locator("#comment-form [name=preview]").click()
        expect(page.locator("#previewed")).to_be_visible()
        assert violations(page) == [], look


@pytest.mark.parametrize("language", LOOKS)
def test_the_editor_of_a_review_has_none(world: World, language: str) -> None:
    for page, look in in_each_look(world, "staff", language):
        page.goto(f"/admin/paper_review/review/?language__exact={language}")
        page.locator("#result_list tbody th a").first.click()
        page.wait_for_selector("[data-preview] .review > *")
        assert violations(page) == [], look


@pytest.mark.parametrize("language", LOOKS)
def test_the_page_to_try_the_api_at_has_none_while_it_is_tried(world: World, language: str) -> None:
    """One operation to read and one that changes something, before they are sent and after; and a schema."""
    for page, look in in_each_look(world, "clicked", language):
        page.goto("/api/v1/docs")
        for name in ("movie", "star"):
            operation = page.locator(f"[id$='-{name}'].opblock")
            operation.locator(".opblock-summary-control").click()
            operation.locator("[data-param-name=movie_id] input").fill(str(FIRST_ID))
            assert violations(page) == [], (name, look)
            operation.locator(".execute").click()
            expect(operation.locator(".live-responses-table .response .response-col_status")).to_contain_text("200")
            assert violations(page) == [], (name, "answered", look)
            operation.locator(".opblock-summary-control").click()
        page.locator(".models-control").click()
        page.locator(".models .json-schema-2020-12-accordion").first.click()
        assert violations(page) == [], ("schema", look)


def test_a_violation_is_found(world: World) -> None:
    """The other tests mean something only if this one holds."""
    page = world.context("new", "en").new_page()
    page.goto(f"/movie/{FIRST_ID}/")
    page.evaluate("document.querySelector('main img').removeAttribute('alt')")
    page.evaluate("document.querySelector('.unstar, .hide').style.color = 'transparent'")
    assert {"image-alt"} <= {found["id"] for found in violations(page)}
    page.close()
