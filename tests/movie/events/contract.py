"""What the stream of events must do. Whichever stream it is: its tests inherit this and say how events arrive."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from movie.clicks import click_log
from movie.clicks.base import ClickEvent, new_event_id, owner_of
from movie.events import journal, outbox
from movie.events.message import CLICK_KINDS, Message
from movie.models import FeedEvent, Outbox

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
V1, V2, KIM = owner_of("v1", None), owner_of("v2", None), owner_of("v1", "kim")
FIELDS = ("event_id", "visitor_id", "movie_id", "at", "kind", "star", "page_url", "list_id", "model", "rank")


def event(movie_id: int, *, minute: int = 0, visitor: str = "v1", **fields: Any) -> ClickEvent:
    at = NOON + timedelta(minutes=minute)
    event_id = new_event_id(at=at, entropy=os.urandom(10))
    return ClickEvent(event_id, visitor, movie_id, at, page_url="/movie/ngcf/", model="ngcf", rank=2, **fields)


def in_log(owner: str) -> list[tuple[object, ...]]:
    return sorted(_values(each) for each in click_log().every(owner))


def in_feed(owner: str) -> list[tuple[object, ...]]:
    return sorted(FeedEvent.objects.filter(owner=owner).values_list(*FIELDS))


def in_outbox(owner: str) -> list[tuple[object, ...]]:
    bodies = Outbox.objects.filter(owner=owner, kind__in=CLICK_KINDS).exclude(body="").order_by("id")
    messages = [outbox.Row(each.id, each.owner, each.body).message for each in bodies]
    return sorted(_values(each) for each in messages if isinstance(each, ClickEvent))


def _values(event: ClickEvent) -> tuple[object, ...]:
    return tuple(getattr(event, name) for name in FIELDS)


class EventsContract:
    def arrive(self) -> None:
        """Let everything that was accepted reach the feed."""
        raise AssertionError("a stream's tests say how events arrive")

    def arrive_again(self, message: Message) -> None:
        """Let `message` arrive as a late duplicate does."""
        raise AssertionError("a stream's tests say how a duplicate arrives")

    def stores_hold(self, owner: str, *movie_ids: int) -> None:
        """Click log, outbox and feed hold the same events of the owner, those of `movie_ids`."""
        self.arrive()
        assert in_log(owner) == in_outbox(owner) == in_feed(owner)
        assert sorted(row[2] for row in in_feed(owner)) == sorted(movie_ids)  # type: ignore[type-var]

    def test_what_is_accepted_is_in_every_store_with_all_it_says(self) -> None:
        journal.click(event(10))
        journal.click(event(20, kind="star", star=7, minute=1))
        journal.click(event(30, visitor="v2"))
        self.stores_hold(V1, 10, 20)
        self.stores_hold(V2, 30)

    def test_a_click_that_is_sent_again_stays_one(self) -> None:
        once = event(10)
        for _ in range(3):
            journal.click(once)
        self.stores_hold(V1, 10)
        journal.click(replace(once, movie_id=99))
        self.arrive_again(once)
        self.stores_hold(V1, 10)
        assert Outbox.objects.count() == 1

    def test_the_id_of_anothers_event_is_no_obstacle(self) -> None:
        mine = event(10)
        journal.click(mine)
        journal.click(replace(mine, visitor_id="v2", movie_id=20))
        assert journal.delete(V2, mine.event_id)
        self.stores_hold(V1, 10)
        self.stores_hold(V2)

    def test_deleting_one_deletes_it_everywhere_and_for_good(self) -> None:
        kept, gone = event(10), event(20)
        journal.click(kept)
        journal.click(gone)
        self.arrive()
        assert journal.delete(V1, gone.event_id)
        assert not journal.delete(V1, gone.event_id)
        self.stores_hold(V1, 10)
        self.arrive_again(gone)
        journal.click(gone)
        self.stores_hold(V1, 10)

    def test_deleting_all_reaches_what_still_waits_in_the_outbox(self) -> None:
        early = [event(i, minute=i) for i in range(5)]
        for each in early:
            journal.click(each)
        self.arrive()
        waiting = event(50, minute=50)
        journal.click(waiting)
        journal.click(event(60, visitor="v2"))
        assert journal.delete_all(V1) == 6
        journal.click(event(70, minute=70))
        self.stores_hold(V1, 70)
        for each in (*early, waiting):
            self.arrive_again(each)
        self.stores_hold(V1, 70)
        self.stores_hold(V2, 60)

    def test_deleting_all_reaches_what_the_feed_alone_still_has(self) -> None:
        """As where the log was changed for another, or an event expired there, and its row in the outbox was pruned."""
        for i in range(3):
            journal.click(event(i, minute=i))
        self.arrive()
        self.feed_alone_has(V1)
        journal.click(event(5, visitor="v2"))
        journal.click(event(50, minute=50))
        assert journal.delete_all(V1) == 1
        self.stores_hold(V1)
        self.stores_hold(V2, 5)

    def test_signing_in_takes_along_what_the_feed_alone_still_has(self) -> None:
        journal.click(event(10))
        self.arrive()
        self.feed_alone_has(V1)
        assert journal.merge("v1", "kim") == 1
        self.arrive()
        assert in_feed(V1) == [] and [row[2] for row in in_feed(KIM)] == [10]
        assert journal.delete_all(KIM) == 0
        self.stores_hold(KIM)

    @staticmethod
    def feed_alone_has(owner: str) -> None:
        click_log().delete_all(owner)
        Outbox.objects.all().delete()

    def test_a_long_history_is_deleted_whole(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("movie.events.journal.MOST_IDS", 4)
        for i in range(10):
            journal.click(event(i, minute=i))
        self.arrive()
        assert journal.delete_all(V1) == 10
        assert Outbox.objects.filter(kind="delete").count() == 3
        self.stores_hold(V1)

    def test_signing_in_gives_a_visitors_events_to_the_user(self) -> None:
        before, after = event(10), event(30, minute=3)
        journal.click(before)
        self.arrive()
        journal.click(event(20, minute=1))
        assert journal.merge("v1", "kim") == 2
        journal.click(after)  # signed out again
        self.stores_hold(KIM, 10, 20)
        self.stores_hold(V1, 30)
        self.arrive_again(before)
        journal.click(before)
        self.stores_hold(KIM, 10, 20)
        self.stores_hold(V1, 30)

    def test_what_a_user_brought_along_can_be_deleted(self) -> None:
        brought = event(10)
        journal.click(brought)
        assert journal.merge("v1", "kim") == 1
        journal.click(event(20, minute=1, visitor="v9", user_id="kim"))
        assert journal.delete_all(KIM) == 2
        self.stores_hold(KIM)
        self.arrive_again(brought)
        self.stores_hold(V1)
