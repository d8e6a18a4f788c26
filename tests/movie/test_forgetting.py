"""Forgetting, proved: what is left of a visitor who deleted their history, in every table, every store and the models."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from uuid import UUID, uuid4

import boto3
import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from movie import services
from movie.clicks import click_log
from movie.clicks.base import ClickEvent, ClickLogError
from movie.events import journal
from movie.events.consumer import Consumer
from movie.events.publisher import Publisher
from movie.events.stream import StreamError, sink, source
from movie.models import Click, FeedEvent, Forgotten, ListShown, Outbox
from movie.predictors.registry import trained
from movie.visitors import Visitor
from pytorch_models.checkpoint import MOVIE_IDS, WEIGHTS, read_facts
from tests.movie import second
from tests.movie.events.contract import event
from tests.movie.services.test_lists import click_in, list_id, ten
from tests.movie.views.test_history import click
from tests.services.dynamodb import CREDENTIALS, Dynalite
from tests.services.kafka import Broker
from tests.worlds import FIRST_ID

pytestmark = pytest.mark.django_db
Place = tuple[str, str]
"""A table and a column."""
REMEMBERED = {
    ("movie_outbox", "owner"),
    ("movie_outbox", "visitor_id"),
    ("movie_outbox", "event_id"),
    ("movie_outbox", "body"),  # of the deletion's own message
    ("movie_forgotten", "visitor_id"),
    ("movie_forgotten", "event_id"),
}
"""Where the numbers of deleted clicks, and nothing else of them, are remembered for some days: no late copy of a click
comes back, from a browser's storage or out of the stream."""


def places_of(*needles: str) -> set[Place]:
    """Every column of every table of the database in which one of these texts stands, however UUIDs are written."""
    wanted = {form for needle in needles for form in (needle, needle.replace("-", ""))}
    found: set[Place] = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            names = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                found |= {(table, n) for n, value in zip(names, row, strict=True) if _stands_in(wanted, value)}
    return found


def _stands_in(wanted: set[str], value: object) -> bool:
    text = value.hex if isinstance(value, UUID) else str(value)
    return any(each in text for each in wanted)


def use(client: Client) -> list[str]:
    """Browse as visitors do, with every model's page and a click on a list; returns the numbers that this left."""
    visitor: Visitor = client.get("/movie/history/panel/").wsgi_request.visitor  # type: ignore[attr-defined]
    click(client, FIRST_ID, FIRST_ID + 3, FIRST_ID + 7)
    html = ten(client)
    click_in(client, html, 4)
    lists = [list_id(html), list_id(ten(client)), list_id(client.get("/movie/mix/").content.decode())]
    return [visitor.id, *lists, *(str(each.event_id) for each in click_log().every(visitor.owner))]


@pytest.fixture(autouse=True)
def site(movies: None, weights: None, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    second.register(monkeypatch)
    second.train()
    settings.MIX_MODELS = ["ngcf", "second"]


def holds_what_visitors_did(gone: list[str]) -> None:
    tables = {table for table, _ in places_of(*gone)}
    assert {"movie_outbox", "movie_feedevent", "movie_listshown"} <= tables
    assert ("movie_listshown", "receipt") in places_of(gone[-1])


def holds_no_more_than_numbers(gone: list[str]) -> None:
    assert places_of(*gone) == REMEMBERED
    bodies = set(Outbox.objects.filter(visitor_id=gone[0]).exclude(body="").values_list("kind", flat=True))
    assert bodies == {"delete"}


def holds_nothing_after_some_days(gone: list[str], kept: list[str]) -> None:
    services.events_expire(now=datetime.now(UTC) + timedelta(days=9))
    assert places_of(*gone) == set()
    assert {"movie_feedevent", "movie_listshown"} <= {table for table, _ in places_of(*kept)}


def test_after_deleting_the_history_no_table_holds_anything_of_it() -> None:
    client, other = Client(), Client()
    gone, kept = use(client), use(other)
    holds_what_visitors_did(gone)
    assert ("movie_click", "owner") in places_of(gone[0])
    before = places_of(*kept)
    client.post("/movie/history/clear/")
    holds_no_more_than_numbers(gone)
    assert places_of(*kept) == before
    holds_nothing_after_some_days(gone, kept)


def test_nothing_tells_who_is_behind_a_click(django_user_model: type[User]) -> None:
    """Not by the credential that they come with, nor by where from, with what, or by what name."""
    account = django_user_model.objects.create_user("a-name-of-their-own", "own@address.example", "correct horse")
    browser = {
        "REMOTE_ADDR": "192.0.2.71",
        "HTTP_USER_AGENT": "Browser/71.5",
        "HTTP_X_FORWARDED_FOR": "198.51.100.72",
    }
    client = Client(**browser)  # type: ignore[arg-type]
    use(client)
    client.force_login(account)
    number, *_, event_id = use(client)
    names = {account.username, account.email}
    cookies = {client.cookies[name].value for name in ("sessionid", "csrftoken", "visitor")}
    assert places_of(event_id, number) >= {("movie_click", "event_id"), ("movie_feedevent", "visitor_id")}
    assert places_of(*browser.values(), *names, *cookies) == {
        ("accounts_user", "username"),
        ("accounts_user", "email"),
        ("django_session", "session_key"),
    }


def test_after_deleting_it_the_visitor_is_a_newcomer() -> None:
    client = Client()
    gone = use(client)
    client.post("/movie/history/clear/")
    for url in ("/", "/movie/ngcf/", "/movie/mix/", "/movie/history/", "/privacy/"):
        html = client.get(url).content.decode()
        assert not [number for number in gone[1:] if number in html] and "data-event-id" not in html
    assert client.get(f"/movie/receipt/{gone[1]}/").status_code == 404


@pytest.fixture(scope="module")
def dynalite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dynalite]:
    with Dynalite(tmp_path_factory.mktemp("dynalite")) as server:
        yield server


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with Broker(tmp_path_factory.mktemp("kafka")) as broker:
        yield broker


@pytest.mark.services
def test_with_dynamodb_and_kafka_neither_the_tables_nor_the_log_hold_anything_of_it(
    dynalite: Dynalite, running: Broker, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    settings.CLICKLOG, settings.DYNAMODB_ENDPOINT = "dynamodb", dynalite.url
    settings.DYNAMODB_REGION, settings.DYNAMODB_TABLE = "ap-northeast-2", f"clicks-{uuid4().hex}"
    settings.EVENTS, settings.KAFKA_BOOTSTRAP_SERVERS = "kafka", [running.url]
    settings.KAFKA_TOPIC = f"clicks-{uuid4()}"
    click_log.cache_clear()
    click_log().create()

    def in_log() -> str:
        table = boto3.client("dynamodb", endpoint_url=dynalite.url, region_name="ap-northeast-2")
        return str(table.scan(TableName=settings.DYNAMODB_TABLE)["Items"])

    client, other = Client(), Client()
    gone, kept = use(client), use(other)
    _deliver()
    holds_what_visitors_did(gone)
    assert gone[0] in in_log() and gone[-1] in in_log()
    client.post("/movie/history/clear/")
    _deliver()
    holds_no_more_than_numbers(gone)
    assert not [number for number in gone if number in in_log()]
    assert kept[0] in in_log() and kept[-1] in in_log()
    holds_nothing_after_some_days(gone, kept)


def _deliver() -> None:
    """As the two commands do, which also try again where a busy machine answers late."""
    publisher, consumer = Publisher(sink), Consumer(source)
    end = time.monotonic() + 60
    while not publisher.is_done():
        assert time.monotonic() < end
        with suppress(ClickLogError, StreamError):
            publisher.publish_some()
    while consumer.consume_some() or not consumer.is_done():
        pass
    publisher.close()
    consumer.close()


def history(visitor: str) -> list[ClickEvent]:
    """What a visitor did, and when: the visitors come by turns."""
    first = FIRST_ID + 7 * (ord(visitor[-1]) % 8)
    own = [event(first + i, minute=i, visitor=visitor) for i in range(14)]
    return own + [event(first + i, minute=20 + i, visitor=visitor, kind="star", star=2 + i) for i in range(0, 8, 2)]


def train(model: str, folder: Path) -> tuple[str, str, str]:
    """Hashes of what `train --data feed` makes: weights, ids, data."""
    call_command("train", model, "--data", "feed", "--epochs", "2", "--out", str(folder), stdout=StringIO())
    current = (folder / "current").resolve()
    weights, ids = (hashlib.sha256((current / name).read_bytes()).hexdigest() for name in (WEIGHTS, MOVIE_IDS))
    return weights, ids, read_facts(current)["data"]


@pytest.mark.parametrize("model", trained())
def test_the_model_is_the_one_that_a_feed_without_the_visitor_makes(tmp_path: Path, model: str) -> None:
    others = history("visitor-a") + history("visitor-c")
    by_turns = sorted([*others, *history("visitor-b")], key=lambda each: each.at)
    for each in by_turns:
        journal.click(each)
    with_them = train(model, tmp_path / "with")
    services.history_clear(visitor=Visitor("visitor-b"))
    forgotten = train(model, tmp_path / "forgotten")

    for table in (Click, Outbox, FeedEvent, Forgotten, ListShown):
        table._default_manager.all().delete()
    for each in reversed(others):  # so that rows have other ids, in another order
        journal.click(each)
    never_there = train(model, tmp_path / "never")
    assert forgotten == never_there
    assert with_them[0] != forgotten[0] and with_them[2] != forgotten[2]
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) >= 9 and not [path for path in files if b"visitor-b" in path.read_bytes()]
