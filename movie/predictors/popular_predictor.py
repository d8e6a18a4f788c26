"""Popularity on the site, overall and these days, from the tables alone: no weights, no torch.

So it can answer where every model cannot, and stands in for each of them (movie.services.fallback).
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby

import numpy as np
from django.conf import settings
from django.db import DatabaseError

from movie import selectors
from movie.catalogue.feed import is_robot
from movie.predictors.base import Predictor
from movie.selectors import FeedInteraction
from pytorch_models.base import NotFittedError
from pytorch_models.datasets.id_map import IdMap
from pytorch_models.history import LOW_STAR, History
from pytorch_models.popularity.recommender import PopularityRecommender
from pytorch_models.reasons import Reason

NEWEST_EVENTS = 10_000
"""Most events of the feed that a list of these days is counted from: some ten milliseconds, however busy the site."""


class _FromTables(Predictor[PopularityRecommender]):
    """Whose order is made of tables, and is told from another by its hash."""

    def make(self) -> PopularityRecommender:
        return PopularityRecommender()

    def kept(self, weights: str, *, created: str) -> PopularityRecommender | None:
        """The order with this hash; None where the tables say another by now."""
        current = self.recommender()
        return current if current.checkpoint == weights else None


class PopularPredictor(_FromTables):
    """By the damped mean of the stars, as the home page; read once a catalogue."""

    name = "popular"

    def __init__(self) -> None:
        super().__init__()
        self._catalogue: int | None = None
        """Which load of the catalogue the order is of."""

    def _load(self) -> PopularityRecommender:
        self._looked = time.monotonic()
        try:
            load = selectors.catalogue_load()
            ids, popularity = selectors.popularity_of_movies()
        except DatabaseError as error:
            raise NotFittedError(f"{self.name}: the catalogue cannot be read: {error}") from error
        if not len(ids):
            raise NotFittedError(f"{self.name}: the catalogue is empty; run: python manage.py load_movies")
        self._catalogue = load.id if load else None
        return _ranking(self.name, ids, popularity)

    def _look_for_another(self) -> None:
        """Read the order anew where another catalogue was loaded. A database that is away changes nothing."""
        self._looked = time.monotonic()
        try:
            load = selectors.catalogue_load()
            if load is not None and load.id != self._catalogue:
                self._loaded = self._load()
        except (DatabaseError, NotFittedError):
            return


class TrendingPredictor(_FromTables):
    """By how many visitors chose a movie in the last TRENDING_DAYS days, then by popularity.

    Counted anew for each list, so that nothing of a visitor who deleted their history stays behind.
    """

    name = "trending"

    def recommender(self) -> PopularityRecommender:
        visitors = self._visitors()
        ids, popularity = selectors.popularity_of_movies(ids=list(visitors))
        if not len(ids):
            return _ranking(self.name, ids, popularity)
        below_one = popularity / (1 + popularity.max())  # decides among movies with as many visitors, and no more
        return _ranking(self.name, ids, np.array([visitors[movie_id] for movie_id in ids.tolist()]) + below_one)

    def explain(self, history: History, movie_ids: Sequence[int]) -> tuple[Reason, ...]:
        visitors = self._visitors()
        return tuple(Reason(movie_id, "trending", visitors=visitors[movie_id]) for movie_id in movie_ids)

    def _visitors(self) -> Counter[int]:
        since = datetime.now(UTC) - timedelta(days=settings.TRENDING_DAYS)
        return visitors_of(selectors.feed_since(since, most=NEWEST_EVENTS))


def visitors_of(events: Sequence[FeedInteraction]) -> Counter[int]:
    """How many visitors chose each movie, of `events`, newest first.

    A visitor counts once, unless their newest word on the movie was a low star or to hide it. A robot counts for
    nothing, nor does a click on one of these lists: what is shown would else keep itself there.
    """
    chosen: Counter[int] = Counter()
    by_owner = sorted(events, key=lambda event: event.owner)  # stable: still newest first within each
    for _, group in groupby(by_owner, key=lambda event: event.owner):
        own = list(group)
        if is_robot(own[::-1], most_a_minute=settings.FEED_MOST_A_MINUTE):
            continue
        newest: dict[int, FeedInteraction] = {}
        for event in own:
            newest.setdefault(event.movie_id, event)
        chosen.update(movie_id for movie_id, event in newest.items() if _speaks_for(event))
    return chosen


def _speaks_for(event: FeedInteraction) -> bool:
    if event.kind == "star":
        return (event.star or 0) > LOW_STAR
    return event.kind == "click" and event.model not in (PopularPredictor.name, TrendingPredictor.name)


def _ranking(name: str, ids: np.ndarray, popularity: np.ndarray) -> PopularityRecommender:
    made = PopularityRecommender.ranking(IdMap(ids), popularity)
    made.name = name  # what a receipt names is a tab
    return made


popular_predictor = PopularPredictor()
trending_predictor = TrendingPredictor()
