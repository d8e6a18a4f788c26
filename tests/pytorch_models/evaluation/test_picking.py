from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from pytorch_models.datasets.splits import Visitor
from pytorch_models.evaluation.picking import GRID, most_popular, ndcg_after, of_recommender, pick, try_grid
from pytorch_models.history import History
from pytorch_models.ngcf.recommender import NGCFRecommender
from tests.worlds import BLOCKS, FIRST_ID, MOVIES_A_BLOCK, block_of

ORDER = list(range(1, 100))


def test_the_first_known_movie_is_picked_and_another_takes_its_place() -> None:
    asked: list[tuple[list[int], int, list[int]]] = []

    def ask(history: History, *, k: int, beside: Sequence[int]) -> list[int]:
        asked.append((history.movie_ids(), k, list(beside)))
        return most_popular(ORDER)(history, k=k, beside=beside)

    assert pick(ask, {3, 13, 14, 90}, screens=1) == [[3, 13, 14]]  # 13 came for 3, and 14 for 13
    assert asked[1] == ([3], 1, [1, 2, *range(4, GRID + 1)])


def test_a_second_screen_shows_what_was_not_looked_at_and_five_are_enough() -> None:
    assert pick(most_popular(ORDER), {20, 24, 25}) == [[], [20, 24, 25]]
    assert pick(most_popular(ORDER), set(ORDER)) == [[1, 2, 3, 4, 5], []]
    assert pick(most_popular(ORDER), {90}) == [[], []]


def test_the_sites_grid_has_every_block_and_then_more_of_the_picked_one(trained: NGCFRecommender) -> None:
    ask = of_recommender(trained)
    blocks = [block_of(movie_id) for movie_id in ask(History.of_clicks([]), k=8, beside=())]
    assert set(blocks) == set(range(BLOCKS))
    picked = range(FIRST_ID, FIRST_ID + 3)
    more = [block_of(movie_id) for movie_id in ask(History.of_clicks(picked), k=8, beside=())]
    assert more.count(0) > blocks.count(0)


def test_nothing_is_asked_for_twice(trained: NGCFRecommender) -> None:
    ask = of_recommender(trained)
    first = ask(History.of_clicks([]), k=GRID, beside=())
    second = ask(History((), frozenset(first[:6])), k=GRID, beside=first[6:])
    assert len(set(first + second)) == 2 * GRID


def test_picks_are_counted_and_the_list_after_them_is_held_against_the_truth(trained: NGCFRecommender) -> None:
    stars = np.zeros(6, np.int8)
    visitor = Visitor(np.arange(6), stars, np.arange(6, MOVIES_A_BLOCK), np.zeros(MOVIES_A_BLOCK - 6, np.int8))
    popular = most_popular(list(range(FIRST_ID, FIRST_ID + 80)))
    found = try_grid(popular, trained, [visitor])
    assert (found.picks.tolist(), found.first.tolist()) == ([5.0], [5.0])
    assert found.ndcg[0] == pytest.approx(ndcg_after(range(FIRST_ID, FIRST_ID + 5), trained, visitor))
    assert found.ndcg[0] > 0.7, "five of a block lead to the block"
    nobody = Visitor(np.array([79]), stars[:1], np.arange(6), stars)
    assert try_grid(most_popular(list(range(FIRST_ID, FIRST_ID + 40))), trained, [nobody]).ndcg.tolist() == [0.0]
