"""Training LightGCN: few, large batches of pairs, and visitors folded in as they will be served."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from pytorch_models.base import OnEpoch, ignore
from pytorch_models.datasets.interactions import Interactions
from pytorch_models.datasets.splits import Visitor
from pytorch_models.epochs import Trained, train_by_epochs
from pytorch_models.evaluation.metrics import validation_ndcg
from pytorch_models.lightgcn.config import LightGCNConfig
from pytorch_models.lightgcn.model import LightGCN
from pytorch_models.lightgcn.visitor import Tables, fold_in


def train(
    interactions: Interactions,
    config: LightGCNConfig,
    *,
    rng: np.random.Generator,
    validation: Sequence[Visitor] = (),
    on_epoch: OnEpoch = ignore,
) -> Trained[Tables]:
    """Train on `interactions` for `config.epochs` epochs, or until validation stops getting better.

    See `train_by_epochs` for Ctrl-C, and for what happens without `validation`.
    """
    torch.manual_seed(int(rng.integers(2**31)))
    network = LightGCN(interactions, config)
    optimizer = torch.optim.Adam(network.parameters(), lr=config.learning_rate)
    clicked = np.sort(_key(interactions, interactions.user_idx, interactions.movie_idx))
    return train_by_epochs(
        lambda: _train_epoch(network, optimizer, interactions, clicked, rng=rng),
        lambda: tables_of(network, interactions),
        config,
        judge=(lambda tables: tables_ndcg(tables, config, validation)) if validation else None,
        on_epoch=on_epoch,
    )


def _train_epoch(
    network: LightGCN,
    optimizer: torch.optim.Optimizer,
    interactions: Interactions,
    clicked: np.ndarray,
    *,
    rng: np.random.Generator,
) -> float:
    """One pair for each interaction; returns the mean loss a pair."""
    size = pairs_a_step(len(interactions), network.config)
    total, seen = 0.0, 0
    for user, liked, passed in draw_batches(interactions, clicked, size, rng=rng):
        optimizer.zero_grad(set_to_none=True)
        loss = network.loss(user, liked, passed)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        total += float(loss.detach()) * len(user)
        seen += len(user)
    return total / max(seen, 1)


def pairs_a_step(n_interactions: int, config: LightGCNConfig) -> int:
    return min(config.batch_size, max(1, n_interactions // config.least_steps))


def draw_batches(
    interactions: Interactions, clicked: np.ndarray, size: int, *, rng: np.random.Generator
) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Rows of users, of movies they clicked, and of uniformly drawn movies they did not: (B,) int64 each, B ≤ size.

    clicked: the keys of all interactions, ascending. A pair whose drawn movie was clicked after all is left out.
    """
    order = rng.permutation(len(interactions))
    for start in range(0, len(order), size):
        rows = order[start : start + size]
        user, liked = interactions.user_idx[rows], interactions.movie_idx[rows]
        passed = rng.integers(interactions.n_movies, size=len(rows))
        key = _key(interactions, user, passed)
        at = np.minimum(np.searchsorted(clicked, key), len(clicked) - 1)
        kept = clicked[at] != key
        if kept.any():
            yield torch.from_numpy(user[kept]), torch.from_numpy(liked[kept]), torch.from_numpy(passed[kept])


def _key(interactions: Interactions, user: np.ndarray, movie: np.ndarray) -> np.ndarray:
    return user * interactions.n_movies + movie


@torch.inference_mode()
def tables_of(network: LightGCN, interactions: Interactions) -> Tables:
    """Propagate once and keep what visitors need."""
    layers = network.config.layers
    item = network()[network.n_users :]
    spoken = torch.zeros_like(item)
    layer = network.embedding.detach()
    for _ in range(layers):
        spoken += layer[network.n_users :]
        layer = network.adjacency @ layer
    degree = torch.from_numpy(interactions.movie_degree).clamp(min=1).to(spoken.dtype)
    return Tables(item.numpy().copy(), (spoken * degree.rsqrt().unsqueeze(1)).numpy())


def tables_ndcg(tables: Tables, config: LightGCNConfig, visitors: Sequence[Visitor]) -> float:
    """Mean NDCG@10 of `visitors`, folded in exactly as in a request."""

    def scores_of(clicks: np.ndarray) -> np.ndarray:
        user, _ = fold_in(tables, np.sort(clicks), config, rng=np.random.default_rng(0))
        return tables.item @ user

    return validation_ndcg(scores_of, visitors)
