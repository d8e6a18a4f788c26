from __future__ import annotations

from uuid import uuid4

import pytest
from django.test import Client

from movie.models import ListShown
from movie.predictors.base import SEED
from movie.predictors.ngcf_predictor import ngcf_predictor
from movie.services.recommending import read_log
from movie.visitors import Visitor
from tests.movie.api.conftest import API
from tests.worlds import FIRST_ID

pytestmark = pytest.mark.django_db
CLICKS = [FIRST_ID, FIRST_ID + 3, FIRST_ID + 45]


def test_the_list_is_the_models_with_its_scores_and_how_it_came_about(
    api: API, movies: None, weights: None, visitor: Visitor
) -> None:
    api.click(*CLICKS)
    found = api.get("recommendations/ngcf").json()
    answer = ngcf_predictor.answer(read_log(visitor).history())
    assert [(each["movie"]["id"], each["score"]) for each in found["movies"]] == [
        tuple(each) for each in answer.items
    ]
    assert [each["rank"] for each in found["movies"]] == list(range(1, 11))
    assert found["losses"] == list(answer.losses) and len(found["losses"]) == 11
    assert found["losses"][-1] < found["losses"][0]
    assert (found["state"], found["made_by"], found["fell_back"], found["clicks"]) == ("ranked", "ngcf", "", 3)
    assert (found["checkpoint"], found["seed"]) == (answer.receipt.checkpoint, SEED)
    assert found["milliseconds"] > 0 and found["reasons_milliseconds"] is None


@pytest.mark.parametrize("k", [1, 25])
def test_as_many_movies_as_asked_for_come_and_the_receipt_knows(
    api: API, movies: None, weights: None, visitor: Visitor, k: int
) -> None:
    api.click(*CLICKS)
    found = api.get("recommendations/ngcf", k=k).json()
    assert len(found["movies"]) == k
    receipt = api.client.get(found["receipt"]).json()
    assert receipt["movie_ids"] == [each["movie"]["id"] for each in found["movies"]]
    assert receipt["parts"][0]["k"] == k and receipt["list_id"] == found["list_id"] and receipt["schema"] == 1
    assert receipt == api.client.get(f"/movie/receipt/{found['list_id']}/").json() | {"at": receipt["at"]}


def test_a_receipt_is_its_owners_alone(api: API, movies: None, weights: None, visitor: Visitor) -> None:
    api.click(*CLICKS)
    receipt = api.get("recommendations/ngcf").json()["receipt"]
    assert Client().get(receipt).status_code == 404 and api.get(f"lists/{uuid4()}").status_code == 404


def test_reasons_come_with_the_list_where_asked_for_and_one_by_one(
    api: API, movies: None, weights: None, visitor: Visitor
) -> None:
    api.click(*CLICKS)
    assert all(each["reason"] is None for each in api.get("recommendations/ngcf").json()["movies"])
    found = api.get("recommendations/ngcf", reasons="true").json()
    best = found["movies"][0]
    assert best["reason"]["measure"] == "leave_one_out" and found["reasons_milliseconds"] > 0
    carried = best["reason"]["clicks"]
    assert {each["movie_id"] for each in carried} <= set(CLICKS) and carried[0]["share"] >= carried[-1]["share"]
    alone = api.get(f"recommendations/ngcf/reasons/{best['movie']['id']}").json()
    assert [each["movie_id"] for each in alone["reason"]["clicks"]] == [each["movie_id"] for each in carried]
    assert [each["share"] for each in alone["reason"]["clicks"]] == pytest.approx(
        [each["share"] for each in carried],
        rel=1e-5,  # float32, in another order
    )
    assert api.get("recommendations/ngcf/reasons/123456789").status_code == 404


def test_without_a_click_it_is_the_list_without_it_with_its_moves_and_is_not_kept(
    api: API, movies: None, weights: None, visitor: Visitor
) -> None:
    events = api.click(*CLICKS)
    before = [each["movie"]["id"] for each in api.get("recommendations/ngcf").json()["movies"]]
    kept = ListShown.objects.count()
    found = api.get("recommendations/ngcf", without=[events[-1], str(uuid4())]).json()
    after = [each["movie"]["id"] for each in found["movies"]]
    assert after == ngcf_predictor.predict(CLICKS[:2]) and found["left_out"] == [events[-1]]
    was = [before.index(movie) + 1 if movie in before else None for movie in after]
    assert [each["was"] for each in found["movies"]] == was
    assert {each["movie"]["id"] for each in found["gone"]} == set(before) - set(after)
    assert ListShown.objects.count() == kept and found["list_id"] is found["receipt"] is None
    many = [str(uuid4()) for _ in range(49)]
    assert api.get("recommendations/ngcf", without=many).status_code == 422


def test_who_stands_in_is_said(api: API, movies: None, visitor: Visitor) -> None:
    api.click(*CLICKS)
    found = api.get("recommendations/ngcf").json()
    assert (found["model"], found["made_by"], found["fell_back"]) == ("ngcf", "popular", "missing")
    assert len(found["movies"]) == 10 and found["losses"] == []


def test_who_clicked_nothing_gets_no_list_and_is_told(
    api: API, movies: None, weights: None, visitor: Visitor
) -> None:
    found = api.get("recommendations/ngcf").json()
    assert (found["state"], found["movies"], found["list_id"]) == ("empty", [], None)
    assert api.get("recommendations/popular").json()["state"] == "ranked"


def test_a_model_that_is_not_there_is_not_found(api: API, movies: None) -> None:
    for path in ("recommendations/nothing", f"recommendations/nothing/reasons/{FIRST_ID}"):
        assert api.get(path).status_code == 404
    assert api.get("recommendations/ngcf", k=101).status_code == 422


def test_the_models_say_which_of_them_serve(api: API, movies: None, weights: None) -> None:
    found = {each["name"]: each for each in api.get("models").json()["models"]}
    assert [name for name, each in found.items() if each["serves"]] == ["ngcf", "popular", "trending"]
    assert found["ngcf"]["title"] and not found["popular"]["personal"]


def test_a_list_asked_for_by_head_or_ahead_is_not_kept(
    api: API, movies: None, weights: None, visitor: Visitor
) -> None:
    api.click(*CLICKS)
    assert api.client.head("/api/v1/recommendations/ngcf").status_code == 200
    assert api.send("GET", "recommendations/ngcf", **{"Sec-Purpose": "prefetch"}).json()["list_id"] is None
    assert not ListShown.objects.exists()
