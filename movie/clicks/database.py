"""The embedded click log: a table of the site's own database."""

from __future__ import annotations

from dataclasses import asdict, fields
from uuid import UUID

from django.db import DatabaseError, transaction

from movie.clicks.base import ClickEvent, ClickLog, owner_of, raises_click_log_error
from movie.models import Click

FIELDS = [field.name for field in fields(ClickEvent)]
_one_error = raises_click_log_error("the click log's database failed", DatabaseError)


class DatabaseClickLog(ClickLog):
    @_one_error
    def put(self, event: ClickEvent) -> bool:
        _, created = Click.objects.get_or_create(owner=event.owner, event_id=event.event_id, defaults=asdict(event))
        return created

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
    def merge(self, visitor_id: str, user_id: str) -> int:
        source, target = owner_of(visitor_id, None), owner_of(visitor_id, user_id)
        with transaction.atomic():
            there = Click.objects.filter(owner=target).values("event_id")
            Click.objects.filter(owner=source, event_id__in=there).delete()
            moved = Click.objects.filter(owner=source).update(owner=target, user_id=user_id)
        return moved

    @_one_error
    def seen(self, owner: str) -> frozenset[int]:
        return frozenset(Click.objects.filter(owner=owner).values_list("movie_id", flat=True).distinct())

    @_one_error
    def count(self, owner: str) -> int:
        return Click.objects.filter(owner=owner).count()

    def connect(self) -> None:
        """Django connects a thread when it first asks."""

    def create(self) -> list[str]:
        return ["Clicks are kept in the site's own database; its table is made by: python manage.py migrate"]
