"""From a visitor's history to a model's list."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from movie import selectors
from movie.clicks import click_log
from movie.clicks.base import ClickEvent
from movie.models import Movie
from movie.predictors.base import LENGTH
from movie.predictors.registry import PREDICTORS, predictor
from movie.services.budget import within_budget
from movie.services.fallback import FellBack, answer_of
from movie.services.passed import passed_over
from movie.services.reasons import Told, Why, named, told, why_of
from movie.visitors import Visitor
from pytorch_models.base import Answer, NotFittedError
from pytorch_models.history import NEWEST_MOVIES, Event, History
from pytorch_models.reasons import Reason

logger = logging.getLogger(__name__)
PAGES_READ = 10
"""Most pages of NEWEST_MOVIES events that are read to find as many distinct movies."""


@dataclass(frozen=True)
class Ranked:
    rank: int
    movie: Movie
    why: Why | None = None
    """None where the model says it when it is asked, or not at all."""


@dataclass(frozen=True)
class Recommended:
    """What a model's page shows.

    state: "ranked"; "empty" for a history without a click; "unknown" where the model knows none of the clicks;
    "missing" where there is no list to show, not even popularity's; "no_log" where the click log is away.
    """

    state: Literal["ranked", "empty", "unknown", "missing", "no_log"]
    movies: list[Ranked]
    clicks: int = 0
    clicks_unread: int = 0
    """Clicked movies beyond the newest NEWEST_MOVIES, which only keep their movies out of the list."""
    clicks_read: int = NEWEST_MOVIES
    answer: Answer | None = None
    skipped: Sequence[tuple[str, FellBack]] = ()
    """Of a mix: the labels of the models that could not answer, each with why."""
    history: History | None = None
    """What the list was made of."""
    model: str = ""
    """Whose list it is: popularity's, where that stands in for the model that was asked."""
    fell_back: FellBack = ""
    """Why it stands in: the model has no weights ("missing"), failed ("error") or took too long ("slow")."""
    left_out: tuple[int, ...] = ()
    """Movies that the model named and the catalogue has no more."""
    reasons_ms: float | None = None
    """How long the reasons took beside the list; None where it has none."""
    asked: int = LENGTH
    """How many movies each model was asked for."""

    @property
    def trained(self) -> datetime | None:
        """When the weights behind the list were made."""
        made = self.answer.receipt.trained if self.answer else ""
        return datetime.fromisoformat(made) if made else None


@dataclass(frozen=True)
class Wanted:
    """A list as it is asked for: by which model, of how many movies, and whether each comes with its reason."""

    model: str
    k: int = LENGTH
    reasons: bool = True


@dataclass(frozen=True)
class LogRead:
    """A visitor's events as they were read, newest first. whole: there are no older ones; marked: movies that their
    own list says they have seen."""

    owner: str
    events: list[ClickEvent]
    whole: bool
    marked: frozenset[int] = frozenset()

    def history(self, without: Collection[UUID] = ()) -> History:
        """What a model learns of it: the events that still say something, all movies seen, and those that were passed
        over in a list. without: events to leave out, as if they had never been.
        """
        events = [event for event in self.events if event.event_id not in without]
        seen: Collection[int] = {event.movie_id for event in events}
        if not self.whole:
            left_out = {event.movie_id for event in self.events}.difference(seen)
            seen = click_log().seen(self.owner) - left_out
        read = tuple(
            Event(event.movie_id, event.kind, event.star, event.at, event.event_id) for event in standing(events)
        )
        passed = passed_over(events, owner=self.owner, seen=seen)
        return History(read, frozenset(seen) | self.marked, passed - self.marked)

    def unread(self, history: History) -> int:
        """How many movies of `history` are beyond the newest NEWEST_MOVIES, which no model reads."""
        return 0 if self.whole else len(history.exclude - self.marked - set(history.movie_ids()))

    def recommend(self, wanted: Wanted, *, without: Collection[UUID] = ()) -> Recommended:
        """The best movies by the model, each that the catalogue still has. without: see `history`."""
        history = self.history(without)
        return replace(_recommend(history, wanted), clicks_unread=self.unread(history))


def standing(events: Sequence[ClickEvent]) -> list[ClickEvent]:
    """`events`, newest first, without the stars that were taken back since, and what took them back.

    Else a movie that was only starred, and then not, would count as one that was clicked.
    """
    newest = {event.movie_id: event.kind for event in reversed(events) if event.kind != "click"}
    return [event for event in events if event.kind == "click" or newest[event.movie_id] != "unstar"]


def read_log(visitor: Visitor) -> LogRead:
    """The events of the visitor's newest NEWEST_MOVIES movies. Raises ClickLogError."""
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
    marked = selectors.movies_marked_seen(owner=visitor.owner) if visitor.user else frozenset()
    return LogRead(visitor.owner, events, whole=len(events) < NEWEST_MOVIES, marked=marked)


def history_of(visitor: Visitor) -> History:
    """What a model learns of the visitor. Raises ClickLogError."""
    return read_log(visitor).history()


def recommend(*, visitor: Visitor, model: str, k: int = LENGTH, reasons: bool = True) -> Recommended:
    """The `k` best movies for the visitor by `model`, each that the catalogue still has. Raises ClickLogError.

    Popularity's stand in where the model cannot answer.
    """
    return read_log(visitor).recommend(Wanted(model, k, reasons))


def _recommend(history: History, wanted: Wanted) -> Recommended:
    personal = PREDICTORS[wanted.model].personal
    if not history.events and personal:
        return Recommended("empty", [])
    try:
        given = answer_of(wanted.model, history, k=wanted.k)
    except NotFittedError as error:
        logger.warning("%s", error)
        return Recommended("missing", [])
    answer = given.answer
    reasons = told(given.model, history, answer.movie_ids) if wanted.reasons else Told()
    movies = _by_id([*answer.movie_ids, *reasons.movie_ids])
    listed = [movies[movie_id] for movie_id in answer.movie_ids if movie_id in movies]
    ranked = [Ranked(rank, movie, reasons.why(movie, movies)) for rank, movie in enumerate(listed, start=1)]
    known = answer.clicks or given.fell_back or not personal
    return Recommended(
        "ranked" if known else "unknown",
        ranked,
        clicks=answer.clicks,
        answer=answer,
        history=history,
        model=given.model,
        fell_back=given.fell_back,
        left_out=tuple(movie_id for movie_id in answer.movie_ids if movie_id not in movies),
        reasons_ms=reasons.milliseconds,
        asked=wanted.k,
    )


def why(*, visitor: Visitor, model: str, movie_id: int) -> tuple[Movie, Why | None] | None:
    """The movie, and why `model` would put it into the visitor's list, None where it cannot say.

    None for both where the catalogue has no such movie. Raises ClickLogError.
    """
    history = history_of(visitor)
    reasons: tuple[Reason, ...] = ()
    try:
        reasons = within_budget(model, lambda: predictor(model).explain(history, [movie_id]))
    except Exception as error:  # no weights, a movie that it does not know, or a failure: the page says that much
        logger.warning("%s cannot say why %d: %s", model, movie_id, error)
    movies = _by_id([movie_id, *(named_id for reason in reasons for named_id in named(reason))])
    movie = movies.get(movie_id)
    if movie is None:
        return None
    return movie, why_of(reasons[0], movie, movies) if reasons else None


def _by_id(ids: Iterable[int]) -> dict[int, Movie]:
    return {movie.id: movie for movie in selectors.movies_in_order(ids=list(dict.fromkeys(ids)))}
