from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from pytorch_models.base import NotFittedError, top_k
from pytorch_models.benchmarks.untrained import untrained
from pytorch_models.datasets.synthetic import power_law
from pytorch_models.history import History
from pytorch_models.index import MovieIndex
from pytorch_models.ngcf.config import NGCFConfig
from pytorch_models.ngcf.recommender import NGCFRecommender

MOVIES = 5_000
CONFIG = replace(NGCFConfig(), embedding_size=32, layers=(32,), narrow_width=8, candidates=200, relation_keep=30)


@pytest.fixture(scope="module")
def plain() -> NGCFRecommender:
    world = power_law(1_000, MOVIES, 40_000, rng=np.random.default_rng(0))
    made = untrained(world, CONFIG, seed=0)
    assert made.tables is not None
    made.tables.bias[:] = np.random.default_rng(1).normal(size=MOVIES)  # a bias that decides something
    return made


@pytest.fixture(scope="module")
def indexed(plain: NGCFRecommender) -> NGCFRecommender:
    return plain.with_index()


def histories(n: int) -> list[History]:
    rng = np.random.default_rng(2)
    return [History.of_clicks(rng.integers(0, MOVIES, 12).tolist()) for _ in range(n)]


def ids(recommender: NGCFRecommender, history: History, k: int = 10) -> list[int]:
    return recommender.recommend(history, k=k, rng=np.random.default_rng(0)).movie_ids


def test_it_finds_the_largest_products_with_the_bias_counted() -> None:
    rng = np.random.default_rng(0)
    item = rng.normal(size=(3_000, 8)).astype(np.float32)
    bias = (3 * rng.normal(size=3_000)).astype(np.float32)
    index = MovieIndex(item, bias)
    found = []
    for _ in range(20):
        user = rng.normal(size=8).astype(np.float32)
        expected = top_k(item @ user + bias, 10)
        found.append(len(set(index.largest(user, 100).tolist()) & set(expected.tolist())) / 10)
    assert np.mean(found) >= 0.95


def test_rows_of_zeros_alone_are_no_trouble() -> None:
    assert (
        len(MovieIndex(np.zeros((5, 3), np.float32), np.zeros(5, np.float32)).largest(np.ones(3, np.float32), 2)) == 2
    )


def test_more_than_there_are_is_all_there_is() -> None:
    item = np.eye(6, dtype=np.float32)
    assert sorted(MovieIndex(item, np.zeros(6, np.float32)).largest(item[2], 50).tolist()) == list(range(6))


def test_recommendations_are_those_of_exact_scores(plain: NGCFRecommender, indexed: NGCFRecommender) -> None:
    exact = plain.with_settings(candidates=0)
    recall = [len(set(ids(indexed, h)) & set(ids(exact, h))) / 10 for h in histories(40)]
    assert np.mean(recall) >= 0.97


def test_their_scores_are_exact_and_descend(plain: NGCFRecommender, indexed: NGCFRecommender) -> None:
    history = histories(1)[0]
    exact = plain.with_settings(candidates=0).recommend(history, k=100, rng=np.random.default_rng(0))
    known = dict(exact.items)
    found = indexed.recommend(history, rng=np.random.default_rng(0)).items
    assert [item.score for item in found] == sorted((item.score for item in found), reverse=True)
    assert all(abs(known[item.movie_id] - item.score) < 1e-3 for item in found)


def test_what_was_seen_never_comes_and_ten_others_do(indexed: NGCFRecommender) -> None:
    history = histories(1)[0]
    seen = frozenset(ids(indexed, history, k=100)) | history.exclude
    found = ids(indexed, History(history.events, seen))
    assert len(found) == 10
    assert not seen & set(found)


def test_where_all_but_three_were_seen_the_three_are_left(indexed: NGCFRecommender) -> None:
    history = History.of_clicks([10, 11])
    found = ids(indexed, History(history.events, frozenset(range(3, MOVIES))))
    assert sorted(found) == [0, 1, 2]


def test_with_fewer_movies_than_candidates_it_is_exact(plain: NGCFRecommender, indexed: NGCFRecommender) -> None:
    for history in histories(5):
        few = [each.with_settings(candidates=MOVIES) for each in (plain, indexed)]
        assert ids(few[0], history) == ids(few[1], history)


def test_threads_may_share_it(indexed: NGCFRecommender) -> None:
    asked = histories(16)
    alone = [ids(indexed, history) for history in asked]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(5):
            assert list(pool.map(lambda history: ids(indexed, history), asked)) == alone


def test_the_one_without_is_left_as_it_was(plain: NGCFRecommender, indexed: NGCFRecommender) -> None:
    assert plain.scoring is not None and plain.scoring.index is None
    assert indexed.scoring is not None and indexed.scoring.index is not None


def test_there_is_none_before_there_are_weights() -> None:
    with pytest.raises(NotFittedError):
        NGCFRecommender().with_index()
