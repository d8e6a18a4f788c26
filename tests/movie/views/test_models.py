from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from movie.clicks import click_log
from movie.clicks.base import ClickEvent, new_event_id
from movie.models import Click, Movie
from movie.predictors.base import store_of
from movie.predictors.ngcf_predictor import ngcf_predictor
from movie.templatetags.movies import fall
from movie.visitors import Visitor
from pytorch_models.checkpoint import WEIGHTS
from tests.movie.views.test_history import click
from tests.worlds import FIRST_ID

pytestmark = pytest.mark.django_db


def ranked(html: str) -> list[tuple[int, int]]:
    return [(int(rank), int(movie)) for movie, rank in re.findall(r'data-movie-id="(\d+)" data-rank="(\d+)"', html)]


def test_it_shows_the_ten_best_in_order(client: Client, movies: None, weights: None, visitor: Visitor) -> None:
    clicks = [FIRST_ID, FIRST_ID + 3, FIRST_ID + 7]
    click(client, *clicks)
    html = client.get("/movie/ngcf/").content.decode()
    assert ranked(html) == list(enumerate(ngcf_predictor.predict(clicks), start=1))
    assert len(ranked(html)) == 10
    assert not {movie for _, movie in ranked(html)} & set(clicks)


def test_it_says_how_the_re_training_went(client: Client, movies: None, weights: None, visitor: Visitor) -> None:
    click(client, FIRST_ID, FIRST_ID + 1)
    html = client.get("/movie/ngcf/", headers={"Accept-Language": "en"}).content.decode()
    assert 0 < float(re.findall(r'data-retrain-ms="([\d.]+)"', html)[0]) < 5000
    found = re.search(r"Re-trained on 2 clicks in [\d.]+ ms · BPR loss ([\d.]+) → ([\d.]+) over 10 epochs", html)
    assert found and float(found[2]) < float(found[1])


def test_removing_a_click_changes_the_ten(client: Client, movies: None, weights: None, visitor: Visitor) -> None:
    click(client, FIRST_ID, FIRST_ID + 1, FIRST_ID + 45)
    before = ranked(client.get("/movie/ngcf/").content.decode())
    newest = click_log().history(visitor.owner, limit=1)[0]
    client.post("/movie/history/remove/", {"event_id": newest.event_id})
    assert ranked(client.get("/movie/ngcf/").content.decode()) != before


def test_an_empty_history_gets_an_invitation(client: Client, movies: None, weights: None) -> None:
    html = client.get("/movie/ngcf/").content.decode()
    assert "기록이 없어 추천할 수 없습니다!" in html
    assert html.count("data-movie-id") == 24 and not ranked(html)


def test_only_unknown_movies_get_the_invitation_and_are_told(
    client: Client, movies: None, weights: None, visitor: Visitor
) -> None:
    click(client, 9_000)  # in the catalogue, not in the model
    html = client.get("/movie/ngcf/").content.decode()
    assert "기록이 없어 추천할 수 없습니다!" in html and "모델이 하나도 알지 못합니다" in html
    assert html.count("data-movie-id") == 24


def test_a_movie_that_the_model_does_not_know_is_counted(
    client: Client, movies: None, weights: None, visitor: Visitor
) -> None:
    click(client, FIRST_ID, 9_000)
    html = client.get("/movie/ngcf/").content.decode()
    assert "모델이 모르는 영화 1편" in html and len(ranked(html)) == 10


def test_a_movie_that_the_catalogue_has_no_more_is_left_out(
    client: Client, movies: None, weights: None, visitor: Visitor
) -> None:
    click(client, FIRST_ID)
    best = ngcf_predictor.predict([FIRST_ID])[0]
    Movie.objects.filter(id=best).delete()
    found = ranked(client.get("/movie/ngcf/").content.decode())
    assert best not in [movie for _, movie in found]
    assert [rank for rank, _ in found] == list(range(1, len(found) + 1))


def test_missing_weights_are_said_and_the_other_pages_work(client: Client, movies: None, visitor: Visitor) -> None:
    click(client, FIRST_ID)
    response = client.get("/movie/ngcf/")
    assert response.status_code == 200
    assert "python manage.py train ngcf" in response.content.decode()
    assert client.get("/").status_code == client.get("/movie/history/").status_code == 200


def test_damaged_weights_are_said_too(client: Client, movies: None, weights: None, visitor: Visitor) -> None:
    current = store_of("ngcf").current()
    assert current is not None
    (current / WEIGHTS).write_bytes(b"damaged")
    click(client, FIRST_ID)
    assert "python manage.py train ngcf" in client.get("/movie/ngcf/").content.decode()


def test_ten_thousand_clicks_count_by_their_newest_500_movies(
    client: Client, movies: None, weights: None, visitor: Visitor
) -> None:
    now = datetime.now(UTC)
    rows = []
    for i in range(10_000):
        at = now - timedelta(seconds=10_000 - i)
        event = ClickEvent(new_event_id(at=at, entropy=i.to_bytes(10, "big")), visitor.id, 10**6 + i % 5000, at)
        rows.append(Click(owner=event.owner, **event.__dict__))
    Click.objects.bulk_create(rows)
    click(client, FIRST_ID, FIRST_ID + 1)
    response = client.get("/movie/ngcf/")
    html = response.content.decode()
    assert "최근 영화 500편까지 학습에 쓰고, 그보다 오래된 4502편은" in html
    assert ranked(html) == list(enumerate(ngcf_predictor.predict([FIRST_ID, FIRST_ID + 1]), start=1))


def test_nothing_seen_comes_back_however_old(client: Client, movies: None, weights: None, visitor: Visitor) -> None:
    now = datetime.now(UTC)
    best = ngcf_predictor.predict([FIRST_ID, FIRST_ID + 1])[0]
    old = ClickEvent(new_event_id(at=now - timedelta(days=3), entropy=bytes(10)), visitor.id, best, now)
    click_log().put(old)
    rows = []
    for i in range(600):
        at = now - timedelta(hours=1, seconds=i)
        event = ClickEvent(new_event_id(at=at, entropy=i.to_bytes(10, "big")), visitor.id, 10**6 + i, at)
        rows.append(Click(owner=event.owner, **event.__dict__))
    Click.objects.bulk_create(rows)
    click(client, FIRST_ID, FIRST_ID + 1)
    assert best not in [movie for _, movie in ranked(client.get("/movie/ngcf/").content.decode())]


def test_all_movies_clicked_is_an_empty_list_not_an_error(
    client: Client, movies: None, weights: None, visitor: Visitor
) -> None:
    click(client, *Movie.objects.values_list("id", flat=True))
    html = client.get("/movie/ngcf/").content.decode()
    assert "모든 영화를 이미 보셨습니다" in html


def test_popularity_has_a_list_for_who_has_no_history(client: Client, movies: None) -> None:
    html = client.get("/movie/popular/").content.decode()
    order = Movie.objects.order_by("-popularity", "id").values_list("id", flat=True)
    assert ranked(html) == list(enumerate(order[:10], start=1))
    assert "누구에게나 같은 순서" in html and "기록이 없어" not in html


def test_popularity_leaves_out_what_was_seen(client: Client, movies: None, visitor: Visitor) -> None:
    first = ranked(client.get("/movie/popular/").content.decode())
    click(client, first[0][1], first[4][1])
    left = [movie for _, movie in ranked(client.get("/movie/popular/").content.decode())]
    assert left[:8] == [movie for rank, movie in first if rank not in (1, 5)] and len(left) == 10


def test_trending_shows_what_others_clicked_and_is_reached_from_popularity(client: Client, movies: None) -> None:
    others = Client()
    others.get("/")
    for movie in (FIRST_ID + 3, FIRST_ID + 5):
        others.post("/log_click/", {"movie_id": movie, "page_url": "/"})
    for page, current in (("popular", "popular"), ("trending", "popular")):
        html = client.get(f"/movie/{page}/").content.decode()
        assert 'href="/movie/trending/"' in html
        assert re.search(rf'<a href="/movie/{current}/" aria-current="page">Popularity <small>', html)
    assert {movie for _, movie in ranked(html)} == {FIRST_ID + 3, FIRST_ID + 5}
    assert html.count('data-measure="trending"') == 2 and html.count("고른 방문자: 1명") == 2


def test_trending_without_a_click_says_so(client: Client, movies: None) -> None:
    assert "고른 영화 가운데 아직 안 보신 영화가 없습니다" in client.get("/movie/trending/").content.decode()


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        (0.69314, 0.6, ("0.6931", "0.6000")),
        (0.69314, 0.69312, ("0.69314", "0.69312")),
        (0.0123, 0.001, ("0.0123", "0.00100")),
        (0.0000412, 2e-7, ("0.0000412", "0.000000200")),
        (0.00025613, 0.00025571, ("0.0002561", "0.0002557")),
        (0.5, 0.5, ("0.500000", "0.500000")),
        (0.0, 0.0, ("0.000000", "0.000000")),
    ],
)
def test_losses_are_shown_with_digits_that_tell_of_their_fall(
    before: float, after: float, shown: tuple[str, str]
) -> None:
    assert fall([before, 1.0, after]) == shown
