"""Writes the stream into the training feed. A step; see movie.events.loop."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from django.db import DataError, IntegrityError

from movie.events import feed, stream
from movie.events.loop import Tally
from movie.events.message import Message, MessageError, parse
from movie.events.stream import Record, Source, StreamError

logger = logging.getLogger(__name__)


class Consumer:
    """Reads records and writes what they say. make_source: opens the stream, which may be away."""

    def __init__(self, make_source: Callable[[], Source]) -> None:
        self.tally = Tally()
        self.dead = 0
        self._make_source, self._source = make_source, None
        self._records: list[Record] = []

    _source: Source | None

    def consume_some(self) -> bool:
        """Write the next records into the feed, then commit; True: look again at once.

        Raises StreamError or DatabaseError: the next call writes the same records again, which changes nothing.
        """
        try:
            return self._consume_some(self._open())
        except StreamError:
            self.close()  # its place is another's, or its producer past sending for good
            raise

    def _consume_some(self, source: Source) -> bool:
        self._records = self._records or source.poll()
        if not self._records:
            return False
        dead = _write(self._records)
        if dead:
            source.bury(dead)
        source.commit()
        self.tally.done += len(self._records) - len(dead)
        self.dead += len(dead)
        self._records = []
        return True

    def is_done(self) -> bool:
        """True where the stream has been read to its end: by this one, or where others have all of it, by those."""
        lag = self._open().lag()
        return (stream.lag() if lag is None else lag) == 0

    def report(self) -> str:
        lag = self._source.lag() if self._source else None
        return f"lag {'unknown' if lag is None else f'{lag:,}'}, {self.dead:,} dead letters"

    def close(self) -> None:
        """What is opened next reads from where the group has committed."""
        if self._source:
            self._source.close()
        self._source, self._records = None, []

    def _open(self) -> Source:
        self._source = self._source or self._make_source()
        return self._source


def _write(records: list[Record]) -> dict[Record, str]:
    """Apply what can be read; returns the rest, each with the reason."""
    messages: dict[Record, Message] = {}
    dead: dict[Record, str] = {}
    for record in records:
        try:
            messages[record] = parse(record.value)
        except MessageError as error:
            dead[record] = str(error)
    dead |= _apply(messages)
    for record, reason in dead.items():
        logger.error("consume_events: partition %d, offset %d: %s", record.partition, record.offset, reason)
    return dead


def _apply(messages: Mapping[Record, Message]) -> dict[Record, str]:
    """All at once; where the database refuses a value, one by one, so that only that one is refused."""
    try:
        feed.apply(list(messages.values()))
        return {}
    except (DataError, IntegrityError):
        refused: dict[Record, str] = {}
        for record, message in messages.items():
            try:
                feed.apply([message])
            except (DataError, IntegrityError) as error:
                refused[record] = f"the database refused it: {error}"
        return refused
