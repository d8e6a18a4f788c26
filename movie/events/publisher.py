"""Drains the outbox: into the click log again, then into the stream, in order. A step; see movie.events.loop."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone

from movie.clicks import click_log
from movie.events import feed, outbox
from movie.events.lease import lease
from movie.events.loop import Tally
from movie.events.outbox import Row
from movie.events.redo import redo_in_log
from movie.events.stream import Sink, StreamError

BATCH = 500
LEASE = timedelta(seconds=10)
"""One publisher at a time: the others stand by, and take over this long after one was killed in the middle of a step.

Longer than a batch may take to be sent. And should a publisher sleep through its lease and wake up sending: each
sends an owner's events in order, from the first that is not marked as published, so the first time that an event
arrives, those before it have arrived; what arrives again changes nothing.
"""
PRUNE_EVERY = timedelta(hours=1)


class Publisher:
    """Moves pending rows on. make_sink: opens the stream, which may be away; it is opened when first needed."""

    def __init__(self, make_sink: Callable[[], Sink]) -> None:
        self.tally = Tally()
        self._make_sink, self._sink = make_sink, None
        self._lease = lease("publish_events", length=LEASE)
        self._pruned = timezone.now() - PRUNE_EVERY

    _sink: Sink | None

    def publish_some(self) -> bool:
        """Publish the oldest pending rows; True: look again at once.

        Raises StreamError, ClickLogError or DatabaseError: what was not published stays pending.
        """
        self._prune()
        if not outbox.is_waiting():
            return False
        with self._lease.held() as ours:
            if not ours:
                return False
            rows = outbox.pending(BATCH)
            if not click_log().in_database:  # one that is was written together with the outbox
                rows = redo_in_log(click_log(), rows)
            if self._lease.keep():
                self._send(rows)
        return True

    def is_done(self) -> bool:
        return not outbox.is_waiting()

    def report(self) -> str:
        backlog = outbox.backlog()
        return f"{backlog.waiting:,} waiting, the oldest for {backlog.seconds:.1f} s"

    def close(self) -> None:
        if self._sink:
            self._sink.close()
        self._sink = None

    def _send(self, rows: list[Row]) -> None:
        travelling = [row for row in rows if row.body]
        try:
            if travelling:
                self._open().send(travelling)
        except StreamError as error:
            first_left = travelling[error.sent].id
            outbox.mark_published([row for row in rows if row.id < first_left])
            outbox.count_attempt([row for row in rows if row.id >= first_left])
            self.close()  # a producer may be past sending for good; the next try makes another
            raise
        outbox.mark_published(rows)
        self.tally.done += len(rows)

    def _open(self) -> Sink:
        self._sink = self._sink or self._make_sink()
        return self._sink

    def _prune(self) -> None:
        now = timezone.now()
        if now - self._pruned >= PRUNE_EVERY:
            outbox.prune(now=now)
            feed.prune(now=now)
            self._pruned = now
