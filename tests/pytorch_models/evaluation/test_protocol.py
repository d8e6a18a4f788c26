from __future__ import annotations

import numpy as np
import pytest

from pytorch_models.base import NotFittedError
from pytorch_models.datasets.interactions import Interactions
from pytorch_models.datasets.splits import Visitor
from pytorch_models.evaluation.metrics import ndcg_at
from pytorch_models.evaluation.protocol import judge, with_stars
from pytorch_models.item_knn.recommender import ItemKNNRecommender
from pytorch_models.popularity.recommender import PopularityRecommender


def tiny() -> Interactions:
    """Four users and movies 10–14, which 4, 3, 2, 1 and 1 of them have."""
    pairs = [(1, 10), (1, 11), (1, 12), (2, 10), (2, 11), (2, 12), (3, 10), (3, 11), (3, 13), (4, 10), (4, 14)]
    users, movies = np.array(pairs).T
    return Interactions.of(users, movies)


def visitor(clicks: list[int], truth: list[int], *, star: list[int] | None = None) -> Visitor:
    rows = [np.array(each, np.int64) for each in (clicks, truth)]
    return Visitor(rows[0], np.array(star or [0] * len(clicks), np.int8), rows[1], np.zeros(len(truth), np.int8))


@pytest.fixture
def popularity() -> PopularityRecommender:
    return PopularityRecommender().fit(tiny(), rng=np.random.default_rng(0))


def test_every_figure_worked_out_by_hand(popularity: PopularityRecommender) -> None:
    # Rows 0–4 by popularity; each list is what the visitor has not clicked, in that order.
    visitors = [visitor([0], [1]), visitor([1, 0], [4])]  # lists 1 2 3 4 and 2 3 4
    judged = judge(popularity, visitors, movie_degree=tiny().movie_degree)
    assert judged.model == "popularity"
    first, second = 1.0, 1 / np.log2(4)  # rank 1; rank 3
    assert judged.ndcg_each == pytest.approx(np.array([[first, first], [second, second]]))
    assert judged.recall_each == pytest.approx(np.ones((2, 2)))
    share = np.array([4, 3, 2, 1, 1]) / 4
    assert judged.popularity_each == pytest.approx([share[1:].mean(), share[2:].mean()])
    assert judged.novelty_each == pytest.approx([(-np.log2(3 / 4) + 1 + 2 + 2) / 4, (1 + 2 + 2) / 3])
    assert judged.coverage == 4 / 5  # row 0 was clicked by both
    assert judged.ndcg(10) == pytest.approx((first + second) / 2)
    assert judged.milliseconds_each.shape == (2,) and (judged.milliseconds_each > 0).all()
    facts = judged.facts()
    assert facts["users"] == 2
    assert facts["ndcg@20"] == pytest.approx(0.75) and facts["recall@10"] == 1
    assert facts["milliseconds"] == pytest.approx(judged.milliseconds, abs=0.001)


def test_a_movie_that_no_training_user_has_is_as_novel_as_one_user_could_make_it() -> None:
    train = tiny().of_users(np.array([0, 1, 2]))  # movie 14 is nobody's now
    model = PopularityRecommender().fit(train, rng=np.random.default_rng(0))
    judged = judge(model, [visitor([0, 1, 2, 3], [4])], movie_degree=train.movie_degree)
    assert judged.novelty_each == pytest.approx([np.log2(3)])
    assert judged.popularity_each == pytest.approx([0])


def test_without_degrees_there_is_neither_novelty_nor_popularity(popularity: PopularityRecommender) -> None:
    judged = judge(popularity, [visitor([0], [1])])
    assert judged.novelty_each == judged.popularity_each == [0]
    assert judged.ndcg(10) == 1


def test_a_visitor_who_gets_no_list_counts_as_a_miss() -> None:
    model = ItemKNNRecommender().fit(tiny(), rng=np.random.default_rng(0))
    judged = judge(model, [visitor([0], [1], star=[1])], movie_degree=tiny().movie_degree, history_of=with_stars)
    assert judged.ndcg(10) == judged.recall(20) == judged.coverage == judged.novelty_each[0] == 0


def test_the_list_beyond_ten_counts_at_twenty_alone() -> None:
    users = np.concatenate([np.arange(row + 1) for row in range(30)])
    movies = np.repeat(np.arange(30), np.arange(30) + 1)  # movie 29 is the most popular
    model = PopularityRecommender().fit(Interactions.of(users, movies), rng=np.random.default_rng(0))
    judged = judge(model, [visitor([29], [16])])  # rank 13
    assert judged.ndcg(10) == judged.recall(10) == 0
    assert (
        judged.ndcg(20) == pytest.approx(ndcg_at(20, list(range(28, -1, -1)), [16])) == pytest.approx(1 / np.log2(14))
    )
    assert judged.recall(20) == 1


def test_stars_are_told_where_there_are_some_newest_first() -> None:
    history = with_stars(visitor([4, 0, 2], [1], star=[9, 0, 3]), tiny().movies)
    assert [(event.movie_id, event.kind, event.star) for event in history.events] == [
        (14, "star", 9),
        (10, "click", None),
        (12, "star", 3),
    ]
    assert history.exclude == {10, 12, 14}


def test_a_model_without_weights_cannot_be_judged() -> None:
    with pytest.raises(NotFittedError):
        judge(PopularityRecommender(), [visitor([0], [1])])
