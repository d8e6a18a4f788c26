"""What was accepted, brought into the training feed before somebody learns from it."""

from __future__ import annotations

import time

from movie.clicks.base import ClickLogError
from movie.events import outbox, stream
from movie.events.publisher import Publisher
from movie.events.stream import StreamError

WAIT_SECONDS = 15.0
"""For another publisher at work, and for the consumer: longer than either takes for the events of a moment."""
ASK_SECONDS = 0.25


def catch_up(*, wait: float = WAIT_SECONDS) -> str:
    """Drain the outbox, and let the consumer write what it has not yet; returns, in words, what the feed lacks then.

    A stream or click log that is away raises nothing: what the feed lacks now, a later training learns from.
    """
    try:
        _drain(wait)
        lag = _lag_after(wait)
    except (StreamError, ClickLogError) as error:
        return f"the feed lacks what waits in the outbox, {outbox.backlog().waiting:,} events ({error})"
    waiting = outbox.backlog().waiting
    if waiting:
        return f"the feed lacks what waits in the outbox, {waiting:,} events, which another publisher is at"
    if lag:
        return f"the feed lags {lag:,} events behind the stream; manage.py consume_events brings them"
    return "the feed has everything that was accepted"


def _drain(wait: float) -> None:
    publisher = Publisher(stream.sink)
    try:
        end = time.monotonic() + wait
        while not publisher.is_done():
            if publisher.publish_some():
                continue
            if time.monotonic() > end:  # another one holds the lease
                break
            time.sleep(ASK_SECONDS)
    finally:
        publisher.close()


def _lag_after(wait: float) -> int:
    """How many events the stream has and the feed has not: 0, or as many as are left when the wait is over."""
    end = time.monotonic() + wait
    while (lag := stream.lag()) and time.monotonic() < end:
        time.sleep(ASK_SECONDS)
    return lag
