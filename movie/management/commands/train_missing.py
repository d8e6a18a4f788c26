"""Train the models that have no weights, one after the other, beside a site that serves without them."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from movie.management.train_all import command
from movie.predictors.base import store_of
from movie.predictors.registry import trained
from movie.predictors.training_state import QUEUE, failed, held

LOWEST_PRIORITY = 19
LOOK_SECONDS = 1.0


class Command(BaseCommand):
    requires_system_checks = []
    help = (
        "Train every model without weights, one at a time, at the lowest priority. A second one waits for the first."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--until-input-ends",
            action="store_true",
            help="end, with the training at work, when whoever started it does",
        )

    def handle(self, *args: Any, until_input_ends: bool, **options: Any) -> None:
        os.nice(LOWEST_PRIORITY)
        signal.signal(signal.SIGTERM, _end)
        self.tied = until_input_ends
        with suppress(_OwnerGone):
            while not self._train_missing():
                self._wait(LOOK_SECONDS)

    def _train_missing(self) -> bool:
        """False where another process is at it, which may end before it is done."""
        with held(settings.CHECKPOINTS / QUEUE) as ours:
            missing = [name for name in trained() if ours and not store_of(name).serves()]
            for name in missing:
                failed(name, False)
            for name in missing:
                self._train(name)
            return ours

    def _train(self, name: str) -> None:
        """In a process of its own: its memory is given back, and where it fails the others have their turn."""
        self._say(f"training {name}")
        started = time.monotonic()
        process = subprocess.Popen(command(name), cwd=settings.BASE_DIR, stdin=subprocess.DEVNULL)
        try:
            while process.poll() is None:
                self._wait(LOOK_SECONDS)
        finally:
            process.terminate()  # of no effect where it has ended
            process.wait()
        failed(name, process.returncode != 0)
        done = "done" if process.returncode == 0 else f"failed ({process.returncode}); the next start tries again"
        self._say(f"{name}: {done} after {time.monotonic() - started:.0f} s")

    def _wait(self, seconds: float) -> None:
        """Raises _OwnerGone as soon as the input is at its end, where this process is tied to it."""
        if not self.tied:
            time.sleep(seconds)
        elif select.select([sys.stdin], [], [], seconds)[0] and not os.read(sys.stdin.fileno(), 1024):
            raise _OwnerGone

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


class _OwnerGone(Exception):  # noqa: N818  (not an error)
    """The server that this process belongs to is no more."""


def _end(number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)  # by way of `finally`, which ends the training at work
