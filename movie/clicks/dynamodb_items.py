"""An event in DynamoDB's form: an item whose partition key is the owner and whose sort key is the event id."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from movie.clicks.base import ClickEvent

FIELDS = {field.name for field in fields(ClickEvent)}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
EXPIRES = "expires"
"""The attribute by which DynamoDB deletes an item: seconds since the epoch."""
Item = dict[str, dict[str, str]]
"""DynamoDB's form of one event: {"movie_id": {"N": "318"}, "kind": {"S": "click"}, …}"""


@dataclass(frozen=True)
class Kept:
    """How many days an event is kept, by whose it is."""

    visitors: int
    users: int

    def __str__(self) -> str:
        return f"Kept are events of anonymous visitors for {self.visitors} days, of signed-in users for {self.users}."

    def until(self, at: datetime, *, user_id: str | None) -> int:
        """Seconds since the epoch."""
        days = self.users if user_id else min(self.visitors, self.users)
        return int((at + timedelta(days=days)).timestamp())


def item_of(event: ClickEvent, kept: Kept) -> Item:
    """`event` as an item that expires, without what it does not say."""
    told = asdict(event) | {
        "owner": event.owner,
        "event_id": str(event.event_id),
        "at": (event.at - EPOCH) // MILLISECOND,
        EXPIRES: kept.until(event.at, user_id=event.user_id),
    }
    return {name: _typed(value) for name, value in told.items() if value not in (None, "")}


def event_of(item: Item) -> ClickEvent:
    """The event in `item`; what a later version may have written beside is passed over."""
    told: dict[str, Any] = {
        name: int(value["N"]) if "N" in value else value["S"] for name, value in item.items() if name in FIELDS
    }
    event_id, at = UUID(told.pop("event_id")), EPOCH + told.pop("at") * MILLISECOND
    return ClickEvent(event_id=event_id, at=at, **told)


def given(item: Item, user_id: str, kept: Kept) -> Item:
    """A visitor's event as the user's, kept for as long as a user's is."""
    return item_of(replace(event_of(item), user_id=user_id), kept)


def key(owner: str, event_id: UUID) -> Item:
    return {"owner": {"S": owner}, "event_id": {"S": str(event_id)}}


def key_of(item: Item) -> Item:
    return {"owner": item["owner"], "event_id": item["event_id"]}


def partition(owner: str, before: UUID | None = None) -> dict[str, Any]:
    """A Query's condition: all of the owner's events, or those before one. (`owner` is a reserved word.)"""
    condition, values = "#owner = :owner", {":owner": {"S": owner}}
    if before is not None:
        condition, values = condition + " AND event_id < :before", values | {":before": {"S": str(before)}}
    return {
        "KeyConditionExpression": condition,
        "ExpressionAttributeNames": {"#owner": "owner"},
        "ExpressionAttributeValues": values,
    }


def _typed(value: str | int) -> dict[str, str]:
    return {"N": str(value)} if isinstance(value, int) else {"S": value}
