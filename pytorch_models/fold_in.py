"""A row for a visitor whom training never saw: BPR's pairs and loss while every movie stays as it is.

Factorisation by BPR has no row for a new user and no closed form that gives one. So the visitor gets a fresh row
and the same gradient steps as a user of the training, with the movies frozen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class Pairs(NamedTuple):
    """Pairs of BPR: a clicked movie before one that was passed over. Three arrays of one shape.

    liked, passed: int64 movie rows. counts: float32, 0 where the drawn `passed` was clicked after all, else 1.
    """

    liked: np.ndarray
    passed: np.ndarray
    counts: np.ndarray

    def of(self, at: int | tuple[int, slice]) -> Pairs:
        return Pairs(self.liked[at], self.passed[at], self.counts[at])


def draw_pairs(clicks: np.ndarray, passed: np.ndarray, *, rng: np.random.Generator) -> Pairs:
    """A random one of `clicks`, (|C|,) int64, |C| ≥ 1, before each of the drawn movies `passed`, of any shape."""
    liked = clicks[rng.integers(len(clicks), size=passed.shape)]
    return Pairs(liked, passed, (~np.isin(passed, clicks)).astype(np.float32))


def pairs_of_each(clicks: np.ndarray, passed: np.ndarray) -> Pairs:
    """Each of `clicks`, (|C|,) int64, before every movie of its row of `passed`, (|C|, m): |C|·m pairs, flat."""
    counts = (~np.isin(passed, clicks)).astype(np.float32)
    return Pairs(np.repeat(clicks, passed.shape[1]), passed.ravel(), counts.ravel())


def pull(margins: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """σ(−margin), how hard each pair pulls its two movies apart; 0 where it does not count. All (n,) float32."""
    with np.errstate(over="ignore"):  # e^x of a margin far below zero is ∞, and its pull 1
        return counts / (1 + np.exp(margins))


def losses(users: Sequence[np.ndarray], movies: np.ndarray, pairs: Pairs) -> tuple[float, ...]:
    """Mean −ln σ(margin) of `pairs`, (n,), for each of `users`, (D,); zeros where no pair counts.

    movies: (n_movies, D), whose product with a user is the score.
    """
    difference = movies[pairs.liked] - movies[pairs.passed]  # (n, D)
    each = np.logaddexp(0, -(np.stack(users) @ difference.T))  # (n_users, n)
    return tuple((each @ pairs.counts / max(float(pairs.counts.sum()), 1.0)).tolist())
