"""A process that ends with the one that started it, however that one ended.

Its input is a pipe that nobody writes to. The system closes it with the last process that holds the other end, so
also where that one was killed; a thread waits for it, which costs nothing and works beside a long computation.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from threading import Thread

OPTION = "--until-input-ends"
HELP = "end when whoever started it does"


def end_with_input(on_end: Callable[[], object] | None = None) -> None:
    """Call `on_end` once the input is at its end; without it, end this process as SIGTERM does."""
    Thread(target=_wait, args=(on_end or _end,), name="input", daemon=True).start()


def _wait(on_end: Callable[[], object]) -> None:
    while os.read(sys.stdin.fileno(), 1024):
        pass
    on_end()


def _end() -> None:
    os.kill(os.getpid(), signal.SIGTERM)
