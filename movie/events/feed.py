"""The training feed: what visitors did, as models learn from it. Applying a message again changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from django.conf import settings
from django.db import transaction

from movie.clicks.base import OLDEST, VISITORS, ClickEvent
from movie.events.message import Deletion, Merge, Message
from movie.events.turn import turn
from movie.models import FeedEvent, Forgotten, delete_in_batches

BATCH = 500
FIELDS = [field.name for field in fields(ClickEvent) if field.name != "user_id"]
"""The owner says who they are."""


def apply(messages: Sequence[Message]) -> None:
    """Write `messages`, in order, in one transaction.

    An event is written once, by who made it and its id; one that was deleted does not come back, whether its deletion
    came before or after it.
    """
    with turn(), transaction.atomic(savepoint=False):
        for is_click, run in groupby(messages, key=lambda message: isinstance(message, ClickEvent)):
            if is_click:
                _write([event for event in run if isinstance(event, ClickEvent)])
                continue
            for change in run:
                if isinstance(change, Deletion):
                    _delete(change)
                elif isinstance(change, Merge):
                    _merge(change)


def _write(events: Sequence[ClickEvent]) -> None:
    """Insert first, then look for deletions and lock what is read: of a deletion that is being written at the same
    moment, either this sees the remembered id, or that sees the row, or the database lets one of both try again."""
    FeedEvent.objects.bulk_create([_row(event) for event in events], batch_size=BATCH, ignore_conflicts=True)
    for start in range(0, len(events), BATCH):
        ids = [event.event_id for event in events[start : start + BATCH]]
        forgotten = Forgotten.objects.filter(event_id__in=ids).select_for_update()
        for visitor_id, event_id in forgotten.values_list("visitor_id", "event_id"):
            FeedEvent.objects.filter(visitor_id=visitor_id, event_id=event_id).delete()


def _row(event: ClickEvent) -> FeedEvent:
    return FeedEvent(owner=event.owner, **{name: getattr(event, name) for name in FIELDS})


def _delete(deletion: Deletion) -> None:
    """Remove the rows, whoever they belong to by now, and remember the ids."""
    gone = [Forgotten(visitor_id=deletion.visitor_id, event_id=event_id) for event_id in deletion.event_ids]
    Forgotten.objects.bulk_create(gone, batch_size=BATCH, ignore_conflicts=True)
    FeedEvent.objects.filter(visitor_id=deletion.visitor_id, event_id__in=deletion.event_ids).delete()


def _merge(merge: Merge) -> None:
    theirs = FeedEvent.objects.filter(visitor_id=merge.visitor_id, owner=merge.owner, event_id__in=merge.event_ids)
    theirs.update(owner=merge.new_owner)


def keys_said(owner: str, *, movie_id: int, kind: str) -> set[tuple[str, UUID]]:
    """(visitor_id, event_id) of what of this kind the owner said of a movie, as far as the feed has it."""
    said = FeedEvent.objects.filter(owner=owner, movie_id=movie_id, kind=kind)
    return set(said.values_list("visitor_id", "event_id"))


def keys_of(owner: str) -> set[tuple[str, UUID]]:
    """(visitor_id, event_id) of the owner's events: more than the click log has, where that was changed for another
    or keeps them for less long."""
    return set(FeedEvent.objects.filter(owner=owner).values_list("visitor_id", "event_id"))


def remembered_for() -> timedelta:
    """How long ids of deleted events are kept: longer than the stream keeps a message or a browser sends again."""
    return max(timedelta(days=settings.KAFKA_RETENTION_DAYS), OLDEST) + timedelta(days=1)


def prune(*, now: datetime) -> int:
    """Forget for good what was deleted longer than `remembered_for` ago; returns how many ids."""
    removed, _ = Forgotten.objects.filter(at__lt=now - remembered_for()).delete()
    return removed


def expire(before: datetime, *, visitors_only: bool) -> int:
    """Remove events made before `before`, of visitors who are not signed in, or of everybody; returns how many."""
    old = FeedEvent.objects.filter(at__lt=before)
    return delete_in_batches(old.filter(owner__startswith=VISITORS) if visitors_only else old)
