"""The API and the pages answer the same to the same visitor."""

from __future__ import annotations

import re

import pytest

from movie.visitors import Visitor
from tests.movie.api.conftest import API
from tests.movie.views.test_models import ranked
from tests.movie.views.test_movies import ids
from tests.worlds import FIRST_ID

pytestmark = pytest.mark.django_db
CLICKS = [FIRST_ID, FIRST_ID + 3, FIRST_ID + 45]


def page(api: API, address: str) -> str:
    response = api.client.get(address)
    assert response.status_code == 200
    return str(response.content.decode())


@pytest.mark.parametrize("model", ["ngcf", "popular", "trending", "mf"])
def test_a_models_ten_are_the_same_in_the_same_order(
    api: API, movies: None, weights: None, visitor: Visitor, model: str
) -> None:
    """NGCF with weights, MF without any, where popularity stands in, and the two that need none."""
    api.click(*CLICKS)
    ten = [(each["rank"], each["movie"]["id"]) for each in api.get(f"recommendations/{model}").json()["movies"]]
    assert ten == ranked(page(api, f"/movie/{model}/")) and (ten or model == "trending")


def test_a_list_without_a_click_is_the_same(api: API, movies: None, weights: None, visitor: Visitor) -> None:
    left_out = api.click(*CLICKS)[-1]
    found = api.get("recommendations/ngcf", without=left_out).json()["movies"]
    ten = [(each["rank"], each["movie"]["id"]) for each in found]
    assert len(ten) == 10 and ten == ranked(page(api, f"/movie/ngcf/?without={left_out}"))


def test_the_history_is_the_same_whoever_made_it(api: API, movies: None, visitor: Visitor) -> None:
    api.click(FIRST_ID)
    api.client.post("/log_click/", {"movie_id": FIRST_ID + 1})
    api.client.post("/log_star/", {"movie_id": FIRST_ID + 2, "star": 7})
    api.send("PUT", f"movies/{FIRST_ID + 3}/hidden", {})
    said = [(each["event_id"], each["kind"]) for each in api.get("history").json()["entries"]]
    assert len(said) == 4
    assert said == re.findall(r'data-event-id="([^"]+)" data-kind="(\w+)"', page(api, "/movie/history/"))


def test_a_star_is_the_same_whoever_gave_it(api: API, movies: None, visitor: Visitor) -> None:
    def shown() -> list[str]:
        return re.findall(r'value="(\d+)" required checked', page(api, f"/movie/{FIRST_ID}/"))

    api.send("PUT", f"movies/{FIRST_ID}/star", {"star": 9})
    assert set(shown()) == {"9"}
    api.client.post("/log_star/", {"movie_id": FIRST_ID, "star": 4})
    assert api.get("stars").json()["stars"] == [{"movie_id": FIRST_ID, "star": 4}] and set(shown()) == {"4"}
    api.send("DELETE", f"movies/{FIRST_ID}/star")
    assert shown() == []


@pytest.mark.parametrize("asked", ["q=film&sort=year", "q=heat", "q=drama", "q=comedy&least={n}", "q=flim"])
def test_a_search_finds_the_same(api: API, movies: None, asked: str) -> None:
    least = asked.format(n=3)
    shown = ids(page(api, f"/movie/search/?{least}"))
    found = api.client.get(f"/api/v1/search?{least.replace('least=', 'least_ratings=')}").json()
    assert [each["id"] for each in found["movies"] or found["near"]] == shown


@pytest.mark.parametrize("sort", ["popularity", "rating", "year"])
def test_a_genres_movies_are_the_same(api: API, movies: None, sort: str) -> None:
    shown = ids(page(api, f"/movie/search/?genre=Comedy&sort={sort}"))
    assert shown and [each["id"] for each in api.get("movies", genre="Comedy", sort=sort).json()["movies"]] == shown


def test_the_popular_movies_are_those_of_the_home_page(api: API, movies: None, visitor: Visitor) -> None:
    api.send("PUT", f"movies/{FIRST_ID}/hidden", {})
    for number in (1, 2):
        listed = [each["id"] for each in api.get("movies", page=number).json()["movies"]]
        assert listed == ids(page(api, f"/?page={number}")) and FIRST_ID not in listed


def test_movies_like_one_are_the_same(api: API, movies: None, weights: None) -> None:
    html = page(api, f"/movie/{FIRST_ID}/").partition('id="similar"')[2]
    alike = [each["id"] for each in api.get(f"movies/{FIRST_ID}/similar").json()["movies"]]
    assert alike and alike == ids(html)
