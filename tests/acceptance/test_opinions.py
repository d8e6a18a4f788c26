"""Stars, what does not interest, what is put back and what is left out, in a real browser on the planted world."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.acceptance.servers import Gunicorn, planted_site, wait_until

pytestmark = pytest.mark.acceptance
TRAIN = """
import numpy as np
from movie.predictors.base import store_of
from pytorch_models.ngcf.recommender import NGCFRecommender
from tests.worlds import SMALL_NGCF, planted
store_of("ngcf").add(NGCFRecommender(SMALL_NGCF).fit(planted(), rng=np.random.default_rng(0)).save)
"""
MOVIE = 105


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gunicorn]:
    var = tmp_path_factory.mktemp("opinions")
    planted_site(var, TRAIN)
    with Gunicorn(var, workers=1) as served:
        yield served


@pytest.fixture
def context(browser: Browser, site: Gunicorn, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    asked = getattr(request, "param", {})
    opened = browser.new_context(
        **({"locale": "ko-KR", "viewport": {"width": 1280, "height": 900}, "base_url": site.url} | asked)
    )
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    opened = context.new_page()
    problems: list[str] = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    yield opened
    # What a test breaks on purpose fails to load, and Chromium says so; anything else is a fault of ours.
    assert [problem for problem in problems if "Failed to load resource" not in problem] == []


def kinds(page: Page) -> list[str]:
    return page.locator("#history-panel [data-kind]").evaluate_all("all => all.map(one => one.dataset.kind)")


def opinion(page: Page, movie_id: int) -> str:
    return f'.card[data-movie-id="{movie_id}"] .opinion'


def first_cards(page: Page, n: int) -> list[int]:
    found = page.locator("main .card").evaluate_all("all => all.map(one => Number(one.dataset.movieId))")
    return [int(movie_id) for movie_id in found[:n]]


def click_movies(page: Page, *movie_ids: int) -> None:
    for n, movie_id in enumerate(movie_ids, start=1):
        page.goto("/")
        page.locator(f'main a[data-log-click="{movie_id}"]').first.click()
        page.wait_for_url(f"**/movie/{movie_id}/")
        expect(page.locator("#history-panel [data-event-id]")).to_have_count(n)


def test_half_a_star_by_mouse_is_saved_at_once_changed_and_taken_back(page: Page) -> None:
    page.goto("/")
    [movie_id] = first_cards(page, 1)
    card = page.locator(opinion(page, movie_id))
    card.locator("summary").click()
    labels = card.locator(".stars label")
    box = card.locator(".stars").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] * 0.66, box["y"] + box["height"] / 2)  # in the seventh tenth: 3.5
    expect(page.locator("#history-panel [data-kind=star]")).to_have_count(1)
    expect(card.locator(".own")).to_have_text("★ 3.5")
    labels.nth(8).click()
    expect(page.locator("#history-panel [data-kind=star]")).to_have_count(2)
    page.reload()
    expect(card.locator(".own")).to_have_text("★ 4.5")
    page.goto(f"/movie/{movie_id}/")
    assert page.locator(".my-opinion input:checked").get_attribute("value") == "9"
    page.locator(".my-opinion .unstar").click()
    expect(page.locator("#history-panel [data-kind=unstar]")).to_have_count(1)
    expect(page.locator(".my-opinion .unstar")).to_be_hidden()
    page.reload()
    expect(page.locator(".my-opinion input:checked")).to_have_count(0)


@pytest.mark.parametrize(
    ("context", "before", "after"),
    [
        ({"locale": "ko-KR"}, "별점 · ‹{title}›에 매긴 내 별점", "4.5 · ‹{title}›에 매긴 내 별점"),
        ({"locale": "en-GB"}, "Rate · My stars for {title}", "4.5 · My stars for {title}"),
    ],
    indirect=["context"],
)
def test_what_is_read_out_of_a_cards_stars_begins_with_what_is_seen(page: Page, before: str, after: str) -> None:
    """So that who speaks to the browser can say what they see (WCAG 2.5.3)."""
    page.goto("/")
    [movie_id] = first_cards(page, 1)
    card = page.locator(f'main .card[data-movie-id="{movie_id}"]').first
    title = card.locator(".caption b").inner_text()
    summary = card.locator(".opinion summary")
    expect(summary).to_have_accessible_name(before.format(title=title))
    summary.click()
    card.locator(".stars label").nth(8).click()
    expect(summary).to_have_accessible_name(after.format(title=title))
    expect(page.locator("#history-panel [data-kind=star]")).to_have_count(1)
    page.reload()
    expect(summary).to_have_accessible_name(after.format(title=title))
    expect(summary.locator(".own")).to_have_text("★ 4.5")


def test_stars_by_keyboard_are_one_event_however_many_were_passed(page: Page) -> None:
    page.goto("/")
    [movie_id] = first_cards(page, 1)
    page.locator(f"{opinion(page, movie_id)} summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "star"
    page.keyboard.press("Space")
    expect(page.locator("#history-panel [data-kind=star]")).to_have_count(1)
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    expect(page.locator("#history-panel [data-kind=star]")).to_have_count(2)
    page.wait_for_timeout(700)
    assert kinds(page) == ["star", "star"]  # the first by the space bar, one for all arrows
    assert page.evaluate("document.activeElement.value") == "6"
    page.keyboard.press("Escape")
    expect(page.locator(".opinion[open]")).to_have_count(0)
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    page.reload()
    expect(page.locator(f"{opinion(page, movie_id)} .own")).to_have_text("★ 3")


def test_stars_that_keys_came_to_are_saved_though_the_page_goes_away(page: Page) -> None:
    page.goto(f"/movie/{MOVIE}/")
    page.locator(".my-opinion [type=radio]").first.focus()
    page.keyboard.press("ArrowRight")
    page.goto("/movie/history/")
    page.goto("/")
    expect(page.locator("#history-panel [data-kind=star]")).to_have_count(1)


@pytest.mark.parametrize(
    "context", [{"viewport": {"width": 390, "height": 800}, "has_touch": True, "is_mobile": True}], indirect=True
)
def test_stars_by_touch_fit_the_screen_on_each_side(page: Page) -> None:
    page.goto("/")
    for n, movie_id in enumerate(first_cards(page, 2), start=1):
        card = page.locator(opinion(page, movie_id))
        card.locator("summary").tap()
        box, half = card.locator(".opinion-body").bounding_box(), card.locator(".stars label").first.bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= 390
        assert half and half["width"] >= 24 and half["height"] >= 24  # WCAG 2.2, 2.5.8
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        card.locator(".stars label").nth(4).tap()
        expect(page.locator("#history-panel [data-kind=star]")).to_have_count(n)
        expect(card.locator(".own")).to_have_text("★ 2.5")


def test_what_does_not_interest_goes_and_comes_back(page: Page) -> None:
    page.goto("/")
    [movie_id, other] = first_cards(page, 2)
    card = page.locator(opinion(page, movie_id))
    card.locator("summary").click()
    card.locator(".hide").click()
    expect(page.locator("#history-panel [data-kind=hide]")).to_have_count(1)
    assert page.evaluate("document.activeElement.className").endswith("unhide")
    page.keyboard.press("Enter")
    expect(page.locator("#history-panel [data-kind=hide]")).to_have_count(0)
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    card.locator("summary").click()
    card.locator(".hide").click()
    expect(page.locator("#history-panel [data-kind=hide]")).to_have_count(1)
    page.reload()
    assert first_cards(page, 1) == [other]


def test_a_star_that_could_not_be_saved_is_told_and_sent_later_once(page: Page) -> None:
    page.goto(f"/movie/{MOVIE}/")
    answers = iter([503, None])
    page.route(
        "**/api/v1/movies/*/star*",
        lambda route: route.fulfill(status=503) if next(answers, None) else route.abort(),
    )
    page.locator(".my-opinion .stars label").nth(3).click()
    expect(page.locator(".my-opinion .told")).to_contain_text("다시 보냅니다")
    page.locator(".my-opinion .stars label").nth(9).click()
    page.wait_for_timeout(300)
    assert kinds(page) == []
    page.unroute("**/api/v1/movies/*/star*")
    page.reload()
    expect(page.locator("#history-panel [data-kind=star]")).to_have_count(1)  # the one before was replaced
    page.reload()
    assert page.locator(".my-opinion input:checked").get_attribute("value") == "10"
    assert page.evaluate("localStorage.getItem('unsent-clicks')") == "[]"


def test_what_was_clicked_by_a_wrong_clock_arrives_once(page: Page) -> None:
    """Also what waited already when the clock was found to be wrong."""
    page.clock.set_system_time(datetime.now(UTC) - timedelta(days=8))
    page.route("**/api/v1/clicks", lambda route: route.abort())
    for movie_id in _popular(page, 2):
        page.goto("/")
        page.locator(f'main a[data-log-click="{movie_id}"]').first.click()
        page.wait_for_url(f"**/movie/{movie_id}/")
    page.unroute("**/api/v1/clicks")
    for _ in range(3):
        page.goto("/")
        page.wait_for_load_state("networkidle")
    assert kinds(page) == ["click", "click"]
    assert page.evaluate("localStorage.getItem('unsent-clicks')") == "[]"


def test_a_click_that_waited_longer_than_the_server_takes_it_is_forgotten(page: Page) -> None:
    """It may have been logged then, and only the answer was lost: under another id it would be there twice."""
    page.goto("/")
    page.evaluate(
        """([then, movie]) => {
          const time = then.toString(16).padStart(12, "0");
          const click = { event_id: `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-000000000000`, movie_id: movie };
          localStorage.setItem("unsent-clicks", JSON.stringify([click]));
        }""",
        [int((datetime.now(UTC) - timedelta(days=8)).timestamp() * 1000), MOVIE],
    )
    for _ in range(2):
        page.reload()
        page.wait_for_load_state("networkidle")
    assert kinds(page) == []
    assert page.evaluate("localStorage.getItem('unsent-clicks')") == "[]"


def test_a_models_list_is_made_anew_when_a_star_was_given_in_it(page: Page) -> None:
    click_movies(page, *_popular(page, 2))
    page.goto("/movie/ngcf/")
    [first] = first_cards(page, 1)
    card = page.locator(opinion(page, first))
    card.locator("summary").click()
    card.locator(".stars label").nth(9).click()
    expect(page.locator("#history-panel [data-kind=star]")).to_have_count(1)
    assert first_cards(page, 1) == [first]  # not from under the hand
    page.keyboard.press("Escape")
    expect(page.locator(f'main .card[data-movie-id="{first}"]')).to_have_count(0)
    assert len(first_cards(page, 20)) == 10


def test_lists_side_by_side_say_a_star_wherever_the_movie_is_and_stay(page: Page) -> None:
    click_movies(page, *_popular(page, 2))
    page.goto("/movie/compare/")
    movie_id, other = _in_several(page)[:2]
    before = first_cards(page, 100)
    cards = page.locator(opinion(page, movie_id))
    cards.first.locator("summary").click()
    box, lists = cards.first.locator(".opinion-body").bounding_box(), page.locator(".compare").bounding_box()
    assert box and lists and box["x"] >= lists["x"] and box["x"] + box["width"] <= lists["x"] + lists["width"]
    cards.first.locator(".stars label").nth(8).click()
    expect(page.locator(f"{opinion(page, movie_id)} .own")).to_have_text(["★ 4.5"] * cards.count())
    page.keyboard.press("Escape")
    page.locator(f"{opinion(page, other)} summary").first.click()
    page.locator(f"{opinion(page, other)} .hide").first.click()
    hidden = page.locator(f'.card[data-movie-id="{other}"].is-hidden')
    expect(hidden.locator(".unhide")).to_have_count(page.locator(opinion(page, other)).count())
    assert page.evaluate("document.activeElement.closest('section').dataset.list") == hidden.first.evaluate(
        "card => card.closest('section').dataset.list"
    )
    assert first_cards(page, 100) == before
    expect(page.locator(".hidden-note button:focus")).to_have_count(1)
    wait_until(page, "localStorage.getItem('unsent-clicks') === '[]'")
    page.reload()
    assert not {movie_id, other} & set(first_cards(page, 100))


def _in_several(page: Page) -> list[int]:
    """Movies that more than one list has, in the order of the page."""
    shared = page.locator("main .card.shared").evaluate_all("all => all.map(one => Number(one.dataset.movieId))")
    return list(dict.fromkeys(shared))


def _popular(page: Page, n: int) -> list[int]:
    page.goto("/")
    return first_cards(page, n)


def test_the_list_without_a_click_comes_in_place_by_keyboard_and_back(page: Page) -> None:
    click_movies(page, *_popular(page, 3))
    page.goto("/movie/ngcf/")
    before = first_cards(page, 10)
    page.evaluate("window.stayed = true")
    switch = page.locator("#history-panel [name=without]")
    switch.first.focus()
    page.keyboard.press("Space")
    expect(page.locator(".what-if")).to_be_visible()
    assert page.evaluate("window.stayed") and "?without=" in page.url
    assert page.evaluate("document.activeElement.name") == "without"
    after = first_cards(page, 10)
    told = page.locator(".move").count() + page.locator("[data-gone]").count()
    assert (after != before) == (told > 0)
    assert len(kinds(page)) == 3
    page.keyboard.press("Space")
    expect(page.locator(".what-if")).to_have_count(0)
    assert first_cards(page, 10) == before
    switch.nth(1).check()
    expect(page.locator(".what-if")).to_be_visible()
    page.reload()
    expect(page.locator("#history-panel [name=without]:checked")).to_have_count(1)


def test_a_list_without_an_older_click_comes_in_place_too(page: Page) -> None:
    page.goto("/")
    token = page.locator("[name=csrfmiddlewaretoken]").first.get_attribute("value") or ""
    for movie_id in range(101, 117):
        said = page.request.post("/log_click/", data={"movie_id": movie_id}, headers={"X-CSRFToken": token})
        assert said.status == 201
    page.goto("/movie/ngcf/")
    further = page.locator("#history-panel .further")
    expect(further.locator("[name=without]")).to_have_count(4)
    further.locator("summary").click()
    page.locator("#history-panel .entries [name=without]").first.check()
    expect(page.locator(".what-if")).to_contain_text("클릭 1개가 없다면")
    further.locator("[name=without]").last.check()
    expect(page.locator(".what-if")).to_contain_text("클릭 2개가 없다면")
    page.reload()
    expect(further.locator("[name=without]:checked")).to_be_visible()
    further.locator("[name=without]:checked").uncheck()
    expect(page.locator(".what-if")).to_contain_text("클릭 1개가 없다면")


def test_what_was_removed_is_put_back_and_all_goes_after_a_question(page: Page) -> None:
    click_movies(page, *_popular(page, 2))
    page.goto("/movie/ngcf/")
    page.locator("#history-panel .remove button").first.click()
    expect(page.locator("#history-panel [data-event-id]")).to_have_count(1)
    page.locator(".removed button").click()
    expect(page.locator("#history-panel [data-event-id]")).to_have_count(2)
    expect(page.locator(".removed")).to_have_count(0)
    page.locator("#history-panel .panel-head a").click()
    page.wait_for_url("**/movie/history/clear/**")
    page.locator("main a.quiet").click()
    page.wait_for_url("**/movie/ngcf/")
    expect(page.locator("#history-panel [data-event-id]")).to_have_count(2)
    page.locator("#history-panel .panel-head a").click()
    page.locator(".sure button").click()
    page.wait_for_url("**/movie/ngcf/")
    expect(page.locator("#history-panel [data-event-id]")).to_have_count(0)


@pytest.mark.parametrize("context", [{"java_script_enabled": False}], indirect=True)
def test_all_of_it_works_without_scripts(page: Page) -> None:
    page.goto("/")
    [first, second, third] = first_cards_without_scripts(page)
    page.locator(f"{opinion(page, first)} summary").click()
    page.locator(f"{opinion(page, first)} a").click()
    page.wait_for_url(f"**/movie/{first}/opinion/")
    page.locator(".my-opinion input[value='7']").check()
    page.locator(".my-opinion .opinion-acts button").first.click()
    page.wait_for_url("**/")
    assert page.locator(f"{opinion(page, first)} .own").inner_text() == "★ 3.5"
    page.locator(f"{opinion(page, second)} summary").click()
    page.locator(f"{opinion(page, second)} a").click()
    page.locator(".my-opinion .hide").click()
    expect(page.locator(f'.card[data-movie-id="{second}"]')).to_have_count(0)
    page.goto("/movie/search/?q=film")
    note = page.locator(f'.card[data-movie-id="{second}"] .hidden-note')
    expect(note.locator("a")).to_be_visible()
    expect(note.locator("button")).to_be_hidden()  # only a script could answer it
    note.locator("a").click()
    page.locator(".my-opinion .hide").click()
    page.goto(f"/movie/{third}/")
    page.locator(".my-opinion input[value='10']").check()
    page.locator(".my-opinion .opinion-acts button").first.click()
    page.goto("/movie/ngcf/")
    page.locator("[name=without]").first.check()
    page.locator("#without button").click()
    expect(page.locator(".what-if")).to_be_visible()
    page.locator("#history-panel .remove button").first.click()
    page.locator(".removed button").click()
    expect(page.locator("#history-panel [data-event-id]")).to_have_count(2)


def first_cards_without_scripts(page: Page) -> list[int]:
    cards = page.locator("main .card").all()[:3]
    return [int(card.get_attribute("data-movie-id") or 0) for card in cards]
