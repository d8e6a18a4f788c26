from __future__ import annotations

import numpy as np

from pytorch_models.base import Recommender
from pytorch_models.ease.recommender import EASEConfig, EASERecommender
from pytorch_models.history import History, Visit
from tests.pytorch_models.recommender_contract import RecommenderContract
from tests.worlds import FIRST_ID, planted


class TestEASE(RecommenderContract):
    def make(self) -> EASERecommender:
        return EASERecommender(EASEConfig(l2=10.0))


def test_a_score_is_the_sum_of_the_weights_from_the_clicks() -> None:
    model = EASERecommender(EASEConfig(l2=10.0)).fit(planted(), rng=np.random.default_rng(0))
    found = model.recommend(History.of_clicks([FIRST_ID, FIRST_ID + 3]), k=1, rng=np.random.default_rng(0)).items[0]
    weights = model.relation.matrix().toarray()
    assert np.isclose(found.score, weights[0, found.movie_id - FIRST_ID] + weights[3, found.movie_id - FIRST_ID])


def test_what_a_click_carries_is_what_the_score_loses_without_it() -> None:
    fitted = EASERecommender().fit(planted(), rng=np.random.default_rng(0))
    visit, rows = Visit.of_clicks(np.array([5, 1, 44])), np.array([9, 61, 50])
    slowly = Recommender._lost(fitted, visit, rows, rng=np.random.default_rng(0))
    assert np.allclose(fitted._lost(visit, rows, rng=np.random.default_rng(0)), slowly, atol=1e-6)
    assert slowly.any()
