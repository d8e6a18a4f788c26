from __future__ import annotations

from statistics import pstdev
from typing import Any

import pytest

from movie.catalogue.load import load
from movie.models import Movie, Person, Rating
from tests.movie.api.conftest import API
from tests.movie.search.korean import MATRIX, korean
from tests.worlds import FIRST_ID

pytestmark = pytest.mark.django_db


def ids(found: Any) -> list[int]:
    return [movie["id"] for movie in found["movies"]]


def test_one_movie_comes_with_all_about_it(api: API, movies: None) -> None:
    found = api.get(f"movies/{FIRST_ID}").json()
    assert (found["title"], found["title_ko"], found["runtime"]) == ("Heat <&>", "히트", 170)
    assert found["genres"] == ["Action"] and found["countries"] == ["United States"]
    assert [person["name"] for person in found["cast"]] == ["Al Pacino", "Robert De Niro"]
    assert [person["name"] for person in found["directors"]] == ["Michael Mann"] == [found["writers"][0]["name"]]
    movie = Movie.objects.get(id=FIRST_ID)
    assert movie.mean_star and found["rating"] == {"mean": movie.mean_star / 2, "count": movie.n_ratings}
    given = list(Rating.objects.filter(movie=movie, star__gt=0).values_list("star", flat=True))
    assert given and found["spread"]["counts"] == [given.count(star) for star in range(1, 11)]
    assert found["spread"]["deviation"] == pytest.approx(pstdev(given) / 2, abs=1e-3)
    assert found["poster"].startswith(f"/movie/{FIRST_ID}/poster.svg?") and api.client.get(found["poster"]).content


@pytest.mark.parametrize("path", ["movies/123456789", "movies/123456789/similar", "people/123456789"])
def test_what_is_not_there_is_not_found(api: API, movies: None, path: str) -> None:
    assert api.get(path).status_code == 404


def test_all_movies_come_page_by_page(api: API, movies: None) -> None:
    first, last = api.get("movies", size=50).json(), api.get("movies", size=50, page=2).json()
    expected = list(Movie.objects.order_by("-popularity", "id").values_list("id", flat=True))
    assert ids(first) + ids(last) == expected
    assert (first["page"], first["pages"], first["total"]) == (1, 2, len(expected))


def test_a_list_can_be_narrowed_and_ordered(api: API, movies: None) -> None:
    found = api.get("movies", genre="Comedy", sort="year", least_ratings=1).json()
    comedies = Movie.objects.filter(genres__name="Comedy", n_ratings__gte=1)
    assert ids(found) == list(comedies.order_by("-year", "-popularity", "id").values_list("id", flat=True))
    years = [movie["year"] for movie in api.get("movies", decade=1990, sort="rating").json()["movies"]]
    assert years and all(1990 <= year <= 1999 for year in years)
    assert api.get("movies", genre="Nothing").json()["total"] == 0
    assert api.get("movies", decade=1995).status_code == 422


def test_search_finds_a_misspelt_title_its_initials_and_people(api: API, db: None) -> None:
    load(korean())
    assert ids(api.get("search", q="메트릭스").json())[0] == MATRIX
    assert ids(api.get("search/suggestions", q="ㅁㅌㄹㅅ").json())[0] == MATRIX
    assert api.get("search/suggestions", q="봉준호").json()["people"][0]["name"] == "봉준호"
    nothing = api.get("search", q="메투리스").json()
    assert nothing["total"] == 0 and MATRIX in [movie["id"] for movie in nothing["near"]]


def test_a_person_comes_with_their_movies_by_role(api: API, movies: None) -> None:
    found = api.get(f"people/{Person.objects.get(name='Michael Mann').id}").json()
    assert [len(found[role]) for role in ("directed", "wrote", "played_in")] == [1, 1, 0]


def test_movies_like_one_are_told_by_the_model_of_choice(api: API, movies: None, weights: None) -> None:
    found = api.get(f"movies/{FIRST_ID}/similar", by="ngcf").json()
    assert (found["by"], found["choices"], found["state"]) == ("ngcf", ["ngcf"], "ranked") and len(ids(found)) == 10
    assert api.get("movies/9000/similar").json()["state"] == "unknown"
    assert api.get(f"movies/{FIRST_ID}/similar", by="popular").status_code == 404


def test_without_weights_no_model_says_what_is_alike(api: API, movies: None) -> None:
    assert api.get(f"movies/{FIRST_ID}/similar").json()["state"] == "missing"
