from __future__ import annotations

import numpy as np
import pytest

from pytorch_models.datasets.interactions import Interactions
from pytorch_models.datasets.splits import LAST_CLICKS, Split, Visitor, hold_out_by_id, next_movies


def world(n_users: int, *, first: int = 0, movies: int = 12) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(first)
    users = np.repeat(np.arange(first, first + n_users), 8)
    return users, np.concatenate([rng.permutation(movies)[:8] for _ in range(n_users)])


def split_of(users: np.ndarray, movies: np.ndarray, *, seed: int = 0, test: int = 1000) -> Split:
    return hold_out_by_id(Interactions.of(users, movies), validation=1000, test=test, share=0.15, seed=seed)


def trained_on(split: Split) -> set[int]:
    return set(split.train.users.ids.tolist())


def test_it_holds_out_about_the_share_for_each_and_nobody_twice() -> None:
    split = split_of(*world(1000))
    assert 110 < len(split.test) < 190 and 110 < len(split.validation) < 190
    assert len(trained_on(split)) == 1000 - len(split.test) - len(split.validation)


def test_no_more_are_held_out_than_asked_for() -> None:
    assert 10 < len(split_of(*world(1000), test=30).test) < 60


def test_new_users_and_new_clicks_move_nobody_from_training_to_those_held_out() -> None:
    users, movies = world(400)
    more_users, more_movies = world(300, first=400)
    before = trained_on(split_of(users, movies, test=30))
    after = split_of(
        np.concatenate([users, more_users, users]),
        np.concatenate([movies, more_movies, (movies + 3) % 12]),
        test=30,
    )
    assert before <= trained_on(after)


def test_the_same_visitor_is_asked_the_same_as_long_as_they_click_nothing_more() -> None:
    users, movies = world(400)
    more_users, more_movies = world(300, first=400)
    first = {tuple(visitor.clicks) for visitor in split_of(users, movies).test}
    second = split_of(np.concatenate([users, more_users]), np.concatenate([movies, more_movies]))
    assert first <= {tuple(visitor.clicks) for visitor in second.test}


def test_another_seed_holds_others_out() -> None:
    assert trained_on(split_of(*world(200))) != trained_on(split_of(*world(200), seed=1))


def test_users_with_few_movies_are_asked_for_nothing_and_are_not_trained_on_where_held_out() -> None:
    users, movies = world(400)
    few = np.arange(400, 800)
    split = split_of(np.concatenate([users, few]), np.concatenate([movies, np.zeros(400, np.int64)]))
    assert all(len(visitor.clicks) + len(visitor.truth) == 8 for visitor in split.test + split.validation)
    assert len(set(few.tolist()) - trained_on(split)) > 60


@pytest.mark.parametrize("n_users", [4, 5, 9])
def test_a_handful_of_users_still_gives_both_kinds_of_visitors(n_users: int) -> None:
    split = split_of(*world(n_users))
    assert split.test and split.validation and len(split.train)


def test_too_few_users_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 4 users"):
        split_of(*world(3))


def visitor(clicks: list[int], truth: list[int], *, ahead: bool) -> Visitor:
    none = np.zeros(len(clicks), np.int8)
    return Visitor(np.array(clicks), none, np.array(truth), np.zeros(len(truth), np.int8), ahead=ahead)


def test_one_who_seeks_the_next_movie_is_asked_for_it() -> None:
    asked = visitor([3, 1, 2], [7], ahead=True)
    assert next_movies([asked]) == [asked]


def test_one_whose_truth_lies_among_the_clicks_is_asked_for_the_last_of_these_each_by_those_before() -> None:
    found = next_movies([visitor([3, 1, 2], [7, 8], ahead=False)])
    assert [(each.clicks.tolist(), each.truth.tolist()) for each in found] == [([1, 2], [3]), ([2], [1])]
    many = next_movies([visitor(list(range(40)), [50], ahead=False)])
    assert len(many) == LAST_CLICKS and many[-1].clicks.tolist() == list(range(LAST_CLICKS, 40))
    assert not next_movies([visitor([3], [7], ahead=False)])
