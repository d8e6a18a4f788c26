"""What is accepted, written in the order that keeps the promise: what is answered with 2xx is in the click log, and
reaches the training feed exactly once, whatever is killed in between.

1. A row in the outbox, committed. From here on the event happened, whatever follows.
2. The click log's own write.
3. With EVENTS=database the training feed, here and at once: most sites have no publisher running, and a few rows cost
   a click nothing. With EVENTS=kafka the publisher does it: no request ever waits for a broker.

With the click log in the same database all of this is one transaction, so there is nothing in between. With another
log, what is killed between two steps is redone by the publisher (`manage.py publish_events`, in both settings).
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, transaction

from movie.clicks import click_log
from movie.clicks.base import ClickEvent, ClickLogError, batched, new_event_id, owner_of, user_of
from movie.events import feed, outbox
from movie.events.message import MOST_IDS, Deletion, Merge, Message
from movie.events.redo import redo_in_log
from movie.events.turn import turn

logger = logging.getLogger(__name__)
Key = tuple[str, UUID]
"""visitor_id and event_id: who made an event, and which."""


def click(event: ClickEvent) -> None:
    """Accept `event`; one that was accepted before stays as it was, one that was deleted since stays deleted.

    Raises ClickLogError: then it was not accepted, but may still appear, once.
    """
    _accept(lambda: [event])


def delete(owner: str, event_id: UUID) -> ClickEvent | None:
    """Delete one event of the owner in every store; returns it, None where their history has none of this id."""
    event = click_log().find(owner, event_id)
    if event:
        _delete(owner, {(event.visitor_id, event_id)})
    return event


def delete_said(owner: str, *, movie_id: int, kind: str, newest: int) -> int:
    """Delete what of this kind the owner said of a movie, of their `newest` events, of what no store but the outbox
    has yet, and of what the feed has, however old; returns how many events said it."""
    events = [*click_log().history(owner, limit=newest), *outbox.clicks_of(owner, kind=kind)]
    keys = {(each.visitor_id, each.event_id) for each in events if (each.movie_id, each.kind) == (movie_id, kind)}
    with _one_error():
        keys |= feed.keys_said(owner, movie_id=movie_id, kind=kind)
    if keys:
        _delete(owner, keys)
    return len(keys)


def delete_all(owner: str, *, also: Callable[[], object] = lambda: None) -> int:
    """Delete the owner's history in every store, also what no store but the outbox has yet, and what the training
    feed has kept for longer than the click log; returns how long it was in the log.

    also: deletes what was made of the history, in the transaction in which the deletion is accepted.
    """
    keys = {(event.visitor_id, event.event_id) for event in click_log().every(owner)}
    _delete(owner, keys, and_all=True, also=also)
    return len(keys)


def merge(visitor_id: str, user_id: str, *, also: Callable[[], object] = lambda: None) -> int:
    """Give a visitor's history to the user they signed in as, in every store; returns how many events it has.

    also: gives them what was made of the history, in the transaction in which the merge is accepted.
    """
    source = owner_of(visitor_id, None)
    in_log = {event.event_id for event in click_log().every(source)}

    def given() -> list[Message]:
        ids = in_log | {event_id for _, event_id in outbox.keys_of(source) | feed.keys_of(source)}
        outbox.reassign(visitor_id, user_id)
        return [
            Merge(_new_id(), visitor_id, user_id, datetime.now(UTC), tuple(some))
            for some in batched(sorted(ids), MOST_IDS)
        ]

    return sum(len(each.event_ids) for each in _accept(given, also=also) if isinstance(each, Merge))


def _delete(
    owner: str, in_log: set[Key], *, and_all: bool = False, also: Callable[[], object] = lambda: None
) -> None:
    def deletions() -> list[Message]:
        keys = in_log | outbox.keys_of(owner) | feed.keys_of(owner) if and_all else in_log
        found: list[Message] = []
        for visitor_id in sorted({visitor_id for visitor_id, _ in keys}):
            ids = sorted(event_id for by, event_id in keys if by == visitor_id)
            outbox.blank(visitor_id, ids)
            found += [
                Deletion(_new_id(), visitor_id, user_of(owner), datetime.now(UTC), tuple(some))
                for some in batched(ids, MOST_IDS)
            ]
        return found

    _accept(deletions, also=also)


def _accept(decide: Callable[[], Iterable[Message]], also: Callable[[], object] = lambda: None) -> list[Message]:
    """Write what `decide` returns, then call `also`, both inside the outbox's transaction; the three steps above."""
    with _one_error():
        return (_all_at_once if click_log().in_database else _in_steps)(decide, also)


def _all_at_once(decide: Callable[[], Iterable[Message]], also: Callable[[], object]) -> list[Message]:
    direct = settings.EVENTS == "database"
    with turn(), transaction.atomic():
        messages = list(decide())
        rows = [outbox.append(message, published=direct) for message in messages]
        redo_in_log(click_log(), rows)
        if direct:
            feed.apply([row.message for row in rows if row.body])
        also()
    return messages


def _in_steps(decide: Callable[[], Iterable[Message]], also: Callable[[], object]) -> list[Message]:
    with turn(), transaction.atomic():
        messages = list(decide())
        rows = [outbox.append(message) for message in messages]
        also()
    rows = redo_in_log(click_log(), rows)
    if settings.EVENTS == "database":
        try:
            with turn(), transaction.atomic():
                # Read again: a merge that came in between has been in the feed, and will not come by once more.
                feed.apply([row.message for row in outbox.locked(rows) if row.body])
                outbox.mark_published(rows)
        except DatabaseError as error:  # accepted all the same: the outbox has it
            logger.warning("the training feed waits for publish_events: %s", error)
    return messages


@contextmanager
def _one_error() -> Iterator[None]:
    try:
        yield
    except DatabaseError as error:
        raise ClickLogError(f"the outbox's database failed: {error}") from error


def _new_id() -> UUID:
    return new_event_id(at=datetime.now(UTC), entropy=os.urandom(10))
