"""A visitor's row in a trained factorisation: the minimum of BPR's loss over it, the movies frozen.

The loss is convex in the row alone, and its curvature is at most ¼ Σ dᵀd over the pairs' differences d. A step to the
minimum of the quadratic with that curvature never goes uphill (Böhning and Lindsay, Annals of the Institute of
Statistical Mathematics 40, 1988), needs no step size, and the curvature is factorised once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from pytorch_models.fold_in import Pairs, losses, pairs_of_each, pull
from pytorch_models.mf.config import MFConfig

F32 = np.float32
MOST_A_CLICK = 64


@dataclass(frozen=True)
class Tables:
    """What serving needs of trained rows.

    movies: (n_movies, D + 1) float32, the bias last. drawn_up_to: (n_movies,) float64, ascending, the sum of the
    chances up to each movie of being drawn as one passed over.
    """

    movies: np.ndarray
    drawn_up_to: np.ndarray


def draw_passed(drawn_up_to: np.ndarray, shape: tuple[int, int], *, rng: np.random.Generator) -> np.ndarray:
    """Movie rows of `shape`, each drawn by its chance."""
    at = np.searchsorted(drawn_up_to, rng.random(shape) * drawn_up_to[-1], side="right")
    return np.minimum(at, len(drawn_up_to) - 1)


def fold_in(
    tables: Tables, clicks: np.ndarray, config: MFConfig, *, rng: np.random.Generator
) -> tuple[np.ndarray, tuple[float, ...]]:
    """The row, (D + 1,), of a visitor who clicked the movies of rows `clicks`, (|C|,) int64, distinct; its last is 1.

    Beside it: the mean loss of the pairs before and after each solve, without the weight of the row.
    """
    pairs = _drawn(tables, clicks, config, rng=rng)
    seen = _solved(tables.movies, pairs, config)
    return seen[-1], losses(seen, tables.movies, pairs)


def without_each(
    tables: Tables, clicks: np.ndarray, left_out: np.ndarray, config: MFConfig, *, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """The row of `fold_in`, (D + 1,), and those, (len(left_out), D + 1), of the same visitor without one click each.

    left_out: places in `clicks`, of which there are two at least. The pairs of the other clicks stay as they are, so
    that rows differ by the click alone and not by what was drawn.
    """
    pairs = _drawn(tables, clicks, config, rng=rng)
    whole = _solved(tables.movies, pairs, config)[-1]
    rows = []
    for at in left_out:
        others = pairs._replace(counts=np.where(pairs.liked == clicks[at], F32(0), pairs.counts))
        rows.append(_solved(tables.movies, others, config)[-1])
    return whole, np.stack(rows)


def _drawn(tables: Tables, clicks: np.ndarray, config: MFConfig, *, rng: np.random.Generator) -> Pairs:
    a_click = min(MOST_A_CLICK, max(1, config.fold_in_pairs // len(clicks)))
    return pairs_of_each(clicks, draw_passed(tables.drawn_up_to, (len(clicks), a_click), rng=rng))


def _solved(movies: np.ndarray, pairs: Pairs, config: MFConfig) -> list[np.ndarray]:
    """The row at zero, and after each solve."""
    difference = movies[pairs.liked] - movies[pairs.passed]  # (n, D + 1)
    own = difference[:, :-1]  # what the row can move
    l2 = F32(config.fold_in_l2) * pairs.counts.sum()
    curvature = (own.T * pairs.counts) @ own / 4 + l2 * np.eye(own.shape[1], dtype=F32)  # (D, D)
    factor = cho_factor(curvature + F32(1e-6) * np.eye(own.shape[1], dtype=F32), overwrite_a=True, check_finite=False)
    row: np.ndarray = np.append(np.zeros(own.shape[1], F32), F32(1))
    seen = [row]
    for _ in range(config.fold_in_epochs):
        downhill = pull(difference @ row, pairs.counts) @ own - l2 * row[:-1]
        row = np.append(row[:-1] + cho_solve(factor, downhill, check_finite=False), F32(1))
        seen.append(row)
    return seen
