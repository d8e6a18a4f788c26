"""Training KPRN: binary cross-entropy on the pairs of drawn visitors (eq. 8), stopped by validation."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from pytorch_models.base import OnEpoch, ignore
from pytorch_models.epochs import Trained, train_by_epochs
from pytorch_models.kprn.config import KPRNConfig
from pytorch_models.kprn.model import KPRN
from pytorch_models.kprn.paths import Paths
from pytorch_models.kprn.shards import Example


def train(
    network: KPRN,
    examples: Sequence[Example],
    config: KPRNConfig,
    *,
    rng: np.random.Generator,
    judge: Callable[[KPRN], float] | None = None,
    on_epoch: OnEpoch = ignore,
) -> Trained[KPRN]:
    """Train `network` on `examples` for `config.epochs` epochs, or until `judge`, validation NDCG@10, gets no better.

    The best is the averaged weights, in eval mode. See `train_by_epochs` for Ctrl-C, and for what happens without
    `judge`.
    """
    average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(config.weight_average))  # type: ignore[no-untyped-call]
    optimizer = _optimizer(network, config)
    return train_by_epochs(
        lambda: _train_epoch(network, average, optimizer, examples, rng=rng),
        lambda: cast(KPRN, copy.deepcopy(average.module).eval()),
        config,
        judge=judge,
        on_epoch=on_epoch,
    )


def _optimizer(network: KPRN, config: KPRNConfig) -> torch.optim.Optimizer:
    named = network.named()
    shared = [each for each in network.parameters() if not any(each is other for other in named)]
    groups: list[dict[str, Any]] = [{"params": shared}, {"params": named, "lr": config.embedding_rate}]
    return torch.optim.Adam(groups, lr=config.learning_rate, weight_decay=config.weight_decay)


def _train_epoch(
    network: KPRN,
    average: AveragedModel,
    optimizer: torch.optim.Optimizer,
    examples: Sequence[Example],
    *,
    rng: np.random.Generator,
) -> float:
    """Each example once; returns the mean loss a step."""
    network.train()
    losses = []
    for paths, liked, clicks in _batches(examples, network.config.visitors_a_step, rng=rng):
        optimizer.zero_grad(set_to_none=True)
        loss = pair_loss(network(paths), liked, clicks)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        average.update_parameters(network)
        losses.append(float(loss.detach()))
    return float(np.mean(losses))


def pair_loss(g: Tensor, liked: Tensor, clicks: Tensor) -> Tensor:
    """Mean binary cross-entropy (eq. 8) of σ(g − ln clicks).

    g, liked, clicks: (T,) float32. More clicks mean more paths to every movie, which tells nothing of any of them;
    for one visitor the difference is the same everywhere, so no order depends on it.
    """
    return F.binary_cross_entropy_with_logits(g - clicks.log(), liked)


def _batches(
    examples: Sequence[Example], size: int, *, rng: np.random.Generator
) -> Iterator[tuple[Paths, Tensor, Tensor]]:
    order = rng.permutation(len(examples))
    for start in range(0, len(order), size):
        batch = [examples[row] for row in order[start : start + size]]
        clicks = np.repeat([each.clicks for each in batch], [len(each.liked) for each in batch]).astype(np.float32)
        liked = np.concatenate([each.liked for each in batch])
        yield Paths.joined([each.paths for each in batch]), torch.from_numpy(liked), torch.from_numpy(clicks)
