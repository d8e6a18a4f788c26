"""Reading a review, seeing its model at work, commenting, and editing with a preview, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.acceptance.servers import Gunicorn, planted_site
from tests.acceptance.test_accounts import PASSWORD, sign_up

pytestmark = pytest.mark.acceptance
TRAIN = """
import numpy as np
from movie.predictors.base import store_of
from pytorch_models.ngcf.recommender import NGCFRecommender
from pytorch_models.sasrec.recommender import SASRecRecommender
from tests.worlds import SMALL_NGCF, SMALL_SASREC, planted
from dataclasses import replace
from django.core.management import call_command
from accounts.models import User
call_command("load_reviews")
for made in (NGCFRecommender(replace(SMALL_NGCF, epochs=5)), SASRecRecommender(replace(SMALL_SASREC, epochs=2))):
    store_of(made.name).add(made.fit(planted(), rng=np.random.default_rng(0)).save)
User.objects.create_superuser("editor", password="correct horse battery")
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gunicorn]:
    var = tmp_path_factory.mktemp("reviews")
    planted_site(var, TRAIN)
    with Gunicorn(var, workers=1) as served:
        yield served


@pytest.fixture
def context(browser: Browser, site: Gunicorn, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    asked = {"locale": "ko-KR", "viewport": {"width": 1280, "height": 900}} | getattr(request, "param", {})
    with browser.new_context(base_url=site.url, **asked) as opened:
        yield opened


@pytest.fixture
def page(context: BrowserContext, site: Gunicorn) -> Iterator[Page]:
    opened = context.new_page()
    problems: list[str] = []
    elsewhere: list[str] = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    opened.on("request", lambda r: None if r.url.startswith((site.url, "data:")) else elsewhere.append(r.url))
    yield opened
    # Django's admin names no icon, and Chromium looks for one.
    assert [each for each in problems if "Failed to load resource" not in each] == [] and elsewhere == []


def click_posters(page: Page, n: int) -> None:
    for place in range(n):
        page.goto("/")
        page.locator("main a[data-log-click]").nth(place).click()
        expect(page.locator("#history-panel [data-event-id]")).to_have_count(place + 1)


@pytest.mark.parametrize("context", [{}, {"viewport": {"width": 390, "height": 800}}], indirect=True)
def test_a_review_is_read_in_both_languages_and_fits_the_screen(page: Page) -> None:
    page.goto("/")
    page.locator("footer a[href='/paper_review/']").click()
    page.locator(".reviews a[href='/paper_review/2/']").click()
    expect(page.locator("h1")).to_contain_text("취향")
    formula = page.locator(".review .math.block math").first
    box = formula.bounding_box()
    assert box and box["height"] > 25, "a fraction is drawn as one"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator(".contents a").last.click()
    assert "#s" in page.url
    page.locator(".language [value=en]").click()
    expect(page.locator("h1")).to_contain_text("taste travels")
    assert page.locator(".review table tbody tr").count() >= 10
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_demo_comes_by_itself_and_is_made_of_the_readers_clicks(page: Page) -> None:
    page.goto("/paper_review/2/")
    page.locator(".jump .button").click()
    expect(page.locator("#demo [data-state=empty]")).to_be_visible()
    click_posters(page, 3)
    for number, drawing in ((2, ".graph"), (3, ".attention")):
        page.goto(f"/paper_review/{number}/")
        assert page.locator("[data-demo]").count() == 0
        page.locator("#demo").scroll_into_view_if_needed()
        demo = page.locator("#demo [data-state=ranked]")
        expect(demo.locator(drawing)).to_be_visible()
        expect(demo.locator(".three li")).to_have_count(3)
    page.locator("#demo .three a").first.click()
    expect(page.locator("#history-panel [data-event-id]")).to_have_count(4)


@pytest.mark.parametrize("context", [{"java_script_enabled": False, "locale": "en"}], indirect=True)
def test_without_scripts_a_link_leads_to_the_demo(page: Page) -> None:
    page.goto("/paper_review/3/")
    page.locator("#demo a").click()
    assert page.url.endswith("/paper_review/3/demo/")
    expect(page.locator("[data-state=empty]")).to_be_visible()


@pytest.mark.parametrize("context", [{"locale": "en"}], indirect=True)
def test_a_reader_comments_edits_and_deletes(page: Page) -> None:
    page.goto("/paper_review/1/")
    page.locator("#comments a", has_text="Sign in").click()
    assert page.url.endswith("next=%2Fpaper_review%2F1%2F")
    sign_up(page, "reader")
    page.goto("/paper_review/1/")
    page.fill("#comments textarea", "**Crowds** <script>document.title = 'gone'</script>")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#comment-form .said strong")).to_have_text("Crowds")
    assert page.evaluate("document.activeElement.className") == "previewed" and page.title() != "gone"
    page.get_by_role("button", name="Comment", exact=True).click()
    comment = page.locator("#comments li")
    expect(comment.locator(".said strong")).to_have_text("Crowds")
    assert "#comment-" in page.url and page.title() != "gone"
    comment.get_by_role("link", name="Edit").click()
    page.fill("textarea", "Second thoughts")
    page.get_by_role("button", name="Save").click()
    expect(comment.locator(".said")).to_have_text("Second thoughts")
    comment.get_by_role("link", name="Delete").click()
    page.locator("main form button").click()
    expect(page.locator("#comments li")).to_have_count(0)


@pytest.mark.parametrize("context", [{"java_script_enabled": False}], indirect=True)
def test_without_scripts_a_comment_is_looked_at_sent_and_changed(page: Page) -> None:
    page.goto("/")
    sign_up(page, "slow")
    page.goto("/paper_review/3/")
    page.fill("#comments textarea", "**길**을 따라")
    page.get_by_role("button", name="미리 보기").click()
    expect(page.locator("#comment-form .said strong")).to_have_text("길")
    expect(page.locator("#comments textarea")).to_have_value("**길**을 따라")
    expect(page.locator("#comments li")).to_have_count(0)
    page.locator("#comment-form .button").click()
    page.locator("#comments li").get_by_role("link", name="고치기").click()
    page.fill("textarea", "*더* 긴 길")
    page.get_by_role("button", name="미리 보기").click()
    expect(page.locator("#comment-form .said em")).to_have_text("더")
    page.locator("#comment-form .button").click()
    expect(page.locator("#comments li .said")).to_have_text("더 긴 길")


@pytest.mark.parametrize("context", [{"locale": "en"}], indirect=True)
def test_an_editor_sees_what_they_write(page: Page) -> None:
    page.goto("/accounts/sign_in/?next=/admin/paper_review/review/")
    page.fill("[name=username]", "editor")
    page.fill("[name=password]", PASSWORD)
    page.locator("main form button").click()
    page.locator("#result_list a", has_text="taste travels").click()
    preview = page.locator(".preview .review")
    expect(preview.locator("figure svg").first).to_be_attached()
    expect(preview.locator("figcaption").first).to_contain_text("What reaches user u")  # in the text's language
    page.fill("textarea.review-source", 'A *new* formula $a_i$\n\n{{ figure "nothing" }}')
    expect(preview.locator("em")).to_have_text(["new"])
    expect(preview.locator("math")).to_have_count(1)
    expect(page.locator(".preview .problem")).to_contain_text("nothing")
