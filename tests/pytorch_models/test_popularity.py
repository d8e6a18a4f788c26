from __future__ import annotations

import numpy as np
import pytest

from pytorch_models.base import Recommender
from pytorch_models.datasets.id_map import IdMap
from pytorch_models.history import History
from pytorch_models.popularity.damping import damped_mean
from pytorch_models.popularity.recommender import PopularityConfig, PopularityRecommender
from tests.pytorch_models.recommender_contract import RecommenderContract
from tests.worlds import FIRST_ID, planted


class TestPopularity(RecommenderContract):
    def make(self) -> PopularityRecommender:
        return PopularityRecommender()

    def test_it_finds_the_planted_block(self, fitted: Recommender) -> None:
        """It cannot, as it ignores the history: everybody gets what most users clicked, less what they saw."""
        world = planted()
        users_of = dict(zip(world.movies.ids.tolist(), world.movie_degree.tolist(), strict=True))
        for seen in ([FIRST_ID], [FIRST_ID + 30, FIRST_ID + 31]):
            found = [users_of[movie] for movie in self.answer(fitted, seen).movie_ids]
            assert found == sorted((n for movie, n in users_of.items() if movie not in seen), reverse=True)[:10]


def test_by_stars_it_ranks_by_their_damped_mean() -> None:
    world = planted()
    star_sum, n = np.zeros(world.n_movies), np.zeros(world.n_movies)
    for movie, star in zip(world.movie_idx, world.star, strict=True):
        star_sum[movie] += star
        n[movie] += 1
    expected = world.movies.ids[np.argsort(-damped_mean(star_sum, n), kind="stable")[:10]]
    model = PopularityRecommender(PopularityConfig(by_stars=True)).fit(world, rng=np.random.default_rng(0))
    found = model.recommend(History((), frozenset()), rng=np.random.default_rng(0)).movie_ids
    assert found == expected.tolist()


def test_a_ranking_that_was_counted_elsewhere_needs_no_fit_and_is_told_from_another() -> None:
    movies = IdMap(np.array([3, 5, 8]))
    model, other = (
        PopularityRecommender.ranking(movies, np.array(each)) for each in ([1.0, 9.0, 4.0], [1.0, 9.0, 5.0])
    )
    answer = model.recommend(History.of_clicks([8]), rng=np.random.default_rng(0))
    assert answer.movie_ids == [5, 3]
    assert answer.receipt.checkpoint and model.checkpoint != other.checkpoint


def test_the_damped_mean_worked_out_by_hand() -> None:
    star_sum, n = np.array([10.0, 80.0, 0.0]), np.array([1, 10, 0])
    prior_mean, prior_weight = 90 / 11, float(np.percentile([1, 10], 95))
    expected = (prior_weight * prior_mean + star_sum) / (prior_weight + n)
    assert np.allclose(damped_mean(star_sum, n), expected)
    assert damped_mean(star_sum, n)[2] == pytest.approx(prior_mean)


def test_one_enthusiast_does_not_make_a_movie_popular() -> None:
    one_ten, many_nines = damped_mean(np.array([10.0, 900.0, 500.0]), np.array([1, 100, 100]))[:2]
    assert many_nines > one_ten
