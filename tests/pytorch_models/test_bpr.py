from __future__ import annotations

from dataclasses import replace

import numpy as np
from implicit.cpu.bpr import BayesianPersonalizedRanking
from scipy import sparse

from pytorch_models.bpr.recommender import BPRConfig, BPRRecommender
from pytorch_models.fold_in import draw_pairs
from tests.pytorch_models.recommender_contract import RecommenderContract
from tests.worlds import FIRST_ID, planted

SMALL = BPRConfig(factors=8, learning_rate=0.05, epochs=100)


class TestBPR(RecommenderContract):
    def make(self) -> BPRRecommender:
        return BPRRecommender(SMALL)

    def test_folding_in_lowers_the_loss(self, fitted: BPRRecommender) -> None:
        losses = self.answer(fitted, list(range(FIRST_ID, FIRST_ID + 8))).losses
        assert len(losses) == SMALL.fold_in_epochs + 1
        assert losses[-1] < 0.8 * losses[0]

    def test_the_order_of_clicks_changes_nothing(self, fitted: BPRRecommender) -> None:
        clicks = [FIRST_ID + i for i in (3, 40, 7, 22, 61)]
        assert self.answer(fitted, clicks).items == self.answer(fitted, clicks[::-1]).items


def test_a_step_of_folding_in_is_the_librarys_own() -> None:
    # Two users with one movie each: with this seed, the library's two draws give the first user one pair, and the
    # second none.
    rng = np.random.default_rng(0)
    users, movies = (rng.normal(size=(2, 9)).astype(np.float32) for _ in range(2))
    users[:, -1] = 1
    library = BayesianPersonalizedRanking(
        factors=8, learning_rate=0.05, regularization=0.1, iterations=1, num_threads=1, random_state=18
    )
    library.user_factors, library.item_factors = users.copy(), movies.copy()
    library.fit(sparse.identity(2, np.float32, format="csr"), show_progress=False)
    assert not np.allclose(library.user_factors[0], users[0])
    assert np.array_equal(library.user_factors[1], users[1])

    model = BPRRecommender(BPRConfig(factors=8, learning_rate=0.05, regularization=0.1))
    model.movie_factors = movies
    stepped = users[0].copy()
    model._step(stepped, draw_pairs(np.array([0]), np.array([1]), rng=rng))
    assert np.allclose(stepped, library.user_factors[0], atol=1e-6)


def test_a_pair_whose_passed_movie_was_clicked_does_not_count() -> None:
    model = BPRRecommender(SMALL).fit(planted(), rng=np.random.default_rng(0))
    user = np.ones(9, np.float32)
    model._step(user, draw_pairs(np.array([3, 4]), np.array([4, 3, 3]), rng=np.random.default_rng(0)))
    assert np.array_equal(user, np.ones(9))


def test_the_same_seed_trains_the_same_factors() -> None:
    first, again, other = (
        BPRRecommender(replace(SMALL, epochs=5)).fit(planted(), rng=np.random.default_rng(seed)).movie_factors
        for seed in (1, 1, 2)
    )
    assert np.array_equal(first, again)
    assert not np.allclose(first, other)
