"""Users' clicks in the order of time, cut into stretches to train on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pytorch_models.datasets.interactions import Interactions
from pytorch_models.sasrec.model import PAD


def ordered(interactions: Interactions) -> bool:
    """Whether anybody's clicks have an order: two times of one user that differ."""
    same_user = interactions.user_idx[1:] == interactions.user_idx[:-1]
    return bool(np.any(same_user & (interactions.at[1:] != interactions.at[:-1])))


def stretches(interactions: Interactions, size: int, *, rng: np.random.Generator) -> np.ndarray:
    """(users with two clicks or more, size) int64: of each a random stretch of its clicks, oldest first, PAD behind.

    Clicks of one moment stand in a new random order each time: what comes first there says nothing. So where no
    times are known, no order is learnt.
    """
    order = np.lexsort((rng.random(len(interactions)), interactions.at, interactions.user_idx))
    movies = interactions.movie_idx[order]
    degree = interactions.user_degree
    first = np.cumsum(degree) - degree  # where each user's clicks begin
    able = np.flatnonzero(degree >= 2)
    if not len(able):
        raise ValueError("Expected a user with at least 2 movies to train on (got none)")
    degree, first = degree[able], first[able]
    start = rng.integers(0, np.maximum(degree - size, 0) + 1)
    place = start[:, None] + np.arange(size)  # (U, size)
    there = place < degree[:, None]
    return np.where(there, movies[np.where(there, first[:, None] + place, 0)], PAD)


def shown_and_next(stretch: np.ndarray, reach: int, *, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """What each place shows, and what it must find, PAD where nothing: (B, T − 1) each, of `stretch`, (B, T).

    That is one of the next `reach` clicks, drawn uniformly from those that the stretch has.
    """
    n = stretch.shape[1]
    end = (stretch != PAD).sum(axis=1, keepdims=True)  # (B, 1)
    place = np.arange(n - 1)
    left = np.clip(end - 1 - place, 1, reach)  # (B, T − 1), how many of the next clicks there are
    ahead = 1 + (rng.random(left.shape) * left).astype(np.int64)
    target = np.take_along_axis(stretch, place + ahead, axis=1)
    return stretch[:, :-1], np.where(place < end - 1, target, PAD)


def padded(rows: Sequence[np.ndarray]) -> np.ndarray:
    """(B, longest) int64: `rows`, one at least, with PAD behind each."""
    table = np.full((len(rows), max(map(len, rows))), PAD, np.int64)
    for number, row in enumerate(rows):
        table[number, : len(row)] = row
    return table
