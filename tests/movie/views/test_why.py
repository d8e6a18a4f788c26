"""Why each movie is in a list: in its card, and on a page of its own for who has no script."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from movie.clicks.base import ClickLogError
from movie.clicks.database import DatabaseClickLog
from movie.models import Movie
from movie.predictors.ngcf_predictor import ngcf_predictor
from movie.services import Carrying, Why
from movie.visitors import Visitor
from movie.ways import ways_of
from pytorch_models.history import History
from pytorch_models.reasons import Node, ReasonPath
from tests.movie.views.test_history import click
from tests.movie.views.test_models import ranked
from tests.worlds import FIRST_ID

pytestmark = pytest.mark.django_db
CLICKS = [FIRST_ID, FIRST_ID + 3, FIRST_ID + 45]
CARRIED = re.compile(r'data-carried="(\d+)" data-percent="(\d+)"')
TARGET = FIRST_ID + 9


def cards(html: str) -> list[str]:
    return re.findall(r'<li class="card".*?</details>', html, re.DOTALL)


def test_each_card_says_which_clicks_carried_it(
    client: Client, movies: None, weights: None, visitor: Visitor
) -> None:
    click(client, *CLICKS)
    html = client.get("/movie/ngcf/").content.decode()
    history = History.of_clicks(CLICKS)
    reasons = ngcf_predictor.explain(history, [movie for _, movie in ranked(html)])
    assert len(cards(html)) == len(reasons) == 10
    for card, reason in zip(cards(html), reasons, strict=True):
        whole = sum(each.weight for each in reason.clicks)
        expected = [(each.movie_id, round(100 * each.weight / whole)) for each in reason.clicks]
        assert [(int(movie), int(percent)) for movie, percent in CARRIED.findall(card)] == expected
        assert "왜 이 영화인가요?" in card and "<summary>" in card
        for each in reason.clicks:
            assert not each.together or f"이 영화를 함께 본 {each.together}명" in card
        assert len(ET.fromstring(re.findall(r'<svg class="drawing graph".*?</svg>', card, re.DOTALL)[0]))


def test_reasons_cost_no_more_queries_than_the_list(
    client: Client, movies: None, weights: None, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    click(client, *CLICKS)
    client.get("/movie/ngcf/")
    asked = []
    for at_once in (True, False):
        monkeypatch.setattr(ngcf_predictor, "explains_at_once", at_once)
        with CaptureQueriesContext(connection) as queries:
            client.get("/movie/ngcf/")
        # What is counted of answers is written with one statement or three, as a row of its time is there or not.
        asked.append(sum(each["sql"].startswith("SELECT") for each in queries.captured_queries))
    assert asked[0] == asked[1]


def test_the_page_tells_the_time_of_the_reasons_apart_and_draws_the_loss(
    client: Client, movies: None, weights: None, visitor: Visitor
) -> None:
    click(client, *CLICKS)
    html = client.get("/movie/ngcf/", headers={"Accept-Language": "en"}).content.decode()
    took = float(re.findall(r'data-reasons-ms="([\d.]+)"', html)[0])
    said = float(re.findall(r"The reasons took ([\d.]+) ms more", html)[0])
    assert 0 < took < 5000 and said == pytest.approx(took, abs=0.06)
    spark = ET.fromstring(re.findall(r'<svg class="drawing spark".*?</svg>', html, re.DOTALL)[0])
    title, description = (element.text for element in list(spark)[:2])
    assert title == "The loss, before the first epoch and after each of the 10"
    assert description and len(description.split(" → ")) == 11


def test_a_slow_models_reason_is_asked_for_when_it_is_opened(
    client: Client, movies: None, weights: None, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ngcf_predictor, "explains_at_once", False)
    click(client, *CLICKS)
    html = client.get("/movie/ngcf/").content.decode()
    assert not CARRIED.search(html) and "data-reasons-ms" not in html
    _, first = ranked(html)[0]
    url = f"/movie/ngcf/why/{first}/"
    assert f'hx-get="{url}" hx-trigger="toggle once"' in html and f'<a href="{url}">' in html
    part = client.get(url, headers={"HX-Request": "true"}).content.decode()
    assert CARRIED.search(part) and "<html" not in part
    whole = client.get(url).content.decode()
    assert CARRIED.findall(whole) == CARRIED.findall(part) and "<html" in whole and "/static/css/reasons.css" in whole


def test_a_movie_that_the_model_does_not_know_has_no_reason_and_one_that_nobody_has_no_page(
    client: Client, movies: None, weights: None, visitor: Visitor
) -> None:
    click(client, *CLICKS)
    assert (
        "모델이 이유를 말할 수 없습니다. 이 영화를 모르거나" in client.get("/movie/ngcf/why/9000/").content.decode()
    )
    for url in ("/movie/ngcf/why/99999999/", f"/movie/ngcf/why/{2**70}/", f"/movie/nobody/why/{TARGET}/"):
        assert client.get(url).status_code == 404


def test_without_weights_or_clicks_the_page_says_what_it_can(
    client: Client, movies: None, visitor: Visitor, checkpoint: object
) -> None:
    assert "이유를 말할 수 없습니다" in client.get(f"/movie/ngcf/why/{TARGET}/").content.decode()


def test_without_a_click_log_it_says_so(
    client: Client, movies: None, weights: None, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: object, **kwargs: object) -> None:
        raise ClickLogError("away")

    monkeypatch.setattr(DatabaseClickLog, "history", away)
    html = client.get(f"/movie/ngcf/why/{TARGET}/", headers={"Accept-Language": "en"}).content.decode()
    assert html.count("Your history cannot be reached just now") == 2  # in the panel, and in place of the reason


def reason(why: Why, language: str = "en") -> str:
    with override(language):
        return " ".join(re.sub(r"<[^>]+>", "", render_to_string("movie/_reason.html", {"why": why})).split())


def test_each_kind_of_reason_is_told_in_words(movies: None) -> None:
    heat, other, target = (Movie.objects.get(id=movie) for movie in (FIRST_ID, FIRST_ID + 1, TARGET))
    title, name = f"Film {other.id}", f"Film {TARGET}"
    cases = {
        f"You → ‹Heat &lt;&amp;&gt;› → 1 person who has both → ‹{name}›": [Carrying(heat, 0.6, 1)],
        f"You → ‹{title}› → 2 people who have both → ‹{name}›": [Carrying(other, 0.6, 2)],
        f"You → ‹{title}› → ‹{name}›, which nobody has both of": [Carrying(other, 0.001, 0)],
        f"You → ‹{title}› → ‹{name}› 60 %": [Carrying(other, 0.6)],
    }
    for expected, clicks in cases.items():
        assert expected in reason(Why(target, "leave_one_out", clicks)), expected
    assert "&lt; 1 %" in reason(Why(target, "leave_one_out", [Carrying(other, 0.001, 0)]))
    assert "model's attention" in reason(Why(target, "attention", [Carrying(other, 0.6)]))
    for language, said in (("ko", "끌어올린 것은 아닙니다"), ("en", "No single click of yours carries it")):
        assert said in reason(Why(target, "leave_one_out"), language)
    nodes = (Node("visitor", ""), Node("movie", heat.id), Node("director", "Michael Mann"), Node("movie", target.id))
    ways = ways_of((ReasonPath(nodes, 0.4),), {heat.id: heat, target.id: target})
    said = reason(Why(target, "paths", paths=ways))
    assert f"You → ‹Heat &lt;&amp;&gt;› → director Michael Mann → ‹{name}›" in said


def test_popularity_is_told_by_how_many_rated_it_and_how_high(movies: None) -> None:
    target = Movie.objects.get(id=TARGET)
    assert target.star_mean is not None
    said = reason(Why(target, "popularity"))
    assert said == f"{target.n_ratings} people rated ‹Film {TARGET}›: ★ {target.star_mean:.1f} on average."
    assert reason(Why(Movie.objects.get(id=9_000), "popularity"), "ko") == "아직 별점을 남긴 사람이 없습니다."


def test_only_a_graph_models_reason_has_a_graph(movies: None) -> None:
    target, other = Movie.objects.get(id=TARGET), Movie.objects.get(id=FIRST_ID)
    for together, graphs in ((0, 1), (37, 1), (None, 0)):
        why = Why(target, "leave_one_out", [Carrying(other, 1.0, together)])
        assert render_to_string("movie/_reason.html", {"why": why}).count("<figure>") == graphs


def test_a_form_that_htmx_sent_in_the_browsers_place_leads_to_a_whole_page(
    client: Client, movies: None, weights: None
) -> None:
    boosted = {"HX-Request": "true", "HX-Boosted": "true"}
    for address in ("/", f"/movie/ngcf/why/{FIRST_ID}/"):
        response = client.get(address, headers=boosted)
        assert "<html" in response.content.decode() and "HX-Boosted" in response["Vary"]
        assert "<html" not in client.get(address, headers={"HX-Request": "true"}).content.decode()
