"""What each store of a site holds, read by the tests' own SQL or scan, and compared event by event."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import boto3

from tests.services.dynamodb import CREDENTIALS, Dynalite

EVENT = "visitor_id, event_id, owner, movie_id, kind, star, page_url, list_id, model, rank, datetime(at)"
Event = tuple[Any, ...]
"""The values of EVENT, as SQLite has them."""


class Stores:
    """Of the site in folder `var`, whose database is SQLite. log: DynamoDB, where the click log is there."""

    def __init__(self, var: Path, log: Dynalite | None = None) -> None:
        self.var, self.log = var, log

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.var / "site.sqlite3", timeout=20)) as database:
            return database.execute(sql).fetchall()

    def count(self, what: str) -> int:
        return int(self.ask(f"SELECT count(*) FROM {what}")[0][0])

    def logged(self) -> list[Event]:
        """Every event of the click log."""
        return self.ask(f"SELECT {EVENT} FROM movie_click") if self.log is None else scan(self.log)

    def fed(self) -> list[Event]:
        """Every event of the training feed."""
        return self.ask(f"SELECT {EVENT} FROM movie_feedevent")

    @property
    def waiting(self) -> int:
        return self.count("movie_outbox WHERE published_at IS NULL")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody else writes to the database meanwhile."""
        with closing(sqlite3.connect(self.var / "site.sqlite3", timeout=20, isolation_level=None)) as database:
            database.execute("BEGIN IMMEDIATE")
            yield
            database.execute("ROLLBACK")


def same_in_all(stores: Stores) -> list[Event]:
    """The events that click log, outbox and training feed hold, which are the same, each once; none waits any more."""
    log, feed = (sorted(events, key=lambda event: event[:2]) for events in (stores.logged(), stores.fed()))
    assert log == feed
    assert len({row[:2] for row in feed}) == len(feed)
    bodies = [json.loads(row[0]) for row in stores.ask("SELECT body FROM movie_outbox WHERE body <> ''")]
    clicks = {(body["visitor_id"], UUID(body["event_id"]).hex) for body in bodies if body["kind"] == "click"}
    assert clicks == {row[:2] for row in feed}
    assert stores.waiting == 0
    return feed


def scan(server: Dynalite) -> list[Event]:
    """Every event that a DynamoDB server has, as SQLite would give it."""
    secret = {name.lower(): value for name, value in CREDENTIALS.items() if name != "AWS_EC2_METADATA_DISABLED"}
    client = boto3.client("dynamodb", endpoint_url=server.url, region_name="ap-northeast-2", **secret)
    pages = client.get_paginator("scan").paginate(TableName="clicklog", ConsistentRead=True)
    return [_as_row(item) for page in pages for item in page["Items"]]


def _as_row(item: dict[str, dict[str, str]]) -> Event:
    texts = {name: value.get("S", "") for name, value in item.items()}
    numbers = {name: int(value["N"]) for name, value in item.items() if "N" in value}
    at = datetime.fromtimestamp(numbers["at"] // 1000, tz=UTC)
    empty = {"page_url": "", "list_id": "", "model": "", "star": None, "rank": None}
    row = empty | texts | numbers | {"event_id": UUID(texts["event_id"]).hex, "datetime(at)": f"{at:%F %T}"}
    return tuple(row[name] for name in EVENT.split(", "))
