"""The outbox: what was accepted, in order, until it has reached the stream, and for some days after.

It is the truth of what was accepted. A row that is there tells that an event was sent before; one whose body is
empty, that the event was deleted since and must be written nowhere any more.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from movie.clicks.base import OLDEST, VISITORS, ClickEvent, batched, owner_of
from movie.events.message import CLICK_KINDS, Deletion, Merge, Message, parse, to_json
from movie.events.turn import turn
from movie.models import Outbox

KEPT = OLDEST + timedelta(days=1)
"""A published row stays this long: longer than any browser may still send its event again."""
LATELY = timedelta(minutes=5)
"""Longer than a page takes from reading a history to keeping the list that it made of it, whatever the clocks say."""


@dataclass(frozen=True)
class Row:
    id: int
    owner: str
    body: str
    """The message's JSON; empty where the event was deleted."""

    @property
    def message(self) -> Message:
        return parse(self.body)


@dataclass(frozen=True)
class Backlog:
    """What waits to be published; since: when the oldest of it was accepted."""

    waiting: int
    since: datetime | None

    @property
    def seconds(self) -> float:
        return (timezone.now() - self.since).total_seconds() if self.since else 0.0


def append(message: Message, *, published: bool = False) -> Row:
    """The row of `message`, written now, or when it was accepted before: then as it is now.

    published: the caller publishes it in the same transaction.
    """
    try:
        with transaction.atomic():
            row = Outbox.objects.create(
                owner=message.owner,
                visitor_id=message.visitor_id,
                event_id=message.event_id,
                kind=message.kind,
                body=to_json(message),
                published_at=timezone.now() if published else None,
            )
    except IntegrityError:
        row = Outbox.objects.get(visitor_id=message.visitor_id, event_id=message.event_id)
    return _row(row)


def pending(limit: int) -> list[Row]:
    """The oldest `limit` rows that were not published yet, in order."""
    return [_row(each) for each in _waiting().order_by("id")[:limit]]


def is_waiting() -> bool:
    return _waiting().exists()


def backlog() -> Backlog:
    oldest = _waiting().order_by("id").values_list("created_at", flat=True).first()
    return Backlog(_waiting().count() if oldest else 0, oldest)


def current(rows: Sequence[Row]) -> list[Row]:
    """The same rows as they are now: deleted or given to a user meanwhile. One that is gone was deleted long ago."""
    return _as_in(Outbox.objects.in_bulk([row.id for row in rows]), rows)


def locked(rows: Sequence[Row]) -> list[Row]:
    """As `current`, inside a transaction: nobody changes them before its end."""
    return _as_in(Outbox.objects.select_for_update().in_bulk([row.id for row in rows]), rows)


def _as_in(found: Mapping[int, Outbox], rows: Sequence[Row]) -> list[Row]:
    return [_row(found[row.id]) if row.id in found else replace(row, body="") for row in rows]


def mark_published(rows: Sequence[Row]) -> None:
    with turn():
        Outbox.objects.filter(id__in=[row.id for row in rows]).update(published_at=timezone.now())


def publish_again(since: datetime) -> int:
    """Let what was published at `since` or later wait again, as it is now; returns how many rows.

    For a stream that has lost its end: what arrives a second time changes nothing, and of what was deleted nothing is
    left to send.
    """
    with turn():
        return Outbox.objects.filter(published_at__gte=since).exclude(body="").update(published_at=None)


def count_attempt(rows: Sequence[Row]) -> None:
    """One more failed attempt to publish `rows`."""
    Outbox.objects.filter(id__in=[row.id for row in rows]).update(attempts=F("attempts") + 1)


def keys_of(owner: str) -> set[tuple[str, UUID]]:
    """(visitor_id, event_id) of the owner's clicks that are in the outbox and were not deleted."""
    return set(_clicks(owner).values_list("visitor_id", "event_id"))


def clicks_of(owner: str, *, kind: str) -> list[ClickEvent]:
    """The owner's events of this kind that are in the outbox and were not deleted."""
    messages = [parse(body) for body in _clicks(owner).filter(kind=kind).values_list("body", flat=True)]
    return [message for message in messages if isinstance(message, ClickEvent)]


def changed_lately(owner: str) -> set[UUID]:
    """Events of the owner that were deleted, or given to a user, in the last minutes, also by who is at it right now.

    Inside a transaction: what is read is locked, so a change that is being written is waited for.
    """
    recent = Outbox.objects.filter(owner=owner, kind__in=(Deletion.kind, Merge.kind)).select_for_update()
    bodies = recent.filter(created_at__gte=timezone.now() - LATELY).values_list("body", flat=True)
    changes = [parse(body) for body in bodies if body]
    return {event_id for change in changes if isinstance(change, Deletion | Merge) for event_id in change.event_ids}


def bodies_of(owner: str) -> list[dict[str, object]]:
    """The messages of the owner that are still in the outbox, in order."""
    rows = Outbox.objects.filter(owner=owner).exclude(body="").order_by("id")
    return [json.loads(body) for body in rows.values_list("body", flat=True)]


def blank(visitor_id: str, event_ids: Iterable[UUID]) -> None:
    """Empty the rows of events that are deleted: nothing of them travels or is written again."""
    for batch in batched(list(event_ids)):
        Outbox.objects.filter(visitor_id=visitor_id, event_id__in=batch).update(body="")


def reassign(visitor_id: str, user_id: str) -> None:
    """What a visitor sent before is the user's from now on, also where it is written again."""
    rows = list(_clicks(owner_of(visitor_id, None)))
    for row in rows:
        event = parse(row.body)
        assert isinstance(event, ClickEvent)
        given = replace(event, user_id=user_id)
        row.owner, row.body = given.owner, to_json(given)
    Outbox.objects.bulk_update(rows, ["owner", "body"], batch_size=200)


def prune(*, now: datetime) -> int:
    """Remove rows published longer than KEPT ago; returns how many."""
    removed, _ = Outbox.objects.filter(published_at__lt=now - KEPT).delete()
    return removed


def expire(before: datetime, *, visitors_only: bool) -> int:
    """Empty the rows of clicks published before `before`, of visitors who are not signed in, or of everybody; returns
    how many. What was not published yet has to reach the other stores first."""
    old = Outbox.objects.filter(published_at__lt=before, kind__in=CLICK_KINDS).exclude(body="")
    return (old.filter(owner__startswith=VISITORS) if visitors_only else old).update(body="")


def _row(row: Outbox) -> Row:
    return Row(row.id, row.owner, row.body)


def _waiting() -> QuerySet[Outbox]:
    return Outbox.objects.filter(published_at__isnull=True)


def _clicks(owner: str) -> QuerySet[Outbox]:
    return Outbox.objects.filter(owner=owner, kind__in=CLICK_KINDS).exclude(body="")
