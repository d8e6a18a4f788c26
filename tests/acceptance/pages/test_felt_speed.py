"""What a page costs whoever opens it: bytes, shifts of the layout, requests, as a browser counts them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.acceptance.pages.conftest import World, click_movies
from tests.acceptance.pages.places import PLACES
from tests.worlds import FIRST_ID

pytestmark = pytest.mark.acceptance
MOST_BYTES = 150_000
MOST_SHIFT = 0.005
"""Of all shifts of a page's layout together; 0.1 is what Lighthouse calls good."""
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
FIRST_PAGES = ["/", f"/movie/{FIRST_ID}/", "/movie/start/", "/movie/search/?q=film", "/movie/ngcf/", "/movie/kprn/"]
SHIFTS = """() => { window.shifts = []; new PerformanceObserver((list) => list.getEntries().forEach((entry) =>
  window.shifts.push([entry.value, entry.sources.map((source) => source.node?.outerHTML?.slice(0, 120))])))
  .observe({ type: "layout-shift", buffered: true }); }"""
BELOW = """() => [...document.images].map((image) => ({
  lazy: image.loading === "lazy", src: image.getAttribute("src"), sized: !!(image.width && image.getAttribute("height")),
  top: image.getBoundingClientRect().top, height: image.getBoundingClientRect().height }))"""


@dataclass
class Transfer:
    """bytes: of everything that came over the wire, heads of answers and all, by address."""

    bytes: dict[str, float] = field(default_factory=dict)
    hosts: set[str] = field(default_factory=set)
    encodings: dict[str, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)


@contextmanager
def counted(page: Page) -> Iterator[Transfer]:
    """What the browser fetches, by its own count."""
    transfer, session = Transfer(), page.context.new_cdp_session(page)
    urls: dict[str, str] = {}

    def answered(event: dict[str, Any]) -> None:
        url, headers = event["response"]["url"], event["response"]["headers"]
        if url.startswith("data:"):
            return
        urls[event["requestId"]] = url
        transfer.hosts.add(url.split("/")[2])
        transfer.encodings[url] = {name.lower(): value for name, value in headers.items()}.get("content-encoding", "")

    def finished(event: dict[str, Any]) -> None:
        if url := urls.get(event["requestId"]):
            transfer.bytes[url] = transfer.bytes.get(url, 0) + event["encodedDataLength"]

    session.on("Network.responseReceived", answered)
    session.on("Network.loadingFinished", finished)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})  # as whoever comes for the first time
    page.on("console", lambda message: transfer.said.append(message.text))
    page.on("pageerror", lambda error: transfer.said.append(str(error)))
    yield transfer


def assert_still(page: Page) -> None:
    """No picture moves anything. On a slow line the end of a row may come after its beginning: that much may move."""
    shifts = page.evaluate("window.shifts")
    assert [sources for _, sources in shifts if any("<img" in (source or "") for source in sources)] == []
    assert sum(value for value, _ in shifts) < MOST_SHIFT, shifts


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("path", FIRST_PAGES)
def test_a_first_page_is_light_still_and_from_one_host(world: World, path: str, size: dict[str, int]) -> None:
    with world.fresh(viewport=size) as context:
        if path in ("/movie/ngcf/", "/movie/kprn/"):
            click_movies(context.new_page(), FIRST_ID, FIRST_ID + 1)
        page = context.new_page()
        page.add_init_script(f"({SHIFTS})()")
        with counted(page) as transfer:
            page.goto(path)
            page.wait_for_load_state("networkidle")
        total = sum(transfer.bytes.values())
        print(f"{path} {size['width']}: {total / 1000:.1f} kB in {len(transfer.bytes)} requests")  # noqa: T201
        assert total <= MOST_BYTES, sorted(transfer.bytes.items(), key=lambda item: -item[1])[:8]
        assert transfer.hosts == {world.site.url.split("/")[2]}
        plain = [url for url, encoding in transfer.encodings.items() if encoding not in ("gzip", "br")]
        assert [url for url in plain if transfer.bytes.get(url, 0) > 1_500] == [], "what is worth packing is packed"
        assert transfer.said == []
        assert_still(page)


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_posters_above_the_fold_come_at_once_and_those_below_when_they_are_near(
    world: World, size: dict[str, int]
) -> None:
    with world.fresh(viewport=size) as context:
        page = context.new_page()
        page.goto("/")
        images = page.evaluate(BELOW)
        posters = [image for image in images if "poster.svg" in image["src"]]
        assert len(posters) == 24 and all(image["sized"] for image in images)
        assert not any(image["lazy"] for image in posters if image["top"] < size["height"])
        far = [image for image in posters if image["top"] > 3 * size["height"]]
        assert all(image["lazy"] for image in far) and sum(image["lazy"] for image in posters) == 12


def test_scrolling_and_more_movies_move_nothing_that_is_there(world: World) -> None:
    with world.fresh(viewport=PHONE) as context:
        page = context.new_page()
        page.add_init_script(f"({SHIFTS})()")
        page.goto("/")
        for _ in range(8):
            page.mouse.wheel(0, 900)
            page.wait_for_timeout(60)
        page.wait_for_load_state("networkidle")
        assert_still(page)


@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_page_says_what_it_is(world: World, language: str) -> None:
    """A language, one heading, a title of its own, a description, a viewport that may be zoomed."""
    titles: dict[str, str] = {}
    for place in PLACES:
        if place.reached != "get":
            continue
        context = world.context(place.who, language)
        answer = context.request.get(world.path(place), headers={"Accept-Language": language})
        html = answer.text()
        assert f'<html lang="{language}"' in html, place
        assert len(re.findall(r"<h1\b", html)) == 1, place
        title = re.findall(r"<title>([^<]+)</title>", html.partition("</head>")[0])
        assert len(title) == 1, place
        assert re.search(r'<meta name="description" content="[^"]{20,}"', html), place
        assert 'content="width=device-width, initial-scale=1"' in html, place
        same = titles.setdefault(title[0], place.view)
        assert same == place.view, (place, "has the title of", same)
