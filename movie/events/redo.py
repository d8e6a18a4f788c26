"""From the outbox into the click log: by who accepted an event, and once more by the publisher before it travels."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from movie.clicks.base import ClickEvent, ClickLog
from movie.events import outbox
from movie.events.message import Deletion, Merge
from movie.events.outbox import Row


def redo_in_log(log: ClickLog, rows: Sequence[Row]) -> list[Row]:
    """Write `rows` into the log, in order; doing it again changes nothing. Returns them as they stand afterwards.

    A row may change while its event is on its way into another store: deleted, or given to a user. So the rows are
    read again, and what was written too late is taken back. Raises ClickLogError.
    """
    events = {row.id: row.message for row in rows if row.body}
    for is_click, run in groupby(events.values(), key=lambda message: isinstance(message, ClickEvent)):
        if is_click:
            log.put_many([event for event in run if isinstance(event, ClickEvent)])
            continue
        for change in run:
            if isinstance(change, Deletion):
                log.delete_many(change.owner, change.event_ids)
            elif isinstance(change, Merge):
                log.move(change.visitor_id, change.user_id, change.event_ids)
    if log.in_database:
        return list(rows)  # the same transaction: nothing came in between
    now = outbox.current(rows)
    for before, after in zip(rows, now, strict=True):
        event = events.get(before.id)
        if isinstance(event, ClickEvent) and after.body != before.body:
            log.delete(event.owner, event.event_id)
            if after.body and isinstance(after.message, ClickEvent):
                log.put(after.message)
    return now
