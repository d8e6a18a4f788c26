from __future__ import annotations

import numpy as np

from pytorch_models.cosine import cosine_weights
from tests.worlds import planted


def test_a_weight_is_the_users_in_common_over_the_lengths_of_both_columns() -> None:
    world = planted()
    own = world.matrix().toarray()
    together = own.T @ own
    degree = world.movie_degree
    expected = together / (np.sqrt(np.outer(degree, degree)) + 3)
    np.fill_diagonal(expected, 0)
    found = cosine_weights(world, shrink=3, keep=world.n_movies).toarray()
    assert np.allclose(found, expected, atol=1e-6) and found.any()


def test_the_largest_of_each_movie_stay() -> None:
    world = planted()
    whole = cosine_weights(world, shrink=1, keep=world.n_movies).toarray()
    kept = cosine_weights(world, shrink=1, keep=5).toarray()
    assert ((kept > 0).sum(axis=1) == np.minimum((whole > 0).sum(axis=1), 5)).all()
    assert np.allclose(np.sort(kept, axis=1)[:, -5:], np.sort(whole, axis=1)[:, -5:])


def test_a_user_of_many_movies_counts_less_and_a_click_one_on_average() -> None:
    world = planted()
    own = world.matrix().toarray()
    counts = world.user_degree**-0.5
    counts = counts / (counts @ world.user_degree) * len(world)
    expected = (own.T * counts) @ own / (np.sqrt(np.outer(world.movie_degree, world.movie_degree)) + 3)
    np.fill_diagonal(expected, 0)
    found = cosine_weights(world, shrink=3, keep=world.n_movies, user_power=0.5).toarray()
    plain = cosine_weights(world, shrink=3, keep=world.n_movies).toarray()
    assert np.allclose(found, expected, atol=1e-6) and not np.allclose(found, plain, atol=1e-3)


def test_what_many_users_have_is_held_against_the_scored_movie_by_a_power_of_its_own() -> None:
    world = planted()
    own = world.matrix().toarray()
    expected = own.T @ own / (np.outer(world.movie_degree**0.7, world.movie_degree**0.3) + 3)
    np.fill_diagonal(expected, 0)
    found = cosine_weights(world, shrink=3, keep=world.n_movies, scored_power=0.3).toarray()
    assert np.allclose(found, expected, atol=1e-6) and not np.allclose(found, found.T, atol=1e-3)
