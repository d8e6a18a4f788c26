from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, Event

import pytest

from movie.clicks.base import ClickLogError
from movie.clicks.waiting import Door, page_reads, read_for_page


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as made:
        yield made


def test_a_quick_read_is_what_it_returns(pool: ThreadPoolExecutor) -> None:
    with page_reads(0.5):
        assert read_for_page(lambda: 7, pool) == 7


def test_an_error_of_a_read_is_its_own(pool: ThreadPoolExecutor) -> None:
    with page_reads(0.5), pytest.raises(ZeroDivisionError):
        read_for_page(lambda: 1 / 0, pool)


def test_all_reads_of_a_page_share_its_time(pool: ThreadPoolExecutor) -> None:
    start, answered = time.monotonic(), 0
    with page_reads(0.2):
        for _ in range(8):
            with suppress(ClickLogError):
                read_for_page(lambda: time.sleep(0.08), pool)
                answered += 1
    assert answered == 2
    assert time.monotonic() - start < 0.3


def test_a_page_that_has_used_its_time_does_not_ask_again(pool: ThreadPoolExecutor) -> None:
    asked = Event()
    with page_reads(0.05):
        with pytest.raises(ClickLogError, match="no answer"):
            read_for_page(lambda: time.sleep(0.1), pool)
        with pytest.raises(ClickLogError, match="used up"):
            read_for_page(asked.set, pool)
    assert not asked.is_set()


def test_the_next_page_has_its_own_time(pool: ThreadPoolExecutor) -> None:
    for _ in range(2):
        with page_reads(0.2):
            read_for_page(lambda: time.sleep(0.12), pool)


def test_a_few_wait_and_who_finds_no_room_is_refused_soon() -> None:
    door, gate = Door(room=2, patience=0.1, pause=5), Barrier(6)

    def write(_: int) -> tuple[bool, float]:
        gate.wait()
        start = time.monotonic()
        try:
            with door.passed():
                time.sleep(0.5)
        except ClickLogError:
            return False, time.monotonic() - start
        return True, time.monotonic() - start

    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(write, range(6)))
    assert [passed for passed, _ in done].count(True) == 2
    assert max(seconds for passed, seconds in done if not passed) < 0.3
    start = time.monotonic()
    with pytest.raises(ClickLogError, match="a moment ago"), door.passed():
        pass
    assert time.monotonic() - start < 0.05


def test_a_healthy_log_refuses_nobody_however_many_write() -> None:
    door = Door(room=2, patience=0.1)

    def write(_: int) -> None:
        for _ in range(20):
            with door.passed():
                time.sleep(0.002)

    with ThreadPoolExecutor(16) as pool:
        list(
            pool.map(write, range(16))
        )  # 640 writes of 2 ms through two places: each thread waits far beyond patience


def test_a_shut_door_opens_again() -> None:
    door = Door(room=1, pause=0.05)
    door.shut()
    with pytest.raises(ClickLogError), door.passed():
        pass
    time.sleep(0.06)
    with door.passed():
        pass


def test_a_write_that_fails_leaves_its_place() -> None:
    door = Door(room=1, patience=0.05)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), door.passed():
            1 / 0  # noqa: B018
