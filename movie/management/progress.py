"""Progress on a terminal as a bar, elsewhere (a log, CI) as a line every few seconds."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

from tqdm import tqdm

from pytorch_models.base import EpochDone

SECONDS_BETWEEN_LINES = 5.0


class EpochBar:
    """Shows epoch, loss, validation NDCG@10 and time left while a model trains."""

    def __init__(self, label: str, *, leave: bool = True) -> None:
        self.label, self.leave = label, leave
        self.bar: tqdm[Any] | None = None
        self.last_line = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.bar is not None:
            self.bar.close()

    def __call__(self, done: EpochDone) -> None:
        if sys.stderr.isatty():
            self._draw(done)
        elif done.epoch == 1 or time.monotonic() - self.last_line > SECONDS_BETWEEN_LINES:
            self.last_line = time.monotonic()
            sys.stderr.write(f"  {self.label}: epoch {done.epoch}/{done.epochs}, {_figures(done)}\n")

    def _draw(self, done: EpochDone) -> None:
        if self.bar is None:
            form = "  {desc} {bar} epoch {n_fmt}/{total_fmt}{postfix}"
            self.bar = tqdm(total=done.epochs, desc=self.label, bar_format=form, leave=self.leave)
        bar = self.bar
        bar.n = done.epoch
        bar.set_postfix_str(_figures(done), refresh=True)


def _figures(done: EpochDone) -> str:
    minutes, seconds = divmod(round(done.seconds_left), 60)
    ndcg = "" if done.ndcg is None else f"NDCG@10 {done.ndcg:.4f} (best {done.best_ndcg:.4f}), "
    return f"loss {done.loss:.3f}, {ndcg}at most {minutes}:{seconds:02d} left"


class CountBar:
    """Shows how many of a known number of steps are done; a call is a step."""

    def __init__(self, label: str, total: int) -> None:
        self.label, self.total, self.done = label, total, 0
        self.last_line = time.monotonic()
        form = "  {desc} {bar} {n_fmt}/{total_fmt}, {remaining} left"
        self.bar = tqdm(total=total, desc=label, bar_format=form, leave=False) if sys.stderr.isatty() else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.bar is not None:
            self.bar.close()

    def __call__(self) -> None:
        self.done += 1
        if self.bar is not None:
            self.bar.update()
        elif time.monotonic() - self.last_line > SECONDS_BETWEEN_LINES:
            self.last_line = time.monotonic()
            sys.stderr.write(f"  {self.label}: {self.done}/{self.total}\n")


class StepBar:
    """Shows how far a thing is that tells itself how many steps of how many are done; it may begin anew."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.bar: CountBar | None = None

    def __call__(self, done: int, of: int) -> None:
        if self.bar is None:
            self.bar = CountBar(self.label, of)
        for _ in range(done - self.bar.done):
            self.bar()
        if done >= of:
            self.close()

    def close(self) -> None:
        if self.bar is not None:
            self.bar.__exit__(None, None, None)
        self.bar = None


class StudyBar:
    """Shows which candidate of a model's grid is tried, and its epochs where it has some; a call is an epoch."""

    def __init__(self) -> None:
        self.label = ""
        self.grid, self.fit = ExitStack(), ExitStack()

    def start(self, label: str) -> None:
        self.close()
        self.label = label

    def candidate(self, number: int, of: int) -> None:
        self.fit.close()
        if number == 1 and of > 1:
            self.tried = self.grid.enter_context(CountBar(self.label, of))
        elif of > 1:
            self.tried()
        label = f"{self.label} {number}/{of}" if of > 1 else self.label
        self.epochs = self.fit.enter_context(EpochBar(label, leave=False))

    def __call__(self, done: EpochDone) -> None:
        self.epochs(done)

    def close(self) -> None:
        self.fit.close()
        self.grid.close()
