from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytorch_models.datasets.id_map import UNKNOWN, IdMap
from pytorch_models.datasets.interactions import Interactions
from pytorch_models.datasets.splits import hold_out_users
from tests.worlds import planted


def test_of_a_pair_that_stands_twice_the_last_counts() -> None:
    users, movies = np.array([1, 1, 1]), np.array([5, 5, 6])
    found = Interactions.of(users, movies, star=np.array([3, 8, 1]), at=np.array([20, 10, 15]))
    assert found.star.tolist() == [1, 3]
    assert found.at.tolist() == [15, 20]


def test_the_fingerprint_does_not_depend_on_the_order_of_rows() -> None:
    rng = np.random.default_rng(0)
    users, movies, at = rng.integers(0, 9, 60), rng.integers(0, 9, 60), rng.permutation(60)
    order = rng.permutation(60)
    first = Interactions.of(users, movies, at=at)
    assert first.fingerprint() == Interactions.of(users[order], movies[order], at=at[order]).fingerprint()
    assert first.fingerprint() != Interactions.of(users, movies, at=at + 1).fingerprint()


def test_users_may_have_names() -> None:
    found = Interactions.of(np.array(["나", "가", "나"]), np.array([1, 1, 2]))
    assert found.users.ids.tolist() == ["가", "나"]
    assert found.user_degree.tolist() == [1, 2]


@given(st.sets(st.integers(0, 10**12), min_size=1), st.lists(st.integers(-5, 10**12)))
def test_rows_and_ids_are_each_others_reverse(ids: set[int], wanted: list[int]) -> None:
    known = IdMap.of(ids)
    assert known.id_at(known.idx_of(list(ids))).tolist() == list(ids)
    for movie_id, row in zip(wanted, known.idx_of(wanted), strict=True):
        assert (row == UNKNOWN) == (movie_id not in ids)


def test_an_id_beyond_64_bits_is_unknown() -> None:
    assert IdMap.of([1, 2]).idx_of([2, 2**70]).tolist() == [1, UNKNOWN]


def test_held_out_users_are_in_no_part_but_their_own() -> None:
    world = planted()
    split = hold_out_users(world, validation=20, test=30, rng=np.random.default_rng(0))
    assert (len(split.validation), len(split.test)) == (20, 30)
    assert split.train.n_users == world.n_users - 50
    assert len(split.train) == len(world) - sum(len(v.clicks) + len(v.truth) for v in split.validation + split.test)
    for visitor in split.validation + split.test:
        assert not set(visitor.clicks) & set(visitor.truth)
        n = len(visitor.clicks) + len(visitor.truth)
        assert len(visitor.clicks) == round(0.8 * n)


def test_too_few_users_to_hold_out_is_told() -> None:
    with pytest.raises(ValueError, match="hold visitors out"):
        hold_out_users(
            Interactions.of(np.array([1, 1, 2]), np.array([1, 2, 1])),
            validation=1,
            test=1,
            rng=np.random.default_rng(0),
        )
