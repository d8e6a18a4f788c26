import numpy as np
import pytest

from pytorch_models.base import top_k
from pytorch_models.evaluation.metrics import coverage_at, ndcg_at, novelty_at, recall_at, whole_recall_at

SECOND, THIRD = 1 / np.log2(3), 1 / np.log2(4)  # the gains of ranks 2 and 3; that of rank 1 is 1


def test_recall_divides_by_the_most_that_could_be_hit() -> None:
    assert recall_at(2, [5, 6, 7], [6, 7, 8]) == 1 / 2  # two places, one hit; three would not fit
    assert recall_at(3, [5, 6, 7], [6, 9]) == 1 / 2


def test_recall_over_the_whole_truth_counts_what_no_place_was_left_for() -> None:
    assert whole_recall_at(2, [5, 6, 7], [6, 7, 8]) == 1 / 3  # the hit at rank 3 is beyond the cut
    assert whole_recall_at(3, [5, 6, 7], [6, 7, 8]) == 2 / 3
    assert whole_recall_at(3, [5, 6, 7], [6, 9]) == 1 / 2


def test_ndcg_worked_out_by_hand() -> None:
    assert ndcg_at(3, [5, 6, 7], [6]) == pytest.approx(SECOND)
    assert ndcg_at(3, [5, 6, 7], [5, 7]) == pytest.approx((1 + THIRD) / (1 + SECOND))


def test_ndcgs_ideal_list_counts_relevant_movies_that_were_not_retrieved() -> None:
    # One hit at rank 1, four relevant movies: dividing by the hits alone would give a flattering 1.
    assert ndcg_at(3, [5, 6, 7], [5, 20, 21, 22]) == pytest.approx(1 / (1 + SECOND + THIRD))


def test_a_list_shorter_than_k_is_no_error() -> None:
    assert ndcg_at(10, [5], [5, 6]) == pytest.approx(1 / (1 + SECOND))
    assert recall_at(10, [], [5]) == 0


def test_coverage_is_the_share_of_movies_in_anybodys_list() -> None:
    assert coverage_at(2, [[1, 2, 3], [2, 4]], n_movies=10) == 3 / 10


def test_the_cut_of_twenty_counts_what_stands_behind_the_tenth() -> None:
    ranked, truth = list(range(100, 130)), [100, 111, 125, 9]  # ranks 1, 12 and 26; one never shown
    assert recall_at(10, ranked, truth) == 1 / 4
    assert recall_at(20, ranked, truth) == 2 / 4
    ideal = 1 + SECOND + THIRD + 1 / np.log2(5)
    assert ndcg_at(10, ranked, truth) == pytest.approx(1 / ideal)
    assert ndcg_at(20, ranked, truth) == pytest.approx((1 + 1 / np.log2(13)) / ideal)


def test_recall_divides_by_twenty_where_more_would_not_fit() -> None:
    assert recall_at(20, list(range(20)), list(range(15, 65))) == 5 / 20


def test_novelty_is_the_mean_surprise_of_the_first_k() -> None:
    surprise = -np.log2(np.array([1 / 2, 1 / 4, 1 / 8, 1 / 1024]))  # 1, 2, 3 and 10 bits
    assert novelty_at(3, [0, 1, 2, 3], surprise) == pytest.approx(2)
    assert novelty_at(2, [3, 1, 0], surprise) == pytest.approx(6)
    assert novelty_at(10, [2], surprise) == pytest.approx(3)
    assert novelty_at(10, [], surprise) == 0


def test_top_k_breaks_ties_by_row_and_leaves_out_what_is_masked() -> None:
    scores = np.array([1.0, 3.0, 3.0, -np.inf, 2.0, 3.0])
    assert top_k(scores, 2).tolist() == [1, 2]
    assert top_k(scores, 10).tolist() == [1, 2, 5, 4, 0]
    assert top_k(np.array([]), 3).tolist() == []
