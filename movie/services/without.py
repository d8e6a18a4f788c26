"""A model's list as it would be without some clicks, and how it moves. Nothing is deleted, and no list is kept."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from movie import selectors
from movie.clicks import click_log
from movie.clicks.base import ClickEvent, ClickLogError
from movie.models import Movie
from movie.predictors.base import LENGTH
from movie.services.fallback import answer_of
from movie.services.history import PANEL_SIZE, Entry
from movie.services.recommending import Recommended, Wanted, read_log
from movie.visitors import Visitor

logger = logging.getLogger(__name__)
MOST_WITHOUT = 48
"""How many clicks can be left out at once."""


@dataclass(frozen=True)
class Move:
    """Where a movie stood with all clicks. was: its rank there, None where it was not in the list."""

    rank: int
    was: int | None

    @property
    def up(self) -> int:
        """By how many places it rose; below 0, how many it fell."""
        return self.was - self.rank if self.was else 0

    @property
    def places(self) -> int:
        return abs(self.up)


@dataclass(frozen=True)
class Gone:
    """A movie that is in the list with all clicks alone."""

    was: int
    movie: Movie


@dataclass(frozen=True)
class Reranked:
    """A list without some clicks. moves: by movie; left_out: the events that were there to leave out."""

    recommended: Recommended
    left_out: frozenset[UUID]
    moves: dict[int, Move] = field(default_factory=dict)
    gone: list[Gone] = field(default_factory=list)


def without_of(ids: Sequence[str]) -> frozenset[UUID]:
    """The events that an address names. Raises ValueError where one is no UUID, or there are too many."""
    if len(ids) > MOST_WITHOUT:
        raise ValueError(f"Expected at most {MOST_WITHOUT} clicks to leave out (got {len(ids)})")
    return frozenset(UUID(each) for each in ids)


def switches_beyond_panel(*, visitor: Visitor, without: Collection[UUID]) -> list[Entry]:
    """What can be left out beside what the panel shows, newest first: of the visitor's newest MOST_WITHOUT events,
    and what is left out now, however old, for it has to have a switch to come back; none where the click log cannot
    be read."""
    try:
        events = _beyond_panel(visitor.owner, without)
    except ClickLogError as error:
        logger.warning("switches: %s", error)
        return []
    movies = {movie.id: movie for movie in selectors.movies_in_order(ids=list({each.movie_id for each in events}))}
    return [Entry(event, movies.get(event.movie_id)) for event in events]


def _beyond_panel(owner: str, without: Collection[UUID]) -> list[ClickEvent]:
    newest = click_log().history(owner, limit=MOST_WITHOUT)
    old = set(without) - {event.event_id for event in newest}
    found = [click_log().find(owner, event_id) for event_id in sorted(old, reverse=True)]
    return [*newest[PANEL_SIZE:], *(event for event in found if event)]


def rerank(
    *, visitor: Visitor, model: str, without: Collection[UUID], k: int = LENGTH, reasons: bool = True
) -> Reranked:
    """`recommend` as if the events `without` had never been, beside the list with all of them; both of one reading.

    Raises ClickLogError.
    """
    read = read_log(visitor)
    left_out = frozenset(event.event_id for event in read.events if event.event_id in without)
    recommended = read.recommend(Wanted(model, k, reasons), without=left_out)
    if not left_out or recommended.state == "missing" or recommended.fell_back:
        return Reranked(recommended, left_out)
    given = answer_of(model, read.history(), k=k)
    if given.fell_back:  # a move from another model's list means nothing
        return Reranked(recommended, left_out)
    return _compared(recommended, left_out, given.answer.movie_ids)


def _compared(recommended: Recommended, left_out: frozenset[UUID], before: Sequence[int]) -> Reranked:
    now = [each.movie.id for each in recommended.movies]
    movies = {
        movie.id: movie for movie in selectors.movies_in_order(ids=[each for each in before if each not in now])
    }
    there = [each for each in before if each in now or each in movies]  # as ranks on a page count: without the lost
    was = {movie_id: rank for rank, movie_id in enumerate(there, start=1)}
    moves = {each.movie.id: Move(each.rank, was.get(each.movie.id)) for each in recommended.movies}
    return Reranked(recommended, left_out, moves, [Gone(was[each], movies[each]) for each in there if each in movies])
