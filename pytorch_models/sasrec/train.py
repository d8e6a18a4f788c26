"""Training SASRec: a stretch of each user's clicks an epoch, every place of it asked for what came next."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import cast

import numpy as np
import torch
from torch import Tensor
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from pytorch_models.base import OnEpoch, ignore, top_k
from pytorch_models.datasets.interactions import Interactions
from pytorch_models.datasets.splits import Visitor
from pytorch_models.epochs import Trained, train_by_epochs
from pytorch_models.evaluation.metrics import ndcg_at
from pytorch_models.sasrec.config import SASRecConfig
from pytorch_models.sasrec.loss import next_movie_loss
from pytorch_models.sasrec.model import PAD, SASRec
from pytorch_models.sasrec.sequences import padded, shown_and_next, stretches

VISITORS_AT_ONCE = 128


def train(
    interactions: Interactions,
    config: SASRecConfig,
    *,
    rng: np.random.Generator,
    validation: Sequence[Visitor] = (),
    on_epoch: OnEpoch = ignore,
) -> Trained[SASRec]:
    """Train on `interactions` for `config.epochs` epochs, or until validation stops getting better.

    The best is the averaged weights, in eval mode. See `train_by_epochs` for Ctrl-C, and for what happens without
    `validation`. Raises ValueError where no user has two clicks.
    """
    torch.manual_seed(int(rng.integers(2**31)))
    network = SASRec(config, n_movies=interactions.n_movies)
    network.start_from_popularity(torch.from_numpy(interactions.movie_degree))
    averaging = get_ema_multi_avg_fn(config.weight_average)  # type: ignore[no-untyped-call]
    average = AveragedModel(network, multi_avg_fn=averaging)
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=config.learning_rate, betas=(0.9, 0.98), weight_decay=config.weight_decay
    )
    falling = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, config.epochs)

    def epoch() -> float:
        loss = _train_epoch(network, average, optimizer, interactions, rng=rng)
        if config.falling:
            falling.step()
        return loss

    return train_by_epochs(
        epoch,
        lambda: cast(SASRec, copy.deepcopy(average.module).eval()),
        config,
        judge=(lambda averaged: network_ndcg(averaged, validation)) if validation else None,
        on_epoch=on_epoch,
    )


def _train_epoch(
    network: SASRec,
    average: AveragedModel,
    optimizer: torch.optim.Optimizer,
    interactions: Interactions,
    *,
    rng: np.random.Generator,
) -> float:
    """A step for each batch of users; returns the mean loss of a step."""
    config = network.train().config
    table = stretches(interactions, config.length + 1, rng=rng)
    losses = []
    for users in np.array_split(rng.permutation(len(table)), -(-len(table) // config.batch_size)):
        shown, target = draw_batch(table[users], config, rng=rng)
        optimizer.zero_grad(set_to_none=True)
        asked = target != PAD
        loss = next_movie_loss(network, network(shown)[asked], target[asked], clicked_by(shown)[asked])
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(network.parameters(), config.gradient_clip)
        optimizer.step()
        average.update_parameters(network)
        losses.append(float(loss.detach()))
    return float(np.mean(losses))


def draw_batch(stretch: np.ndarray, config: SASRecConfig, *, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """What a step shows and asks for, (B, T) int64 each, T as long as the longest of `stretch`, (B, length + 1)."""
    longest = int((stretch != PAD).sum(axis=1).max())
    shown, target = shown_and_next(stretch[:, :longest], config.reach, rng=rng)
    return torch.from_numpy(shown.copy()), torch.from_numpy(target)


def clicked_by(shown: Tensor) -> Tensor:
    """(B, T, T) int64: for each place of `shown`, (B, T), the movies up to it; behind them its own once more."""
    later = torch.ones(shown.shape[1], shown.shape[1], dtype=torch.bool).triu(1)
    return torch.where(later, shown[:, :, None], shown[:, None, :])


@torch.inference_mode()
def network_ndcg(network: SASRec, visitors: Sequence[Visitor]) -> float:
    """Mean NDCG@10 over `visitors`, their own clicks left out, as `recommend` does it. `network` is in eval mode."""
    each = []
    for start in range(0, len(visitors), VISITORS_AT_ONCE):
        some = visitors[start : start + VISITORS_AT_ONCE]
        rows = [visitor.clicks[: network.config.length][::-1] for visitor in some]
        ends = torch.tensor([len(row) - 1 for row in rows])
        expected = network(torch.from_numpy(padded(rows)))[torch.arange(len(rows)), ends]  # (B, D)
        for visitor, scores in zip(some, network.score(expected).numpy(), strict=True):
            scores[visitor.clicks] = -np.inf
            each.append(ndcg_at(10, top_k(scores, 10).tolist(), visitor.truth.tolist()))
    return float(np.mean(each))
