"""Movies that no model knows, and ids that a model knows and the catalogue does not, on every page that could meet
them: shown without a prediction, or left out and counted."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from pytest_django import Settings

from movie.models import Movie, Rating
from movie.predictors.ngcf_predictor import ngcf_predictor
from movie.visitors import Visitor
from tests.movie import second
from tests.movie.views.test_history import click, events
from tests.movie.views.test_models import ranked
from tests.worlds import FIRST_ID

pytestmark = pytest.mark.django_db
NEW = 9_000
"""In the catalogue and in no model."""
LEFT_OUT = re.compile(r'data-left-out="(\d+)"')


@pytest.fixture(autouse=True)
def site(movies: None, weights: None, visitor: Visitor) -> None:
    pass


def get(client: Client, url: str) -> str:
    response = client.get(url, headers={"Accept-Language": "en"})
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture
def gone(client: Client) -> int:
    """The best movie of the visitor, which the catalogue has no more."""
    click(client, FIRST_ID)
    best = ngcf_predictor.predict([FIRST_ID])[0]
    Movie.objects.filter(id=best).delete()
    return best


def test_a_new_movie_has_its_page_its_place_in_the_catalogue_and_no_prediction(client: Client) -> None:
    html = get(client, f"/movie/{NEW}/")
    assert "Nobody saw it" in html and "does not know this movie" in html
    assert "Nobody saw it" in "".join(get(client, f"/?page={n}") for n in range(1, 5))
    assert "does not know this movie" in get(client, f"/movie/ngcf/why/{NEW}/")


def test_a_clicked_new_movie_is_counted_as_passed_over_and_stands_in_the_history(client: Client) -> None:
    click(client, NEW, FIRST_ID)
    html = get(client, "/movie/ngcf/")
    assert "1 movie in your history is not known to the model" in html and len(ranked(html)) == 10
    assert len(events(get(client, "/movie/history/"))) >= 2
    assert get(client, "/movie/compare/").count('data-state="ranked"') >= 1


def test_a_missing_movie_is_left_out_of_a_list_and_counted(client: Client, gone: int) -> None:
    html = get(client, "/movie/ngcf/")
    assert gone not in {movie for _, movie in ranked(html)} and len(ranked(html)) == 9
    assert LEFT_OUT.findall(html) == ["1"] and "1 movie that the model named is no longer in the catalogue" in html


def test_a_list_without_missing_movies_says_nothing_of_them(client: Client) -> None:
    click(client, FIRST_ID)
    assert LEFT_OUT.findall(get(client, "/movie/ngcf/")) == []


def test_it_is_counted_where_models_are_compared_and_mixed(
    client: Client, gone: int, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    column = get(client, "/movie/compare/").partition('data-list="ngcf"')[2].partition("</section>")[0]
    assert LEFT_OUT.findall(column) == ["1"]
    second.register(monkeypatch)
    second.train()
    settings.MIX_MODELS = ["ngcf", "second"]
    html = get(client, "/movie/mix/")
    assert gone not in {movie for _, movie in ranked(html)} and LEFT_OUT.findall(html) == ["1"]


def test_it_is_counted_among_similar_movies(client: Client) -> None:
    like = ngcf_predictor.similar(FIRST_ID, k=1)[0].movie_id
    Movie.objects.filter(id=like).delete()
    html = get(client, f"/movie/{FIRST_ID}/?by=ngcf")
    assert LEFT_OUT.findall(html) == ["1"] and f'data-movie-id="{like}"' not in html.partition('id="similar"')[2]


def test_a_missing_movie_that_was_clicked_stands_in_the_history_by_its_number(client: Client) -> None:
    click(client, FIRST_ID, FIRST_ID + 3)
    Movie.objects.filter(id=FIRST_ID).delete()
    assert f"Movie {FIRST_ID} (no longer listed)" in get(client, "/movie/history/")
    assert (
        len(ranked(get(client, "/movie/ngcf/"))) + sum(map(int, LEFT_OUT.findall(get(client, "/movie/ngcf/")))) == 10
    )
    for url in (f"/movie/{FIRST_ID}/", f"/movie/ngcf/why/{FIRST_ID}/", f"/movie/{FIRST_ID}/why/"):
        assert client.get(url).status_code == 404
    assert client.post("/log_click/", {"movie_id": FIRST_ID}).status_code == 404
    assert not Rating.objects.filter(movie_id=FIRST_ID).exists()
