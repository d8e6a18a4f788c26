from __future__ import annotations

import os
import signal
from collections.abc import Callable, Sequence
from datetime import timedelta
from io import StringIO
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from movie import models
from movie.clicks import click_log
from movie.events import feed, journal, loop, outbox, publisher
from movie.events.lease import lease
from movie.events.message import parse
from movie.events.outbox import Row
from movie.events.publisher import Publisher
from movie.events.stream import StreamError
from movie.models import FeedEvent, Forgotten, Outbox
from tests.movie.events.contract import V1, event, in_feed, in_log

pytestmark = pytest.mark.django_db


class Broker:
    """Remembers what it took; `room`: how many rows it takes before it goes away."""

    def __init__(self, room: int = 10**9) -> None:
        self.taken: list[Row] = []
        self.room = room
        self.closed = False

    def send(self, rows: Sequence[Row]) -> None:
        there = min(self.room, len(rows))
        self.room -= there
        self.taken += rows[:there]
        if there < len(rows):
            raise StreamError("away", sent=there)

    def close(self) -> None:
        self.closed = True


@pytest.fixture(autouse=True)
def _nothing_at_once(settings: Settings) -> None:
    settings.EVENTS = "kafka"


def movies(rows: Sequence[Row]) -> list[int]:
    return [parse(row.body).movie_id for row in rows]  # type: ignore[union-attr]


def click(*movie_ids: int) -> None:
    for movie_id in movie_ids:
        journal.click(event(movie_id, minute=movie_id))


def test_it_publishes_in_order_batch_by_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publisher, "BATCH", 4)
    click(*range(10))
    broker = Broker()
    at_work = Publisher(lambda: broker)
    assert [at_work.publish_some() for _ in range(4)] == [True, True, True, False]
    assert movies(broker.taken) == list(range(10))
    assert (at_work.tally.done, at_work.is_done()) == (10, True)


def test_what_a_broker_did_not_take_is_sent_again_in_order() -> None:
    click(*range(5))
    broker = Broker(room=2)
    at_work = Publisher(lambda: broker)
    with pytest.raises(StreamError):
        at_work.publish_some()
    assert list(Outbox.objects.order_by("id").values_list("attempts", flat=True)) == [0, 0, 1, 1, 1]
    assert outbox.backlog().waiting == 3 and "3 waiting" in at_work.report()
    broker.room = 9
    assert at_work.publish_some()
    assert movies(broker.taken) == [0, 1, 2, 3, 4]


def test_a_sink_that_fails_for_good_is_closed_and_made_anew() -> None:
    click(*range(3))
    sinks = [Broker(room=1), Broker()]
    made: list[Broker] = []

    def make() -> Broker:
        made.append(sinks[len(made)])
        return made[-1]

    at_work = Publisher(make)
    with pytest.raises(StreamError):
        at_work.publish_some()
    assert sinks[0].closed
    assert at_work.publish_some() and not outbox.is_waiting()
    assert [movies(each.taken) for each in made] == [[0], [1, 2]]


def test_a_stream_that_cannot_be_opened_loses_nothing() -> None:
    click(1)

    def away() -> Broker:
        raise StreamError("no broker")

    with pytest.raises(StreamError):
        Publisher(away).publish_some()
    assert outbox.backlog().waiting == 1


def test_a_deleted_event_does_not_travel_but_its_deletion_does() -> None:
    click(1)
    journal.delete_all(V1)
    broker = Broker()
    assert Publisher(lambda: broker).publish_some()
    assert [parse(row.body).kind for row in broker.taken] == ["delete"]
    assert not outbox.is_waiting()


def test_a_second_publisher_stands_by() -> None:
    click(1)
    first, second = Broker(), Broker()

    class Meanwhile(Broker):
        def send(self, rows: Sequence[Row]) -> None:
            assert not Publisher(lambda: second).publish_some()
            first.send(rows)

    assert Publisher(Meanwhile).publish_some()
    assert (movies(first.taken), second.taken) == ([1], [])


def test_one_that_lost_its_lease_sends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    click(1)

    def slow(limit: int) -> list[Row]:
        models.Lease.objects.update(until=timezone.now() - timedelta(seconds=1))
        return pending(limit)

    pending = outbox.pending
    monkeypatch.setattr(outbox, "pending", slow)
    broker = Broker()
    Publisher(lambda: broker).publish_some()
    assert broker.taken == [] and outbox.is_waiting()


def test_a_lease_is_one_holders_until_it_is_released_or_runs_out() -> None:
    mine, theirs = (lease("x", length=timedelta(seconds=60)) for _ in range(2))
    assert mine.take() and mine.take() and mine.keep()
    assert not theirs.take() and not theirs.keep()
    theirs.release()
    assert not theirs.take()
    mine.release()
    assert theirs.take() and not mine.keep()
    models.Lease.objects.update(until=timezone.now() - timedelta(seconds=1))
    assert not theirs.keep()
    assert mine.take() and not theirs.take()


def test_old_rows_and_old_deletions_are_pruned_and_only_they() -> None:
    click(1, 2)
    feed.apply([parse(row.body) for row in outbox.pending(9)])
    journal.delete(V1, event_id_of(1))
    feed.apply([parse(row.body) for row in outbox.pending(9) if row.body])
    Publisher(Broker).publish_some()
    now = timezone.now()
    assert outbox.prune(now=now + timedelta(days=7)) == feed.prune(now=now + timedelta(days=7)) == 0
    click(3)
    assert outbox.prune(now=now + timedelta(days=9)) == 3
    assert feed.prune(now=now + timedelta(days=9)) == 1
    assert outbox.backlog().waiting == Outbox.objects.count() == 1
    assert not Forgotten.objects.exists()


def event_id_of(movie_id: int) -> UUID:
    return next(each.event_id for each in click_log().every(V1) if each.movie_id == movie_id)


def test_ids_of_deleted_events_outlive_the_topic(settings: Settings) -> None:
    settings.KAFKA_RETENTION_DAYS = 30
    assert feed.remembered_for() == timedelta(days=31)
    settings.KAFKA_RETENTION_DAYS = 1
    assert feed.remembered_for() == timedelta(days=8)


def test_the_command_writes_what_is_left_into_the_feed(settings: Settings) -> None:
    click(1, 2)
    assert not in_feed(V1)
    settings.EVENTS = "database"
    call_command("publish_events", "--once")
    assert in_log(V1) == in_feed(V1)


def test_what_a_stream_has_lost_is_published_once_more_and_changes_nothing_where_it_was_not(
    settings: Settings,
) -> None:
    click(1, 2, 3, 4)
    settings.EVENTS = "database"
    call_command("publish_events", "--once")
    journal.delete(V1, event_id_of(4))
    now = timezone.now()
    Outbox.objects.filter(event_id=event_id_of(1)).update(published_at=now - timedelta(hours=2))
    before = in_feed(V1)
    FeedEvent.objects.filter(movie_id=2).delete()  # as a restored feed that the stream cannot fill any more
    said = StringIO()
    since = timezone.localtime(now - timedelta(hours=1)).replace(tzinfo=None).isoformat()  # in the site's zone
    call_command("publish_events", "--once", "--again-since", since, stdout=said)
    assert said.getvalue().startswith("3 events")  # two clicks and the deletion
    assert in_feed(V1) == before == in_log(V1) and len(before) == 3
    with pytest.raises(CommandError, match="Expected a time"):
        call_command("publish_events", "--once", "--again-since", "yesterday")


def test_commands_say_what_is_missing(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    click(1)
    monkeypatch.setattr("movie.events.stream.find_spec", lambda name: None)
    for command in ("publish_events", "consume_events"):
        with pytest.raises(CommandError, match=r"needs kafka-python.*requirements.txt"):
            call_command(command, "--once")
    settings.EVENTS = "database"
    with pytest.raises(CommandError, match="nothing to consume"):
        call_command("consume_events", "--once", stdout=StringIO())


def test_the_loop_backs_off_says_so_and_ends_at_sigterm(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    click(1)
    broker = Broker(room=0)
    at_work = Publisher(lambda: broker)
    waits: list[float] = []

    def pause(failures: int) -> float:
        waits.append(real(failures))
        if failures == 4:
            broker.room = 1
        return 0.0

    def step() -> bool:
        again = at_work.publish_some()
        os.kill(os.getpid(), signal.SIGTERM)
        return again

    real: Callable[[int], float] = loop._pause
    monkeypatch.setattr(loop, "_pause", pause)
    monkeypatch.setattr(loop, "close_old_connections", lambda: None)  # the test's own is not the loop's
    before = signal.getsignal(signal.SIGTERM)
    with caplog.at_level("INFO"):
        loop.run(at_work, step, name="publish_events")
    assert signal.getsignal(signal.SIGTERM) == before
    assert movies(broker.taken) == [1] and broker.closed
    for number, wait in enumerate(waits):
        assert loop.LEAST_SECONDS * 2**number / 2 <= wait <= loop.LEAST_SECONDS * 2**number
    assert loop._pause is pause and real(50) <= loop.MOST_SECONDS
    assert "away; again in" in caplog.text
    assert "0 waiting, the oldest for 0.0 s, 4 failures so far" in caplog.text
    assert caplog.messages[-1] == "publish_events: ended"


def test_a_backlog_tells_its_age() -> None:
    click(1)
    Outbox.objects.update(created_at=timezone.now() - timedelta(seconds=90))
    backlog = outbox.backlog()
    assert backlog.waiting == 1 and 89 < backlog.seconds < 100
