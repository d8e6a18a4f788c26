"""Events of a visitor, and what a server holds of them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import boto3

from movie.clicks.base import ClickEvent, ClickLog, new_event_id, owner_of
from tests.movie.clicks.contract import NOON
from tests.services.dynamodb import Dynalite, Moto

USER = owner_of("v1", "kim")


def client_of(server: Dynalite | Moto) -> Any:
    return boto3.client("dynamodb", endpoint_url=server.url, region_name="ap-northeast-2")


def items_of(server: Dynalite | Moto, table: str, owner: str) -> list[dict[str, Any]]:
    """The owner's items as DynamoDB has them."""
    answer = client_of(server).query(
        TableName=table,
        KeyConditionExpression="#owner = :owner",
        ExpressionAttributeNames={"#owner": "owner"},
        ExpressionAttributeValues={":owner": {"S": owner}},
    )
    return list(answer["Items"])


def many(n: int, *, page_url: str = "/") -> list[ClickEvent]:
    """`n` events of visitor v1, a second apart, oldest first."""
    made = []
    for i in range(n):
        at = NOON + timedelta(seconds=i)
        event_id = new_event_id(at=at, entropy=os.urandom(10))
        made.append(ClickEvent(event_id, "v1", 1000 + i, at, page_url=page_url))
    return made


def put_all(log: ClickLog, events: Sequence[ClickEvent]) -> None:
    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(log.put, events))
