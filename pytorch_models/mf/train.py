"""Training by pairs: each click before movies that its user passed over (BPR, Rendle et al., UAI 2009)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pytorch_models.base import OnEpoch, ignore
from pytorch_models.datasets.interactions import Interactions
from pytorch_models.datasets.splits import Visitor
from pytorch_models.epochs import Trained, train_by_epochs
from pytorch_models.evaluation.metrics import validation_ndcg
from pytorch_models.mf.config import MFConfig
from pytorch_models.mf.visitor import Tables, draw_passed, fold_in

SPREAD = 0.1
"""Length of a row before training."""


class MF(nn.Module):
    """A row for each user and movie, and a bias for each movie: the score is p_u · q_i + b_i."""

    def __init__(self, interactions: Interactions, config: MFConfig) -> None:
        super().__init__()
        size, spread = config.embedding_size, SPREAD / config.embedding_size**0.5
        self.user = nn.Parameter(torch.randn(interactions.n_users, size) * spread)
        self.movie = nn.Parameter(torch.randn(interactions.n_movies, size) * spread)
        self.bias = nn.Parameter(torch.zeros(interactions.n_movies))


class Batch(NamedTuple):
    """B clicks and m movies passed over by the user of each. user, liked: (B,) int64 rows; passed: (B, m) int64.

    counts: (B, m) float32, 0 where the drawn movie was clicked by the user after all, else 1.
    """

    user: Tensor
    liked: Tensor
    passed: Tensor
    counts: Tensor


def train(
    interactions: Interactions,
    config: MFConfig,
    *,
    rng: np.random.Generator,
    validation: Sequence[Visitor] = (),
    on_epoch: OnEpoch = ignore,
) -> Trained[Tables]:
    """Train on `interactions` for `config.epochs` epochs, or until validation stops getting better.

    See `train_by_epochs` for Ctrl-C, and for what happens without `validation`.
    """
    torch.manual_seed(int(rng.integers(2**31)))
    network = MF(interactions, config)
    optimizer = torch.optim.Adam(network.parameters(), lr=config.learning_rate)
    chances = np.cumsum(interactions.movie_degree.astype(np.float64) ** config.damping)
    return train_by_epochs(
        lambda: _train_epoch(network, optimizer, interactions, config, chances, rng=rng),
        lambda: tables_of(network, chances),
        config,
        judge=(lambda tables: tables_ndcg(tables, config, validation)) if validation else None,
        on_epoch=on_epoch,
    )


def _train_epoch(
    network: MF,
    optimizer: torch.optim.Optimizer,
    interactions: Interactions,
    config: MFConfig,
    chances: np.ndarray,
    *,
    rng: np.random.Generator,
) -> float:
    """Each click once; returns the mean loss a click."""
    total = 0.0
    for batch in draw_batches(interactions, config, chances, rng=rng):
        optimizer.zero_grad(set_to_none=True)
        loss = bpr_loss(network, batch, l2=config.l2)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        total += float(loss.detach()) * len(batch.user)
    return total / max(len(interactions), 1)


def bpr_loss(network: MF, batch: Batch, *, l2: float) -> Tensor:
    """Mean −ln σ(margin) of the pairs that count, plus ½ l2 ‖·‖² of the rows that a click's pairs name, a scalar.

    The movies' biases are not shrunk: popularity is no noise.
    """
    user, liked, passed = network.user[batch.user], network.movie[batch.liked], network.movie[batch.passed]
    apart = torch.einsum("bd,bmd->bm", user, liked.unsqueeze(1) - passed)
    margin = apart + network.bias[batch.liked].unsqueeze(1) - network.bias[batch.passed]  # (B, m)
    loss = (F.softplus(-margin) * batch.counts).sum() / batch.counts.sum().clamp(min=1)
    squares = user.square().sum() + liked.square().sum() + passed.square().sum() / passed.shape[1]
    return loss + l2 / 2 * squares / len(user)


def draw_batches(
    interactions: Interactions, config: MFConfig, chances: np.ndarray, *, rng: np.random.Generator
) -> Iterator[Batch]:
    """Every click once, in a random order. chances: (n_movies,), see `draw_passed`."""
    clicked = np.sort(interactions.user_idx * interactions.n_movies + interactions.movie_idx)
    order = rng.permutation(len(interactions))
    for start in range(0, len(order), config.batch_size):
        rows = order[start : start + config.batch_size]
        user = interactions.user_idx[rows]
        passed = draw_passed(chances, (len(rows), config.negatives), rng=rng)
        keys = user[:, None] * interactions.n_movies + passed
        at = np.minimum(np.searchsorted(clicked, keys), len(clicked) - 1)
        counts = (clicked[at] != keys).astype(np.float32)
        yield Batch(*map(torch.from_numpy, (user, interactions.movie_idx[rows], passed, counts)))


@torch.inference_mode()
def tables_of(network: MF, chances: np.ndarray) -> Tables:
    return Tables(torch.cat([network.movie, network.bias.unsqueeze(1)], dim=1).numpy(), chances)


def tables_ndcg(tables: Tables, config: MFConfig, visitors: Sequence[Visitor]) -> float:
    """Mean NDCG@10 of `visitors`, folded in exactly as in a request."""

    def scores_of(clicks: np.ndarray) -> np.ndarray:
        row, _ = fold_in(tables, np.sort(clicks), config, rng=np.random.default_rng(0))
        return tables.scores(row)

    return validation_ndcg(scores_of, visitors)
