"""The click log in DynamoDB: an item an event, partition key the owner, sort key the event id.

A UUIDv7 as text sorts by its time, so a history is the end of a partition, read backwards. An index by movie, keys
alone, lies beside it: what asks for every event of an owner (seen, count, delete_all) reads few bytes an event.

Credentials come by boto3's own chain. Clients are made once a process: a socket shared over a fork mixes up answers.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Lock
from typing import Any
from uuid import UUID

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError
from django.conf import settings

from movie.clicks.base import ClickEvent, ClickLog, ClickLogError, batched, owner_of, raises_click_log_error
from movie.clicks.waiting import Door, is_page, page_reads, read_for_page

INDEX = "by_movie"
INDEX_PAGE = 4_000
"""Keys that a page's reader asks for at once: a part that comes well within waiting.PAGE_SECONDS."""
WRITE_BATCH, READ_BATCH = 25, 100
"""Most items of one BatchWriteItem and of one BatchGetItem."""
BATCH_TRIES = 8
ACTIVE_SECONDS = 60
CONNECT_SECONDS = 1.0
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)

NO_ANSWER = (ConnectionError, HTTPClientError)
"""Refused, timed out or cut off, on every try; an error that DynamoDB answers with is a ClientError."""
# The longest a write takes: three tries of a second each, or, throttled, waits of up to one and two seconds between.
PATIENT = Config(
    connect_timeout=1,
    read_timeout=1,
    retries={"mode": "standard", "total_max_attempts": 3},
    max_pool_connections=settings.WEB_THREADS + 2,
    tcp_keepalive=True,
)
# A page has given up by then (waiting.PAGE_SECONDS); these only end the thread that it left behind.
QUICK = Config(
    connect_timeout=0.2,
    read_timeout=0.2,
    retries={"mode": "standard", "total_max_attempts": 1},
    max_pool_connections=settings.WEB_THREADS * 2,
    tcp_keepalive=True,
)

Item = dict[str, dict[str, str]]
"""DynamoDB's form of one event: {"movie_id": {"N": "318"}, "kind": {"S": "click"}, …}"""
Ask = Callable[..., dict[str, Any]]

TABLE_SHAPE: dict[str, Any] = {
    "AttributeDefinitions": [
        {"AttributeName": "owner", "AttributeType": "S"},
        {"AttributeName": "event_id", "AttributeType": "S"},
        {"AttributeName": "movie_id", "AttributeType": "N"},
    ],
    "KeySchema": [
        {"AttributeName": "owner", "KeyType": "HASH"},
        {"AttributeName": "event_id", "KeyType": "RANGE"},
    ],
    # A local index, not a global one: only it can be read consistently, and what was clicked is seen at once.
    "LocalSecondaryIndexes": [
        {
            "IndexName": INDEX,
            "KeySchema": [
                {"AttributeName": "owner", "KeyType": "HASH"},
                {"AttributeName": "movie_id", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
    ],
}


@dataclass(frozen=True)
class _Connection:
    """What one process has of DynamoDB. Clients may be shared among threads."""

    pid: int
    patient: Any
    """The client of writes, and of whoever is not a page."""
    quick: Any
    """The client of pages."""
    readers: ThreadPoolExecutor
    door: Door


_one_error = raises_click_log_error("DynamoDB failed", BotoCoreError, ClientError)


class DynamoDBClickLog(ClickLog):
    puts_at_once = 4

    def __init__(self) -> None:
        self._table = settings.DYNAMODB_TABLE
        self._days = settings.CLICKLOG_VISITOR_DAYS
        self._made: _Connection | None = None
        self._making = Lock()

    @_one_error
    def put(self, event: ClickEvent) -> bool:
        return self._put_new(_item_of(event, visitor_days=self._days))

    @_one_error
    def history(self, owner: str, *, limit: int, before: UUID | None = None) -> list[ClickEvent]:
        items: list[Item] = []
        for page in self._pages(self._read, **_partition(owner, before), ScanIndexForward=False, Limit=limit):
            items += page["Items"]
            if len(items) >= limit:
                break
        return [_event_of(item) for item in items[:limit]]

    @_one_error
    def delete(self, owner: str, event_id: UUID) -> bool:
        key = _key(owner, event_id)
        answer = self._write("delete_item", TableName=self._table, Key=key, ReturnValues="ALL_OLD")
        return "Attributes" in answer

    @_one_error
    def delete_many(self, owner: str, event_ids: Collection[UUID]) -> None:
        self._delete_items([{"owner": {"S": owner}, "event_id": {"S": str(event_id)}} for event_id in set(event_ids)])

    @_one_error
    def delete_all(self, owner: str) -> int:
        deleted = 0
        for page in self._pages(self._read_patiently, **_partition(owner), IndexName=INDEX):
            self._delete_items(page["Items"])
            deleted += page["Count"]
        return deleted

    @_one_error
    def merge(self, visitor_id: str, user_id: str) -> int:
        pages = self._pages(self._read_patiently, **_partition(owner_of(visitor_id, None)))
        return sum(self._give(page["Items"], visitor_id, user_id) for page in pages)

    @_one_error
    def move(self, visitor_id: str, user_id: str, event_ids: Collection[UUID]) -> int:
        found = self._items(owner_of(visitor_id, None), event_ids)
        return sum(self._give(items, visitor_id, user_id) for items in found)

    @_one_error
    def seen(self, owner: str) -> frozenset[int]:
        pages = self._keys(owner, ProjectionExpression="movie_id")
        return frozenset(int(item["movie_id"]["N"]) for page in pages for item in page["Items"])

    @_one_error
    def count(self, owner: str) -> int:
        return sum(page["Count"] for page in self._keys(owner, Select="COUNT"))

    @_one_error
    def connect(self) -> None:
        try:
            with page_reads(CONNECT_SECONDS):
                self._read("describe_table", TableName=self._table)
        except ClientError as error:
            if _code(error) != "ResourceNotFoundException":
                raise
            missing = f"DynamoDB has no table {self._table} yet; run: python manage.py clicklog create"
            raise ClickLogError(missing) from error

    @_one_error
    def create(self) -> list[str]:
        client = self._connection().patient
        try:
            client.create_table(TableName=self._table, BillingMode="PAY_PER_REQUEST", **TABLE_SHAPE)
            done = [f"Table {self._table} made, on-demand billing."]
        except client.exceptions.ResourceInUseException:
            done = [f"Table {self._table} is there already."]
        waiter = client.get_waiter("table_exists")
        waiter.wait(TableName=self._table, WaiterConfig={"Delay": 1, "MaxAttempts": ACTIVE_SECONDS})
        _check_shape(client.describe_table(TableName=self._table)["Table"])
        return [*done, self._switch_ttl_on(client)]

    def _switch_ttl_on(self, client: Any) -> str:
        kept = f"Events of anonymous visitors are kept for {self._days} days."
        try:
            ttl = client.describe_time_to_live(TableName=self._table)["TimeToLiveDescription"]
            if ttl["TimeToLiveStatus"] in ("ENABLED", "ENABLING"):
                return kept
            wanted = {"Enabled": True, "AttributeName": "expires"}
            client.update_time_to_live(TableName=self._table, TimeToLiveSpecification=wanted)
        except ClientError as error:
            if _code(error) != "UnknownOperationException":
                raise
            return "This server has no TTL: events of anonymous visitors are not removed by themselves."
        return kept

    def _connection(self) -> _Connection:
        with self._making:
            if self._made is None or self._made.pid != os.getpid():
                self._made = self._connect()
            return self._made

    def _connect(self) -> _Connection:
        session = boto3.Session(region_name=settings.DYNAMODB_REGION or None)
        client = partial(session.client, "dynamodb", endpoint_url=settings.DYNAMODB_ENDPOINT or None)
        return _Connection(
            pid=os.getpid(),
            patient=client(config=PATIENT),
            quick=client(config=QUICK),
            readers=ThreadPoolExecutor(settings.WEB_THREADS * 2, thread_name_prefix="clicklog"),
            door=Door(room=max(1, settings.WEB_THREADS // 2)),
        )

    def _read(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """For who looks at a page, within its time; for anybody else, with patience."""
        if not is_page():
            return self._read_patiently(operation, **arguments)
        connection = self._connection()
        ask = partial(getattr(connection.quick, operation), **arguments)
        return read_for_page(ask, connection.readers, goes_on="ExclusiveStartKey" in arguments)

    def _read_patiently(self, operation: str, **arguments: Any) -> dict[str, Any]:
        return getattr(self._connection().patient, operation)(**arguments)

    def _write(self, operation: str, **arguments: Any) -> dict[str, Any]:
        connection = self._connection()
        with connection.door.passed():
            try:
                return getattr(connection.patient, operation)(**arguments)
            except NO_ANSWER:
                connection.door.shut()
                raise

    def _pages(self, ask: Ask, **query: Any) -> Iterator[dict[str, Any]]:
        """The answers to a Query, of at most 1 MB each; the next is asked for when it is wanted.

        Consistent: who clicked or deleted sees it on the next page.
        """
        start: dict[str, Any] = {}
        while True:
            page = ask("query", TableName=self._table, ConsistentRead=True, **query, **start)
            yield page
            if "LastEvaluatedKey" not in page:
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def _keys(self, owner: str, **query: Any) -> Iterator[dict[str, Any]]:
        return self._pages(self._read, **_partition(owner), IndexName=INDEX, Limit=INDEX_PAGE, **query)

    def _put_new(self, item: Item) -> bool:
        """False where the owner has an event of this id, which stays as it was."""
        try:
            condition = "attribute_not_exists(event_id)"
            self._write("put_item", TableName=self._table, Item=item, ConditionExpression=condition)
        except ClientError as error:
            if _code(error) != "ConditionalCheckFailedException":
                raise
            return False
        return True

    def _give(self, items: Sequence[Item], visitor_id: str, user_id: str) -> int:
        """A visitor's items to the user; returns how many the user had not yet.

        Copies are there before originals go, and none is made twice: cut off anywhere, it can be repeated.
        """
        owner = owner_of(visitor_id, user_id)
        moved = sum(self._put_new(_given(item, owner, user_id)) for item in items)
        self._delete_items(items)
        return moved

    def _items(self, owner: str, event_ids: Collection[UUID]) -> Iterator[list[Item]]:
        """Of these events, those that the owner has, up to READ_BATCH at a time."""
        for some in batched(dict.fromkeys(event_ids), READ_BATCH):
            yield self._read_batch([_key(owner, event_id) for event_id in some])

    def _read_batch(self, keys: list[Item]) -> list[Item]:
        found: list[Item] = []
        left: dict[str, Any] = {self._table: {"Keys": keys, "ConsistentRead": True}}
        for _ in _tries():
            answer = self._read_patiently("batch_get_item", RequestItems=left)
            found += answer["Responses"].get(self._table, [])
            left = answer.get("UnprocessedKeys", {})
            if not left:
                break
        return found

    def _delete_items(self, items: Sequence[Item]) -> None:
        for first in range(0, len(items), WRITE_BATCH):
            some = items[first : first + WRITE_BATCH]
            left = {self._table: [{"DeleteRequest": {"Key": _key_of(item)}} for item in some]}
            for _ in _tries():
                left = self._write("batch_write_item", RequestItems=left).get("UnprocessedItems", {})
                if not left:
                    break


def _tries() -> Iterator[None]:
    """Turns to send what a batch left unprocessed, with ever longer pauses. Raises ClickLogError after the last."""
    for attempt in range(BATCH_TRIES):
        yield
        time.sleep(random.uniform(0, min(1, 0.05 * 2**attempt)))  # noqa: S311  (jitter, no secret)
    raise ClickLogError(f"DynamoDB left part of a batch unprocessed {BATCH_TRIES} times")


def _key(owner: str, event_id: UUID) -> Item:
    return {"owner": {"S": owner}, "event_id": {"S": str(event_id)}}


def _key_of(item: Item) -> Item:
    return {"owner": item["owner"], "event_id": item["event_id"]}


def _partition(owner: str, before: UUID | None = None) -> dict[str, Any]:
    """A Query's condition: all of the owner's events, or those before one. (`owner` is a reserved word.)"""
    condition, values = "#owner = :owner", {":owner": {"S": owner}}
    if before is not None:
        condition, values = condition + " AND event_id < :before", values | {":before": {"S": str(before)}}
    return {
        "KeyConditionExpression": condition,
        "ExpressionAttributeNames": {"#owner": "owner"},
        "ExpressionAttributeValues": values,
    }


def _item_of(event: ClickEvent, *, visitor_days: int) -> Item:
    """`event` as an item, without what it does not say. A visitor's expires, a signed-in user's does not."""
    fields = asdict(event) | {
        "owner": event.owner,
        "event_id": str(event.event_id),
        "at": (event.at - EPOCH) // MILLISECOND,
    }
    if event.user_id is None:
        fields["expires"] = int((event.at + timedelta(days=visitor_days)).timestamp())
    return {name: _typed(value) for name, value in fields.items() if value not in (None, "")}


def _typed(value: str | int) -> dict[str, str]:
    return {"N": str(value)} if isinstance(value, int) else {"S": value}


def _event_of(item: Item) -> ClickEvent:
    fields: dict[str, Any] = {
        name: int(value["N"]) if "N" in value else value["S"]
        for name, value in item.items()
        if name not in ("owner", "expires")
    }
    event_id, at = UUID(fields.pop("event_id")), EPOCH + fields.pop("at") * MILLISECOND
    return ClickEvent(event_id=event_id, at=at, **fields)


def _given(item: Item, owner: str, user_id: str) -> Item:
    """A visitor's event as the user's, who keeps it."""
    kept = {name: value for name, value in item.items() if name != "expires"}
    return kept | {"owner": {"S": owner}, "user_id": {"S": user_id}}


def _check_shape(table: dict[str, Any]) -> None:
    indexes = {index["IndexName"]: index for index in table.get("LocalSecondaryIndexes", [])}
    wanted = TABLE_SHAPE["LocalSecondaryIndexes"][0]
    index = indexes.get(INDEX, {})
    if table["KeySchema"] != TABLE_SHAPE["KeySchema"] or index.get("KeySchema") != wanted["KeySchema"]:
        raise ClickLogError(
            f"Expected table {table['TableName']} to have the keys owner, event_id and the local index {INDEX} "
            f"(got {table['KeySchema']}, {sorted(indexes)}). Choose another name by DYNAMODB_TABLE"
        )


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
