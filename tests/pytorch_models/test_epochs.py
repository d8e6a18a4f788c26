from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from pytorch_models.base import EpochDone, OnEpoch, ignore
from pytorch_models.epochs import Trained, train_by_epochs


@dataclass(frozen=True)
class Wanted:
    epochs: int = 10
    patience: int = 2


def trained(
    figures: list[float], wanted: Wanted = Wanted(), *, judged: bool = True, on_epoch: OnEpoch = ignore
) -> Trained[int]:
    """A training whose weights are the number of its epoch, and whose validation is `figures` one after the other."""
    done: Iterator[int] = iter(range(1, 100))
    now = 0

    def an_epoch() -> float:
        nonlocal now
        now = next(done)
        return 1 / now

    judge: Callable[[int], float] | None = (lambda weights: figures[weights - 1]) if judged else None
    return train_by_epochs(an_epoch, lambda: now, wanted, judge=judge, on_epoch=on_epoch)


def test_the_best_epoch_is_kept_and_patience_ends_the_training() -> None:
    told: list[EpochDone] = []
    assert trained([0.1, 0.3, 0.2, 0.3, 0.9], on_epoch=told.append) == Trained(2, 2, interrupted=False)
    assert [done.ndcg for done in told] == [0.1, 0.3, 0.2, 0.3]
    assert [done.best_ndcg for done in told] == [0.1, 0.3, 0.3, 0.3]
    assert [done.loss for done in told] == [1, 1 / 2, 1 / 3, 1 / 4]
    assert told[-1].seconds_left == 0


def test_without_a_judge_every_epoch_runs_and_the_last_one_serves() -> None:
    told: list[EpochDone] = []
    assert trained([], Wanted(epochs=4), judged=False, on_epoch=told.append) == Trained(4, 4, interrupted=False)
    assert [(done.epoch, done.epochs, done.ndcg, done.best_ndcg) for done in told] == [
        (epoch, 4, None, None) for epoch in range(1, 5)
    ]


def test_ctrl_c_keeps_the_best_so_far() -> None:
    def interrupt(done: EpochDone) -> None:
        if done.epoch == 3:
            raise KeyboardInterrupt

    assert trained([0.1, 0.3, 0.2], on_epoch=interrupt) == Trained(2, 2, interrupted=True)


def test_ctrl_c_before_the_first_epoch_is_over_is_not_swallowed() -> None:
    def interrupted() -> float:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_by_epochs(interrupted, lambda: 0, Wanted(), judge=None, on_epoch=ignore)


def test_no_epochs_are_refused() -> None:
    with pytest.raises(ValueError, match=r"Expected 'epochs' to be at least 1 \(got 0\)"):
        trained([], Wanted(epochs=0))
