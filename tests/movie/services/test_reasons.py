from __future__ import annotations

import pytest

from movie import selectors
from movie.models import Movie
from movie.predictors.ngcf_predictor import ngcf_predictor
from movie.services.reasons import SHOWN, Told, named, told, why_of
from pytorch_models.history import History
from pytorch_models.reasons import Carried, Node, Reason, ReasonPath
from tests.worlds import FIRST_ID

pytestmark = pytest.mark.django_db
TARGET = FIRST_ID + 9


def movies_of(reason: Reason) -> dict[int, Movie]:
    ids = [reason.movie_id, *named(reason)]
    return {movie.id: movie for movie in selectors.movies_in_order(ids=ids)}


def test_shares_are_of_all_that_the_clicks_carried_also_of_those_not_shown(movies: None) -> None:
    reason = Reason(TARGET, "leave_one_out", tuple(Carried(FIRST_ID + i, 6.0 - i, i) for i in range(6)))
    found = movies_of(reason)
    why = why_of(reason, found[TARGET], found)
    assert [click.movie.id for click in why.clicks] == [FIRST_ID + i for i in range(SHOWN)]
    assert [click.share for click in why.clicks] == pytest.approx([6 / 21, 5 / 21, 4 / 21, 3 / 21])
    assert [click.percent for click in why.clicks] == [29, 24, 19, 14]
    assert [click.together for click in why.clicks] == [0, 1, 2, 3]
    assert why.more == 2


def test_attention_is_a_share_already(movies: None) -> None:
    reason = Reason(TARGET, "attention", (Carried(FIRST_ID, 0.5), Carried(FIRST_ID + 1, 0.25)))
    found = movies_of(reason)
    assert [click.share for click in why_of(reason, found[TARGET], found).clicks] == [0.5, 0.25]


def test_a_click_that_the_catalogue_has_no_more_is_left_out_with_its_share(movies: None) -> None:
    reason = Reason(TARGET, "leave_one_out", (Carried(FIRST_ID, 3.0), Carried(FIRST_ID + 1, 1.0)))
    Movie.objects.filter(id=FIRST_ID).delete()
    found = movies_of(reason)
    why = why_of(reason, found[TARGET], found)
    assert [(click.movie.id, click.share) for click in why.clicks] == [(FIRST_ID + 1, 0.25)]


def test_a_path_is_told_by_its_stops_without_the_visitor(movies: None) -> None:
    nodes = (Node("visitor", ""), Node("movie", FIRST_ID), Node("director", "Michael Mann"), Node("movie", TARGET))
    reason = Reason(TARGET, "paths", paths=(ReasonPath(nodes, 0.4),))
    found = movies_of(reason)
    [way] = why_of(reason, found[TARGET], found).paths
    assert [(step.kind, step.movie) for step in way.steps] == [
        ("movie", found[FIRST_ID]),
        ("director", None),
        ("movie", found[TARGET]),
    ]


def test_a_reason_without_clicks_stays_without(movies: None) -> None:
    reason = Reason(TARGET, "popularity")
    found = movies_of(reason)
    why = why_of(reason, found[TARGET], found)
    assert (why.clicks, why.paths, why.more) == ([], [], 0)


def test_a_list_has_reasons_and_the_time_they_took(weights: None) -> None:
    history = History.of_clicks([FIRST_ID, FIRST_ID + 1])
    best = ngcf_predictor.answer(history).movie_ids
    found = told("ngcf", history, best)
    assert list(found.reasons) == best and found.milliseconds and found.milliseconds > 0
    assert found.reasons[best[0]].clicks
    assert set(found.movie_ids) <= {FIRST_ID, FIRST_ID + 1}


def test_a_model_that_is_slow_to_explain_is_not_asked_with_the_list(
    weights: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ngcf_predictor, "explains_at_once", False)
    assert told("ngcf", History.of_clicks([FIRST_ID]), [TARGET]) == Told()


def test_a_reason_that_fails_costs_nothing_but_itself(weights: None, caplog: pytest.LogCaptureFixture) -> None:
    assert told("ngcf", History.of_clicks([FIRST_ID]), [TARGET, 10**9]) == Told()
    assert "ngcf cannot say why" in caplog.text
