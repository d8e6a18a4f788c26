from __future__ import annotations

import numpy as np
import pytest

from pytorch_models.base import Recommender
from pytorch_models.datasets.interactions import Interactions
from pytorch_models.evaluation.next_item import leave_last_out
from pytorch_models.evaluation.protocol import judge
from pytorch_models.history import History
from pytorch_models.markov.recommender import MarkovConfig, MarkovRecommender
from tests.pytorch_models.recommender_contract import RecommenderContract
from tests.worlds import BLOCKS, FIRST_ID, MOVIES_A_BLOCK, block_of, in_a_circle


class TestMarkov(RecommenderContract):
    def make(self) -> MarkovRecommender:
        return MarkovRecommender(MarkovConfig(prior=1.0))  # the world is small: a prior of a thousand would hide it

    def test_it_finds_the_planted_block(self, fitted: Recommender) -> None:
        """As far as what followed one movie, a dozen times, tells of it."""
        own = []
        for movie in range(FIRST_ID, FIRST_ID + BLOCKS * MOVIES_A_BLOCK):
            found = self.answer(fitted, [movie]).movie_ids
            own.append(np.mean([block_of(each) == block_of(movie) for each in found]))
        assert np.mean(own) > 0.7  # at random a quarter

    def test_its_reasons_name_the_clicks_that_carried_each_movie(self, fitted: Recommender) -> None:
        newest = FIRST_ID + MOVIES_A_BLOCK
        clicks = [FIRST_ID, FIRST_ID + 1, newest]
        reasons = fitted.explain(
            History.of_clicks(clicks), self.answer(fitted, clicks).movie_ids, rng=np.random.default_rng(0)
        )
        assert {click.movie_id for reason in reasons for click in reason.clicks} == {newest}


def test_probabilities_worked_out_by_hand() -> None:
    # 10 → 11, 11 → 12 (user 1), 10 → 12 (user 2), 10 → 11, 11 → 13 (user 3); 8 clicks in all.
    user, movie = np.array([1, 1, 1, 2, 2, 3, 3, 3]), np.array([10, 11, 12, 10, 12, 10, 11, 13])
    world = Interactions.of(user, movie, at=np.arange(8))
    model = MarkovRecommender(MarkovConfig(prior=4.0)).fit(world, rng=np.random.default_rng(0))

    def scores(clicks: list[int]) -> dict[int, float]:
        items = model.recommend(History.of_clicks(clicks), rng=np.random.default_rng(0)).items
        return {item.movie_id: item.score for item in items}

    # Popularity is 3/8, 2/8, 2/8, 1/8; four times that beside three counted transitions from 10, two from 11.
    assert scores([10]) == pytest.approx({11: (2 + 1) / 7, 12: (1 + 1) / 7, 13: 0.5 / 7})
    assert scores([10, 11]) == pytest.approx({12: (1 + 1) / 6, 13: (1 + 0.5) / 6})
    assert scores([11, 13]) == pytest.approx({10: 3 / 8, 12: 2 / 8})  # nothing ever followed 13


def test_where_the_next_movie_is_certain_it_finds_it() -> None:
    split = leave_last_out(in_a_circle())
    model = MarkovRecommender().fit(split.train, rng=np.random.default_rng(0))
    assert judge(model, split.test).ndcg(10) > 0.9
