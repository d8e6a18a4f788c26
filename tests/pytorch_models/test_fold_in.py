from __future__ import annotations

import numpy as np
import pytest

from pytorch_models.fold_in import draw_pairs, losses, pairs_of_each, pull


def test_a_pair_counts_unless_its_passed_movie_was_clicked() -> None:
    clicks = np.array([2, 5])
    pairs = draw_pairs(clicks, np.array([[0, 2], [5, 3]]), rng=np.random.default_rng(0))
    assert np.isin(pairs.liked, clicks).all()
    assert pairs.counts.tolist() == [[1, 0], [0, 1]]
    assert pairs.of((1, slice(1, 2))).passed.tolist() == [3]


def test_every_click_is_drawn_as_often() -> None:
    drawn = draw_pairs(np.array([7, 8, 9]), np.zeros(3000, np.int64), rng=np.random.default_rng(0)).liked
    assert np.bincount(drawn)[7:] == pytest.approx([1000] * 3, abs=120)


def test_the_pull_is_the_slope_of_the_loss_at_any_margin() -> None:
    margins = np.array([-1000, -2, 0, 3, 1000], np.float32)
    assert np.allclose(pull(margins, np.ones(5, np.float32)), [1, 0.880797, 0.5, 0.0474259, 0], atol=1e-6)
    assert not pull(margins, np.zeros(5, np.float32)).any()


def test_the_loss_is_the_mean_over_the_pairs_that_count() -> None:
    movies = np.array([[1.0, 0], [0, 1], [2, 0]], np.float32)
    pairs = draw_pairs(np.array([0]), np.array([1, 2, 0]), rng=np.random.default_rng(0))
    user = np.array([1, 3], np.float32)
    # Margins 1 − 3 and 1 − 2; the third pair's movie was clicked.
    expected = (np.log1p(np.exp(2)) + np.log1p(np.exp(1))) / 2
    assert losses([user, np.zeros(2, np.float32)], movies, pairs) == pytest.approx((expected, np.log(2)))


def test_each_click_stands_before_the_movies_of_its_own_row() -> None:
    pairs = pairs_of_each(np.array([2, 5]), np.array([[0, 5], [1, 3]]))
    assert list(zip(pairs.liked, pairs.passed, pairs.counts, strict=True)) == [
        (2, 0, 1),
        (2, 5, 0),
        (5, 1, 1),
        (5, 3, 1),
    ]
