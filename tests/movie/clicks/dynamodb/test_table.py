from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_django import Settings

from movie.clicks.base import ClickLogError
from movie.clicks.dynamodb import DynamoDBClickLog
from movie.clicks.dynamodb_table import TABLE_SHAPE
from tests.movie.clicks.contract import V1, event
from tests.movie.clicks.dynamodb.events import client_of
from tests.services.dynamodb import Dynalite, Moto

pytestmark = pytest.mark.services


def test_a_missing_table_is_said_with_what_to_do(dynalite: Dynalite, at: Callable[[str], DynamoDBClickLog]) -> None:
    with pytest.raises(ClickLogError, match=r"run: python manage\.py clicklog create"):
        at(dynalite.url).connect()


def test_making_the_table_again_changes_nothing(log: DynamoDBClickLog) -> None:
    log.put(event(10))
    first, ttl = log.create()
    assert "is there already" in first and "has no TTL" in ttl
    assert log.count(V1) == 1


def test_a_table_of_another_shape_is_refused(
    at: Callable[[str], DynamoDBClickLog], dynalite: Dynalite, settings: Settings
) -> None:
    log = at(dynalite.url)
    shape = {name: value for name, value in TABLE_SHAPE.items() if name != "LocalSecondaryIndexes"}
    shape["AttributeDefinitions"] = shape["AttributeDefinitions"][:2]
    client_of(dynalite).create_table(TableName=settings.DYNAMODB_TABLE, BillingMode="PAY_PER_REQUEST", **shape)
    with pytest.raises(ClickLogError, match="DYNAMODB_TABLE"):
        log.create()


def test_where_the_server_has_ttl_it_is_switched_on_once(
    at: Callable[[str], DynamoDBClickLog], settings: Settings, tmp_path: Path
) -> None:
    settings.CLICKLOG_VISITOR_DAYS, settings.CLICKLOG_DAYS = 30, 90
    with Moto(tmp_path) as server:
        log = at(server.url)
        assert log.create() == [
            f"Table {settings.DYNAMODB_TABLE} made, on-demand billing.",
            "Kept are events of anonymous visitors for 30 days, of signed-in users for 90.",
        ]
        assert "is there already" in log.create()[0]
        client = client_of(server)
        ttl = client.describe_time_to_live(TableName=settings.DYNAMODB_TABLE)["TimeToLiveDescription"]
        assert ttl == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"}
        table = client.describe_table(TableName=settings.DYNAMODB_TABLE)["Table"]
        assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
        assert log.put(event(10)) and log.seen(V1) == {10}
