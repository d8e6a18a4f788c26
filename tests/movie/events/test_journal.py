from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from movie.clicks import click_log
from movie.clicks.base import ClickEvent, ClickLog, ClickLogError
from movie.clicks.database import DatabaseClickLog
from movie.events import feed, journal, outbox
from movie.events.message import Message
from movie.events.outbox import Row
from movie.events.publisher import Publisher
from movie.events.redo import redo_in_log
from movie.events.stream import FeedSink
from movie.models import Click, FeedEvent, Outbox
from tests.movie.events.contract import V1, EventsContract, event, in_feed, in_log


class ApartLog(DatabaseClickLog):
    """A log that shares no transaction with the outbox, as one in another store."""

    in_database = False


@pytest.fixture
def apart(monkeypatch: pytest.MonkeyPatch) -> ApartLog:
    log = ApartLog()
    for module in ("journal", "publisher"):
        monkeypatch.setattr(f"movie.events.{module}.click_log", lambda: log)
    return log


def publish() -> None:
    publisher = Publisher(FeedSink)
    while publisher.publish_some():
        pass


@pytest.mark.django_db
class TestEventsInTheDatabase(EventsContract):
    def arrive(self) -> None:
        assert not outbox.is_waiting()

    def arrive_again(self, message: Message) -> None:
        feed.apply([message])


@pytest.mark.django_db
class TestEventsInTheDatabaseWithTheLogApart(TestEventsInTheDatabase):
    @pytest.fixture(autouse=True)
    def _apart(self, apart: ApartLog) -> None: ...


@pytest.mark.django_db
class TestEventsByThePublisherAlone(EventsContract):
    """As in a site whose clicks wait for the publisher, though without a broker."""

    @pytest.fixture(autouse=True)
    def _not_at_once(self, apart: ApartLog, settings: Settings) -> None:
        settings.EVENTS = "kafka"

    def arrive(self) -> None:
        publish()

    def arrive_again(self, message: Message) -> None:
        feed.apply([message])


@pytest.mark.django_db
def test_a_click_costs_three_writes_in_one_transaction() -> None:
    journal.click(event(1))
    with CaptureQueriesContext(connection) as asked:
        journal.click(event(2))
    queries = [query["sql"] for query in asked if "SAVEPOINT" not in query["sql"]]
    assert [sql.split()[0] for sql in queries] == ["INSERT", "INSERT", "INSERT", "SELECT"]


@pytest.mark.django_db(transaction=True)
def test_with_the_log_in_the_database_all_of_a_click_is_there_or_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(messages: object) -> None:
        raise OperationalError("disk is full")

    monkeypatch.setattr("movie.events.feed.apply", full)
    with pytest.raises(ClickLogError):
        journal.click(event(1))
    assert not Outbox.objects.exists() and not Click.objects.exists()


class Away(ApartLog):
    def put(self, event: ClickEvent) -> bool:
        raise ClickLogError("down")


@pytest.mark.django_db(transaction=True)
def test_a_click_that_was_answered_503_still_appears_once(apart: ApartLog, monkeypatch: pytest.MonkeyPatch) -> None:
    lost, sent_again = event(1), event(2, minute=1)
    with monkeypatch.context() as log_is_down:
        log_is_down.setattr("movie.events.journal.click_log", Away)
        for each in (lost, sent_again):
            with pytest.raises(ClickLogError):
                journal.click(each)
    assert in_log(V1) == in_feed(V1) == []
    journal.click(sent_again)
    publish()
    publish()
    assert [row[2] for row in in_log(V1)] == [row[2] for row in in_feed(V1)] == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_a_feed_that_cannot_be_written_does_not_hold_up_a_click(
    apart: ApartLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(messages: object) -> None:
        raise OperationalError("database is locked")

    with monkeypatch.context() as feed_is_locked:
        feed_is_locked.setattr("movie.events.feed.apply", locked)
        journal.click(event(1))
    assert len(in_log(V1)) == 1 and not in_feed(V1)
    publish()
    assert in_log(V1) == in_feed(V1)


class Slow(ApartLog):
    """While a click is on its way into the log, its owner does something else."""

    def __init__(self, meanwhile: str) -> None:
        self.meanwhile = meanwhile

    def put(self, event: ClickEvent) -> bool:
        meanwhile, self.meanwhile = self.meanwhile, ""
        if meanwhile == "delete":
            journal.delete_all(event.owner)
        elif meanwhile == "merge":
            journal.merge(event.visitor_id, "kim")
        return super().put(event)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("meanwhile", "then"), [("delete", {}), ("merge", {"user#kim": 1})])
@pytest.mark.parametrize("by", ["the request", "the publisher"])
def test_what_comes_too_late_into_the_log_is_taken_back(
    apart: ApartLog, monkeypatch: pytest.MonkeyPatch, meanwhile: str, then: dict[str, int], by: str
) -> None:
    if by == "the publisher":
        with monkeypatch.context() as log_is_down:
            log_is_down.setattr("movie.events.journal.click_log", Away)
            with pytest.raises(ClickLogError):
                journal.click(event(1))
    slow = Slow(meanwhile)
    for module in ("journal", "publisher"):
        monkeypatch.setattr(f"movie.events.{module}.click_log", lambda: slow)
    if by == "the request":
        journal.click(event(1))
    publish()
    for table in (Click, FeedEvent):
        owners: list[str] = list(table._default_manager.values_list("owner", flat=True))
        assert {owner: owners.count(owner) for owner in owners} == then


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("meanwhile", "then"), [("delete", []), ("merge", ["user#kim"])])
@pytest.mark.parametrize("by", ["journal", "publisher"])
def test_what_changes_between_the_log_and_the_feed_is_in_the_feed_as_it_is_then(
    apart: ApartLog, monkeypatch: pytest.MonkeyPatch, meanwhile: str, then: list[str], by: str
) -> None:
    def late(log: ClickLog, rows: Sequence[Row]) -> list[Row]:
        monkeypatch.setattr(f"movie.events.{by}.redo_in_log", redo_in_log)
        found = redo_in_log(log, rows)
        if meanwhile == "delete":
            journal.delete_all(V1)
        else:
            journal.merge("v1", "kim")
        return found

    if by == "publisher":
        with monkeypatch.context() as log_is_down:
            log_is_down.setattr("movie.events.journal.click_log", Away)
            with pytest.raises(ClickLogError):
                journal.click(event(1))
    monkeypatch.setattr(f"movie.events.{by}.redo_in_log", late)
    if by == "journal":
        journal.click(event(1))
    publish()
    assert list(FeedEvent.objects.values_list("owner", flat=True)) == then
    assert list(Click.objects.values_list("owner", flat=True)) == then


@pytest.mark.django_db(transaction=True)
def test_a_deletion_that_was_cut_off_is_finished_by_the_publisher(
    apart: ApartLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    for i in range(3):
        journal.click(event(i, minute=i))

    def cut_off(*args: object) -> int:
        raise ClickLogError("killed here")

    with monkeypatch.context() as killed:
        killed.setattr(ApartLog, "delete_many", cut_off)
        with pytest.raises(ClickLogError):
            journal.delete_all(V1)
    assert len(in_log(V1)) == 3
    publish()
    assert in_log(V1) == in_feed(V1) == []


@pytest.mark.django_db
def test_deleting_nothing_writes_nothing() -> None:
    assert journal.delete_all(V1) == 0
    assert not journal.delete(V1, event(1).event_id)
    assert journal.merge("v1", "kim") == 0
    assert not Outbox.objects.exists()


@pytest.mark.django_db
def test_a_click_as_it_was_first_accepted_is_what_counts() -> None:
    first = event(1)
    journal.click(first)
    journal.click(replace(first, at=first.at.replace(hour=13)))
    assert click_log().history(V1, limit=9) == [first]
