from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db.models import QuerySet
from django.utils import timezone

from movie.events import outbox
from movie.models import FeedEvent, Forgotten, Outbox
from tests.movie.events.contract import V1

pytestmark = pytest.mark.django_db
IDS = [uuid4(), uuid4()]


@pytest.mark.parametrize(
    "rows",
    [
        Outbox.objects.filter(published_at__isnull=True).order_by("id")[:500],
        Outbox.objects.filter(published_at__lt=timezone.now() - timedelta(days=8)),
        Outbox.objects.filter(visitor_id="v1", event_id__in=IDS),
        Outbox.objects.filter(owner=V1, kind="click").exclude(body=""),
        Forgotten.objects.filter(event_id__in=IDS),
        Forgotten.objects.filter(at__lt=timezone.now()),
        FeedEvent.objects.filter(visitor_id="v1", owner=V1, event_id__in=IDS),
        FeedEvent.objects.filter(owner=V1),
    ],
    ids=["unsent", "sent", "told of", "written by", "forgotten", "forgotten till now", "fed of", "fed by"],
)
def test_whatever_is_asked_of_growing_tables_has_an_index(rows: QuerySet[Outbox]) -> None:
    plan = rows.explain()
    assert "SEARCH" in plan and "INDEX" in plan and "TEMP B-TREE" not in plan


def test_a_row_that_is_gone_counts_as_deleted() -> None:
    assert outbox.current([outbox.Row(7, V1, "{}")]) == [outbox.Row(7, V1, "")]


def test_an_empty_outbox_has_no_age() -> None:
    assert (outbox.backlog(), outbox.backlog().seconds) == (outbox.Backlog(0, None), 0.0)
