from __future__ import annotations

import re

import pytest
from django.test import Client

from movie.catalogue.load import load
from movie.models import Movie, Person
from tests.movie.search.korean import MATRIX, korean
from tests.movie.views.test_movies import ids
from tests.worlds import FIRST_ID

pytestmark = pytest.mark.django_db


def test_every_page_has_the_box_and_its_form_works_without_scripts(client: Client, movies: None) -> None:
    html = client.get("/").content.decode()
    assert 'action="/movie/search/"' in html and 'name="q"' in html
    assert ids(client.get("/movie/search/", {"q": "heat"}).content.decode())[0] == FIRST_ID


def test_suggestions_are_options_with_a_poster_and_a_link(client: Client, db: None) -> None:
    load(korean())
    html = client.get("/movie/search/suggest/", {"q": "메트릭스"}).content.decode()
    assert "<html" not in html and f'href="/movie/{MATRIX}/"' in html and 'class="poster"' in html
    assert 'role="option"' in html
    people = client.get("/movie/search/suggest/", {"q": "봉준호"}).content.decode()
    assert f'href="/movie/person/{Person.objects.get(name="봉준호").id}/"' in people
    assert client.get("/movie/search/suggest/").content.strip() == b""


def test_pages_go_on_with_the_filters_in_the_address(client: Client, movies: None) -> None:
    first = client.get("/movie/search/", {"q": "film", "sort": "year"}).content.decode()
    after = re.search(r'rel="next" href="(\?[^"]+)"', first)
    assert after and after[1] == "?q=film&amp;sort=year&amp;page=2"
    second = ids(client.get("/movie/search/" + after[1].replace("&amp;", "&")).content.decode())
    assert len(ids(first)) == 24 and len(second) == 24 and not set(second) & set(ids(first))
    assert "selected" in first.partition('value="year"')[2][:12]


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"q": "x" * 1000},
        {"q": "<script>alert(1)</script>"},
        {"q": "\0"},
        {"q": "heat", "genre": "'\"", "decade": "x", "least": "-1", "sort": "; drop", "page": "9" * 30},
        {"decade": "1995"},
    ],
)
def test_a_query_that_is_strange_is_no_error_and_is_escaped(
    client: Client, movies: None, query: dict[str, str]
) -> None:
    for url in ("/movie/search/", "/movie/search/suggest/"):
        response = client.get(url, query)
        assert response.status_code == 200 and b"<script>alert" not in response.content


def test_nothing_found_says_so_and_shows_what_is_near(client: Client, db: None) -> None:
    load(korean())
    html = client.get("/movie/search/", {"q": "메투리스"}).content.decode()
    assert "찾은 영화가 없습니다" in html and MATRIX in ids(html)


def test_a_persons_page_has_their_movies_by_role_and_movies_lead_there(client: Client, movies: None) -> None:
    mann = Person.objects.get(name="Michael Mann").id
    detail = client.get(f"/movie/{FIRST_ID}/").content.decode()
    assert f'href="/movie/person/{mann}/"' in detail and 'href="/movie/search/?genre=Action"' in detail
    html = client.get(f"/movie/person/{mann}/", headers={"Accept-Language": "en"}).content.decode()
    assert re.findall(r'id="role-(\w+)"', html) == ["director", "writer"] and ids(html) == [FIRST_ID, FIRST_ID]
    assert (
        client.get("/movie/person/99999999/").status_code == client.get(f"/movie/person/{2**70}/").status_code == 404
    )


def test_a_genres_link_leads_to_its_movies_the_popular_first(client: Client, movies: None) -> None:
    expected = Movie.objects.filter(genres__name="Comedy").order_by("-popularity", "id").values_list("id", flat=True)
    assert ids(client.get("/movie/search/?genre=Comedy").content.decode()) == list(expected)


def test_a_hidden_movie_is_left_out_of_a_genre_and_found_by_its_name(client: Client, movies: None) -> None:
    client.get("/movie/history/panel/")
    assert client.post("/log_hide/", {"movie_id": FIRST_ID}).status_code in (200, 201, 303)
    assert f'data-movie-id="{FIRST_ID}"' not in client.get("/movie/search/?genre=Action").content.decode()
    assert f'data-movie-id="{FIRST_ID}"' in client.get("/movie/search/?q=heat").content.decode()
