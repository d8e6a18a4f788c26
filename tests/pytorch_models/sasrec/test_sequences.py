from __future__ import annotations

import numpy as np
import pytest

from pytorch_models.datasets.interactions import Interactions
from pytorch_models.sasrec.model import PAD
from pytorch_models.sasrec.sequences import ordered, padded, shown_and_next, stretches


def of(rows: list[tuple[int, int, int]]) -> Interactions:
    user, movie, at = (np.array(column) for column in zip(*rows, strict=True))
    return Interactions.of(user, movie, at=at)


WORLD = of([(1, 12, 3), (1, 10, 5), (1, 11, 9), (2, 10, 1), (3, 11, 7), (3, 13, 2), (3, 10, 8), (3, 12, 9)])


def test_a_stretch_is_clicks_that_follow_each_other_in_time_padded_behind() -> None:
    rng = np.random.default_rng(0)
    seen: set[tuple[int, ...]] = set()
    for _ in range(30):
        one, three = stretches(WORLD, 3, rng=rng).tolist()  # the second user has one movie alone
        assert one == [2, 0, 1]
        seen.add(tuple(three))
    assert seen == {(3, 1, 0), (1, 0, 2)}
    assert stretches(WORLD, 5, rng=rng).tolist() == [[2, 0, 1, PAD, PAD], [3, 1, 0, 2, PAD]]


def test_clicks_of_one_moment_stand_in_another_order_each_time() -> None:
    tied = of([(1, 10, 3), (1, 11, 5), (1, 12, 5), (1, 13, 6)])
    rng = np.random.default_rng(0)
    assert {tuple(stretches(tied, 4, rng=rng)[0].tolist()) for _ in range(20)} == {(0, 1, 2, 3), (0, 2, 1, 3)}


def test_data_has_an_order_where_times_of_one_user_differ() -> None:
    assert ordered(WORLD)
    assert not ordered(of([(1, 10, 0), (1, 11, 0), (2, 10, 4)]))


def test_each_place_must_find_the_next_click() -> None:
    shown, target = shown_and_next(np.array([[5, 6, 7, 8], [5, 6, PAD, PAD]]), 1, rng=np.random.default_rng(0))
    assert shown.tolist() == [[5, 6, 7], [5, 6, PAD]]
    assert target.tolist() == [[6, 7, 8], [6, PAD, PAD]]


def test_with_a_reach_it_is_one_of_the_next_ones() -> None:
    rng = np.random.default_rng(0)
    found = np.stack([shown_and_next(np.array([[5, 6, 7, 8, 9]]), 2, rng=rng)[1][0] for _ in range(60)])
    assert [set(column) for column in found.T.tolist()] == [{6, 7}, {7, 8}, {8, 9}, {9}]
    assert found[:, 0].tolist().count(6) == pytest.approx(30, abs=12)


def test_rows_are_padded_to_the_longest() -> None:
    assert padded([np.array([1]), np.array([2, 3, 4])]).tolist() == [[1, PAD, PAD], [2, 3, 4]]
