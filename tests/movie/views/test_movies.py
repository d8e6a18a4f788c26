from __future__ import annotations

import re

import pytest
from django.test import Client

from movie.models import Movie
from tests.worlds import FIRST_ID

pytestmark = pytest.mark.django_db


def ids(html: str) -> list[int]:
    return [int(found) for found in re.findall(r'<li class="card" data-movie-id="(\d+)"', html)]


@pytest.mark.parametrize("url", ["/", "/movie/"])
def test_the_home_page_shows_popular_movies_best_first(client: Client, movies: None, url: str) -> None:
    expected = list(Movie.objects.order_by("-popularity", "id").values_list("id", flat=True)[:24])
    assert ids(client.get(url).content.decode()) == expected


def test_more_leads_on_to_the_next_page(client: Client, movies: None) -> None:
    first = client.get("/").content.decode()
    assert 'href="/?page=2"' in first
    second = ids(client.get("/?page=2").content.decode())
    assert len(second) == 24 and not set(second) & set(ids(first))
    fragment = client.get("/?page=2", headers={"HX-Request": "true"}).content.decode()
    assert ids(fragment) == second and "<html" not in fragment


@pytest.mark.parametrize("page", ["0", "-1", "x", "99999", "9" * 40, "²"])
def test_a_page_that_is_none_is_no_error(client: Client, movies: None, page: str) -> None:
    assert client.get("/", {"page": page}).status_code == 200


def test_an_empty_catalogue_says_what_to_do(client: Client, db: None) -> None:
    assert "load_movies" in client.get("/").content.decode()


def test_a_movies_page_tells_its_facts(client: Client, movies: None) -> None:
    html = client.get(f"/movie/{FIRST_ID}/", headers={"Accept-Language": "en"}).content.decode()
    for fact in ("Heat &lt;&amp;&gt;", "170 minutes", "Michael Mann", "Al Pacino", "United States", "Action"):
        assert fact in html
    assert "Heat <&>" not in html


def test_a_korean_page_has_the_korean_title_and_words(client: Client, movies: None) -> None:
    html = client.get(f"/movie/{FIRST_ID}/").content.decode()
    for word in ('<html lang="ko">', "히트", "감독", "170분", "액션"):
        assert word in html


@pytest.mark.parametrize("movie_id", ["1", "99999999", "9" * 30])
def test_an_unknown_movie_is_a_404_page(client: Client, movies: None, movie_id: str) -> None:
    response = client.get(f"/movie/{movie_id}/")
    assert response.status_code == 404
    assert "찾을 수 없습니다" in response.content.decode()
    assert client.get(f"/movie/{movie_id}/poster.svg").status_code == 404


def test_a_drawn_poster_may_be_kept_for_a_year_and_has_no_cookie(client: Client, movies: None) -> None:
    html = client.get("/").content.decode()
    url = re.findall(r'src="(/movie/\d+/poster\.svg\?[^"]+)"', html)[0].replace("&amp;", "&")
    response = client.get(url)
    assert response["Content-Type"].startswith("image/svg+xml")
    assert "immutable" in response["Cache-Control"]
    assert "visitor" not in Client().get(url).cookies
    assert "immutable" not in client.get(url.replace("v=", "v=old"))["Cache-Control"]


def test_a_poster_of_the_catalogues_own_falls_back_to_the_drawn_one(client: Client, movies: None) -> None:
    Movie.objects.filter(id=FIRST_ID).update(poster_url="https://posters.example/heat.jpg")
    html = client.get(f"/movie/{FIRST_ID}/").content.decode()
    assert 'src="https://posters.example/heat.jpg" data-drawn="/movie/' in html


def test_pages_are_private_and_carry_a_policy_without_unsafe_inline(client: Client, movies: None) -> None:
    for url in ("/", f"/movie/{FIRST_ID}/", "/movie/history/", "/movie/ngcf/", "/nowhere/"):
        response = client.get(url)
        assert "private" in response["Cache-Control"]
        policy = response["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
        html = response.content.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", html)
        assert (response["X-Frame-Options"], response["X-Content-Type-Options"]) == ("DENY", "nosniff")


@pytest.mark.parametrize(("url", "queries"), [("/", 6), (f"/movie/{FIRST_ID}/", 7), ("/movie/history/", 1)])
def test_a_page_asks_the_database_little(
    client: Client, movies: None, url: str, queries: int, django_assert_max_num_queries: object
) -> None:
    with django_assert_max_num_queries(queries):  # type: ignore[operator]
        client.get(url)


def test_the_language_follows_the_browser_and_the_switch(client: Client, movies: None) -> None:
    assert "Popular movies" in client.get("/", headers={"Accept-Language": "en-US,en;q=0.9"}).content.decode()
    assert "인기 영화" in client.get("/", headers={"Accept-Language": "fr"}).content.decode()
    response = client.post("/i18n/setlang/", {"language": "en", "next": "/movie/"})
    assert response["Location"] == "/movie/"
    assert "Popular movies" in client.get("/", headers={"Accept-Language": "ko"}).content.decode()
