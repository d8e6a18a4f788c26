"""The embedded click log: a table of the site's own database."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import datetime
from uuid import UUID

from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import QuerySet

from movie.clicks.base import VISITORS, ClickEvent, ClickLog, batched, owner_of, raises_click_log_error
from movie.models import Click, delete_in_batches

FIELDS = [field.name for field in fields(ClickEvent)]
_one_error = raises_click_log_error("the click log's database failed", DatabaseError)


class DatabaseClickLog(ClickLog):
    in_database = True

    @_one_error
    def put(self, event: ClickEvent) -> bool:
        try:
            with transaction.atomic():
                Click.objects.create(owner=event.owner, **{name: getattr(event, name) for name in FIELDS})
        except IntegrityError:
            if self._some(event.owner, [event.event_id]).exists():
                return False
            raise
        return True

    @_one_error
    def history(self, owner: str, *, limit: int, before: UUID | None = None) -> list[ClickEvent]:
        rows = Click.objects.filter(owner=owner)
        if before is not None:
            rows = rows.filter(event_id__lt=before)
        newest = rows.order_by("-event_id").values_list(*FIELDS)[:limit]
        return [ClickEvent(**dict(zip(FIELDS, row, strict=True))) for row in newest]

    @_one_error
    def delete(self, owner: str, event_id: UUID) -> bool:
        deleted, _ = Click.objects.filter(owner=owner, event_id=event_id).delete()
        return bool(deleted)

    @_one_error
    def delete_all(self, owner: str) -> int:
        deleted, _ = Click.objects.filter(owner=owner).delete()
        return deleted

    @_one_error
    def delete_many(self, owner: str, event_ids: Collection[UUID]) -> None:
        with transaction.atomic():
            for batch in batched(event_ids):
                self._some(owner, batch).delete()

    @_one_error
    def merge(self, visitor_id: str, user_id: str) -> int:
        return self._give(visitor_id, user_id, Click.objects.filter(owner=owner_of(visitor_id, None)))

    @_one_error
    def move(self, visitor_id: str, user_id: str, event_ids: Collection[UUID]) -> int:
        source = owner_of(visitor_id, None)
        with transaction.atomic():
            batches = batched(event_ids)
            return sum(self._give(visitor_id, user_id, self._some(source, batch)) for batch in batches)

    @staticmethod
    def _some(owner: str, event_ids: Sequence[UUID]) -> QuerySet[Click]:
        return Click.objects.filter(owner=owner, event_id__in=event_ids)

    @staticmethod
    def _give(visitor_id: str, user_id: str, events: QuerySet[Click]) -> int:
        target = owner_of(visitor_id, user_id)
        with transaction.atomic():
            there = Click.objects.filter(owner=target, event_id__in=events.values("event_id"))
            events.filter(event_id__in=list(there.values_list("event_id", flat=True))).delete()
            return events.update(owner=target, user_id=user_id)

    @_one_error
    def seen(self, owner: str) -> frozenset[int]:
        return frozenset(Click.objects.filter(owner=owner).values_list("movie_id", flat=True).distinct())

    @_one_error
    def count(self, owner: str, *, most: int | None = None) -> int:
        return Click.objects.filter(owner=owner)[:most].count()

    @_one_error
    def expire(self, before: datetime, *, visitors_only: bool) -> int:
        old = Click.objects.filter(at__lt=before)
        return delete_in_batches(old.filter(owner__startswith=VISITORS) if visitors_only else old)

    def connect(self) -> None:
        """Django connects a thread when it first asks."""

    def create(self) -> list[str]:
        return ["Clicks are kept in the site's own database; its table is made by: python manage.py migrate"]
