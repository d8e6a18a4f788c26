from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from pytorch_models.base import EpochDone, OnEpoch, ignore
from pytorch_models.datasets.interactions import Interactions
from pytorch_models.datasets.splits import Visitor, hold_out_users
from pytorch_models.evaluation.holdout import choose_judge_fit
from pytorch_models.evaluation.protocol import judge
from pytorch_models.ngcf.graph import Graph
from pytorch_models.ngcf.model import NGCF
from pytorch_models.ngcf.recommender import COSINE_SCALES, DOUBTS, SCALES, NGCFRecommender, _clearly_best
from pytorch_models.ngcf.train import Trained, draw_batch, train, validation_figures
from pytorch_models.popularity.recommender import PopularityRecommender
from tests.worlds import SMALL_NGCF, planted


def test_a_batch_shows_part_of_each_visitors_clicks_and_hides_the_rest() -> None:
    world = planted()
    batch = draw_batch(world, SMALL_NGCF, rng=np.random.default_rng(0))
    shown, hidden = (set(zip(*(end.tolist() for end in pairs), strict=True)) for pairs in (batch.shown, batch.hidden))
    clicked = set(zip(*(end.tolist() for end in world.matrix()[batch.visitors.numpy()].nonzero()), strict=True))
    assert shown | hidden == clicked
    assert not shown & hidden
    everybody = set(range(len(batch.visitors)))
    assert {visitor for visitor, _ in shown} == {visitor for visitor, _ in hidden} == everybody


def test_a_batch_has_no_more_visitors_than_memory_has_room_for() -> None:
    batch = draw_batch(planted(), replace(SMALL_NGCF, most_visitors=3), rng=np.random.default_rng(0))
    assert len(batch.visitors) == 3


def test_a_batchs_visitors_listen_to_what_is_shown_and_do_not_speak() -> None:
    batch = draw_batch(planted(), SMALL_NGCF, rng=np.random.default_rng(0))
    speakers = batch.graph.edges(etype="ui")[0]
    assert not torch.isin(batch.visitors, speakers).any()
    _, heard_by = batch.graph.edges(etype="iu")
    listened = torch.bincount(heard_by, minlength=batch.graph.num_nodes("user"))[batch.visitors]
    assert torch.equal(listened, torch.bincount(batch.shown[0]))


def test_training_learns_and_beats_popularity_on_held_out_visitors() -> None:
    fitted = choose_judge_fit(NGCFRecommender(SMALL_NGCF), [PopularityRecommender()], planted(), seed=0)
    ndcg = {each.model: each.ndcg(10) for each in fitted.judged}
    assert ndcg["ngcf"] > ndcg["popularity"] + 0.1
    assert fitted.recommender.facts["n_users"] == planted().n_users
    assert fitted.recommender.facts["metrics"]["ndcg@10"] == pytest.approx(ndcg["ngcf"], abs=1e-4)


def test_the_same_seed_trains_the_same_weights() -> None:
    config = replace(SMALL_NGCF, epochs=2)
    first, again = (train(planted(), config, rng=np.random.default_rng(5)).network for _ in range(2))
    for a, b in zip(first.parameters(), again.parameters(), strict=True):
        assert torch.equal(a, b)


def interrupt_after(epochs: int) -> list[EpochDone]:
    """A list that raises KeyboardInterrupt when it is given its `epochs`-th entry."""

    class Told(list[EpochDone]):
        def append(self, done: EpochDone) -> None:
            super().append(done)
            if len(self) == epochs:
                raise KeyboardInterrupt

    return Told()


def test_ctrl_c_keeps_the_best_so_far() -> None:
    split = hold_out_users(planted(), validation=20, test=5, rng=np.random.default_rng(0))
    told = interrupt_after(3)
    trained = train(
        split.train,
        SMALL_NGCF,
        rng=np.random.default_rng(0),
        validation=split.validation,
        on_epoch=told.append,
    )
    assert trained.interrupted
    assert trained.ndcg == max(done.ndcg for done in told if done.ndcg is not None)


def test_ctrl_c_in_the_last_stage_keeps_the_first_stages_model() -> None:
    config = replace(SMALL_NGCF, epochs=3)
    told: list[EpochDone] = []

    def on_epoch(done: EpochDone) -> None:
        told.append(done)
        if done.ndcg is None:
            raise KeyboardInterrupt

    fitted = choose_judge_fit(NGCFRecommender(config), [], planted(), seed=0, on_epoch=on_epoch)
    assert fitted.interrupted and fitted.judged
    assert fitted.recommender.facts["n_users"] < planted().n_users


def test_ctrl_c_before_the_first_epoch_has_nothing_to_keep(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*args: object, **kwargs: object) -> float:
        raise KeyboardInterrupt

    monkeypatch.setattr("pytorch_models.ngcf.train._train_epoch", interrupted)
    with pytest.raises(KeyboardInterrupt):
        NGCFRecommender(SMALL_NGCF).fit(planted(), rng=np.random.default_rng(0))


def test_it_refuses_users_with_a_single_movie() -> None:
    lonely = Interactions.of(np.arange(6), np.arange(6))
    with pytest.raises(ValueError, match="at least 2 movies"):
        train(lonely, SMALL_NGCF, rng=np.random.default_rng(0))


class Killed(BaseException):
    """What a test stands in for SIGKILL with: nothing catches it."""


def killed_after(epochs: int) -> Callable[[EpochDone], None]:
    def on_epoch(done: EpochDone) -> None:
        if done.epoch == epochs:
            raise Killed

    return on_epoch


def weights_of(trained: Trained) -> list[torch.Tensor]:
    return list(trained.network.parameters())


def test_a_training_that_was_killed_goes_on_from_its_last_epoch_to_the_same_weights(tmp_path: Path) -> None:
    split = hold_out_users(planted(), validation=10, test=10, rng=np.random.default_rng(0))
    config = replace(SMALL_NGCF, epochs=6)

    def go(scratch: Path | None, on_epoch: OnEpoch) -> Trained:
        rng = np.random.default_rng(1)
        return train(split.train, config, rng=rng, validation=split.validation, on_epoch=on_epoch, scratch=scratch)

    with pytest.raises(Killed):
        go(tmp_path, killed_after(3))
    epochs: list[int] = []
    resumed = go(tmp_path, lambda done: epochs.append(done.epoch))
    assert epochs == [4, 5, 6]
    at_once = go(None, ignore)
    assert (resumed.epoch, resumed.ndcg) == (at_once.epoch, at_once.ndcg)
    assert all(torch.equal(a, b) for a, b in zip(weights_of(resumed), weights_of(at_once), strict=True))
    finished: list[int] = []
    again = go(tmp_path, lambda done: finished.append(done.epoch))
    assert finished == []  # what was finished is not done again
    assert all(torch.equal(a, b) for a, b in zip(weights_of(again), weights_of(at_once), strict=True))


def test_another_seed_or_a_damaged_state_starts_anew(tmp_path: Path) -> None:
    config = replace(SMALL_NGCF, epochs=2)
    train(planted(), config, rng=np.random.default_rng(1), scratch=tmp_path)
    epochs: list[int] = []
    train(
        planted(), config, rng=np.random.default_rng(2), on_epoch=lambda d: epochs.append(d.epoch), scratch=tmp_path
    )
    assert epochs == [1, 2]
    for state in tmp_path.iterdir():
        state.write_bytes(state.read_bytes()[:1000])
    train(
        planted(), config, rng=np.random.default_rng(1), on_epoch=lambda d: epochs.append(d.epoch), scratch=tmp_path
    )
    assert epochs == [1, 2, 1, 2]


def test_the_curve_and_the_seconds_tell_of_every_epoch_those_before_a_kill_among_them(tmp_path: Path) -> None:
    split = hold_out_users(planted(), validation=10, test=10, rng=np.random.default_rng(0))
    config = replace(SMALL_NGCF, epochs=5)

    def go(on_epoch: OnEpoch) -> Trained:
        rng = np.random.default_rng(1)
        return train(split.train, config, rng=rng, validation=split.validation, on_epoch=on_epoch, scratch=tmp_path)

    with pytest.raises(Killed):
        go(killed_after(2))
    trained = go(ignore)
    assert [point["epoch"] for point in trained.curve] == [1, 2, 3, 4, 5]
    seconds = [point["seconds"] for point in trained.curve]
    assert seconds == sorted(seconds)
    assert 0 < trained.resumed_seconds < trained.curve[-1]["seconds"] + 0.1
    assert max(point["ndcg@10"] for point in trained.curve) == trained.ndcg
    assert all(0 <= point[name] <= 1 for point in trained.curve for name in ("ndcg@20", "recall@20"))


@pytest.mark.parametrize(("few_share", "asked"), [(0.5, 20), (0.0, 10)])
def test_visitors_with_few_clicks_are_asked_for_where_training_shows_few(
    few_share: float, asked: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    split = hold_out_users(planted(), validation=10, test=10, rng=np.random.default_rng(0))
    seen: list[int] = []

    def figures(network: NGCF, graph: Graph, visitors: Sequence[Visitor]) -> dict[str, float]:
        seen.append(len(visitors))
        return validation_figures(network, graph, visitors)

    monkeypatch.setattr("pytorch_models.ngcf.train.validation_figures", figures)
    model = NGCFRecommender(replace(SMALL_NGCF, epochs=1, few_share=few_share))
    model.fit(split.train, rng=np.random.default_rng(0), validation=split.validation)
    assert seen == [asked]


def test_validation_chooses_the_relations_part_of_a_score_and_the_last_fit_keeps_it() -> None:
    split = hold_out_users(planted(), validation=20, test=10, rng=np.random.default_rng(0))
    model = NGCFRecommender(replace(SMALL_NGCF, epochs=3, relation_scale=-1.0, cosine_scale=-1.0))
    model.fit(split.train, rng=np.random.default_rng(0), validation=split.validation)
    assert model.config.relation_scale in SCALES and model.config.relation_doubt in DOUBTS
    assert model.config.cosine_scale in COSINE_SCALES
    best = judge(model, split.validation).ndcg(10)
    assert best >= judge(model.with_settings(relation_scale=0.0), split.validation).ndcg(10) - 0.05
    assert model.chosen().config == replace(model.config, epochs=model.epoch)


def test_scales_that_validation_is_not_to_choose_stay() -> None:
    config = replace(SMALL_NGCF, epochs=1, relation_scale=-1.0, cosine_scale=-1.0, choose_scales=False)
    split = hold_out_users(planted(), validation=10, test=1, rng=np.random.default_rng(0))
    model = NGCFRecommender(config).fit(split.train, rng=np.random.default_rng(0), validation=split.validation)
    assert (model.config.relation_scale, model.config.cosine_scale) == (-1.0, -1.0)


def test_other_scales_are_chosen_only_where_they_are_clearly_better() -> None:
    """Four visitors; the second column is better on average, by less than two standard errors: 0.05, and 0.056."""
    own = np.array([0.2, 0.4, 0.6, 0.8])
    lucky = own + np.array([0.2, -0.1, 0.1, 0.0])
    clear = own + np.array([0.05, 0.06, 0.05, 0.04])
    assert _clearly_best(np.stack([own, lucky], axis=1)) == 0
    assert _clearly_best(np.stack([own, lucky - 0.02, clear], axis=1)) == 2
    assert _clearly_best(np.stack([own, own], axis=1)) == 0
    assert _clearly_best(np.stack([clear, own], axis=1)) == 0
