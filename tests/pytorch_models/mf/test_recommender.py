from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pytorch_models.base import EpochDone
from pytorch_models.datasets.splits import hold_out_users
from pytorch_models.evaluation.protocol import judge
from pytorch_models.history import History
from pytorch_models.mf.config import MFConfig
from pytorch_models.mf.recommender import FOLD_IN_L2, MFRecommender
from pytorch_models.popularity.recommender import PopularityRecommender
from tests.pytorch_models.recommender_contract import RecommenderContract
from tests.worlds import FIRST_ID, planted

SMALL = replace(MFConfig(), embedding_size=8, learning_rate=0.05, batch_size=256, epochs=15)


class TestMF(RecommenderContract):
    def make(self) -> MFRecommender:
        return MFRecommender(SMALL)

    def test_folding_in_lowers_the_loss(self, fitted: MFRecommender) -> None:
        losses = self.answer(fitted, list(range(FIRST_ID, FIRST_ID + 8))).losses
        assert len(losses) == SMALL.fold_in_epochs + 1
        assert losses[-1] < 0.8 * losses[0]

    def test_the_order_of_clicks_changes_nothing(self, fitted: MFRecommender) -> None:
        clicks = [FIRST_ID + i for i in (3, 40, 7, 22, 61)]
        assert self.answer(fitted, clicks).items == self.answer(fitted, clicks[::-1]).items


def test_it_learns_more_than_popularity_and_chooses_by_validation() -> None:
    rng = np.random.default_rng(0)
    split = hold_out_users(planted(), validation=20, test=40, rng=rng)
    told: list[EpochDone] = []
    model = MFRecommender(SMALL).fit(split.train, rng=rng, validation=split.validation, on_epoch=told.append)
    popular = PopularityRecommender().fit(split.train, rng=rng)
    assert judge(model, split.test).ndcg(10) > 1.5 * judge(popular, split.test).ndcg(10)
    best = max(told, key=lambda done: done.ndcg or 0)
    assert model.epoch == best.epoch == model.chosen().config.epochs
    assert model.config.fold_in_l2 in FOLD_IN_L2
    assert told[-1].epoch <= min(SMALL.epochs, best.epoch + SMALL.patience)


def test_the_same_seed_trains_the_same_rows() -> None:
    first, again, other = (
        MFRecommender(replace(SMALL, epochs=2)).fit(planted(), rng=np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    assert first.tables is not None and again.tables is not None and other.tables is not None
    assert np.array_equal(first.tables.movies, again.tables.movies)
    assert not np.allclose(first.tables.movies, other.tables.movies)


def test_ctrl_c_keeps_the_best_so_far_and_nothing_before_the_first_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop_after(epochs: int) -> MFRecommender:
        def on_epoch(done: object) -> None:
            nonlocal epochs
            epochs -= 1
            if epochs == 0:
                raise KeyboardInterrupt

        return MFRecommender(SMALL).fit(planted(), rng=np.random.default_rng(0), on_epoch=on_epoch)

    stopped = stop_after(3)
    assert stopped.interrupted and stopped.epoch == 3
    assert len(stopped.recommend(History.of_clicks([FIRST_ID]), rng=np.random.default_rng(0)).items) == 10

    def interrupted(*args: object, **kwargs: object) -> float:
        raise KeyboardInterrupt

    monkeypatch.setattr("pytorch_models.mf.train._train_epoch", interrupted)
    with pytest.raises(KeyboardInterrupt):
        MFRecommender(SMALL).fit(planted(), rng=np.random.default_rng(0))
