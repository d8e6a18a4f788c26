"""Made-up interactions of any size: few users and movies have most of the clicks, and each user has a taste."""

from __future__ import annotations

import numpy as np

from pytorch_models.datasets.id_map import IdMap
from pytorch_models.datasets.interactions import NO_STAR, Interactions

USER_EXPONENT = 0.6
MOVIE_EXPONENT = 0.8
"""The r-th of them has weight r^−exponent: a power law of degrees, as click data have it."""
SHARE_OF_TASTE = 0.7
"""How many of a user's clicks are on movies of their own taste; the others are on any."""
LARGEST_SHARE_OF_MOVIES = 0.1
"""Most of the movies that one user clicks."""
LEFT_OUT = 0.01
"""Share of the interactions that may be missing, because their pairs were drawn twice."""
ROUNDS = 20
"""Most rounds of drawing such pairs again."""


def power_law(
    n_users: int, n_movies: int, n_interactions: int, *, rng: np.random.Generator, n_tastes: int = 50
) -> Interactions:
    """`n_interactions` pairs, or a little fewer (LEFT_OUT), of `n_users` × `n_movies`, the same for the same `rng`.

    Each user and movie has one of `n_tastes`; degrees follow a power law. Every user has a movie; a movie may
    have none. Without stars and times. Raises ValueError where the sizes do not fit each other.
    """
    check_sizes(n_users, n_movies, n_interactions)
    degree = _degrees(n_users, n_interactions, most=int(LARGEST_SHARE_OF_MOVIES * n_movies), rng=rng)
    user_taste = rng.integers(n_tastes, size=n_users)
    shelf = _Shelf(n_movies, n_tastes, rng=rng)
    pairs = np.empty(0, np.int64)  # user · n_movies + movie, ascending, each once
    for _ in range(ROUNDS):
        missing = degree - np.bincount(pairs // n_movies, minlength=n_users)
        if missing.sum() <= LEFT_OUT * n_interactions:
            break
        user = np.repeat(np.arange(n_users), missing)
        movie = shelf.draw(user_taste[user], rng=rng)
        pairs = _distinct(np.concatenate([pairs, user * n_movies + movie]))
    user, movie = np.divmod(pairs, n_movies)
    return Interactions(
        user,
        movie,
        np.full(len(pairs), NO_STAR, np.int8),
        np.zeros(len(pairs), np.int64),
        IdMap(np.arange(n_users)),
        IdMap(np.arange(n_movies)),
    )


def check_sizes(n_users: int, n_movies: int, n_interactions: int) -> None:
    """Raises ValueError where there is no such world."""
    if not 0 < n_users <= n_interactions:
        raise ValueError(f"Expected 'n_interactions' of at least 'n_users' ≥ 1 (got {n_interactions}, {n_users})")
    if n_interactions > LARGEST_SHARE_OF_MOVIES / 2 * n_users * n_movies:
        raise ValueError(
            f"Expected 'n_interactions' of at most {LARGEST_SHARE_OF_MOVIES / 2} of all pairs (got {n_interactions})"
        )


def _distinct(numbers: np.ndarray) -> np.ndarray:
    """Ascending, each once; sorting is many times faster here than numpy's own `unique`."""
    numbers.sort()
    first = np.ones(len(numbers), bool)
    np.not_equal(numbers[1:], numbers[:-1], out=first[1:])
    return numbers[first]


def _degrees(n: int, total: int, *, most: int, rng: np.random.Generator) -> np.ndarray:
    """(n,) int64, 1 … `most`, a power law in random order, `total` in sum as nearly as rounding and `most` let it."""
    weight = np.arange(1, n + 1, dtype=np.float64) ** -USER_EXPONENT
    share = np.clip(weight * (total / weight.sum()), 1, most)
    for _ in range(ROUNDS):  # what the ends cut off is given to those between them
        share = np.clip(share * (total / share.sum()), 1, most)
    whole = np.floor(np.cumsum(share) + 1e-6)  # rounding in the running sum loses nothing of the total
    return rng.permutation(np.clip(np.diff(whole, prepend=0), 1, most).astype(np.int64))


class _Shelf:
    """Movies by taste, each with a weight: draws from one taste or from all, by one search in the running sum."""

    def __init__(self, n_movies: int, n_tastes: int, *, rng: np.random.Generator) -> None:
        taste = rng.integers(n_tastes, size=n_movies)
        weight = rng.permutation(np.arange(1, n_movies + 1, dtype=np.float64) ** -MOVIE_EXPONENT)
        self.movies = np.argsort(taste, kind="stable")
        self.sum = np.cumsum(weight[self.movies])
        ends = np.searchsorted(taste[self.movies], np.arange(n_tastes + 1))
        self.edge = np.concatenate([[0.0], self.sum])[ends]  # taste t has the weights from edge[t] to edge[t + 1]

    def draw(self, taste: np.ndarray, *, rng: np.random.Generator) -> np.ndarray:
        """A movie for each of `taste`, (m,) int64."""
        own = rng.random(len(taste)) < SHARE_OF_TASTE
        low = np.where(own, self.edge[taste], 0.0)
        high = np.where(own, self.edge[taste + 1], self.sum[-1])
        at = np.searchsorted(self.sum, low + (high - low) * rng.random(len(taste)), side="right")
        return self.movies[np.minimum(at, len(self.movies) - 1)]
