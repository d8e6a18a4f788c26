"""Every write, and everything that takes more than one part of the site."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID

from django.conf import settings

from movie import selectors
from movie.clicks import click_log
from movie.clicks.base import ClickEvent, ClickLogError, check_time, new_event_id
from movie.events import journal
from movie.models import Movie
from movie.predictors.registry import PREDICTORS, predictor
from movie.visitors import Visitor
from pytorch_models.base import NEWEST_MOVIES, Answer, Event, History, NotFittedError

logger = logging.getLogger(__name__)
PANEL_SIZE = 12
HISTORY_PAGE_SIZE = 48
PAGES_READ = 10
"""Most pages of NEWEST_MOVIES events that are read to find as many distinct movies."""


class UnknownMovieError(LookupError):
    """No movie has this id."""


@dataclass(frozen=True)
class Source:
    """Where a click happened: the page, and the recommendation that was clicked."""

    page_url: str = ""
    list_id: str = ""
    model: str = ""
    rank: int | None = None


@dataclass(frozen=True)
class Entry:
    """One event of a history with its movie; None where the catalogue has it no more."""

    event: ClickEvent
    movie: Movie | None


@dataclass(frozen=True)
class HistoryPage:
    """Part of a visitor's history, newest first. older: the event id to read on from, None at the end."""

    entries: list[Entry]
    total: int
    older: UUID | None


@dataclass(frozen=True)
class Ranked:
    rank: int
    movie: Movie


@dataclass(frozen=True)
class Recommended:
    """What a model's page shows.

    state: "ranked"; "empty" for a history without a click; "unknown" where the model knows none of the clicks;
    "missing" where the model has no weights (`problem` says what to do); "no_log" where the click log is away.
    """

    state: Literal["ranked", "empty", "unknown", "missing", "no_log"]
    movies: list[Ranked]
    clicks: int = 0
    clicks_unread: int = 0
    """Clicked movies beyond the newest NEWEST_MOVIES, which only keep their movies out of the list."""
    clicks_read: int = NEWEST_MOVIES
    answer: Answer | None = None
    problem: str = ""

    @property
    def trained(self) -> datetime | None:
        """When the weights behind the list were made."""
        made = self.answer.receipt.trained if self.answer else ""
        return datetime.fromisoformat(made) if made else None


def click_record(
    *, visitor: Visitor, movie_id: int, event_id: UUID | None, source: Source, now: datetime | None = None
) -> ClickEvent:
    """Log a click, once an event id.

    Raises UnknownMovieError or EventIdError, nothing logged; or ClickLogError: then it may still appear, once.
    """
    now = now or datetime.now(UTC)
    now = now.replace(microsecond=now.microsecond // 1000 * 1000)
    event_id = event_id or new_event_id(at=now, entropy=os.urandom(10))
    check_time(event_id, now=now)
    if not selectors.movie_exists(movie_id=movie_id):
        raise UnknownMovieError(f"no movie has the id {movie_id}")
    event = ClickEvent(
        event_id=event_id,
        visitor_id=visitor.id,
        user_id=visitor.user,
        movie_id=movie_id,
        at=now,
        page_url=source.page_url,
        list_id=source.list_id,
        model=source.model,
        rank=source.rank,
    )
    journal.click(event)
    return event


def click_remove(*, visitor: Visitor, event_id: UUID) -> bool:
    """Take one click out of the visitor's history and every other store; False where it is not there."""
    return journal.delete(visitor.owner, event_id)


def history_clear(*, visitor: Visitor) -> int:
    """Take every click out of the visitor's history and every other store; returns how many there were."""
    return journal.delete_all(visitor.owner)


def history_merge(*, visitor: Visitor, user_id: str) -> int:
    """Give the visitor's history to the user they sign in as; returns how many events moved."""
    return journal.merge(visitor.id, user_id)


def history_page(*, visitor: Visitor, size: int = HISTORY_PAGE_SIZE, before: UUID | None = None) -> HistoryPage:
    """The visitor's newest `size` events, or those older than `before`. Raises ClickLogError."""
    events = click_log().history(visitor.owner, limit=size + 1, before=before)
    shown = events[:size]
    movies = {movie.id: movie for movie in selectors.movies_in_order(ids=list({e.movie_id for e in shown}))}
    entries = [Entry(event, movies.get(event.movie_id)) for event in shown]
    more = len(events) > size
    total = click_log().count(visitor.owner) if more or before else len(shown)
    return HistoryPage(entries, total, shown[-1].event_id if more else None)


def events_expire(*, now: datetime | None = None) -> int:
    """Delete what the settings keep no longer, from the click log; returns how many events. Raises ClickLogError."""
    now = now or datetime.now(UTC)
    of_visitors = click_log().expire(now - timedelta(days=settings.CLICKLOG_VISITOR_DAYS), visitors_only=True)
    return of_visitors + click_log().expire(now - timedelta(days=settings.CLICKLOG_DAYS), visitors_only=False)


def events_export(*, owner: str) -> Iterator[dict[str, object]]:
    """Every event of `owner`, newest first, with its movie's titles, a page at a time. Raises ClickLogError."""
    before: UUID | None = None
    while events := click_log().history(owner, limit=HISTORY_PAGE_SIZE, before=before):
        movies = {movie.id: movie for movie in selectors.movies_in_order(ids=list({e.movie_id for e in events}))}
        for event in events:
            movie = movies.get(event.movie_id)
            titles = {"title": movie.title, "title_ko": movie.title_ko, "year": movie.year} if movie else {}
            yield {**asdict(event), **titles, "event_id": str(event.event_id), "at": event.at.isoformat()}
        before = events[-1].event_id


def history_of(visitor: Visitor) -> History:
    """What a model learns of the visitor: the events of the newest NEWEST_MOVIES movies, and all movies seen."""
    events: list[ClickEvent] = []
    movies: set[int] = set()
    before: UUID | None = None
    for _ in range(PAGES_READ):
        page = click_log().history(visitor.owner, limit=NEWEST_MOVIES, before=before)
        events += page
        movies |= {event.movie_id for event in page}
        if len(page) < NEWEST_MOVIES or len(movies) >= NEWEST_MOVIES:
            break
        before = page[-1].event_id
    read = tuple(Event(event.movie_id, event.kind, event.star, event.at) for event in events)
    seen = movies if len(events) < NEWEST_MOVIES else click_log().seen(visitor.owner)
    return History(read, frozenset(seen))


def recommend(*, visitor: Visitor, model: str) -> Recommended:
    """The ten best movies for the visitor by `model`, each that the catalogue still has. Raises ClickLogError."""
    history = history_of(visitor)
    if not history.events:
        return Recommended("empty", [])
    unread = len(history.exclude) - len(history.movie_ids())
    try:
        answer = predictor(model).answer(history)
    except NotFittedError as error:
        logger.warning("%s", error)
        return Recommended("missing", [], problem=str(error))
    movies = selectors.movies_in_order(ids=answer.movie_ids)
    ranked = [Ranked(rank, movie) for rank, movie in enumerate(movies, start=1)]
    state: Literal["ranked", "unknown"] = "ranked" if answer.clicks else "unknown"
    return Recommended(state, ranked, clicks=answer.clicks, clicks_unread=unread, answer=answer)


def load_models() -> None:
    """Load every model's weights, so that workers forked later share them. None is needed."""
    for name in PREDICTORS:
        try:
            predictor(name).recommender()
        except NotFittedError as error:
            logger.warning("%s", error)


def connect() -> None:
    """Connect this process to what it must not share with the process that it was forked from."""
    try:
        click_log().connect()
    except ClickLogError as error:
        logger.warning("%s", error)
