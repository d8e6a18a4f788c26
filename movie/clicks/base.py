"""The click log's contract: what an event is, and what every store of events can do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import wraps
from itertools import islice
from typing import ClassVar, ParamSpec, TypeVar
from uuid import UUID

KINDS = ("click", "star", "unstar", "hide", "delete")
OLDEST = timedelta(days=7)
"""An event id may be this old: a browser sends again what it could not send before."""
NEWEST = timedelta(minutes=5)
"""An event id may be this far ahead of the server's clock."""
P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")

UUID_MAX = UUID(int=2**128 - 1)


class ClickLogError(Exception):
    """The log cannot be read or written now; nothing was accepted."""


def raises_click_log_error(what: str, *errors: type[Exception]) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorates a store's methods: `errors` of its library become ClickLogError, which says `what` failed."""

    def decorate(method: Callable[P, R]) -> Callable[P, R]:
        @wraps(method)
        def inner(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                return method(*args, **kwargs)
            except errors as error:
                raise ClickLogError(f"{what}: {error}") from error

        return inner

    return decorate


class EventIdError(ValueError):
    """An event id that is no UUIDv7."""


class ClockError(EventIdError):
    """An event id whose time is too far from the server's."""


@dataclass(frozen=True)
class ClickEvent:
    """One thing a visitor did. Its key is (owner, event_id): nobody can touch the event of another."""

    event_id: UUID
    """UUIDv7, made by the browser, so that sending again is the same event."""
    visitor_id: str
    movie_id: int
    at: datetime
    """UTC, milliseconds, the server's clock."""
    kind: str = "click"
    user_id: str | None = None
    star: int | None = None
    """1–10, half stars doubled."""
    page_url: str = ""
    list_id: str = ""
    model: str = ""
    """With `list_id` and `rank`: the recommendation that was clicked."""
    rank: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"Expected 'kind' to be one of {', '.join(KINDS)} (got '{self.kind}')")
        if self.star is not None and not 1 <= self.star <= 10:
            raise ValueError(f"Expected 'star' between 1 and 10 (got {self.star})")

    @property
    def owner(self) -> str:
        return owner_of(self.visitor_id, self.user_id)


def owner_of(visitor_id: str, user_id: str | None) -> str:
    """The partition of an event: the signed-in user's, or the visitor's own."""
    return f"user#{user_id}" if user_id else f"visitor#{visitor_id}"


def user_of(owner: str) -> str | None:
    """The user whose partition it is; None where it is a visitor's."""
    return owner.removeprefix("user#") if owner.startswith("user#") else None


VISITORS = owner_of("", None)
"""How the owner of everybody who is not signed in begins."""


class ClickLog(ABC):
    """A store of events; `owner` is what `owner_of` gives. Methods raise ClickLogError where the store fails."""

    in_database: ClassVar[bool] = False
    """True where it is a table of the site's database, so that one transaction holds its writes and others."""
    page_size: ClassVar[int] = 500

    @abstractmethod
    def put(self, event: ClickEvent) -> bool:
        """Keep `event`; False where the owner already has one of its id, which stays as it was."""

    @abstractmethod
    def history(self, owner: str, *, limit: int, before: UUID | None = None) -> list[ClickEvent]:
        """The owner's newest `limit` events, newest first by event id; `before`: only older ones."""

    @abstractmethod
    def delete(self, owner: str, event_id: UUID) -> bool:
        """Remove one event; False where the owner has none of this id."""

    @abstractmethod
    def delete_all(self, owner: str) -> int:
        """Remove every event of the owner; returns how many there were."""

    @abstractmethod
    def merge(self, visitor_id: str, user_id: str) -> int:
        """Give a visitor's events to the user they signed in as, each once; returns how many moved."""

    @abstractmethod
    def seen(self, owner: str) -> frozenset[int]:
        """Every movie the owner ever clicked, starred or hid, however long ago."""

    @abstractmethod
    def count(self, owner: str, *, most: int | None = None) -> int:
        """How many events the owner has; `most`: it counts no further."""

    @abstractmethod
    def connect(self) -> None:
        """Get ready in this process, so that no visitor waits for it; a server calls it in each worker.

        Raises ClickLogError where the store is not there; it may come later, and is used then.
        """

    @abstractmethod
    def create(self) -> list[str]:
        """Make the store where it is missing, and return what there is to say of it. Safe to repeat."""

    def lacks(self) -> str:
        """What the settings lack for this store, in words; "" where nothing. The store itself is not asked."""
        return ""

    def expire(self, before: datetime, *, visitors_only: bool) -> int:
        """Remove events logged before `before`, of visitors who are not signed in, or of everybody; returns how many.

        A store whose events end by themselves, at a time written into each, has nothing to do.
        """
        return 0

    def put_many(self, events: Sequence[ClickEvent]) -> None:
        """Keep those of `events` that are not there. A store at the other end of a network overrides it."""
        for event in events:
            self.put(event)

    def find(self, owner: str, event_id: UUID) -> ClickEvent | None:
        """One event; None where the owner has none of this id."""
        just_after = UUID(int=min(event_id.int + 1, UUID_MAX.int))
        page = self.history(owner, limit=1, before=just_after)
        return page[0] if page and page[0].event_id == event_id else None

    def every(self, owner: str) -> Iterator[ClickEvent]:
        """All events of the owner, newest first, read page by page."""
        before: UUID | None = None
        while page := self.history(owner, limit=self.page_size, before=before):
            yield from page
            before = page[-1].event_id

    def delete_many(self, owner: str, event_ids: Collection[UUID]) -> None:
        """Remove these events, where they are there, and no other. A store that has a batch overrides it."""
        for event_id in event_ids:
            self.delete(owner, event_id)

    def move(self, visitor_id: str, user_id: str, event_ids: Collection[UUID]) -> int:
        """Give these events of a visitor to the user, each once; returns how many moved.

        Safe to repeat, also after it was cut off half-way: an event is written anew before the old one goes.
        """
        source, moved = owner_of(visitor_id, None), 0
        for event_id in event_ids:
            event = self.find(source, event_id)
            if event:
                moved += self.put(replace(event, user_id=user_id))
                self.delete(source, event_id)
        return moved


def batched(many: Iterable[T], size: int = 500) -> Iterator[Sequence[T]]:
    """At most `size` of them at a time: as many ids as one statement or message holds."""
    left = iter(many)
    while batch := list(islice(left, size)):
        yield batch


def time_of(event_id: UUID) -> datetime:
    """The time in a UUIDv7 (RFC 9562: 48 bits of milliseconds). Raises EventIdError where it is none."""
    if event_id.version != 7:
        raise EventIdError(f"Expected 'event_id' to be a UUIDv7 (got {event_id})")
    try:
        return datetime.fromtimestamp((event_id.int >> 80) / 1000, tz=UTC)
    except (ValueError, OverflowError) as error:  # 48 bits reach beyond the year 9999, the last that there is
        raise ClockError(f"Expected 'event_id' of this age (got {event_id})") from error


def check_time(event_id: UUID, *, now: datetime) -> None:
    """Raises ClockError where the id is older than OLDEST or further ahead than NEWEST."""
    age = now - time_of(event_id)
    if not -NEWEST <= age <= OLDEST:
        raise ClockError(f"Expected 'event_id' made within {OLDEST} before and {NEWEST} after {now} (got {-age} off)")


def new_event_id(*, at: datetime, entropy: bytes) -> UUID:
    """A UUIDv7 of time `at` from 10 random bytes, for events that no browser made."""
    milliseconds = int(at.timestamp() * 1000)
    value = (milliseconds << 80) | int.from_bytes(entropy[:10], "big")
    value = value & ~(0xF << 76) | (7 << 76)
    value = value & ~(0b11 << 62) | (0b10 << 62)
    return UUID(int=value)
