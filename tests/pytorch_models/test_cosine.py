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
