"""What every click log must do. A store's tests inherit it and give the log."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from movie.clicks.base import ClickEvent, ClickLog, new_event_id, owner_of

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def event(movie_id: int, *, minute: int = 0, visitor: str = "v1", user: str | None = None) -> ClickEvent:
    at = NOON + timedelta(minutes=minute)
    event_id = new_event_id(at=at, entropy=os.urandom(10))
    return ClickEvent(event_id, visitor, movie_id, at, user_id=user, page_url="/", model="ngcf", rank=2)


V1, V2 = owner_of("v1", None), owner_of("v2", None)


class ClickLogContract:
    @pytest.fixture
    def log(self) -> ClickLog:
        raise AssertionError("a store's tests give their log")

    def test_it_gives_back_what_was_put_newest_first(self, log: ClickLog) -> None:
        first, second = event(10), event(20, minute=1)
        assert log.put(second) and log.put(first)
        assert log.history(V1, limit=10) == [second, first]

    def test_putting_again_changes_nothing(self, log: ClickLog) -> None:
        once = event(10)
        assert log.put(once)
        assert not log.put(ClickEvent(once.event_id, "v1", 99, NOON))
        assert log.history(V1, limit=10) == [once]

    def test_of_many_it_keeps_those_that_are_missing(self, log: ClickLog) -> None:
        mine, others, more = event(10), event(20, visitor="v2"), event(30, minute=1)
        log.put(mine)
        log.put_many([replace(mine, movie_id=99), others, more])
        log.put_many([])
        assert log.history(V1, limit=9) == [more, mine]
        assert log.history(V2, limit=9) == [others]

    def test_two_clicks_in_one_millisecond_are_two(self, log: ClickLog) -> None:
        log.put(event(10))
        log.put(event(10))
        assert log.count(V1) == 2

    def test_an_event_is_its_owners_alone(self, log: ClickLog) -> None:
        mine = event(10)
        log.put(mine)
        assert log.history(V2, limit=10) == []
        assert not log.delete(V2, mine.event_id)
        log.put(ClickEvent(mine.event_id, "v2", 30, NOON))
        assert log.history(V1, limit=10) == [mine]

    def test_it_reads_a_page_and_goes_on_from_its_end(self, log: ClickLog) -> None:
        events = [event(i, minute=i) for i in range(7)]
        for each in events:
            log.put(each)
        page = log.history(V1, limit=3)
        rest = log.history(V1, limit=9, before=page[-1].event_id)
        assert page + rest == events[::-1]

    def test_it_deletes_one(self, log: ClickLog) -> None:
        kept, gone = event(10), event(20)
        log.put(kept)
        log.put(gone)
        assert log.delete(V1, gone.event_id)
        assert not log.delete(V1, gone.event_id)
        assert log.history(V1, limit=10) == [kept]

    def test_it_deletes_all_of_one_owner(self, log: ClickLog) -> None:
        for i in range(60):
            log.put(event(i, minute=i))
        log.put(event(5, visitor="v2"))
        assert log.delete_all(V1) == 60
        assert log.delete_all(V1) == 0
        assert (log.count(V1), log.count(V2)) == (0, 1)

    def test_it_counts_no_further_than_it_is_told(self, log: ClickLog) -> None:
        for i in range(5):
            log.put(event(i, minute=i))
        assert [log.count(V1, most=most) for most in (3, 5, 9)] == [3, 5, 5]
        assert (log.count(V1), log.count(V2, most=3)) == (5, 0)

    def test_seen_is_every_movie_however_old(self, log: ClickLog) -> None:
        for i in (3, 4, 3):
            log.put(event(i))
        assert log.seen(V1) == {3, 4}
        assert log.seen(V2) == frozenset()

    def test_merging_moves_each_event_once(self, log: ClickLog) -> None:
        mine, other = event(10), event(20, minute=1)
        log.put(mine)
        log.put(other)
        log.put(ClickEvent(other.event_id, "v9", 20, other.at, user_id="kim"))  # the user has this one already
        assert log.merge("v1", "kim") == 1
        assert log.merge("v1", "kim") == 0
        user = owner_of("v1", "kim")
        assert [each.movie_id for each in log.history(user, limit=9)] == [20, 10]
        assert {each.user_id for each in log.history(user, limit=9)} == {"kim"}
        assert log.count(V1) == 0

    def test_it_finds_one_event_by_its_id(self, log: ClickLog) -> None:
        older, wanted, newer = event(10), event(20, minute=1), event(30, minute=2)
        for each in (older, wanted, newer):
            log.put(each)
        assert log.find(V1, wanted.event_id) == wanted
        assert log.find(V2, wanted.event_id) is None
        assert log.find(V1, event(20, minute=1).event_id) is None
        assert log.find(V1, UUID(int=2**128 - 1)) is None

    def test_it_reads_every_event_page_by_page(self, log: ClickLog, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(type(log), "page_size", 3)
        events = [event(i, minute=i) for i in range(7)]
        for each in events:
            log.put(each)
        assert list(log.every(V1)) == events[::-1]

    def test_it_deletes_many_and_no_other(self, log: ClickLog) -> None:
        events = [event(i, minute=i) for i in range(60)]
        for each in events:
            log.put(each)
        gone = {each.event_id for each in events[:55]} | {event(1).event_id}
        log.delete_many(V2, gone)
        assert log.count(V1) == 60
        log.delete_many(V1, gone)
        assert log.history(V1, limit=99) == events[:54:-1]

    def test_it_moves_the_events_that_are_named_and_can_do_so_again(self, log: ClickLog) -> None:
        moved, stays = event(10), event(20, minute=1)
        log.put(moved)
        log.put(stays)
        for times in (1, 0):
            assert log.move("v1", "kim", [moved.event_id]) == times
        user = owner_of("v1", "kim")
        assert log.history(user, limit=9) == [replace(moved, user_id="kim")]
        assert log.history(V1, limit=9) == [stays]
        log.put(moved)  # written too late
        assert log.move("v1", "kim", [moved.event_id]) == 0
        assert (log.count(user), log.count(V1)) == (1, 1)

    def test_eight_threads_lose_nothing_and_double_nothing(self, log: ClickLog) -> None:
        events = [event(i % 5, minute=i) for i in range(64)]

        def put(each: ClickEvent) -> UUID:
            log.put(each)
            log.put(each)
            return each.event_id

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(put, events))
        assert {each.event_id for each in log.history(V1, limit=100)} == {each.event_id for each in events}
        assert log.count(V1) == 64
