from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from pytest_django import Settings

from movie.clicks.base import ClickEvent
from movie.clicks.dynamodb import DynamoDBClickLog
from tests.movie.clicks.contract import NOON, V1, event
from tests.movie.clicks.dynamodb.events import USER, client_of, items_of
from tests.services.dynamodb import Dynalite

pytestmark = pytest.mark.services


def expiry_after(days: int) -> dict[str, str]:
    return {"N": str(int((NOON + timedelta(days=days)).timestamp()))}


def test_a_visitors_event_expires_before_a_users(
    at: Callable[[str], DynamoDBClickLog], dynalite: Dynalite, settings: Settings
) -> None:
    settings.CLICKLOG_VISITOR_DAYS, settings.CLICKLOG_DAYS = 30, 90
    log = at(dynalite.url)
    log.create()
    log.put(event(10))
    log.put(event(10, user="kim"))
    (visitors,) = items_of(dynalite, settings.DYNAMODB_TABLE, V1)
    (users,) = items_of(dynalite, settings.DYNAMODB_TABLE, USER)
    assert (visitors["expires"], users["expires"]) == (expiry_after(30), expiry_after(90))


def test_nothing_is_kept_longer_than_everything_may_be(
    at: Callable[[str], DynamoDBClickLog], dynalite: Dynalite, settings: Settings
) -> None:
    settings.CLICKLOG_VISITOR_DAYS, settings.CLICKLOG_DAYS = 365, 90
    log = at(dynalite.url)
    log.create()
    log.put(event(10))
    (item,) = items_of(dynalite, settings.DYNAMODB_TABLE, V1)
    assert item["expires"] == expiry_after(90)


@pytest.mark.parametrize("by", ["merge", "move"])
def test_who_signs_in_keeps_their_events_as_long_as_a_user_does(
    log: DynamoDBClickLog, dynalite: Dynalite, settings: Settings, by: str
) -> None:
    mine = event(10)
    log.put(mine)
    assert log.merge("v1", "kim") == 1 if by == "merge" else log.move("v1", "kim", [mine.event_id]) == 1
    (moved,) = items_of(dynalite, settings.DYNAMODB_TABLE, USER)
    assert moved["expires"] == expiry_after(settings.CLICKLOG_DAYS) != expiry_after(settings.CLICKLOG_VISITOR_DAYS)
    assert moved["user_id"] == {"S": "kim"}
    assert log.history(USER, limit=9) == [replace(mine, user_id="kim")]


def test_an_item_says_only_what_the_event_says(log: DynamoDBClickLog, dynalite: Dynalite, settings: Settings) -> None:
    log.put(ClickEvent(event(10).event_id, "v1", 10, NOON))
    (item,) = items_of(dynalite, settings.DYNAMODB_TABLE, V1)
    assert item.keys() == {"owner", "event_id", "visitor_id", "movie_id", "kind", "at", "expires"}


def test_what_a_later_version_wrote_beside_an_event_hides_it_from_none(
    log: DynamoDBClickLog, dynalite: Dynalite, settings: Settings
) -> None:
    """Whoever returns to the version before reads on."""
    mine = event(10)
    log.put(mine)
    (item,) = items_of(dynalite, settings.DYNAMODB_TABLE, V1)
    later = item | {"mood": {"S": "merry"}, "seen": {"BOOL": True}}
    client_of(dynalite).put_item(TableName=settings.DYNAMODB_TABLE, Item=later)
    assert log.history(V1, limit=9) == [mine]
