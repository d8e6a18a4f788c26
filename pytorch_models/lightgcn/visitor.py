"""A visitor in LightGCN: what the clicked movies say, and a row of their own that learns, the movies frozen.

The visitor listens and does not speak, so no movie changes when they come. Propagated L times over the training
graph plus the visitor, a row e becomes (e + Σ_{i∈C} ĉ_vi (h_i^0 + … + h_i^{L−1})) / (L + 1), ĉ_vi = 1/√(|C| |N_i|).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pytorch_models.fold_in import Pairs, draw_pairs, losses, pull
from pytorch_models.lightgcn.config import LightGCNConfig

F32 = np.float32
BETA_1, BETA_2, EPSILON = F32(0.9), F32(0.999), F32(1e-8)
"""Adam's, as in training."""


@dataclass(frozen=True)
class Tables:
    """What serving needs of trained embeddings, (n_movies, D) float32 each.

    item: the movies' representations. spoken: (h_i^0 + … + h_i^{L−1}) / √|N_i|, what a movie says to a visitor.
    """

    item: np.ndarray
    spoken: np.ndarray


def fold_in(
    tables: Tables, clicks: np.ndarray, config: LightGCNConfig, *, rng: np.random.Generator
) -> tuple[np.ndarray, tuple[float, ...]]:
    """The representation, (D,), of a visitor who clicked the movies of rows `clicks`, (|C|,) int64, distinct.

    Each epoch is one step of Adam on |C| pairs: a random click before a uniformly drawn movie. The row starts at
    zero, the mean of the rows before training, so that no visitor is handed a taste by chance. Beside it: the
    mean loss on one fixed set of pairs, before and after each epoch.
    """
    passed = rng.integers(len(tables.item), size=(config.fold_in_epochs + 1, len(clicks)))
    pairs = draw_pairs(clicks, passed, rng=rng)
    heard = tables.spoken[clicks].sum(axis=0) / np.sqrt(F32(len(clicks)))  # (D,)
    share = F32(1 / (config.layers + 1))
    row: np.ndarray = np.zeros(config.embedding_size, F32)
    first: np.ndarray = np.zeros_like(row)
    second: np.ndarray = np.zeros_like(row)
    seen = [heard * share]
    for epoch in range(config.fold_in_epochs):
        gradient = share * _gradient(tables, seen[-1], pairs.of(epoch)) + F32(config.l2) * row
        first = BETA_1 * first + (1 - BETA_1) * gradient
        second = BETA_2 * second + (1 - BETA_2) * gradient**2
        mean, spread = first / (1 - BETA_1 ** (epoch + 1)), second / (1 - BETA_2 ** (epoch + 1))
        row = row - F32(config.learning_rate) * mean / (np.sqrt(spread) + EPSILON)
        seen.append((row + heard) * share)
    return seen[-1], losses(seen, tables.item, pairs.of(-1))


def _gradient(tables: Tables, user: np.ndarray, pairs: Pairs) -> np.ndarray:
    """Of the mean BPR loss of `pairs`, (n,), with respect to the representation `user`, (D,)."""
    difference = tables.item[pairs.liked] - tables.item[pairs.passed]  # (n, D)
    pulled: np.ndarray = pull(difference @ user, pairs.counts) @ difference
    return -pulled / np.maximum(pairs.counts.sum(), F32(1))
