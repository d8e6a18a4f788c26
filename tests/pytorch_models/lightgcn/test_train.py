from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pytorch_models.base import EpochDone
from pytorch_models.datasets.interactions import Interactions
from pytorch_models.datasets.splits import Split, hold_out_users
from pytorch_models.evaluation.protocol import judge
from pytorch_models.lightgcn.recommender import LightGCNRecommender
from pytorch_models.lightgcn.train import draw_batches, pairs_a_step, train
from pytorch_models.popularity.recommender import PopularityRecommender
from tests.pytorch_models.lightgcn.test_recommender import SMALL
from tests.worlds import planted


@pytest.fixture(scope="module")
def split() -> Split:
    return hold_out_users(planted(), validation=20, test=20, rng=np.random.default_rng(0))


def test_it_learns_and_beats_popularity_on_held_out_visitors(split: Split) -> None:
    ours = LightGCNRecommender(SMALL).fit(split.train, rng=np.random.default_rng(0), validation=split.validation)
    popularity = PopularityRecommender().fit(split.train, rng=np.random.default_rng(0))
    assert judge(ours, split.test).ndcg(10) > judge(popularity, split.test).ndcg(10) + 0.1


def test_an_epochs_pairs_are_each_click_once_before_a_movie_not_clicked() -> None:
    world = planted()
    clicked = np.sort(world.user_idx * world.n_movies + world.movie_idx)
    batches = list(draw_batches(world, clicked, 100, rng=np.random.default_rng(0)))
    assert max(len(user) for user, _, _ in batches) <= 100
    user, liked, passed = (np.concatenate(parts) for parts in zip(*batches, strict=True))
    assert not np.isin(user * world.n_movies + passed, clicked).any()
    keys = user * world.n_movies + liked
    assert len(np.unique(keys)) == len(keys) and np.isin(keys, clicked).all()
    assert len(keys) > 0.7 * len(world)  # a pair is left out where its movie was clicked


def test_small_data_take_smaller_steps() -> None:
    config = replace(SMALL, batch_size=1000, least_steps=16)
    assert [pairs_a_step(n, config) for n in (5, 1600, 400_000)] == [1, 100, 1000]


def test_a_user_who_clicked_everything_has_no_pairs_and_stops_nothing() -> None:
    everything = Interactions.of(np.zeros(5, np.int64), np.arange(5))
    assert not list(draw_batches(everything, np.arange(5), 2, rng=np.random.default_rng(0)))
    assert train(everything, replace(SMALL, epochs=2), rng=np.random.default_rng(0)).epoch == 2


def test_the_same_seed_trains_the_same_weights(split: Split) -> None:
    config = replace(SMALL, epochs=2)
    first, again = (train(split.train, config, rng=np.random.default_rng(5)).best for _ in range(2))
    assert np.array_equal(first.item, again.item)
    assert np.array_equal(first.spoken, again.spoken)


def test_validation_is_what_a_request_scores(split: Split) -> None:
    told: list[EpochDone] = []
    model = LightGCNRecommender(replace(SMALL, epochs=1))
    model.fit(split.train, rng=np.random.default_rng(0), validation=split.validation, on_epoch=told.append)
    assert told[0].ndcg == pytest.approx(judge(model, split.validation, seed=0).ndcg(10))


def test_the_loss_falls(split: Split) -> None:
    told: list[EpochDone] = []
    train(split.train, replace(SMALL, epochs=10), rng=np.random.default_rng(0), on_epoch=told.append)
    assert len(told) == 10
    assert told[-1].loss < told[0].loss
    assert told[-1].ndcg is None


def test_it_stops_when_validation_gets_no_better(split: Split) -> None:
    told: list[EpochDone] = []
    still = replace(SMALL, learning_rate=0.0, patience=2)
    trained = train(
        split.train, still, rng=np.random.default_rng(0), validation=split.validation, on_epoch=told.append
    )
    assert trained.epoch == 1
    assert len(told) == 3


def test_ctrl_c_keeps_the_best_so_far(split: Split) -> None:
    told: list[EpochDone] = []

    def interrupt(done: EpochDone) -> None:
        told.append(done)
        if len(told) == 3:
            raise KeyboardInterrupt

    model = LightGCNRecommender(SMALL)
    model.fit(split.train, rng=np.random.default_rng(0), validation=split.validation, on_epoch=interrupt)
    assert model.interrupted
    assert told[model.epoch - 1].ndcg == max(done.ndcg for done in told if done.ndcg is not None)
    assert model.chosen().config.epochs == model.epoch


def test_ctrl_c_before_the_first_epoch_has_nothing_to_keep(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*args: object, **kwargs: object) -> float:
        raise KeyboardInterrupt

    monkeypatch.setattr("pytorch_models.lightgcn.train._train_epoch", interrupted)
    with pytest.raises(KeyboardInterrupt):
        LightGCNRecommender(SMALL).fit(planted(), rng=np.random.default_rng(0))
