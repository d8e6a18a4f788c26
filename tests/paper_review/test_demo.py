"""Each model at work on a reader's own clicks: what is drawn is what the model says."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from django.test import Client

from movie.clicks.base import ClickLogError
from movie.models import ListShown, Movie
from movie.predictors.base import store_of
from movie.predictors.kprn_predictor import kprn_predictor
from movie.predictors.ngcf_predictor import ngcf_predictor
from movie.predictors.sasrec_predictor import sasrec_predictor
from movie.visitors import Visitor
from paper_review.demo import BEST, MOST_CLICKS, demo_of
from pytorch_models.history import History
from pytorch_models.kprn.recommender import KPRNRecommender
from pytorch_models.sasrec.recommender import SASRecRecommender
from tests.movie.views.test_history import click
from tests.paper_review.pages import elements
from tests.worlds import FIRST_ID, SMALL_KPRN, SMALL_SASREC, planted, planted_knowledge

pytestmark = pytest.mark.django_db
CLICKS = [FIRST_ID, FIRST_ID + 3, FIRST_ID + 45]
"""Oldest first."""


@pytest.fixture(scope="module")
def sasrec() -> SASRecRecommender:
    return SASRecRecommender(replace(SMALL_SASREC, epochs=4)).fit(planted(), rng=np.random.default_rng(0))


@pytest.fixture(scope="module")
def kprn() -> KPRNRecommender:
    made = KPRNRecommender(replace(SMALL_KPRN, epochs=1))
    made.knowledge = planted_knowledge()
    return made.fit(planted(), rng=np.random.default_rng(0))


def shown(client: Client, number: int, language: str = "en") -> str:
    response = client.get(
        f"/paper_review/{number}/demo/", headers={"Accept-Language": language, "HX-Request": "true"}
    )
    assert response.status_code == 200
    return response.content.decode()


def best_three(html: str) -> list[int]:
    return [int(found) for found in re.findall(r'<li><a href="/movie/(\d+)/"', html)]


def test_ngcf_shows_the_graph_of_the_clicks_the_loss_and_the_best_three(
    client: Client, movies: None, reviews: None, weights: None, visitor: Visitor
) -> None:
    click(client, *CLICKS)
    history = History.of_clicks(CLICKS)
    answer = ngcf_predictor.answer(history)
    html = shown(client, 2)
    assert best_three(html) == answer.movie_ids[:BEST]
    said = [e.attributes for e in elements(html) if "data-log-click" in e.attributes]
    assert [(one["data-model"], one["data-rank-clicked"]) for one in said] == [
        ("ngcf", "1"),
        ("ngcf", "2"),
        ("ngcf", "3"),
    ]
    assert not any("data-list-id" in one for one in said) and not ListShown.objects.exists()
    assert " → ".join(f"{loss:.4f}" for loss in answer.losses) in html
    demo = demo_of(visitor=visitor, model="ngcf")
    assert [movie.id for movie in demo.clicks] == CLICKS
    for reason, row in zip(ngcf_predictor.explain(history, answer.movie_ids[:BEST]), demo.shares, strict=True):
        weight = {each.movie_id: each.weight for each in reason.clicks}
        expected = [weight.get(movie_id, 0) / sum(weight.values()) for movie_id in CLICKS]
        assert row == pytest.approx(expected)
    assert {"graph", "curve"} <= {e.attributes["class"].split()[-1] for e in elements(html) if e.tag == "svg"}


def test_sasrec_shows_attention_to_the_newest_clicks_in_their_order(
    client: Client, movies: None, reviews: None, sasrec: SASRecRecommender, visitor: Visitor
) -> None:
    store_of("sasrec").add(sasrec.save)
    many = [FIRST_ID + n for n in range(MOST_CLICKS + 3)]
    click(client, *many)
    demo = demo_of(visitor=visitor, model="sasrec")
    assert [movie.id for movie in demo.clicks] == many[-MOST_CLICKS:]
    history = History.of_clicks(many)
    reasons = sasrec_predictor.explain(history, [each.movie.id for each in demo.best])
    for reason, row in zip(reasons, demo.shares, strict=True):
        weight = {each.movie_id: each.weight for each in reason.clicks}
        assert row == pytest.approx(
            [weight.get(movie.id, 0.0) / (sum(weight.values()) or 1) for movie in demo.clicks]
        )
    html = shown(client, 3)
    assert best_three(html) == sasrec_predictor.answer(history).movie_ids[:BEST]
    percents = re.findall(r'<td class="shade-\d">(\d+|&lt; 1) ?%', html)
    assert len(percents) == BEST * MOST_CLICKS


def test_kprn_shows_the_paths_to_the_best_three(
    client: Client, movies: None, reviews: None, kprn: KPRNRecommender, visitor: Visitor
) -> None:
    store_of("kprn").add(kprn.save)
    click(client, *CLICKS)
    history = History.of_clicks(CLICKS)
    answer = kprn_predictor.answer(history)
    html = shown(client, 1)
    assert best_three(html) == answer.movie_ids[:BEST]
    reasons = kprn_predictor.explain(history, answer.movie_ids)
    assert html.count('<li class="way"') == sum(len(reason.paths[:4]) for reason in reasons[:BEST]) > 0


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_click_log_that_is_away_costs_the_demo_alone(
    client: Client, movies: None, reviews: None, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(self: object, *args: object, **kwargs: object) -> None:
        raise ClickLogError("down")

    monkeypatch.setattr("movie.clicks.database.DatabaseClickLog.history", away)
    assert 'data-state="no_log"' in shown(client, number)
    assert client.get(f"/paper_review/{number}/").status_code == 200


def test_clicks_that_the_model_does_not_know_are_said(
    client: Client, movies: None, reviews: None, weights: None, visitor: Visitor
) -> None:
    click(client, 9_000)
    assert 'data-state="unknown"' in shown(client, 2)


def test_a_clicked_movie_that_the_catalogue_has_no_more_is_left_out_of_the_drawing(
    client: Client, movies: None, reviews: None, weights: None, visitor: Visitor
) -> None:
    click(client, *CLICKS)
    Movie.objects.filter(id=CLICKS[1]).delete()
    demo = demo_of(visitor=visitor, model="ngcf")
    assert [movie.id for movie in demo.clicks] == [CLICKS[0], CLICKS[2]]
    assert 'data-state="ranked"' in shown(client, 2)


def test_a_model_that_cannot_say_why_still_shows_its_list(
    client: Client, movies: None, reviews: None, weights: None, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    click(client, *CLICKS)
    monkeypatch.setattr(type(ngcf_predictor), "explain", lambda *args, **kwargs: 1 // 0)
    html = shown(client, 2)
    assert len(best_three(html)) == BEST and "click-graph" not in html
