from __future__ import annotations

import numpy as np
import pytest

from pytorch_models.datasets.interactions import Interactions
from pytorch_models.evaluation.next_item import leave_last_out
from tests.worlds import planted


def of(rows: list[tuple[int, int, int]]) -> Interactions:
    user, movie, at = (np.array(column) for column in zip(*rows, strict=True))
    return Interactions.of(user, movie, at=at)


def test_the_last_movie_is_the_test_and_the_one_before_it_the_validation() -> None:
    # Rows of movies 10 … 14 are 0 … 4; user 2 has two movies alone.
    split = leave_last_out(
        of(
            [
                (1, 13, 1),
                (1, 10, 9),
                (1, 12, 4),
                (1, 11, 7),
                (2, 14, 1),
                (2, 10, 2),
                (3, 12, 1),
                (3, 10, 2),
                (3, 11, 3),
            ]
        )
    )
    assert [v.clicks.tolist() for v in split.validation] == [[2, 3], [2]]  # newest first
    assert [v.truth.tolist() for v in split.validation] == [[1], [0]]
    assert [v.clicks.tolist() for v in split.test] == [[1, 2, 3], [0, 2]]
    assert [v.truth.tolist() for v in split.test] == [[0], [1]]
    assert split.train.n_users == 3 and split.train.n_movies == 5
    rows = [split.train.movie_idx[split.train.rows_of(user)].tolist() for user in range(3)]
    assert rows == [[3, 2], [4, 0], [2]]


def test_nobody_is_trained_on_what_they_are_asked_for() -> None:
    split, world = leave_last_out(planted()), planted()
    assert len(split.train) == len(world) - 2 * world.n_users
    for user, (chosen, judged) in enumerate(zip(split.validation, split.test, strict=True)):
        own = split.train.movie_idx[split.train.rows_of(user)]
        assert np.array_equal(chosen.clicks, own[::-1])
        assert np.array_equal(judged.clicks, np.append(chosen.truth, chosen.clicks))
        assert judged.truth[0] not in judged.clicks
        everything = world.movie_idx[world.rows_of(user)]
        assert set(everything.tolist()) == {*judged.clicks.tolist(), *judged.truth.tolist()}


def test_clicks_of_one_moment_stand_in_an_order_that_the_seed_alone_decides() -> None:
    tied = of([(user, 10 + movie, 5) for user in range(40) for movie in range(6)] + [(40, 10, 1), (40, 11, 2)])
    last = [visitor.truth[0] for visitor in leave_last_out(tied, seed=3).test]
    assert len(set(last)) == 6  # not the largest id for everybody
    assert last == [visitor.truth[0] for visitor in leave_last_out(tied, seed=3).test]
    assert last != [visitor.truth[0] for visitor in leave_last_out(tied, seed=4).test]


def test_without_times_nothing_came_last() -> None:
    with pytest.raises(ValueError, match="Expected times of clicks"):
        leave_last_out(of([(1, 10, 0), (1, 11, 0), (1, 12, 0), (2, 10, 4)]))


def test_without_anybody_to_ask_it_says_so() -> None:
    with pytest.raises(ValueError, match="at least 3 movies"):
        leave_last_out(of([(1, 10, 1), (1, 11, 2)]))
