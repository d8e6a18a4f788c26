"""The first visit: five movies to pick out of a grid that is popular and varied, and then informed by the picks."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from uuid import UUID

import numpy as np

from movie import selectors
from movie.clicks.base import ClickEvent, ClockError, new_event_id, time_of
from movie.models import Movie
from movie.predictors.registry import OWN, predictor
from movie.services.budget import within_budget
from movie.services.clicks import Source, click_record
from movie.services.recommending import history_of
from movie.visitors import Visitor
from pytorch_models.base import NotFittedError
from pytorch_models.choosing import to_ask, traits
from pytorch_models.history import HIDDEN, History

logger = logging.getLogger(__name__)
PICKS, GRID = 5, 12
MOST_LOOKED_AT = 8 * GRID
"""So many movies are remembered as looked at and not picked; who goes on sees the first of them again."""
WITHOUT_WEIGHTS = 240
"""How many of the most popular movies come into question where no model is there to ask."""


@dataclass(frozen=True)
class Pick:
    """A movie of the visitor's, and the event that says so."""

    movie: Movie
    event_id: UUID | None


@dataclass(frozen=True)
class Asking:
    """What the page shows. picked: the visitor's movies, newest first; grid: what else they may know."""

    picked: list[Pick]
    grid: list[Movie]

    @property
    def missing(self) -> int:
        """How many picks are left to make."""
        return max(PICKS - len(self.picked), 0)


def ask(*, visitor: Visitor, shown: Sequence[int] = (), looked_at: Collection[int] = ()) -> Asking:
    """The grid: of `shown` what was not picked yet, each in its place, and new movies in the other places.

    looked_at: movies that the visitor did not pick before; they do not come again. Raises ClickLogError.
    """
    history = history_of(visitor)
    opinions = history.opinions()
    picked = [movie_id for movie_id in history.movie_ids() if opinions.get(movie_id) != HIDDEN]
    there = {movie.id for movie in selectors.movies_in_order(ids=list(shown))} if shown else set()
    stay = [movie_id for movie_id in dict.fromkeys(shown) if movie_id in there - history.exclude][:GRID]
    new = iter(_new(replace(history, exclude=history.exclude.union(looked_at)), stay))
    placed = [movie_id if movie_id in stay else next(new, None) for movie_id in shown[:GRID]]
    grid = [movie_id for movie_id in (*placed, *new) if movie_id is not None]
    movies = {movie.id: movie for movie in selectors.movies_in_order(ids=[*picked, *grid])}
    events = {event.movie_id: event.event_id for event in reversed(history.events)}
    return Asking(
        [Pick(movies[each], events[each]) for each in picked if each in movies],
        [movies[each] for each in grid if each in movies],
    )


def _new(history: History, stay: Sequence[int]) -> list[int]:
    k = GRID - len(stay)
    if not k:
        return []
    try:
        return within_budget(OWN, lambda: predictor(OWN).to_ask(history, k=k, beside=stay))
    except NotFittedError as error:
        logger.info("the first visit's grid: %s", error)
    except Exception:  # whatever it is: the grid is made without it
        logger.exception("the first visit's grid")
    return _by_genre(history, k=k, beside=stay)


def _by_genre(history: History, *, k: int, beside: Sequence[int]) -> list[int]:
    """Popular movies of many genres and decades."""
    popular = selectors.traits_of_popular(most=WITHOUT_WEIGHTS)
    ids = list(popular)
    places = {movie_id: place for place, movie_id in enumerate(ids)}
    found = to_ask(
        1 / (10.0 + np.arange(len(ids))),
        None,
        traits(list(popular.values())),
        k=k,
        beside=np.array([places[each] for each in beside if each in places], np.int64),
        excluded=np.array([places[each] for each in history.exclude if each in places], np.int64),
    )
    return [ids[place] for place in found]


def pick(*, visitor: Visitor, movie_id: int, form: UUID, page_url: str) -> ClickEvent:
    """Log the pick, an ordinary click. `form`: an event id that the page was made with; the same form and movie are
    the same click, however often it is sent. Raises UnknownMovieError, EventIdError, ClickLogError."""
    entropy = sha256(f"{form} {movie_id}".encode()).digest()[:10]
    own = new_event_id(at=time_of(form), entropy=entropy)
    source = Source(page_url=page_url)
    try:
        return click_record(visitor=visitor, movie_id=movie_id, event_id=own, source=source)
    except ClockError:  # a page that stood open for days
        return click_record(visitor=visitor, movie_id=movie_id, event_id=None, source=source)
