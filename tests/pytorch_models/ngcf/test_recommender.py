from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytorch_models import checkpoint
from pytorch_models.checkpoint import CheckpointError
from pytorch_models.history import Event, History, Visit
from pytorch_models.ngcf.recommender import NGCFRecommender
from pytorch_models.ngcf.tower import Tower, draw_pairs, not_in, retrain
from tests.pytorch_models.recommender_contract import RecommenderContract
from tests.worlds import FIRST_ID, SMALL_NGCF, planted


class NGCFContract(RecommenderContract):
    """What holds in every mode."""

    mode: str

    def make(self) -> NGCFRecommender:
        return NGCFRecommender(SMALL_NGCF, mode=self.mode)

    def test_the_ten_epochs_lower_the_loss(self, fitted: NGCFRecommender) -> None:
        # A visitor of two blocks, unlike any user, so that there is something to learn.
        clicks = [FIRST_ID + i for i in (0, 1, 2, 3, 40, 41, 42, 43)]
        losses = np.array([self.answer(fitted, clicks, seed=seed).losses for seed in range(10)])
        assert losses.shape == (10, SMALL_NGCF.retrain_epochs + 1)
        assert (losses[:, -1] < losses[:, 0]).all()

    def test_the_order_of_clicks_changes_nothing(self, fitted: NGCFRecommender) -> None:
        clicks = [FIRST_ID + i for i in (3, 40, 7, 22, 61)]
        assert self.answer(fitted, clicks).items == self.answer(fitted, clicks[::-1]).items

    def test_the_newest_500_movies_count(self, fitted: NGCFRecommender) -> None:
        newest = [FIRST_ID, FIRST_ID + 1]
        old = History.of_clicks([FIRST_ID + 70] + [10**6 + i for i in range(498)] + newest)
        assert self.answer(fitted, newest).items == fitted.recommend(old, rng=np.random.default_rng(0)).items

    def test_loading_keeps_the_mode_and_so_do_fresh_ones(self, fitted: NGCFRecommender, tmp_path: Path) -> None:
        fitted.save(tmp_path / "saved")
        assert self.make().load(tmp_path / "saved").mode == self.mode
        assert fitted.chosen().mode == fitted.with_epochs(3).mode == fitted.with_settings(epochs=1).mode == self.mode


class TestFull(NGCFContract):
    mode = "full"

    def test_it_answers_as_the_reference_does(self, fitted: NGCFRecommender) -> None:
        for clicks in ([FIRST_ID + 4], list(range(FIRST_ID, FIRST_ID + 70, 9))):
            full, reference = (self.answer(fitted.in_mode(mode), clicks) for mode in ("full", "reference"))
            assert len(set(full.movie_ids) & set(reference.movie_ids)) >= 9
            assert np.allclose(full.losses, reference.losses, atol=1e-4)


class TestReference(NGCFContract):
    mode = "reference"


class TestVisitor(NGCFContract):
    mode = "visitor"

    def test_it_is_the_default(self) -> None:
        assert NGCFRecommender().mode == "visitor"

    def test_another_mode_shares_what_was_fitted(self, fitted: NGCFRecommender) -> None:
        full = fitted.in_mode("full")
        assert (full.mode, fitted.mode) == ("full", "visitor")
        assert full.tables is fitted.tables and full.movies is fitted.movies
        first, again = (self.answer(fitted, [FIRST_ID]).items for _ in range(2) if self.answer(full, [FIRST_ID]))
        assert first == again

    def test_it_refuses_an_unknown_mode(self, fitted: NGCFRecommender) -> None:
        with pytest.raises(ValueError, match=r"Expected 'mode' among visitor, full, reference \(got 'all'\)"):
            NGCFRecommender(mode="all")
        with pytest.raises(ValueError, match="Expected 'mode'"):
            fitted.in_mode("all")

    def test_a_checkpoint_without_the_graph_is_refused(self, fitted: NGCFRecommender, tmp_path: Path) -> None:
        tensors = {name: array for name, array in fitted._tensors().items() if not name.startswith("edges.")}
        assert fitted.movies is not None
        checkpoint.write(
            tmp_path / "saved",
            model="ngcf",
            config=asdict(SMALL_NGCF),
            tensors=tensors,
            movies=fitted.movies,
            facts={},
        )
        with pytest.raises(CheckpointError, match=r"expected the settings and weights of ngcf .*edges"):
            self.make().load(tmp_path / "saved")

    def test_a_rate_of_zero_leaves_the_loss_where_it_was(self, fitted: NGCFRecommender) -> None:
        still = replace(SMALL_NGCF, retrain_rate=0.0)
        assert fitted.tables is not None
        clicks = np.arange(5)
        tower = Tower(fitted.tables, clicks, still)
        losses = retrain(tower, fitted.tables, Visit.of_clicks(clicks), rng=np.random.default_rng(0)).losses
        assert len(set(losses)) == 1

    def test_the_losses_are_of_the_pairs_of_all_epochs(self, fitted: NGCFRecommender) -> None:
        assert fitted.tables is not None
        tables, visit, config = fitted.tables, Visit.of_clicks(np.array([1, 4, 9])), SMALL_NGCF
        tower = Tower(tables, visit.clicks, config)
        got = retrain(tower, tables, visit, rng=np.random.default_rng(7))
        pairs = draw_pairs(visit, len(tables.bias), config, rng=np.random.default_rng(7))
        for free, loss in ((np.zeros_like(got.free), got.losses[0]), (got.free, got.losses[-1])):
            scores = tables.item @ tower.forward(free).representation + tables.bias
            margins = (scores[pairs.liked] - scores[pairs.passed]) / config.retrain_temperature
            assert loss == pytest.approx(np.log1p(np.exp(-margins.astype(np.float64))).mean(), rel=1e-4)

    def test_each_epoch_is_a_step_of_gradient_descent_on_bpr(self, fitted: NGCFRecommender) -> None:
        # One epoch by hand, with numerical gradients of the loss that the docstring states.
        assert fitted.tables is not None
        tables, clicks = fitted.tables, np.array([1, 4, 9])
        config = replace(SMALL_NGCF, retrain_epochs=1, retrain_l2=0.1, retrain_rate=0.01)
        tower = Tower(tables, clicks, config)
        got = retrain(tower, tables, Visit.of_clicks(clicks), rng=np.random.default_rng(7)).representation

        rng = np.random.default_rng(7)
        liked = clicks[rng.integers(3, size=(1, 3))][0]
        passed = not_in(clicks, rng.integers(len(tables.bias) - 3, size=(1, 3)))[0]
        unit = float(np.linalg.norm(tower.start))

        def loss(free: np.ndarray) -> float:
            user = tower.forward((unit * free).astype(np.float32)).representation.astype(np.float64)
            scores = tables.item.astype(np.float64) @ user + tables.bias
            margin = (scores[liked] - scores[passed]) / config.retrain_temperature
            return float(np.logaddexp(0, -margin).mean() + 0.05 * (free**2).sum())

        step = 1e-2
        gradient = np.array([(loss(step * e) - loss(-step * e)) / (2 * step) for e in np.eye(16)])
        expected = tower.forward((-0.01 * unit * gradient).astype(np.float32)).representation
        assert np.allclose(got, expected, atol=1e-4)


def test_pairs_put_what_was_starred_high_before_what_was_starred_low_or_hidden() -> None:
    clicks = np.arange(10, 16)
    visit = Visit(clicks, np.array([9, 9, 0, 6, 6, 10]), np.array([30, 31]))
    always = replace(SMALL_NGCF, retrain_opinions=1.0, retrain_opinions_doubt=0.0)
    liked, passed = draw_pairs(visit, 50, always, rng=np.random.default_rng(0))
    assert set(liked.flat) == {10, 11, 15}  # above their mean of 8
    assert set(passed.flat) == {13, 14, 30, 31}
    half = replace(SMALL_NGCF, retrain_opinions=1.0, retrain_opinions_doubt=7.0)  # of 3 + 4 opinions
    liked, passed = draw_pairs(visit, 50, half, rng=np.random.default_rng(0))
    spoken = np.isin(passed, [13, 14])
    assert 0.1 < spoken.mean() < 0.4  # half of half, for the other low ones are hidden
    assert set(liked[spoken]) == {10, 11, 15}


def test_without_opinions_the_pairs_are_clicks_before_movies_not_clicked() -> None:
    clicks = np.arange(10, 16)
    first, again = (
        draw_pairs(
            Visit.of_clicks(clicks), 50, replace(SMALL_NGCF, retrain_opinions=share), rng=np.random.default_rng(0)
        )
        for share in (0.0, 1.0)
    )
    assert all(map(np.array_equal, first, again))
    assert set(first[0].flat) <= set(clicks.tolist())
    assert not set(first[1].flat) & set(clicks.tolist())


def test_some_pairs_hold_a_click_before_a_movie_that_was_passed_over() -> None:
    visit = Visit.of_clicks(np.arange(10, 16))._replace(passed=np.array([2, 40]))
    always, half = (replace(SMALL_NGCF, retrain_passed=share) for share in (1.0, 0.5))
    assert set(draw_pairs(visit, 50, always, rng=np.random.default_rng(0)).passed.flat) == {2, 40}
    drawn = draw_pairs(visit, 50, half, rng=np.random.default_rng(0))
    assert 0.3 < np.isin(drawn.passed, [2, 40]).mean() < 0.8
    assert set(drawn.liked.flat) == set(visit.clicks.tolist())
    nothing_told = [
        draw_pairs(Visit.of_clicks(visit.clicks), 50, c, rng=np.random.default_rng(0)) for c in (always, half)
    ]
    assert all(map(np.array_equal, *nothing_told))


def test_a_movie_clicked_after_it_was_passed_over_counts_as_clicked(trained: NGCFRecommender) -> None:
    clicks = [FIRST_ID, FIRST_ID + 1]
    model = trained.with_settings(retrain_passed=1.0)
    told = History.of_clicks(clicks)
    passed = replace(told, passed=frozenset([*clicks, 10**9]))
    first, second = (model.recommend(h, rng=np.random.default_rng(0)) for h in (told, passed))
    assert first.items == second.items


def test_a_hidden_movie_pulls_the_list_away_from_its_like() -> None:
    model = _shared()
    liked = tuple(Event(FIRST_ID + i) for i in (0, 1, 2, 40, 41, 42))
    hid = tuple(Event(FIRST_ID + i, "hide") for i in (43, 44, 45, 46))
    strong = model.with_settings(retrain_rate=3.0, retrain_opinions=1.0, retrain_opinions_doubt=0.0)

    def of_block(events: tuple[Event, ...]) -> int:
        found = strong.recommend(
            History(events, frozenset(range(FIRST_ID + 43, FIRST_ID + 47))), k=20, rng=np.random.default_rng(0)
        )
        return sum(FIRST_ID + 40 <= movie < FIRST_ID + 60 for movie in found.movie_ids)

    assert of_block((*hid, *liked)) < of_block(liked)


@given(st.sets(st.integers(0, 49), max_size=49))
@settings(max_examples=60, deadline=None)
def test_negatives_are_the_movies_not_clicked_each_once(clicks: set[int]) -> None:
    drawn = not_in(np.array(sorted(clicks, reverse=True), dtype=np.int64), np.arange(50 - len(clicks)))
    assert sorted(drawn.tolist()) == sorted(set(range(50)) - clicks)


@given(st.permutations(range(12)), st.integers(1, 12))
@settings(max_examples=25, deadline=None)
def test_permuted_and_doubled_clicks_change_nothing(order: list[int], n: int) -> None:
    model = _shared()
    clicks = [FIRST_ID + 5 * i for i in order[:n]]
    answers = [
        model.recommend(History.of_clicks(each), rng=np.random.default_rng(0)).items
        for each in (clicks, sorted(clicks), clicks + clicks[:1])
    ]
    assert answers[0] == answers[1] == answers[2]


_MADE: list[NGCFRecommender] = []


def _shared() -> NGCFRecommender:
    if not _MADE:
        config = replace(SMALL_NGCF, epochs=2)
        _MADE.append(NGCFRecommender(config).fit(planted(), rng=np.random.default_rng(0)))
    return _MADE[0]
