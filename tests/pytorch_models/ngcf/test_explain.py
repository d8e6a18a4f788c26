from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pytorch_models.base import EXPLAINED
from pytorch_models.history import Event, History, Read, Visit
from pytorch_models.ngcf.explain import lost
from pytorch_models.ngcf.recommender import NGCFRecommender
from pytorch_models.ngcf.tower import Tower, retrain
from tests.worlds import FIRST_ID, planted

MOVIES = np.array([30, 3, 79, 41])


def scores_one_by_one(model: NGCFRecommender, clicks: np.ndarray, free: np.ndarray) -> np.ndarray:
    """The oracle: the scores of MOVIES for exactly these clicks, by the tower and the whole relation."""
    assert model.tables is not None and model.scoring is not None
    tables = model.tables
    if not len(clicks):
        return tables.bias[MOVIES]
    visitor = Tower(tables, clicks, model.config).forward(free).representation
    related = model.scoring.related(clicks, model.config)
    found: np.ndarray = (tables.item @ visitor + tables.bias + related)[MOVIES]
    return found


@pytest.mark.parametrize(
    ("n", "normalise", "doubt"), [(1, True, 5.0), (2, True, 0.0), (12, False, 5.0), (70, True, 20.0)]
)
def test_each_loss_is_that_of_a_tower_built_without_the_click(
    trained: NGCFRecommender, n: int, normalise: bool, doubt: float
) -> None:
    model = trained.with_settings(normalise=normalise, relation_doubt=doubt)
    assert model.tables is not None and model.scoring is not None
    rng = np.random.default_rng(n)
    clicks = rng.permutation(np.setdiff1d(np.arange(80), MOVIES))[:n]
    free = rng.normal(size=model.config.embedding_size).astype(np.float32) / 8
    found = lost(model.tables, model.scoring, clicks, MOVIES, free, model.config, most=EXPLAINED)
    whole = scores_one_by_one(model, clicks, free)
    without = [scores_one_by_one(model, np.delete(clicks, at), free) for at in range(min(n, EXPLAINED))]
    assert np.allclose(found, whole - np.stack(without), atol=2e-5 * np.abs(whole).max())


def test_the_free_part_is_what_the_ten_epochs_of_the_list_found(trained: NGCFRecommender) -> None:
    assert trained.tables is not None
    events = tuple(Event(FIRST_ID + i, "star", star) for i, star in ((0, 9), (1, 6), (5, 10), (42, 5)))
    model, rows = trained.with_settings(retrain_rate=2.0), np.array([9, 70])
    assert model.movies is not None
    visit = Read.of(History(events, frozenset()), model.movies).visit
    in_order = visit.by_row()
    tower = Tower(trained.tables, in_order.clicks, model.config)
    found = retrain(tower, trained.tables, in_order, rng=np.random.default_rng(5))
    assert np.array_equal(tower.forward(found.free).representation, found.representation)
    assert np.linalg.norm(found.free) > 0.01
    listed = model.recommend(History(events, frozenset()), k=76, rng=np.random.default_rng(5))
    score_of = {item.movie_id: item.score for item in listed.items}
    assert model.scoring is not None
    without = [
        tower.forward(found.free)
        for tower in (Tower(trained.tables, np.delete(visit.clicks, at), model.config) for at in range(4))
    ]
    for reason, row in zip(
        model.explain(History(events, frozenset()), (FIRST_ID + rows).tolist(), rng=np.random.default_rng(5)),
        rows,
        strict=True,
    ):
        lost_by = {click.movie_id: click.weight for click in reason.clicks}
        for at, up in enumerate(without):
            related = model.scoring.related(np.delete(visit.clicks, at), model.config)[row]
            score = trained.tables.item[row] @ up.representation + trained.tables.bias[row] + related
            expected = score_of[reason.movie_id] - score
            assert max(expected, 0) == pytest.approx(lost_by.get(FIRST_ID + int(visit.clicks[at]), 0.0), abs=1e-4)


def test_together_counts_the_users_who_have_both_movies(trained: NGCFRecommender) -> None:
    clicks = [FIRST_ID + i for i in (0, 7, 33)]
    own = planted().matrix().toarray()
    reasons = trained.explain(History.of_clicks(clicks), [FIRST_ID + 5, FIRST_ID + 41], rng=np.random.default_rng(0))
    told = {(reason.movie_id, click.movie_id): click.together for reason in reasons for click in reason.clicks}
    assert len(told) >= 3 and max(each or 0 for each in told.values()) > 0
    for (movie, click), together in told.items():
        assert together == int((own[:, movie - FIRST_ID] * own[:, click - FIRST_ID]).sum())


def test_a_click_starred_low_or_hidden_carries_nothing(trained: NGCFRecommender) -> None:
    liked = tuple(Event(FIRST_ID + i) for i in (0, 1, 2))
    against = (Event(FIRST_ID + 3, "star", 2), Event(FIRST_ID + 4, "hide"), Event(FIRST_ID + 3), Event(FIRST_ID + 4))
    reasons = trained.explain(History((*against, *liked), frozenset()), [FIRST_ID + 9], rng=np.random.default_rng(0))
    assert {click.movie_id for click in reasons[0].clicks} <= {FIRST_ID, FIRST_ID + 1, FIRST_ID + 2}
    assert reasons[0].clicks


def test_the_newest_50_clicks_can_carry(trained: NGCFRecommender) -> None:
    clicks = [FIRST_ID + i for i in range(70)]
    [reason] = trained.explain(History.of_clicks(clicks), [FIRST_ID + 75], rng=np.random.default_rng(0))
    assert {click.movie_id for click in reason.clicks} <= set(clicks[-EXPLAINED:])


@pytest.mark.parametrize("mode", ["full", "reference"])
def test_the_slow_modes_give_the_reasons_of_the_visitor_mode(trained: NGCFRecommender, mode: str) -> None:
    history, movies = History.of_clicks([FIRST_ID, FIRST_ID + 40]), [FIRST_ID + 9, FIRST_ID + 50]
    own, theirs = (
        model.explain(history, movies, rng=np.random.default_rng(0)) for model in (trained, trained.in_mode(mode))
    )
    assert own == theirs


def test_without_its_only_click_a_movie_has_its_bias(trained: NGCFRecommender) -> None:
    still = trained.with_settings(retrain_rate=0.0)
    assert still.tables is not None
    history = History.of_clicks([FIRST_ID])
    best = still.recommend(history, rng=np.random.default_rng(0)).items[0]
    [reason] = still.explain(history, [best.movie_id], rng=np.random.default_rng(0))
    bias = still.tables.bias[best.movie_id - FIRST_ID]
    assert reason.clicks[0].weight == pytest.approx(best.score - bias, abs=1e-4)


def test_a_movie_asked_for_twice_has_the_same_reason_twice(trained: NGCFRecommender) -> None:
    history = History.of_clicks([FIRST_ID, FIRST_ID + 1])
    first, again = trained.explain(history, [FIRST_ID + 9] * 2, rng=np.random.default_rng(0))
    assert first == again and first.clicks


def test_no_relation_is_no_part_of_a_reason(trained: NGCFRecommender) -> None:
    alone = replace(trained.config, relation_scale=0.0, cosine_scale=0.0)
    assert trained.tables is not None and trained.scoring is not None
    clicks, free = Visit.of_clicks(np.arange(4)).clicks, np.zeros(trained.config.embedding_size, np.float32)
    found = lost(trained.tables, trained.scoring, clicks, MOVIES, free, alone, most=EXPLAINED)
    network = [
        trained.tables.item[MOVIES] @ Tower(trained.tables, each, alone).forward(free).representation
        for each in (clicks, *(np.delete(clicks, at) for at in range(4)))
    ]
    assert np.allclose(found, network[0] - np.stack(network[1:]), atol=1e-4)
