"""How long anybody waits for a click log that does not answer: a page a moment in all, a write where there is room.

A server has few threads. A log that stalls must take neither a page's time nor all of the threads that serve pages.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from threading import Condition
from typing import TypeVar

from movie.clicks.base import ClickLogError

PAGE_SECONDS = 0.15
"""What all reads of one page may wait together: less than the 200 ms that they may cost, for threads wake up late."""
T = TypeVar("T")


@dataclass
class _Page:
    whole: float
    left: float
    """Seconds that its reads may still wait."""


_page: ContextVar[_Page | None] = ContextVar("page", default=None)


@contextmanager
def page_reads(seconds: float = PAGE_SECONDS) -> Iterator[None]:
    """Inside, every `read_for_page` of this thread together waits at most `seconds`."""
    before = _page.set(_Page(seconds, seconds))
    try:
        yield
    finally:
        _page.reset(before)


def is_page() -> bool:
    """Whether a page is being made, whose reader waits."""
    return _page.get() is not None


def read_for_page(read: Callable[[], T], pool: Executor) -> T:
    """What `read` returns, run in `pool`. Raises ClickLogError where the page's time is over before it does.

    The parts of a long answer share it, too: a log that answers each of many parts slowly costs a page no more.
    A thread of its own, because a socket's timeout bounds each wait for bytes, not the whole of a call.
    """
    page = _page.get()
    assert page is not None, "read_for_page outside of page_reads"
    if page.left <= 0:
        raise ClickLogError("the click log has used up this page's time")
    start = time.monotonic()
    answer = pool.submit(read)
    try:
        return answer.result(page.left)
    except TimeoutError as error:
        answer.cancel()
        page.left = 0
        raise ClickLogError(f"the click log gave no answer within {page.whole * 1000:.0f} ms") from error
    finally:
        page.left -= time.monotonic() - start


class Door:
    """Lets writes through to the log, a few at once.

    Where the log stalls, those few wait for it and nobody else: once one of them has been inside for `patience`
    seconds, whoever finds no room is refused and shuts the door, as does who waited in vain. It opens again after
    `pause` seconds.
    """

    def __init__(self, *, room: int, patience: float = 0.2, pause: float = 1.0) -> None:
        self._room, self._patience, self._pause = room, patience, pause
        self._entered: list[float] = []
        self._left = Condition()
        self._shut_until = 0.0

    def shut(self) -> None:
        self._shut_until = time.monotonic() + self._pause

    @contextmanager
    def passed(self) -> Iterator[None]:
        """Raises ClickLogError, at once or after `patience`, where the log is known not to answer."""
        if time.monotonic() < self._shut_until:
            raise ClickLogError("the click log gave no answer a moment ago")
        entered = self._enter()
        try:
            yield
        finally:
            with self._left:
                self._entered.remove(entered)
                self._left.notify()

    def _enter(self) -> float:
        with self._left:
            while len(self._entered) >= self._room:
                rest = min(self._entered) + self._patience - time.monotonic()
                if rest <= 0:
                    self.shut()
                    raise ClickLogError("the click log keeps others waiting already")
                self._left.wait(rest)
            now = time.monotonic()
            self._entered.append(now)
            return now
