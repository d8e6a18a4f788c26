"""All models side by side, and where their pages are found."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client

from movie.clicks.base import ClickLogError
from movie.clicks.database import DatabaseClickLog
from movie.models import ListShown, Movie
from movie.online import online
from movie.predictors.base import store_of
from movie.predictors.ngcf_predictor import ngcf_predictor
from movie.visitors import Visitor
from pytorch_models.checkpoint import WEIGHTS
from tests.movie.predictors.peers import PeerPredictor
from tests.movie.services.test_fallback import counted
from tests.movie.views.test_history import click
from tests.movie.views.test_models import ranked
from tests.worlds import FIRST_ID

pytestmark = pytest.mark.django_db
CLICKS = [FIRST_ID, FIRST_ID + 3, FIRST_ID + 45]
ENGLISH = {"Accept-Language": "en"}


def columns(client: Client) -> dict[str, str]:
    html = client.get("/movie/compare/", headers=ENGLISH).content.decode()
    found = re.findall(r'<section [^>]*data-list="(\w+)".*?</section>', html, re.DOTALL)
    return {name: html.partition(f'data-list="{name}"')[2].partition("</section>")[0] for name in found}


def test_each_model_has_its_list_beside_the_others(
    client: Client, movies: None, weights: None, peer: PeerPredictor, visitor: Visitor
) -> None:
    click(client, *CLICKS)
    found = columns(client)
    assert next(iter(found)) == "ngcf" and {"ngcf", "peer"} <= found.keys()
    for name, model in (("ngcf", ngcf_predictor), ("peer", peer)):
        assert [movie for _, movie in ranked(found[name])] == model.predict(CLICKS)
        assert 0 < float(re.findall(r'data-list-ms="([\d.]+)"', found[name])[0]) < 5000
        assert f'data-model="{name}"' in found[name]


def test_a_movie_of_several_lists_is_marked_in_each(
    client: Client, movies: None, weights: None, peer: PeerPredictor, visitor: Visitor
) -> None:
    click(client, *CLICKS)
    found = columns(client)
    lists = {name: {movie for _, movie in ranked(column)} for name, column in found.items()}
    both = lists["ngcf"] & lists["peer"]
    assert both and lists["ngcf"] != lists["peer"]
    for name, column in found.items():
        cards = re.findall(r'<li class="card( shared)?" data-movie-id="(\d+)".*?</li>', column, re.DOTALL)
        assert len(cards) == len(lists[name])
        for marked, movie in cards:
            n = sum(int(movie) in each for each in lists.values())
            assert bool(marked) == (n > 1)
        assert column.count("in 2 lists") == sum(int(movie) in both for _, movie in cards)


def test_a_model_that_cannot_answer_says_so_in_its_column(
    client: Client, movies: None, peer: PeerPredictor, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    click(client, *CLICKS)
    found = columns(client)
    assert "python manage.py train ngcf" in found["ngcf"] and 'data-state="missing"' in found["ngcf"]
    assert len(ranked(found["peer"])) == 10 and "shared" not in found["peer"]

    def fails(*args: object, **kwargs: object) -> None:
        raise RuntimeError("out of order")

    monkeypatch.setattr(peer, "answer", fails)
    assert 'data-state="failed"' in columns(client)["peer"]


def test_who_clicked_nothing_that_a_model_knows_is_told(
    client: Client, movies: None, weights: None, visitor: Visitor
) -> None:
    for clicks in ([], [9_000]):
        click(client, *clicks)
        assert 'data-state="empty"' in columns(client)["ngcf"]


def test_a_movie_that_the_catalogue_has_no_more_is_left_out(
    client: Client, movies: None, weights: None, visitor: Visitor
) -> None:
    click(client, *CLICKS)
    best = ngcf_predictor.predict(CLICKS)[0]
    Movie.objects.filter(id=best).delete()
    assert best not in [movie for _, movie in ranked(columns(client)["ngcf"])]


def test_without_a_click_log_it_says_so(
    client: Client, movies: None, weights: None, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: object, **kwargs: object) -> None:
        raise ClickLogError("away")

    monkeypatch.setattr(DatabaseClickLog, "history", away)
    html = client.get("/movie/compare/", headers=ENGLISH).content.decode()
    assert "Your history cannot be reached" in html and "data-list=" not in html


def test_the_lists_can_be_scrolled_by_keyboard_and_are_named(client: Client, movies: None, weights: None) -> None:
    html = client.get("/movie/compare/").content.decode()
    assert re.search(r'<div class="compare" role="region" tabindex="0" aria-label="[^"]+">', html)
    assert "모든 모델을 나란히" in html and "/static/js/compare.js" in html


def tabs(html: str) -> tuple[list[str], list[str]]:
    """Where the visitors' and the engineers' tabs lead."""
    nav = html.partition("<nav aria-label=")[2].partition("</nav>")[0]
    mine, _, theirs = nav.partition('class="engineers"')
    return re.findall(r'href="([^"]+)"', mine), re.findall(r'href="([^"]+)"', theirs)


def test_engineers_tabs_stand_apart_and_the_page_that_is_open_is_marked(
    client: Client, movies: None, peer: PeerPredictor
) -> None:
    for url in ("/movie/ngcf/", "/movie/peer/", "/movie/compare/", "/movie/history/", "/"):
        html = client.get(url).content.decode()
        mine, theirs = tabs(html)
        assert mine[:2] == ["/", "/movie/ngcf/"] and "/movie/sasrec/" in mine and "/movie/peer/" not in mine
        assert theirs[0] == "/movie/compare/" and "/movie/peer/" in theirs and theirs[-1] == "/movie/history/"
        assert re.findall(r'<a href="([^"]+)" aria-current="page"', html.partition("</nav>")[0]) == [url]
    assert "엔지니어용" in html and "맞춤 추천 <small>NGCF</small>" in html


def likes(html: str) -> list[int]:
    similar = html.partition("data-similar-by=")[2]
    return [int(movie) for movie in re.findall(r'<li class="card" data-movie-id="(\d+)"', similar)]


def test_a_movies_page_shows_what_is_like_it_by_the_model_that_is_chosen(
    client: Client, movies: None, weights: None, peer: PeerPredictor
) -> None:
    url = f"/movie/{FIRST_ID}/"
    found = {}
    for by, expected in (("", ngcf_predictor), ("ngcf", ngcf_predictor), ("peer", peer), ("nobody", ngcf_predictor)):
        html = client.get(url, {"by": by}).content.decode()
        found[by] = likes(html)
        assert found[by] == [item.movie_id for item in expected.similar(FIRST_ID)]
        assert f'data-similar-by="{expected.name}"' in html and "비슷한 영화" in html
        assert f'<a href="?by={expected.name}#similar" aria-current="true">' in html
        assert 'href="?by=peer#similar"' in html and 'href="?by=ngcf#similar"' in html
    assert FIRST_ID not in found["ngcf"] and found["ngcf"] != found["peer"]


def test_a_movie_that_the_model_does_not_know_is_said(client: Client, movies: None, weights: None) -> None:
    html = client.get("/movie/9000/", headers=ENGLISH).content.decode()
    assert "NGCF does not know this movie" in html and not likes(html)


def test_without_weights_a_movies_page_loads_no_model(
    client: Client, movies: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def loads(name: str) -> None:
        raise AssertionError(f"{name} was asked for")

    monkeypatch.setattr("movie.services.likeness.predictor", loads)
    html = client.get(f"/movie/{FIRST_ID}/").content.decode()
    assert "Heat" in html and "data-similar-by" not in html


def test_damaged_weights_cost_a_movies_page_only_what_is_like_it(client: Client, movies: None, weights: None) -> None:
    current = store_of("ngcf").current()
    assert current is not None
    (current / WEIGHTS).write_bytes(b"damaged")
    response = client.get(f"/movie/{FIRST_ID}/", headers=ENGLISH)
    assert response.status_code == 200 and "This model could not answer just now." in response.content.decode()


def test_each_list_is_kept_with_its_receipt_as_one_of_this_page(
    client: Client, movies: None, weights: None, peer: PeerPredictor, visitor: Visitor
) -> None:
    click(client, *CLICKS)
    found = columns(client)
    kept = {row.receipt["parts"][0]["model"]: row for row in ListShown.objects.all()}
    ranking = {name for name, column in found.items() if ranked(column)}
    assert kept.keys() == ranking and {"ngcf", "peer"} <= ranking
    for name, row in kept.items():
        assert (row.model, row.instead) == ("compare", "")
        assert row.movie_ids == [movie for _, movie in ranked(found[name])]
        assert set(re.findall(r'data-list-id="([^"]+)"', found[name])) == {str(row.list_id)}
        assert client.get(f"/movie/receipt/{row.list_id}/").json()["movie_ids"] == row.movie_ids
    out = StringIO()
    call_command("replay", str(kept["ngcf"].list_id), stdout=out)
    assert "The same 10 movies" in out.getvalue()
    assert online(since=datetime.now(UTC) - timedelta(days=1)).tallies.keys() == {"compare"}


def test_a_comparison_that_nobody_looks_at_keeps_no_list(
    client: Client, movies: None, weights: None, visitor: Visitor
) -> None:
    click(client, *CLICKS)
    client.get("/movie/compare/", headers={"Sec-Purpose": "prefetch"})
    assert not ListShown.objects.exists()


def test_a_model_without_an_answer_is_counted(
    client: Client, movies: None, peer: PeerPredictor, visitor: Visitor
) -> None:
    click(client, *CLICKS)
    columns(client)
    assert counted()["ngcf", "missing"] == 1 and not any(model == "peer" for model, _ in counted())
