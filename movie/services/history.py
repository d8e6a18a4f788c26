"""A visitor's history, read back: part by part, by kind, title and date, and whole for who takes it away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from uuid import UUID

from django.utils.timezone import make_aware

from movie import selectors
from movie.clicks import click_log
from movie.clicks.base import NEWEST, OLDEST, ClickEvent, new_event_id, time_of
from movie.models import Movie
from movie.visitors import Visitor

PANEL_SIZE = 12
HISTORY_PAGE_SIZE = 48
PART = 500
"""How many events a search reads at once."""
PARTS_SEARCHED = 20
"""After so many parts a page of a search ends; its "older" goes on from there."""
MOST_COUNTED = 4_000
"""How many events of a history are counted: what a store at the other end of a network counts in one request."""
LONGEST_TEXT = 100
FIRST_DAY, LAST_DAY = date(1971, 1, 1), date(9000, 12, 31)
"""The days that can be searched: what lies beyond has no time in every time zone."""
KINDS = {"click": ("click",), "star": ("star", "unstar"), "hide": ("hide",)}
"""What can be searched for, and the kinds of events that are meant."""


@dataclass(frozen=True)
class Entry:
    """One event of a history with its movie; None where the catalogue has it no more."""

    event: ClickEvent
    movie: Movie | None


@dataclass(frozen=True)
class HistoryPage:
    """Part of a visitor's history, newest first. older: the event id to read on from, None at the end.

    total: how many events the history has; None where they are more than are counted, or only part was asked for.
    """

    entries: list[Entry]
    total: int | None
    older: UUID | None


@dataclass(frozen=True)
class Search:
    """Which events are wanted. kind: one of KINDS, or "" for all; text: part of a title; since, until: days of the
    site's time zone, both included."""

    kind: str = ""
    text: str = ""
    since: date | None = None
    until: date | None = None

    def __bool__(self) -> bool:
        return bool(self.kind or self.text or self.since or self.until)

    @property
    def start(self) -> datetime | None:
        return make_aware(datetime.combine(self.since, time.min)) if self.since else None

    @property
    def end(self) -> datetime | None:
        return make_aware(datetime.combine(self.until, time.max)) if self.until else None


def history_page(*, visitor: Visitor, size: int = HISTORY_PAGE_SIZE, before: UUID | None = None) -> HistoryPage:
    """The visitor's newest `size` events, or those older than `before`. Raises ClickLogError."""
    events = click_log().history(visitor.owner, limit=size + 1, before=before)
    shown = events[:size]
    more = len(events) > size
    total = history_total(visitor=visitor) if more or before else len(shown)
    return HistoryPage(_entries(shown), total, shown[-1].event_id if more else None)


def history_panel(*, visitor: Visitor) -> HistoryPage:
    """What every page shows of the history, so one request of the log, and no total where there is more.

    Raises ClickLogError.
    """
    events = click_log().history(visitor.owner, limit=PANEL_SIZE + 1)
    shown = events[:PANEL_SIZE]
    if len(events) > PANEL_SIZE:
        return HistoryPage(_entries(shown), None, shown[-1].event_id)
    return HistoryPage(_entries(shown), len(shown), None)


def history_total(*, visitor: Visitor) -> int | None:
    """How many events the visitor's history has; None where more than MOST_COUNTED. Raises ClickLogError."""
    counted = click_log().count(visitor.owner, most=MOST_COUNTED + 1)
    return counted if counted <= MOST_COUNTED else None


def history_read(
    *, visitor: Visitor, search: Search, before: UUID | None = None, size: int = HISTORY_PAGE_SIZE
) -> HistoryPage:
    """`history_search` where anything is searched for, else `history_page`. Raises ClickLogError."""
    if search:
        return history_search(visitor=visitor, search=search, before=before, size=size)
    return history_page(visitor=visitor, before=before, size=size)


def history_search(
    *, visitor: Visitor, search: Search, before: UUID | None = None, size: int = HISTORY_PAGE_SIZE
) -> HistoryPage:
    """Of what `history_page` gives, what `search` asks for. Raises ClickLogError."""
    found: list[ClickEvent] = []
    before = _first(search, before)
    for _ in range(PARTS_SEARCHED):
        part = click_log().history(visitor.owner, limit=PART, before=before)
        found += _wanted(part, search)
        if len(found) > size:
            shown = found[:size]
            return HistoryPage(_entries(shown), None, shown[-1].event_id)
        if len(part) < PART or _is_past(part[-1], search):
            return HistoryPage(_entries(found), None, None)
        before = part[-1].event_id
    return HistoryPage(_entries(found), None, before)


def history_rows(*, visitor: Visitor) -> Iterator[dict[str, object]]:
    """Every event of the visitor, newest first, with its movie's titles, read part by part.

    Raises ClickLogError, at the first row where the log cannot be read at all.
    """
    events = click_log().every(visitor.owner)
    while part := list(islice(events, PART)):
        yield from (exported(entry.event, entry.movie) for entry in _entries(part))


def exported(event: ClickEvent, movie: Movie | None) -> dict[str, object]:
    """An event in plain types, for who takes it away."""
    titles = {"title": movie.title, "title_ko": movie.title_ko, "year": movie.year} if movie else {}
    return {**asdict(event), **titles, "event_id": str(event.event_id), "at": event.at.isoformat()}


def _entries(events: Iterable[ClickEvent]) -> list[Entry]:
    events = list(events)
    movies = {movie.id: movie for movie in selectors.movies_in_order(ids=list({e.movie_id for e in events}))}
    return [Entry(event, movies.get(event.movie_id)) for event in events]


def _wanted(events: Iterable[ClickEvent], search: Search) -> list[ClickEvent]:
    kinds = KINDS.get(search.kind)
    found = [
        event
        for event in events
        if (kinds is None or event.kind in kinds)
        and (search.start is None or event.at >= search.start)
        and (search.end is None or event.at <= search.end)
    ]
    if not search.text or not found:
        return found
    titled = selectors.movies_titled(ids={event.movie_id for event in found}, text=search.text)
    return [event for event in found if event.movie_id in titled]


def _first(search: Search, before: UUID | None) -> UUID | None:
    """Where to read from: an id's time is the browser's, at most NEWEST ahead of the time that counts."""
    if search.end is None:
        return before
    latest = new_event_id(at=search.end + NEWEST, entropy=bytes([255] * 10))
    return min(latest, before) if before else latest


def _is_past(event: ClickEvent, search: Search) -> bool:
    """Whether all that is older is older than the search; an id's time may be OLDEST before the time that counts."""
    return search.start is not None and time_of(event.event_id) < search.start - OLDEST - timedelta(seconds=1)
