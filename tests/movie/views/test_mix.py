"""The page on which two models share one list."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from movie.clicks import click_log
from movie.clicks.base import ClickLogError
from movie.models import ListShown, Movie
from movie.predictors.base import Predictor, store_of
from movie.predictors.ngcf_predictor import ngcf_predictor
from movie.services.mixing import DEPTH
from movie.visitors import Visitor
from pytorch_models.history import History
from tests.movie import second
from tests.movie.predictors.peers import PeerPredictor
from tests.movie.services.test_fallback import counted
from tests.movie.services.test_lists import list_id
from tests.movie.views.test_history import click
from tests.movie.views.test_models import ranked
from tests.worlds import FIRST_ID

pytestmark = pytest.mark.django_db
CLICKS = [FIRST_ID, FIRST_ID + 3]


@pytest.fixture(autouse=True)
def two(movies: None, weights: None, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    second.register(monkeypatch)
    second.train()
    settings.MIX_MODELS = ["ngcf", "nobody", "second"]


def mix(client: Client) -> str:
    response = client.get("/movie/mix/")
    assert response.status_code == 200
    return response.content.decode()


def test_the_ten_are_picked_by_both_in_turns(client: Client, visitor: Visitor) -> None:
    click(client, *CLICKS)
    html = mix(client)
    row = ListShown.objects.get()
    shown = [movie for _, movie in ranked(html)]
    assert (
        row.movie_ids == shown and len(set(shown)) == 10 and (row.model, str(row.list_id)) == ("mix", list_id(html))
    )
    assert sorted(row.teams) == ["ngcf"] * 5 + ["second"] * 5
    models: tuple[Predictor[Any], ...] = (ngcf_predictor, second.second_predictor)
    best = {model.name: model.answer(History.of_clicks(CLICKS), k=DEPTH).movie_ids for model in models}
    for team, ranking in best.items():
        own = [movie for movie, by in zip(shown, row.teams, strict=True) if by == team]
        assert own == [movie for movie in ranking if movie in own]
    assert {part["model"] for part in row.receipt["parts"]} == {"ngcf", "second"}


def test_the_page_does_not_tell_which_model_picked_what(client: Client, visitor: Visitor) -> None:
    click(client, *CLICKS)
    main = re.findall(r"<main.*</main>", mix(client), re.DOTALL)[0]
    assert "second" not in main.lower() and "ngcf" not in main.lower()
    assert set(re.findall(r'data-model="([^"]+)"', main)) == {"mix"}
    [url] = re.findall(r'href="(/movie/receipt/[^"]+)"', main)
    assert set(client.get(url).json()["teams"]) == {"ngcf", "second"}


def test_a_click_carries_the_list_whose_teams_are_known(client: Client, visitor: Visitor) -> None:
    click(client, *CLICKS)
    html = mix(client)
    form = re.findall(r"<noscript>\s*<form action=\"/log_click/\".*?</form>", html, re.DOTALL)[1]
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    client.post("/log_click/", fields)
    logged = click_log().history(visitor.owner, limit=1)[0]
    row = ListShown.objects.get(list_id=logged.list_id)
    assert (logged.model, logged.rank, logged.movie_id) == ("mix", 2, row.movie_ids[1])


def test_the_draft_is_another_for_each_list(client: Client, visitor: Visitor) -> None:
    click(client, *CLICKS)
    for _ in range(12):
        mix(client)
    assert len({tuple(teams) for teams in ListShown.objects.values_list("teams", flat=True)}) > 3


def test_a_movie_that_the_catalogue_has_no_more_is_picked_by_nobody(client: Client, visitor: Visitor) -> None:
    click(client, *CLICKS)
    gone = ngcf_predictor.predict(CLICKS)[0]
    Movie.objects.filter(id=gone).delete()
    shown = [movie for _, movie in ranked(mix(client))]
    assert gone not in shown and len(shown) == 10
    assert ListShown.objects.get().receipt["left_out"] == [gone]


def test_with_one_model_there_is_no_mix_and_it_says_why(client: Client, visitor: Visitor, settings: Settings) -> None:
    click(client, *CLICKS)
    store = store_of("second")
    (store.root / "current").unlink()
    for folder in store.folders():
        folder.rename(folder.with_name(f"x{folder.name}"))
    second.second_predictor.forget()
    html = mix(client)
    assert (
        "Second: 아직 가중치가 없어 건너뛰었습니다." in html
        and not ranked(html)
        and html.count("data-movie-id") == 24
    )
    assert not ListShown.objects.exists()


def test_the_tab_is_there_where_there_are_two(client: Client, visitor: Visitor, settings: Settings) -> None:
    assert 'href="/movie/mix/"' in client.get("/").content.decode()
    settings.MIX_MODELS = ["ngcf", "nobody"]
    assert 'href="/movie/mix/"' not in client.get("/").content.decode()


def test_without_a_history_it_invites_and_without_the_log_it_says_so(
    client: Client, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "기록이 없어 추천할 수 없습니다!" in mix(client)
    click(client, 9_000)
    assert "모델이 하나도 알지 못합니다" in mix(client)

    def away(self: object, *args: object, **kwargs: object) -> None:
        raise ClickLogError("down")

    monkeypatch.setattr("movie.clicks.database.DatabaseClickLog.history", away)
    assert "기록을 불러올 수 없습니다" in mix(client)


def test_a_page_that_nobody_looks_at_yet_keeps_no_list(client: Client, visitor: Visitor) -> None:
    click(client, *CLICKS)
    client.head("/movie/mix/")
    assert list_id(client.get("/movie/mix/", headers={"Sec-Purpose": "prefetch"}).content.decode()) == ""
    assert not ListShown.objects.exists()


def test_reasons_name_clicks_and_tell_nothing_of_who_gave_them(client: Client, visitor: Visitor) -> None:
    click(client, *CLICKS)
    html = mix(client)
    reasons = re.findall(r'<div class="reason" data-why="(\d+)">(.*?)</div>\s*</details>', html, re.DOTALL)
    assert [int(movie) for movie, _ in reasons] == [movie for _, movie in ranked(html)]
    named = {int(movie) for _, reason in reasons for movie in re.findall(r'data-carried="(\d+)"', reason)}
    assert named and named <= set(CLICKS)
    for _, reason in reasons:
        assert not re.search(r"data-measure|<figure|사람", reason)


def test_where_one_of_the_two_gives_no_reasons_none_are_shown(
    client: Client, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    click(client, *CLICKS)
    monkeypatch.setattr(second.second_predictor, "explains_at_once", False)
    html = mix(client)
    assert len(ranked(html)) == 10 and "data-why" not in html and '<details class="why"' not in html


def test_a_model_that_fails_is_passed_over_told_and_counted(
    client: Client, visitor: Visitor, peer: PeerPredictor, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MIX_MODELS = ["ngcf", "second", "peer"]
    click(client, *CLICKS)

    def fails(*args: object, **kwargs: object) -> None:
        raise RuntimeError("out of order")

    monkeypatch.setattr(second.second_predictor, "answer", fails)
    html = mix(client)
    assert "Second: 답할 수 없어 건너뛰었습니다." in html and 'data-skipped="error"' in html
    assert set(ListShown.objects.get().teams) == {"ngcf", "peer"} and counted() == {("second", "error"): 1}
