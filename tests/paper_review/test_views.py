from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest
from django.test import Client

from movie.visitors import Visitor
from paper_review.models import Review
from paper_review.papers import PAPERS
from tests.movie.views.test_history import click
from tests.paper_review.pages import elements
from tests.worlds import FIRST_ID

pytestmark = pytest.mark.django_db


def page(client: Client, url: str, language: str = "en", **headers: str) -> str:
    response = client.get(url, headers={"Accept-Language": language, **headers})
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize(("language", "word"), [("ko", "논문 리뷰"), ("en", "Paper reviews")])
def test_the_index_lists_every_review_in_the_readers_language(
    client: Client, reviews: None, language: str, word: str
) -> None:
    html = page(client, "/paper_review/", language)
    assert word in html
    for review in Review.objects.all():
        assert (review.title in html) == (review.language == language)


def test_the_index_says_what_to_do_where_nothing_was_loaded(client: Client, db: None) -> None:
    assert "load_reviews" in page(client, "/paper_review/")


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("number", PAPERS)
def test_a_review_stands_in_the_page_without_any_script(
    client: Client, reviews: None, number: int, language: str
) -> None:
    html = page(client, f"/paper_review/{number}/", language)
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", html)
    review = Review.objects.get(number=number, language=language)
    assert review.title in html and PAPERS[number].title in html and PAPERS[number].url in html
    found = elements(html)
    assert sum(element.tag == "math" for element in found) >= 10
    assert f'href="/paper_review/{number}/demo/"' in html and f'hx-get="/paper_review/{number}/demo/"' in html
    ids = [element.attributes["id"] for element in found if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    for anchor in re.findall(r'href="#([^"]+)"', html):
        assert anchor in ids


def test_a_review_that_is_not_in_the_readers_language_is_shown_in_the_other_and_says_so(
    client: Client, reviews: None
) -> None:
    Review.objects.filter(number=1, language="en").delete()
    title = Review.objects.get(number=1, language="ko").title
    assert f'<h1 lang="ko">{title}</h1>' in page(client, "/paper_review/1/")
    assert title in page(client, "/paper_review/")


@pytest.mark.parametrize("url", ["0/", "4/", f"{2**70}/", "4/demo/", "feed/fr/", "comments/1/edit/x"])
def test_what_is_no_review_is_a_404(client: Client, reviews: None, url: str) -> None:
    assert client.get(f"/paper_review/{url}").status_code == 404


def test_each_models_page_leads_to_its_review_and_back(client: Client, movies: None, reviews: None) -> None:
    for number, paper in PAPERS.items():
        assert f'href="/paper_review/{number}/"' in page(client, f"/movie/{paper.model}/")
        assert f'href="/movie/{paper.model}/"' in page(client, f"/paper_review/{number}/").partition("<main")[2]
    assert 'href="/paper_review/"' in page(client, "/")


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_feed_has_every_review_of_its_language_and_no_cookie(
    client: Client, reviews: None, language: str
) -> None:
    response = Client().get(f"/paper_review/feed/{language}/")
    assert response["Content-Type"] == "application/rss+xml; charset=utf-8"
    assert "public" in response["Cache-Control"] and not response.cookies
    channel = ET.fromstring(response.content)[0]
    assert channel.findtext("language") == language
    titles = {item.findtext("title") for item in channel.iter("item")}
    assert titles == set(Review.objects.filter(language=language).values_list("title", flat=True))
    for item in channel.iter("item"):
        link = item.findtext("link") or ""
        assert client.get(link.removeprefix("http://testserver")).status_code == 200
        assert item.findtext("pubDate") and item.findtext("description") and item.findtext("category")
    assert f'href="/paper_review/feed/{language}/"' in page(client, "/paper_review/", language)


def test_a_reader_without_clicks_is_invited(client: Client, movies: None, reviews: None, weights: None) -> None:
    html = page(client, "/paper_review/2/demo/")
    assert 'data-state="empty"' in html and "Click a few films first." in html
    assert "<html" in html and "<html" not in page(client, "/paper_review/2/demo/", **{"HX-Request": "true"})


def test_a_model_without_weights_says_how_to_make_them(
    client: Client, movies: None, reviews: None, visitor: Visitor
) -> None:
    click(client, FIRST_ID)
    html = page(client, "/paper_review/3/demo/")
    assert 'data-state="missing"' in html and "python manage.py train sasrec" in html
