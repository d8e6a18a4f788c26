"""What a visitor did, and what a model reads of it: the input of every recommendation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import numpy as np

from pytorch_models.datasets.id_map import UNKNOWN, IdMap

NEWEST_MOVIES = 500
"""How many distinct movies of a history a model reads, the newest first."""
LOW_STAR = 4
"""A star up to this one, of ten, counts against a movie."""
NO_OPINION, HIDDEN = 0, -1
"""What stands for a star where none was given, and where the movie was hidden."""


class Event(NamedTuple):
    """One thing a visitor did. kind: "click", "star", "unstar" or "hide"; star: 1–10, half stars doubled; at: UTC.

    event_id: its name where it is kept, None where it is kept nowhere.
    """

    movie_id: int
    kind: str = "click"
    star: int | None = None
    at: datetime | None = None
    event_id: UUID | None = None


@dataclass(frozen=True)
class History:
    """A visitor's events, newest first, and the movies that must not come back.

    passed: movies that the visitor looked at in a list, and clicked none of them.
    """

    events: tuple[Event, ...]
    exclude: frozenset[int]
    passed: frozenset[int] = frozenset()

    @classmethod
    def of_clicks(cls, movie_ids: Iterable[int]) -> History:
        """A history of plain clicks, `movie_ids` oldest first, all of them excluded."""
        clicked = [int(movie_id) for movie_id in movie_ids]
        return cls(tuple(Event(movie_id) for movie_id in reversed(clicked)), frozenset(clicked))

    def movie_ids(self) -> list[int]:
        """The newest NEWEST_MOVIES distinct movies, newest first."""
        return list(dict.fromkeys(event.movie_id for event in self.events))[:NEWEST_MOVIES]

    def counted(self) -> tuple[Event, ...]:
        """The events that a model reads anything from, newest first: a history of these alone gets the same answer.

        Of each of `movie_ids` the newest event and the newest opinion, so two a movie at most.
        """
        read, newest, spoken = set(self.movie_ids()), set[int](), set[int]()
        counted = []
        for event in self.events:
            speaks = _speaks(event) and event.movie_id not in spoken
            if event.movie_id in read and (speaks or event.movie_id not in newest):
                counted.append(event)
            newest.add(event.movie_id)
            if speaks:
                spoken.add(event.movie_id)
        return tuple(counted)

    def opinions(self) -> dict[int, int]:
        """The newest star of each movie that has one, HIDDEN where the newest word was to hide it."""
        said: dict[int, int] = {}
        for event in filter(_speaks, self.events):
            silent = HIDDEN if event.kind == "hide" else NO_OPINION
            said.setdefault(event.movie_id, event.star or NO_OPINION if event.kind == "star" else silent)
        return said


def _speaks(event: Event) -> bool:
    """Whether the event says what the visitor thinks of the movie."""
    return event.kind in ("unstar", "hide") or (event.kind == "star" and bool(event.star))


class Visit(NamedTuple):
    """A history as a model reads it, in rows.

    clicks: (|C|,) int64, distinct, newest first, what was disliked left out; star: (|C|,) int64, theirs, NO_OPINION
    where there is none; disliked: (m,) int64, starred LOW_STAR or less, or hidden; passed: (p,) int64, ascending,
    shown and not clicked.
    """

    clicks: np.ndarray
    star: np.ndarray
    disliked: np.ndarray
    passed: np.ndarray = np.empty(0, np.int64)

    @classmethod
    def of_clicks(cls, clicks: np.ndarray) -> Visit:
        return cls(clicks, np.full(len(clicks), NO_OPINION), np.empty(0, np.int64))

    def by_row(self) -> Visit:
        """The same, ascending: for a model to which the order of clicks means nothing."""
        order = np.argsort(self.clicks)
        return self._replace(clicks=self.clicks[order], star=self.star[order], disliked=np.sort(self.disliked))

    def opposed(self) -> tuple[np.ndarray, np.ndarray]:
        """Rows that the visitor put above and below their own mean star; what they disliked is below everything.

        Without stars of both kinds, all clicks stand above what was disliked.
        """
        starred = self.star > NO_OPINION
        mean = self.star[starred].mean() if starred.any() else 0.0
        above, under = self.clicks[starred & (self.star > mean)], self.clicks[starred & (self.star < mean)]
        return (above if len(above) else self.clicks), np.concatenate([under, self.disliked])


class Read(NamedTuple):
    """A history in rows. excluded: (e,) int64, never to come back; skipped: ids that the model does not know."""

    visit: Visit
    excluded: np.ndarray
    skipped: tuple[int, ...]

    @classmethod
    def of(cls, history: History, movies: IdMap) -> Read:
        """`history` in the rows of `movies`."""
        ids = history.movie_ids()
        rows = movies.idx_of(ids)
        known = rows != UNKNOWN
        skipped = tuple(movie_id for movie_id, row in zip(ids, rows, strict=True) if row == UNKNOWN)
        excluded = movies.idx_of(list(history.exclude))
        excluded = np.concatenate([rows[known], excluded[excluded != UNKNOWN]])
        opinions = history.opinions()
        star = np.array([opinions.get(movie_id, NO_OPINION) for movie_id in ids], np.int64)[known]
        low = (star == HIDDEN) | ((star > NO_OPINION) & (star <= LOW_STAR))
        visit = Visit(rows[known][~low], star[~low], rows[known][low])
        if history.passed:
            visit = visit._replace(passed=np.setdiff1d(movies.idx_of(list(history.passed)), [UNKNOWN, *rows]))
        return cls(visit, excluded, skipped)
