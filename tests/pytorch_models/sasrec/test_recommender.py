from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pytorch_models.datasets.interactions import Interactions
from pytorch_models.evaluation.holdout import choose_judge_fit, compare
from pytorch_models.evaluation.next_item import leave_last_out
from pytorch_models.history import History
from pytorch_models.item_knn.recommender import ItemKNNRecommender
from pytorch_models.sasrec.config import DENSE, SASRecConfig
from pytorch_models.sasrec.recommender import SASRecRecommender
from pytorch_models.sasrec.train import network_ndcg
from tests.pytorch_models.recommender_contract import RecommenderContract
from tests.worlds import FIRST_ID, SMALL_SASREC, in_a_circle


class TestSASRec(RecommenderContract):
    def make(self) -> SASRecRecommender:
        return SASRecRecommender(SMALL_SASREC)

    def test_the_order_of_clicks_matters(self, fitted: SASRecRecommender) -> None:
        clicks = [FIRST_ID + i for i in (3, 40, 7, 22, 61)]
        assert self.answer(fitted, clicks).items != self.answer(fitted, clicks[::-1]).items

    def test_clicks_beyond_its_length_only_keep_their_movies_out(self, fitted: SASRecRecommender) -> None:
        old = FIRST_ID + 70
        newest = [FIRST_ID + i for i in range(SMALL_SASREC.length)]
        with_old, without = (self.answer(fitted, clicks, k=80) for clicks in ([old, *newest], newest))
        assert old in without.movie_ids
        assert [item for item in without.items if item.movie_id != old] == list(with_old.items)

    def test_reasons_are_shares_of_one_attention_strongest_first(self, fitted: SASRecRecommender) -> None:
        clicks = [FIRST_ID + i for i in (3, 40, 7, 22, 61, 5)]
        for reason in fitted.explain(
            History.of_clicks(clicks), self.answer(fitted, clicks).movie_ids, rng=np.random.default_rng(0)
        ):
            assert reason.measure == "attention"
            assert sum(click.weight for click in reason.clicks) == pytest.approx(1, abs=1e-5) or not reason.clicks

    def test_a_single_click_carried_all_of_it(self, fitted: SASRecRecommender) -> None:
        (reason,) = fitted.explain(History.of_clicks([FIRST_ID]), [FIRST_ID + 1], rng=np.random.default_rng(0))
        assert [tuple(click) for click in reason.clicks] == [(FIRST_ID, 1.0, None)]

    def test_a_loaded_one_explains_as_the_fitted_one_does(self, fitted: SASRecRecommender, tmp_path: Path) -> None:
        fitted.save(tmp_path / "saved")
        loaded, history = self.make().load(tmp_path / "saved"), History.of_clicks(range(FIRST_ID, FIRST_ID + 9))
        told = [each.explain(history, [FIRST_ID + 12], rng=np.random.default_rng(0)) for each in (fitted, loaded)]
        assert told[0] == told[1] and told[0][0].clicks


def fit(config: SASRecConfig, world: Interactions) -> SASRecRecommender:
    return SASRecRecommender(config).fit(world, rng=np.random.default_rng(0))


@pytest.mark.parametrize("loss", ["bce", "gbce", "softmax"])
def test_it_learns_what_comes_next_by_every_loss(loss: str) -> None:
    split = leave_last_out(in_a_circle())
    model = fit(replace(SMALL_SASREC, loss=loss, dropout=0.1), split.train)
    assert model.network is not None
    # Without an order the movies at both ends of a user's arc are as good as each other, which gives (1 + .63) / 2.
    assert network_ndcg(model.network, split.test) > 0.9


def test_the_number_of_epochs_is_chosen_on_validation() -> None:
    split = leave_last_out(in_a_circle())
    told: list[float] = []
    model = SASRecRecommender(replace(SMALL_SASREC, epochs=40, patience=2)).fit(
        split.train,
        rng=np.random.default_rng(0),
        validation=split.validation,
        on_epoch=lambda done: told.append(done.ndcg or 0.0),
    )
    assert model.network is not None and len(told) <= 40
    assert model.epoch == 1 + int(np.argmax(told))
    assert network_ndcg(model.network, split.validation) == pytest.approx(max(told))
    assert model.chosen().config.epochs == model.epoch


def test_a_comparison_tries_two_settings_and_what_was_told_alone() -> None:
    assert [each.config for each in SASRecRecommender().grid()] == [SASRecConfig(), replace(SASRecConfig(), **DENSE)]
    assert [each.config for each in SASRecRecommender(SMALL_SASREC).grid()] == [SMALL_SASREC]


def test_with_a_falling_step_and_without_what_was_clicked_it_learns_as_well() -> None:
    split = leave_last_out(in_a_circle())
    dense = replace(SMALL_SASREC, **DENSE | {"learning_rate": 0.02, "epochs": 40})
    model = fit(dense, split.train)
    assert model.network is not None and network_ndcg(model.network, split.test) > 0.9


def test_without_times_it_learns_whom_movies_have_but_no_order_and_tells() -> None:
    world = in_a_circle()
    timeless = replace(world, at=np.zeros_like(world.at))
    assert fit(replace(SMALL_SASREC, epochs=1), timeless).facts["ordered"] is False
    assert fit(replace(SMALL_SASREC, epochs=1), world).facts["ordered"] is True


def test_it_is_chosen_and_let_serve_by_the_next_movie_unless_there_is_no_order() -> None:
    world = in_a_circle()
    fitted = choose_judge_fit(SASRecRecommender(SMALL_SASREC), [ItemKNNRecommender()], world, seed=0)
    best, peer = fitted.judged
    clicks = sum(len(visitor.clicks) - 1 for visitor in fitted.split.test)
    assert len(best.ndcg_each) == len(peer.ndcg_each) == clicks
    assert best.model == "sasrec" and best.ndcg(10) > 0.8 > peer.ndcg(10)
    assert compare(fitted.chose, fitted.chose, fitted.split).mean == 0

    timeless = replace(world, at=np.zeros_like(world.at))
    fitted = choose_judge_fit(SASRecRecommender(replace(SMALL_SASREC, epochs=1)), [], timeless, seed=0)
    assert len(fitted.judged[0].ndcg_each) == len(fitted.split.test)


def test_ctrl_c_keeps_the_best_so_far_and_before_the_first_epoch_there_is_none() -> None:
    def stop(*args: object) -> None:
        raise KeyboardInterrupt

    model = SASRecRecommender(SMALL_SASREC).fit(in_a_circle(), rng=np.random.default_rng(0), on_epoch=stop)
    assert model.interrupted and model.epoch == 1
    assert model.recommend(History.of_clicks([FIRST_ID]), rng=np.random.default_rng(0)).items


def test_a_world_in_which_nothing_comes_next_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 2 movies to train on"):
        fit(SMALL_SASREC, Interactions.of(np.array([1, 2]), np.array([5, 6])))


def test_at_its_default_size_an_answer_is_fast() -> None:
    world = Interactions.of(np.repeat(np.arange(100), 90), np.arange(9000), at=np.arange(9000))
    model = fit(replace(SASRecConfig(), epochs=1), world)
    history = History.of_clicks(range(0, 9000, 40))
    took = [model.recommend(history, rng=np.random.default_rng(0)).milliseconds for _ in range(40)]
    assert np.min(took) < 5


def test_settings_that_make_no_sense_are_named() -> None:
    with pytest.raises(ValueError, match="'loss' among bce, gbce, softmax"):
        SASRecConfig(loss="hinge")
    with pytest.raises(ValueError, match="multiple of 3 heads"):
        SASRecConfig(embedding_size=64, heads=3)
