"""KPRN on the site, trained by the command on a catalogue that knows who made its movies."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from movie.catalogue.knowledge import knowledge_of
from movie.models import Credit, Genre
from movie.predictors.base import store_of
from movie.predictors.kprn_predictor import KprnPredictor, kprn_predictor
from movie.visitors import Visitor
from pytorch_models.checkpoint import read_facts
from pytorch_models.history import History
from pytorch_models.kprn.recommender import KPRNRecommender
from tests.movie.views.test_history import click
from tests.movie.views.test_models import ranked
from tests.worlds import FIRST_ID, GENRES, SMALL_KPRN

pytestmark = pytest.mark.django_db
CLICKS = [FIRST_ID, FIRST_ID + 3, FIRST_ID + 7]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """The site's own would be too wide for so small a world."""
    monkeypatch.setattr(KprnPredictor, "make", lambda self: KPRNRecommender(replace(SMALL_KPRN, epochs=1)))


@pytest.fixture
def trained(small: None, movies: None) -> str:
    out = StringIO()
    call_command("train", "kprn", stdout=out)
    return out.getvalue()


def test_the_command_trains_it_with_what_the_catalogue_knows(trained: str, tmp_path: Path) -> None:
    assert "kprn" in trained and "popularity" in trained and "running servers take it up" in trained
    current = store_of("kprn").current()
    assert current is not None
    assert read_facts(current)["knowledge"] == knowledge_of("catalogue", data_dir=tmp_path).fingerprint()
    assert not (store_of("kprn").root / ".training").exists()
    reader = kprn_predictor.recommender().reader
    assert reader is not None and set(GENRES) <= set(reader.graph.names)


def test_serving_reads_no_table(trained: str) -> None:
    Credit.objects.all().delete()
    Genre.objects.all().delete()
    kprn_predictor.forget()
    with CaptureQueriesContext(connection) as queries:
        answer = kprn_predictor.answer(History.of_clicks(CLICKS))
        reasons = kprn_predictor.explain(History.of_clicks(CLICKS), answer.movie_ids)
    assert len(answer.items) == 10 and any(reason.paths for reason in reasons) and len(queries) == 0


def test_the_page_shows_ways_in_words_and_as_pictures(trained: str, client: Client, visitor: Visitor) -> None:
    click(client, *CLICKS)
    for language, you, title in (
        ("ko", "당신", "영화 열 편과 거기에 이르는 길"),
        ("en", "You", "Ten movies and the ways to them"),
    ):
        html = client.get("/movie/kprn/", headers={"Accept-Language": language}).content.decode()
        assert title in html and "data-reasons-ms" in html
        told = kprn_predictor.explain(History.of_clicks(CLICKS), [movie for _, movie in ranked(html)])
        ways = re.findall(r'<li class="way".*?</li>', html, re.DOTALL)
        assert len(ways) == sum(min(len(reason.paths), 4) for reason in told) > 0
        assert all(f'<span class="stop visitor">{you}</span>' in way for way in ways)
        pictures = re.findall(r'<svg class="drawing graph".*?</svg>', html, re.DOTALL)
        assert len(pictures) == sum(bool(reason.paths or reason.clicks) for reason in told)
        assert all(ET.fromstring(picture).get("role") == "img" for picture in pictures)
        assert " style=" not in html


def test_movies_like_one_are_on_its_page(trained: str, client: Client) -> None:
    html = client.get(f"/movie/{FIRST_ID}/?by=kprn").content.decode()
    assert "KPRN" in html
    assert len(kprn_predictor.recommender().similar(FIRST_ID, k=8)) == 8


def test_the_reasons_of_a_visit_are_the_same_each_time(trained: str) -> None:
    history = History.of_clicks(CLICKS)
    ids = kprn_predictor.answer(history).movie_ids
    assert kprn_predictor.explain(history, ids) == kprn_predictor.explain(history, ids)
    assert np.isfinite(
        [path.weight for reason in kprn_predictor.explain(history, ids) for path in reason.paths]
    ).all()
