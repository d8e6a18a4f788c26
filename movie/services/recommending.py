"""From a visitor's history to a model's list."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from movie import selectors
from movie.clicks import click_log
from movie.clicks.base import ClickEvent
from movie.models import Movie
from movie.predictors.registry import PREDICTORS
from movie.services.fallback import Why, answer_of
from movie.services.passed import passed_over
from movie.visitors import Visitor
from pytorch_models.base import NEWEST_MOVIES, Answer, Event, History, NotFittedError

logger = logging.getLogger(__name__)
PAGES_READ = 10
"""Most pages of NEWEST_MOVIES events that are read to find as many distinct movies."""


@dataclass(frozen=True)
class Ranked:
    rank: int
    movie: Movie


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
    problem: str = ""
    history: History | None = None
    """What the list was made of."""
    model: str = ""
    """Whose list it is: popularity's, where that stands in for the model that was asked."""
    fell_back: Why = ""
    """Why it stands in: the model has no weights ("missing"), failed ("error") or took too long ("slow")."""

    @property
    def trained(self) -> datetime | None:
        """When the weights behind the list were made."""
        made = self.answer.receipt.trained if self.answer else ""
        return datetime.fromisoformat(made) if made else None


def history_of(visitor: Visitor) -> History:
    """What a model learns of the visitor: the events of the newest NEWEST_MOVIES movies, all movies seen, and those
    that were passed over in a list."""
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
    read = tuple(Event(event.movie_id, event.kind, event.star, event.at, event.event_id) for event in events)
    seen = movies if len(events) < NEWEST_MOVIES else click_log().seen(visitor.owner)
    return History(read, frozenset(seen), passed_over(events, owner=visitor.owner, seen=seen))


def recommend(*, visitor: Visitor, model: str) -> Recommended:
    """The ten best movies for the visitor by `model`, each that the catalogue still has. Raises ClickLogError.

    Popularity's stand in where the model cannot answer.
    """
    history = history_of(visitor)
    personal = PREDICTORS[model].personal
    if not history.events and personal:
        return Recommended("empty", [])
    unread = len(history.exclude) - len(history.movie_ids())
    try:
        given = answer_of(model, history)
    except NotFittedError as error:
        logger.warning("%s", error)
        return Recommended("missing", [])
    answer = given.answer
    movies = selectors.movies_in_order(ids=answer.movie_ids)
    ranked = [Ranked(rank, movie) for rank, movie in enumerate(movies, start=1)]
    known = answer.clicks or given.fell_back or not personal
    return Recommended(
        "ranked" if known else "unknown",
        ranked,
        clicks=answer.clicks,
        clicks_unread=unread,
        answer=answer,
        history=history,
        model=given.model,
        fell_back=given.fell_back,
    )
