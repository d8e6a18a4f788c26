from __future__ import annotations

import re
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import call_command
from django.test import Client

from movie.predictors.base import store_of
from movie.predictors.sasrec_predictor import SasrecPredictor, sasrec_predictor
from movie.visitors import Visitor
from pytorch_models.base import NotFittedError
from pytorch_models.history import History
from pytorch_models.sasrec.recommender import SASRecRecommender
from tests.movie.views.test_history import click
from tests.movie.views.test_models import ranked
from tests.worlds import FIRST_ID, SMALL_SASREC, planted

CLICKS = [FIRST_ID, FIRST_ID + 30, FIRST_ID + 7]


@pytest.fixture(scope="module")
def fitted() -> SASRecRecommender:
    return SASRecRecommender(SMALL_SASREC).fit(planted(), rng=np.random.default_rng(0))


@pytest.fixture
def sasrec_weights(fitted: SASRecRecommender, own_folders: None) -> None:
    """The site serves SASRec of the planted world."""
    store_of("sasrec").add(fitted.save)


def test_it_serves_the_order_of_clicks(sasrec_weights: None, fitted: SASRecRecommender) -> None:
    expected = fitted.recommend(History.of_clicks(CLICKS), rng=np.random.default_rng(0))
    assert sasrec_predictor.predict(CLICKS) == expected.movie_ids
    scores = [
        [item.score for item in sasrec_predictor.answer(History.of_clicks(clicks)).items]
        for clicks in (CLICKS, CLICKS[::-1])
    ]
    assert scores[0] != scores[1]


def test_its_reasons_are_shares_of_attention_on_the_visitors_own_clicks(sasrec_weights: None) -> None:
    history = History.of_clicks(CLICKS)
    reasons = sasrec_predictor.explain(history, sasrec_predictor.answer(history).movie_ids)
    assert len(reasons) == 10 and any(reason.clicks for reason in reasons)
    for reason in reasons:
        assert reason.measure == "attention"
        assert {click.movie_id for click in reason.clicks} <= set(CLICKS)
        assert sum(click.weight for click in reason.clicks) <= 1 + 1e-5


def test_without_weights_it_says_what_to_run() -> None:
    with pytest.raises(NotFittedError, match=r"run: python manage\.py train sasrec"):
        SasrecPredictor().predict([1])


@pytest.mark.django_db
def test_its_page_shows_the_ten_best_in_order(
    client: Client, movies: None, sasrec_weights: None, visitor: Visitor
) -> None:
    click(client, *CLICKS)
    html = client.get("/movie/sasrec/").content.decode()
    assert ranked(html) == list(enumerate(sasrec_predictor.predict(CLICKS), start=1))
    assert len(ranked(html)) == 10
    assert "다음에 이어 볼 만한 영화" in html
    english = client.get("/movie/sasrec/", headers={"Accept-Language": "en"}).content.decode()
    assert re.search(r"<h1>\s*What may come next for you\s*<small>SASRec</small>", english)
    assert "BPR loss" not in english  # nothing is trained in the request


@pytest.mark.django_db
def test_every_page_has_its_tab(client: Client) -> None:
    assert 'href="/movie/sasrec/"' in client.get("/").content.decode()


@pytest.mark.django_db
def test_the_command_trains_it_compares_it_and_lets_it_serve(movies: None, tmp_path: Path) -> None:
    out = StringIO()
    call_command("train", "sasrec", "--epochs", "2", stdout=out)
    for word in ("sasrec", "item_knn", "popularity", "running servers take it up"):
        assert word in out.getvalue()
    assert len(sasrec_predictor.predict(CLICKS)) == 10
