"""Several models trained at once, each in a process of its own: one that fails or is killed stops no other."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock
from typing import Any

from django.conf import settings

from movie.predictors.base import store_of
from pytorch_models.checkpoint import CheckpointError, read_facts


@dataclass(frozen=True)
class Outcome:
    """What came of one model. metrics: of the checkpoint's facts, empty where it failed. said: its last words."""

    model: str
    seconds: float
    failed: bool
    said: str
    metrics: dict[str, Any]


def command(model: str, *options: str) -> list[str]:
    return [sys.executable, "manage.py", "train", model, *options]


class TrainAll:
    """Trains `models` by `manage.py train`, `jobs` at a time, in the order told.

    say: called with each line of theirs, the model's name before it.
    """

    def __init__(
        self, models: Sequence[str], options: Sequence[str], *, data: str, jobs: int, say: Callable[[str], None]
    ) -> None:
        self.models, self.options, self.data, self.jobs, self.say = models, options, data, jobs, say
        self.running: set[subprocess.Popen[str]] = set()
        self.changing = Lock()
        self.stopped = False

    def run(self) -> list[Outcome]:
        """What came of each. Ctrl-C lets those at work keep the best so far, and begins no other."""
        with ThreadPoolExecutor(self.jobs) as pool:
            asked = [pool.submit(self._train, model) for model in self.models]
            try:
                return [each.result() for each in asked]
            except KeyboardInterrupt:
                self._interrupt()
                return [each.result() for each in asked]
            except BaseException:  # told to end at once
                self._end()
                raise

    def _train(self, model: str) -> Outcome:
        started, said = time.monotonic(), "not begun"
        process = self._begin(model)
        if process is None:
            return Outcome(model, 0.0, True, said, {})
        assert process.stdout is not None
        for line in process.stdout:
            said = line.strip() or said
            self.say(f"{model:<8} {line.rstrip()}")
        failed = process.wait() != 0
        with self.changing:
            self.running.discard(process)
        return Outcome(
            model, time.monotonic() - started, failed, said, {} if failed else metrics_of(model, self.data)
        )

    def _begin(self, model: str) -> subprocess.Popen[str] | None:
        with self.changing:
            if self.stopped:
                return None
            process = subprocess.Popen(
                command(model, *self.options),
                cwd=settings.BASE_DIR,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,  # Ctrl-C reaches it once, through us
            )
            self.running.add(process)
            return process

    def _interrupt(self) -> None:
        with self.changing:
            self.stopped = True
            for process in self.running:
                process.send_signal(signal.SIGINT)

    def _end(self) -> None:
        with self.changing:
            self.stopped = True
            for process in self.running:
                process.terminate()


def metrics_of(model: str, data: str) -> dict[str, Any]:
    """Figures on held-out visitors of the newest checkpoint of `model`; empty where there are none."""
    newest = max(store_of(model, data).root.glob("[0-9]*"), default=None)
    try:
        return dict(read_facts(newest).get("metrics", {})) if newest else {}
    except CheckpointError:
        return {}
