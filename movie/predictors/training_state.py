"""Who trains a model and how far they are, for the page that waits for it.

One process at a time trains a model that the site serves. Its lock is the kernel's (flock), which ends with the
process however that ended: what a killed training left behind is seen to be old, with no guess by time or process id.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Literal

from django.conf import settings

from movie.predictors.base import store_of
from pytorch_models.base import EpochDone, OnEpoch
from pytorch_models.evaluation.holdout import Stage

LOCK, PROGRESS, FAILED = ".lock", ".progress.json", ".failed"
SCRATCH = ".training"
"""Where a training keeps how far it is, beside the checkpoints of its model."""
SCRATCH_HOURS = 24
"""How long a training that was killed can be gone on with: what it keeps is made of what visitors did."""
QUEUE = ".queue.lock"
PATIENCE_SECONDS = 0.5
"""How long a lock is tried for: whoever only looks holds it for a moment too."""
CHOOSE_PERCENT, JUDGE_PERCENT = 60, 5
"""Parts of a training; the rest of the hundred is the last stage's."""


OnStage = Callable[[Stage], None]


class AlreadyTrainingError(Exception):
    """Another process trains the model."""


@dataclass(frozen=True)
class Progress:
    """stage: "waiting" until the models before it are trained. percent: None for a model that does not tell."""

    stage: Stage | Literal["waiting"]
    percent: int | None = None


def progress_of(model: str) -> Progress | None:
    """How far the training of `model` is; None where nobody trains it. A few system calls."""
    store = store_of(model)
    if is_held(store.root / LOCK):
        return _read(store.root / PROGRESS)
    if is_held(settings.CHECKPOINTS / QUEUE) and not store.serves() and not (store.root / FAILED).exists():
        return Progress("waiting")
    return None


@contextmanager
def training(model: str, on_stage: OnStage, on_epoch: OnEpoch) -> Iterator[tuple[OnStage, OnEpoch]]:
    """This process alone trains `model`; yields the two to call, which tell the page as well.

    Raises AlreadyTrainingError.
    """
    root = store_of(model).root
    with held(root / LOCK) as ours:
        if not ours:
            raise AlreadyTrainingError(f"{model} is being trained by another process")
        failed(model, False)
        path = root / PROGRESS
        percent = Percent(lambda progress: _write(path, progress))

        def stage_begun(stage: Stage) -> None:
            percent.on_stage(stage)
            on_stage(stage)

        def epoch_done(done: EpochDone) -> None:
            percent.on_epoch(done)
            on_epoch(done)

        try:
            yield stage_begun, epoch_done
        finally:
            path.unlink(missing_ok=True)


def failed(model: str, it_did: bool) -> None:
    """Say whether the queue has tried `model` in vain, and does not come back to it."""
    mark = store_of(model).root / FAILED
    if it_did:
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()
    else:
        mark.unlink(missing_ok=True)


def forget_killed(model: str, *, now: float | None = None) -> bool:
    """Delete what a training of `model` left that was killed SCRATCH_HOURS ago; whether there was something."""
    root = store_of(model).root
    scratch = root / SCRATCH
    if not scratch.is_dir():
        return False
    with held(root / LOCK) as ours:
        newest = max(path.stat().st_mtime for path in (scratch, *scratch.rglob("*")))
        old = ours and newest < (now or time.time()) - SCRATCH_HOURS * 3600
        if old:
            shutil.rmtree(scratch, ignore_errors=True)
    return old


@contextmanager
def held(path: Path) -> Iterator[bool]:
    """Hold the lock `path` until the end; yields False where another process has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        yield _locked(file)


def is_held(path: Path) -> bool:
    """Whether a process holds the lock `path`."""
    try:
        with path.open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _locked(file: IO[str]) -> bool:
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                return False
            time.sleep(0.02)
        else:
            return True


def _write(path: Path, progress: Progress) -> None:
    """Whole or not at all, for who reads it meanwhile."""
    fresh = path.with_name(f"{path.name}-{os.getpid()}")
    fresh.write_text(json.dumps(asdict(progress)))
    fresh.replace(path)


def _read(path: Path) -> Progress:
    try:
        return Progress(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        return Progress("choose")  # it has only just begun, or is just at its end


class Percent:
    """Tells the progress of a training from its stages and epochs. It never goes back."""

    def __init__(self, tell: Callable[[Progress], None]) -> None:
        self.tell = tell
        self.stage: Stage = "choose"
        self.since, self.most = time.monotonic(), 0

    def on_stage(self, stage: Stage) -> None:
        self.stage, self.since = stage, time.monotonic()
        before: dict[Stage, int] = {"choose": 0, "judge": CHOOSE_PERCENT, "fit": CHOOSE_PERCENT + JUDGE_PERCENT}
        self._tell(before[stage])

    def on_epoch(self, done: EpochDone) -> None:
        """The first stage ends when validation has stopped getting better, so it is measured by the time left."""
        if self.stage == "choose":
            spent = time.monotonic() - self.since
            self._tell(CHOOSE_PERCENT * spent / max(spent + done.seconds_left, 1e-9))
        else:
            begun = CHOOSE_PERCENT + JUDGE_PERCENT
            self._tell(begun + (100 - begun) * done.epoch / done.epochs)

    def _tell(self, percent: float) -> None:
        self.most = max(self.most, min(int(percent), 99))
        # A model without epochs has nothing to say between its stages; "0 %" for a minute would be a lie.
        self.tell(Progress(self.stage, self.most or None))
