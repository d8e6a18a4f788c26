"""A visitor's row in a trained factorisation: the minimum of BPR's loss over it, the movies frozen.

The loss is convex in the row alone, and its curvature is at most ¼ Σ dᵀd over the pairs' differences d. A step to the
minimum of the quadratic with that curvature never goes uphill (Böhning and Lindsay, Annals of the Institute of
Statistical Mathematics 40, 1988), needs no step size, and the curvature is factorised once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from pytorch_models.fold_in import pairs_of_each
from pytorch_models.mf.config import MFConfig

MOST_A_CLICK = 64
"""Most pairs of one click."""
LEAST = 1e-6
"""Added to the curvature's diagonal, so that it can be factorised where no pair counts."""


@dataclass(frozen=True)
class Tables:
    """What serving needs of trained rows.

    movies: (n_movies, D + 1) float32, the bias last. drawn_up_to: (n_movies,) float64, ascending, the sum of the
    chances up to each movie of being drawn as one passed over.
    """

    movies: np.ndarray
    drawn_up_to: np.ndarray

    def scores(self, row: np.ndarray) -> np.ndarray:
        """(n_movies,) float32, for a visitor's row, (D + 1,)."""
        # By torch, as all products here: one thread, where NumPy's library would take a core each and wait for them.
        return (torch.from_numpy(self.movies) @ torch.from_numpy(row)).numpy()


def draw_passed(drawn_up_to: np.ndarray, shape: tuple[int, int], *, rng: np.random.Generator) -> np.ndarray:
    """Movie rows of `shape`, each drawn by its chance."""
    at = np.searchsorted(drawn_up_to, rng.random(shape) * drawn_up_to[-1], side="right")
    return np.minimum(at, len(drawn_up_to) - 1)


@torch.inference_mode()
def fold_in(
    tables: Tables, clicks: np.ndarray, config: MFConfig, *, rng: np.random.Generator
) -> tuple[np.ndarray, tuple[float, ...]]:
    """The row, (D + 1,), of a visitor who clicked the movies of rows `clicks`, (|C|,) int64, distinct; its last is 1.

    Beside it: the mean loss of the pairs before and after each solve, without the weight of the row.
    """
    apart, counts = _drawn(tables, clicks, config, rng=rng)
    rows, losses = _solved(apart, counts[None], _curvature(apart, counts)[None], config)
    return rows[0].numpy(), tuple(losses[:, 0].tolist())


@torch.inference_mode()
def without_each(
    tables: Tables, clicks: np.ndarray, left_out: np.ndarray, config: MFConfig, *, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """The row of `fold_in`, (D + 1,), and those, (len(left_out), D + 1), of the same visitor without one click each.

    left_out: places in `clicks`, of which there are two at least. The pairs of the other clicks stay as they are, so
    that rows differ by the click alone and not by what was drawn. All are solved at once.
    """
    apart, counts = _drawn(tables, clicks, config, rng=rng)
    click = torch.arange(len(clicks)).repeat_interleave(len(counts) // len(clicks))  # whose pair it is
    kept = torch.stack([counts, *(counts * (click != int(at)) for at in left_out)])
    whole = _curvature(apart, counts)
    lost = [_curvature(apart[click == int(at)], counts[click == int(at)]) for at in left_out]
    rows, _ = _solved(apart, kept, torch.stack([whole, *(whole - each for each in lost)]), config)
    return rows[0].numpy(), rows[1:].numpy()


def _drawn(
    tables: Tables, clicks: np.ndarray, config: MFConfig, *, rng: np.random.Generator
) -> tuple[Tensor, Tensor]:
    """Pairs as differences of their movies, (n, D + 1), the clicks' one after the other; and which count, (n,)."""
    a_click = min(MOST_A_CLICK, max(1, config.fold_in_pairs // len(clicks)))
    pairs = pairs_of_each(clicks, draw_passed(tables.drawn_up_to, (len(clicks), a_click), rng=rng))
    return torch.from_numpy(tables.movies[pairs.liked] - tables.movies[pairs.passed]), torch.from_numpy(pairs.counts)


def _curvature(apart: Tensor, counts: Tensor) -> Tensor:
    """¼ Σ dᵀd over the pairs that count, (D, D), of what a row can move: not the bias."""
    own = apart[:, :-1]
    return (own.T * counts) @ own / 4


def _solved(apart: Tensor, counts: Tensor, curvature: Tensor, config: MFConfig) -> tuple[Tensor, Tensor]:
    """B rows from zero, (B, D + 1), and the mean loss of each one's pairs before and after each solve, (·, B).

    counts: (B, n), the pairs that count for each row. curvature: (B, D, D), of these.
    """
    own, pull_back = apart[:, :-1], config.fold_in_l2 * counts.sum(dim=1, keepdim=True)  # (n, D), (B, 1)
    ridge = (pull_back + LEAST).unsqueeze(2) * torch.eye(own.shape[1])
    factor = torch.linalg.cholesky(curvature + ridge)
    rows = torch.cat([torch.zeros(len(counts), own.shape[1]), torch.ones(len(counts), 1)], dim=1)
    margins = rows @ apart.T  # (B, n)
    losses = [_loss(margins, counts)]
    for _ in range(config.fold_in_epochs):
        downhill = (counts * torch.sigmoid(-margins)) @ own - pull_back * rows[:, :-1]  # (B, D)
        rows[:, :-1] += torch.cholesky_solve(downhill.unsqueeze(2), factor).squeeze(2)
        margins = rows @ apart.T
        losses.append(_loss(margins, counts))
    return rows, torch.stack(losses)


def _loss(margins: Tensor, counts: Tensor) -> Tensor:
    return (F.softplus(-margins) * counts).sum(dim=1) / counts.sum(dim=1).clamp(min=1)
