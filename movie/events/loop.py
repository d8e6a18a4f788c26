"""A step again and again: back-off where it fails, an end on SIGTERM, now and then a line that says how it goes."""

from __future__ import annotations

import logging
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event
from typing import Protocol

from django.db import DatabaseError, close_old_connections

from movie.clicks.base import ClickLogError
from movie.events.message import MessageError
from movie.events.stream import StreamError

logger = logging.getLogger(__name__)
IDLE_SECONDS = 0.5
LEAST_SECONDS, MOST_SECONDS = 0.25, 8.0
"""Between two tries, doubling; the second is also the most that a broker which is back goes unnoticed."""
REPORT_SECONDS = 10.0
FAILURES = (StreamError, ClickLogError, DatabaseError, MessageError)


@dataclass
class Tally:
    """What a worker has done since it began."""

    done: int = 0
    failures: int = 0


class Worker(Protocol):
    tally: Tally

    def is_done(self) -> bool: ...
    def report(self) -> str: ...
    def close(self) -> None: ...


def drain(worker: Worker, step: Callable[[], bool], *, name: str) -> None:
    """Until nothing is left, or SIGTERM. Raises what the step raises."""
    with until_told() as told:
        try:
            while not told.is_set():
                if step():
                    continue
                if worker.is_done():
                    break
                told.wait(IDLE_SECONDS)
            _say(name, worker, worker.tally.done, 0.0)
        finally:
            worker.close()


def run(worker: Worker, step: Callable[[], bool], *, name: str) -> None:
    """Until SIGTERM or Ctrl-C: then the step at work is finished first."""
    logger.info("%s: started", name)
    with until_told() as told:
        said, done, in_a_row = time.monotonic(), 0, 0
        while not told.is_set():
            close_old_connections()
            try:
                again, in_a_row = step(), 0
                wait = 0.0 if again else IDLE_SECONDS
            except FAILURES as error:
                worker.tally.failures, in_a_row = worker.tally.failures + 1, in_a_row + 1
                wait = _pause(in_a_row)
                logger.warning("%s: %s; again in %.1f s", name, error, wait)
            told.wait(wait)
            since = time.monotonic() - said
            if since >= REPORT_SECONDS or told.is_set():
                _say(name, worker, worker.tally.done - done, since)
                said, done = time.monotonic(), worker.tally.done
        worker.close()
    logger.info("%s: ended", name)


def _pause(failures: int) -> float:
    """Seconds until the next try: doubling, by chance down to half of it, so that many do not come back at once."""
    longest = min(MOST_SECONDS, LEAST_SECONDS * 2 ** min(failures - 1, 10))
    return longest * random.uniform(0.5, 1)  # noqa: S311  (chance, not a secret)


def _say(name: str, worker: Worker, done: int, seconds: float) -> None:
    try:
        state = worker.report()
    except FAILURES as error:
        state = f"lag unknown ({error})"
    rate = f" ({done / seconds:,.0f}/s)" if seconds else ""
    logger.info("%s: %s events%s, %s, %s failures so far", name, f"{done:,}", rate, state, worker.tally.failures)


@contextmanager
def until_told() -> Iterator[Event]:
    """An event that SIGTERM and Ctrl-C set; what they did before is put back at the end."""
    told = Event()
    before = {each: signal.signal(each, lambda *_: told.set()) for each in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield told
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
