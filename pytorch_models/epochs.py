"""Training epoch by epoch, until validation gets no better: what the models that are trained so have in common."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Generic, Protocol, Self, TypeVar

from pytorch_models.base import EpochDone, OnEpoch, Recommender

Weights = TypeVar("Weights")


class Epochs(Protocol):
    """How many epochs at most, and how many without a better validation NDCG@10 end the training."""

    @property
    def epochs(self) -> int: ...
    @property
    def patience(self) -> int: ...


@dataclass(frozen=True)
class Trained(Generic[Weights]):
    best: Weights
    """Of the best epoch, or of the last one where there was nothing to judge by."""
    epoch: int
    """That epoch, counted from 1."""
    interrupted: bool
    """True where Ctrl-C ended it."""


def train_by_epochs(
    epoch_of: Callable[[], float],
    weights: Callable[[], Weights],
    config: Epochs,
    *,
    judge: Callable[[Weights], float] | None,
    on_epoch: OnEpoch,
) -> Trained[Weights]:
    """Run `epoch_of`, which trains an epoch and returns its mean loss, until `judge` says no more.

    weights: what would serve now, a copy that training leaves alone. judge: its validation NDCG@10; without, all
    epochs run. Ctrl-C ends it cleanly with the best so far; KeyboardInterrupt is raised where it comes before the
    first epoch's end. Raises ValueError where no epoch is wanted.
    """
    if config.epochs < 1:
        raise ValueError(f"Expected 'epochs' to be at least 1 (got {config.epochs})")
    best: Trained[Weights] | None = None
    best_ndcg = None
    started = time.monotonic()
    try:
        for epoch in range(1, config.epochs + 1):
            loss = epoch_of()
            found = weights()
            ndcg = judge(found) if judge else None
            if best is None or ndcg is None or best_ndcg is None or ndcg > best_ndcg:
                best, best_ndcg = Trained(found, epoch, interrupted=False), ndcg
            left = config.epochs - epoch
            if judge:
                left = min(left, best.epoch + config.patience - epoch)
            an_epoch = (time.monotonic() - started) / epoch
            on_epoch(EpochDone(epoch, config.epochs, loss, ndcg, best_ndcg, an_epoch * left))
            if left <= 0:
                break
    except KeyboardInterrupt:
        if best is None:
            raise
        return replace(best, interrupted=True)
    assert best is not None
    return best


class ByEpochs(Recommender):
    """A model whose `config` has `epochs`, and whose `fit` sets `epoch` to the best of them."""

    config: Any
    epoch = 0

    def chosen(self) -> Self:
        return self.with_epochs(max(self.epoch, 1))

    def with_epochs(self, epochs: int) -> Self:
        return type(self)(replace(self.config, epochs=epochs))
