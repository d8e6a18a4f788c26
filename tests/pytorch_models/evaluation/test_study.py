from __future__ import annotations

import weakref
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import pytest

from pytorch_models.base import Answer, OnEpoch, Scored, ignore
from pytorch_models.datasets.interactions import Interactions
from pytorch_models.datasets.splits import Visitor
from pytorch_models.ease.recommender import EASEConfig, EASERecommender
from pytorch_models.evaluation.protocol import LIKED_STAR, judge
from pytorch_models.evaluation.study import (
    SHOWN,
    Contestant,
    Row,
    Watch,
    fitted_on,
    split_of,
    study,
    tune,
    visitors_with,
)
from pytorch_models.history import History
from pytorch_models.item_knn.recommender import ItemKNNConfig, ItemKNNRecommender
from pytorch_models.popularity.recommender import PopularityRecommender
from tests.worlds import planted

POPULARITY = Contestant("popularity", PopularityRecommender)


@dataclass(frozen=True)
class TurnedConfig(ItemKNNConfig):
    sign: float = 1.0


class Turned(ItemKNNRecommender):
    """Item-kNN times a sign: the grid's settings differ widely in quality; each fit and each visitor is noted."""

    name = "turned"
    config: TurnedConfig
    signs: tuple[float, ...] = (-1.0, 1.0, 0.0)

    def __init__(self, config: TurnedConfig | None = None) -> None:
        super().__init__(config or TurnedConfig())
        self.fits: list[weakref.ref[Turned]] = []
        self.heard: list[History] = []

    def grid(self) -> Sequence[Self]:
        return [self.with_settings(sign=sign) for sign in self.signs]

    def fit(
        self,
        interactions: Interactions,
        *,
        rng: np.random.Generator,
        validation: Sequence[Visitor] = (),
        on_epoch: OnEpoch = ignore,
    ) -> Self:
        self.fits.append(weakref.ref(self))
        return super().fit(interactions, rng=rng)

    def recommend(self, history: History, *, k: int = 10, rng: np.random.Generator) -> Answer:
        self.heard.append(history)
        return super().recommend(history, k=k, rng=rng)

    def _scores(self, clicks: np.ndarray, *, rng: np.random.Generator) -> Scored:
        return Scored(self.config.sign * super()._scores(clicks, rng=rng).scores)


class Stopped(PopularityRecommender):
    """One whose training Ctrl-C ended, with the best so far."""

    interrupted = True


def rows_of(contestants: Sequence[Contestant], **options: Any) -> list[Row]:
    return list(study(contestants, planted(), **options))


def test_no_held_out_user_is_trained_on_and_each_seed_holds_out_others() -> None:
    world = planted()
    split, other = split_of(world, seed=0), split_of(world, seed=1)
    assert len(split.validation) == len(split.test) == int(0.15 * world.n_users)
    assert split.train.n_users == world.n_users - 2 * len(split.test)
    assert split.train.users_fingerprint() == split_of(world, seed=0).train.users_fingerprint()
    assert split.train.users_fingerprint() != other.train.users_fingerprint()


def test_tuning_keeps_what_validation_likes_best_and_tells_all_that_was_tried() -> None:
    split = split_of(planted(), seed=0)
    tuned = tune(Turned(), split, seed=0)
    assert [settings for settings, _ in tuned.tried] == [{"sign": -1.0}, {"sign": 1.0}, {"sign": 0.0}]
    assert tuned.recommender.config == TurnedConfig(sign=1.0)
    best = max(ndcg for _, ndcg in tuned.tried)
    assert best == judge(tuned.recommender, split.validation).ndcg(10)
    assert best > min(ndcg for _, ndcg in tuned.tried)


def test_of_candidates_that_are_level_the_first_stays() -> None:
    tuned = tune(type("Level", (Turned,), {"signs": (2.0, 1.0)})(), split_of(planted(), seed=0), seed=0)
    assert tuned.recommender.config.sign == 2.0


def test_a_model_with_nothing_to_choose_has_no_differing_settings() -> None:
    assert tune(PopularityRecommender(), split_of(planted(), seed=0), seed=0).tried[0][0] == {}


def test_a_real_grid_learns_from_the_training_users_alone() -> None:
    split = split_of(planted(), seed=0)
    tuned = tune(EASERecommender(), split, seed=0)
    assert {tuple(settings) for settings, _ in tuned.tried} == {("l2", "keep")}
    assert fitted_on(tuned.recommender, split.train)
    assert not fitted_on(tuned.recommender, planted()) and not fitted_on(EASERecommender(), split.train)


def test_candidates_that_lost_are_not_kept_in_memory() -> None:
    model = Turned()
    alive: list[int] = []
    watch = Watch(on_candidate=lambda number, of: alive.append(sum(fit() is not None for fit in model.fits)))
    tuned = tune(model, split_of(planted(), seed=0), seed=0, watch=watch)
    assert alive == [0, 1, 1]
    assert tuned.recommender.config.sign == 1.0


def test_one_of_another_shares_its_weights_and_is_not_fitted_again() -> None:
    model = Turned()
    contestants = [Contestant("turned", lambda: model), Contestant("against", Turned, "turned", {"sign": -1.0})]
    told: list[str] = []
    rows = rows_of(contestants, watch=Watch(on_tuned=lambda name, seed, tuned: told.append(name)))
    assert len(model.fits) == 3 and told == ["turned"]
    assert [(row.model, row.settings["sign"]) for row in rows] == [("turned", 1.0), ("against", -1.0)]
    assert rows[0].judged.ndcg(10) > rows[1].judged.ndcg(10)


def test_one_that_was_fitted_before_is_judged_as_it_is() -> None:
    split = split_of(planted(), seed=2)
    fitted = EASERecommender(EASEConfig(l2=7.0)).fit(split.train, rng=np.random.default_rng(0))
    (row,) = rows_of([Contestant("ease", EASERecommender, fitted=fitted)], seeds=[2])
    assert row.settings["l2"] == 7.0
    assert np.array_equal(row.judged.ndcg_each, judge(fitted, split.test, seed=2).ndcg_each)


@pytest.mark.parametrize("seen", ["everyone", "other movies"])
def test_one_that_has_seen_the_visitors_or_knows_other_movies_is_refused(seen: str) -> None:
    train = split_of(planted(), seed=0).train
    data = planted() if seen == "everyone" else replace(train, movies=type(train.movies)(train.movies.ids + 1))
    fitted = PopularityRecommender().fit(data, rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match="popularity fitted without the users that seed 0 holds out"):
        rows_of([replace(POPULARITY, fitted=fitted)])


def test_every_model_gets_the_same_visitors_with_the_same_clicks() -> None:
    first, second = Turned(), Turned()
    contestants = [Contestant("first", lambda: first), POPULARITY, Contestant("second", lambda: second)]
    rows_of(contestants, clicks=[3, "all"], seeds=[5])
    assert first.heard == second.heard
    n = len(split_of(planted(), seed=5).test)
    assert {len(history.events) for history in first.heard[-2 * n : -n]} == {3}
    assert min(len(history.events) for history in first.heard[-n:]) > 3


def test_clicks_are_drawn_from_the_visitors_own_and_the_truth_stays() -> None:
    visitors = split_of(planted(), seed=0).test
    drawn, again, others = (visitors_with(visitors, 3, seed=seed) for seed in (0, 0, 1))
    for visitor, fewer, same in zip(visitors, drawn, again, strict=True):
        assert set(fewer.clicks) < set(visitor.clicks) and len(fewer.clicks) == len(fewer.star) == 3
        assert np.array_equal(fewer.clicks, same.clicks)
        assert fewer.truth is visitor.truth
    assert any(not np.array_equal(a.clicks, b.clicks) for a, b in zip(drawn, others, strict=True))
    assert visitors_with(visitors, "all", seed=0) == visitors
    assert all(
        len(each.clicks) == len(own.clicks)
        for each, own in zip(visitors_with(visitors, 99, seed=0), visitors, strict=True)
    )


def test_stars_are_told_and_only_liked_movies_are_the_truth() -> None:
    model = Turned()
    rows = rows_of([Contestant("turned", lambda: model)], cases=["clicks", "stars"])
    visitors = split_of(planted(), seed=0).test
    liked = [visitor for visitor in visitors if (visitor.truth_star >= LIKED_STAR).any()]
    assert [(row.case, len(row.judged.ndcg_each)) for row in rows] == [
        ("clicks", len(visitors)),
        ("stars", len(liked)),
    ]
    assert 0 < len(liked) < len(visitors)
    stars = model.heard[-len(liked) :]
    assert all(event.kind == "star" for history in stars for event in history.events)


def test_of_the_popular_movies_shown_a_visitor_clicks_their_own_and_passes_over_the_rest() -> None:
    model = Turned()
    [row] = rows_of([Contestant("turned", lambda: model)], clicks=[3], cases=["passed"])
    split = split_of(planted(), seed=0)
    popular = np.argsort(-split.train.movie_degree, kind="stable")[:SHOWN]
    shown = set(split.train.movies.id_at(popular).tolist())
    heard = model.heard[-len(row.judged.ndcg_each) :]
    owned = [
        set(split.train.movies.id_at(np.concatenate([visitor.clicks, visitor.truth])).tolist())
        for visitor in split.test
        if set(visitor.truth.tolist()) - set(popular.tolist())
    ]
    assert len(owned) == len(heard) > 0
    for history, own in zip(heard, owned, strict=True):
        clicked = set(history.movie_ids())
        assert history.passed == shown - own
        assert shown & own <= clicked <= own and len(clicked - shown) <= 3
        assert history.exclude == clicked | history.passed


def test_rows_come_split_by_split_and_carry_what_the_json_needs() -> None:
    rows = rows_of([POPULARITY], clicks=["all", 1], seeds=[0, 1])
    assert [(row.seed, row.clicks) for row in rows] == [(0, "all"), (0, 1), (1, "all"), (1, 1)]
    told = rows[0].to_json("planted")
    figures = {"recall@10", "ndcg@10", "recall@20", "ndcg@20", "coverage@10"}
    assert told.keys() >= figures | {"model", "data", "clicks", "seed", "users"}
    assert (told["model"], told["data"], told["clicks"], told["users"]) == ("popularity", "planted", "all", 18)


def test_ctrl_c_in_a_fit_ends_the_study_after_the_rows_that_are_done() -> None:
    running = study([POPULARITY, Contestant("stopped", Stopped)], planted(), clicks=["all", 1])
    assert [next(running).model, next(running).model] == ["popularity", "popularity"]
    with pytest.raises(KeyboardInterrupt):
        next(running)
