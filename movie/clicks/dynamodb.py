"""The click log in DynamoDB: an item an event, partition key the owner, sort key the event id.

A UUIDv7 as text sorts by its time, so a history is the end of a partition, read backwards. An index by movie, keys
alone, lies beside it: what asks for every event of an owner (seen, count, delete_all) reads few bytes an event.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings

from movie.clicks.base import ClickEvent, ClickLog, ClickLogError, batched, owner_of, raises_click_log_error
from movie.clicks.dynamodb_clients import Clients, lacks, table_client
from movie.clicks.dynamodb_items import Item, Kept, event_of, given, item_of, key, key_of, partition
from movie.clicks.dynamodb_table import INDEX, make_table
from movie.clicks.waiting import page_reads

WRITE_BATCH, READ_BATCH = 25, 100
"""Most items of one BatchWriteItem and of one BatchGetItem."""
BATCH_TRIES = 8
PUTS_AT_ONCE = 4
CONNECT_SECONDS = 1.0

Ask = Callable[..., dict[str, Any]]
_one_error = raises_click_log_error("DynamoDB failed", BotoCoreError, ClientError)


class DynamoDBClickLog(ClickLog):
    def __init__(self) -> None:
        self._table = settings.DYNAMODB_TABLE
        self._kept = Kept(visitors=settings.CLICKLOG_VISITOR_DAYS, users=settings.CLICKLOG_DAYS)
        self._clients = Clients()

    @_one_error
    def put(self, event: ClickEvent) -> bool:
        return self._put_new(item_of(event, self._kept))

    @_one_error
    def put_many(self, events: Sequence[ClickEvent]) -> None:
        """Asks first which are there, a hundred a request: of those that were accepted a moment ago, all are."""
        if len(events) == 1:
            self.put(events[0])
            return
        with ThreadPoolExecutor(PUTS_AT_ONCE) as pool:
            list(pool.map(self._put_new, self._missing([item_of(event, self._kept) for event in events])))

    @_one_error
    def history(self, owner: str, *, limit: int, before: UUID | None = None) -> list[ClickEvent]:
        items: list[Item] = []
        for page in self._pages(self._clients.read, **partition(owner, before), ScanIndexForward=False, Limit=limit):
            items += page["Items"]
            if len(items) >= limit:
                break
        return [event_of(item) for item in items[:limit]]

    @_one_error
    def delete(self, owner: str, event_id: UUID) -> bool:
        one = key(owner, event_id)
        answer = self._clients.write("delete_item", TableName=self._table, Key=one, ReturnValues="ALL_OLD")
        return "Attributes" in answer

    @_one_error
    def delete_many(self, owner: str, event_ids: Collection[UUID]) -> None:
        self._delete_items([key(owner, event_id) for event_id in set(event_ids)])

    @_one_error
    def delete_all(self, owner: str) -> int:
        deleted = 0
        for page in self._pages(self._clients.read_patiently, **_keys(owner)):
            self._delete_items(page["Items"])
            deleted += page["Count"]
        return deleted

    @_one_error
    def merge(self, visitor_id: str, user_id: str) -> int:
        pages = self._pages(self._clients.read_patiently, **partition(owner_of(visitor_id, None)))
        return sum(self._give(page["Items"], user_id) for page in pages)

    @_one_error
    def move(self, visitor_id: str, user_id: str, event_ids: Collection[UUID]) -> int:
        found = self._items(owner_of(visitor_id, None), event_ids)
        return sum(self._give(items, user_id) for items in found)

    @_one_error
    def seen(self, owner: str) -> frozenset[int]:
        pages = self._pages(self._clients.read, **_keys(owner), ProjectionExpression="movie_id")
        return frozenset(int(item["movie_id"]["N"]) for page in pages for item in page["Items"])

    @_one_error
    def count(self, owner: str, *, most: int | None = None) -> int:
        found, limit = 0, {"Limit": most} if most else {}
        for page in self._pages(self._clients.read, **_keys(owner), Select="COUNT", **limit):
            found += page["Count"]
            if most and found >= most:
                return most
        return found

    @_one_error
    def connect(self) -> None:
        try:
            with page_reads(CONNECT_SECONDS):
                self._clients.read("describe_table", TableName=self._table)
        except ClientError as error:
            if _code(error) != "ResourceNotFoundException":
                raise
            missing = f"DynamoDB has no table {self._table} yet; run: python manage.py clicklog create"
            raise ClickLogError(missing) from error

    def lacks(self) -> str:
        return lacks()

    @_one_error
    def create(self) -> list[str]:
        return make_table(table_client(), self._table, self._kept)

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

    def _put_new(self, item: Item) -> bool:
        """False where the owner has an event of this id, which stays as it was."""
        try:
            condition = "attribute_not_exists(event_id)"
            self._clients.write("put_item", TableName=self._table, Item=item, ConditionExpression=condition)
        except ClientError as error:
            if _code(error) != "ConditionalCheckFailedException":
                raise
            return False
        return True

    def _give(self, items: Sequence[Item], user_id: str) -> int:
        """A visitor's items to the user; returns how many the user had not yet.

        Copies are there before originals go, and none is made twice: cut off anywhere, it can be repeated. In batches
        of both, for whoever signs in waits for it.
        """
        missing = self._missing([given(item, user_id, self._kept) for item in items])
        self._write_batches([{"PutRequest": {"Item": item}} for item in missing])
        self._delete_items(items)
        return len(missing)

    def _missing(self, items: Sequence[Item]) -> list[Item]:
        """Of `items`, those whose key is not there yet."""
        wanted = {(item["owner"]["S"], item["event_id"]["S"]): item for item in items}
        for some in batched(list(wanted.values()), READ_BATCH):
            for item in self._read_batch([key_of(each) for each in some]):
                del wanted[item["owner"]["S"], item["event_id"]["S"]]
        return list(wanted.values())

    def _items(self, owner: str, event_ids: Collection[UUID]) -> Iterator[list[Item]]:
        """Of these events, those that the owner has, up to READ_BATCH at a time."""
        for some in batched(dict.fromkeys(event_ids), READ_BATCH):
            yield self._read_batch([key(owner, event_id) for event_id in some])

    def _read_batch(self, keys: list[Item]) -> list[Item]:
        found: list[Item] = []
        left: dict[str, Any] = {self._table: {"Keys": keys, "ConsistentRead": True}}
        for _ in _tries():
            answer = self._clients.read_patiently("batch_get_item", RequestItems=left)
            found += answer["Responses"].get(self._table, [])
            left = answer.get("UnprocessedKeys", {})
            if not left:
                break
        return found

    def _delete_items(self, items: Sequence[Item]) -> None:
        self._write_batches([{"DeleteRequest": {"Key": key_of(item)}} for item in items])

    def _write_batches(self, requests: Sequence[dict[str, Any]]) -> None:
        for some in batched(requests, WRITE_BATCH):
            left: dict[str, Any] = {self._table: list(some)}
            for _ in _tries():
                left = self._clients.write("batch_write_item", RequestItems=left).get("UnprocessedItems", {})
                if not left:
                    break


def _keys(owner: str) -> dict[str, Any]:
    """A Query of all that the owner has, which reads keys alone: some ten thousand an answer."""
    return partition(owner) | {"IndexName": INDEX}


def _tries() -> Iterator[None]:
    """Turns to send what a batch left unprocessed, with ever longer pauses. Raises ClickLogError after the last."""
    for attempt in range(BATCH_TRIES):
        yield
        time.sleep(random.uniform(0, min(1, 0.05 * 2**attempt)))  # noqa: S311  (jitter, no secret)
    raise ClickLogError(f"DynamoDB left part of a batch unprocessed {BATCH_TRIES} times")


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
