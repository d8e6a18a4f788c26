"""What visitors of the site did, as ratings to train on beside the catalogue's."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import NamedTuple

import numpy as np

from movie.selectors import FeedInteraction
from pytorch_models.datasets.interactions import NO_STAR, Interactions

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Weights:
    """How much of the feed counts: an event of weight .3 is kept with a chance of .3, always the same way.

    robots: of owners who never saw a page, or did more than `most_a_minute` in one. recommended: of clicks on what a
    model recommended, which else would learn from itself.
    """

    robots: float = 0.0
    recommended: float = 0.5
    most_a_minute: int = 60


class Ratings(NamedTuple):
    """Aligned arrays, as Interactions.of takes them. users: text."""

    users: np.ndarray
    movies: np.ndarray
    star: np.ndarray
    at: np.ndarray


def ratings_of(events: Iterable[FeedInteraction], weights: Weights) -> Ratings:
    """One rating a movie of each owner, of the events that count. events: of one owner one after the other."""
    rows: list[tuple[str, int, int, int]] = []
    for owner, group in groupby(events, key=lambda event: event.owner):
        own = sorted(group, key=lambda event: event.at)
        of_all = weights.robots if is_robot(own, most_a_minute=weights.most_a_minute) else 1.0
        kept = [each for each in own if _counts(each, of_all * (weights.recommended if each.model else 1.0))]
        rows += [(owner, movie_id, star, at) for movie_id, (star, at) in _stars(kept).items()]
    users = np.array([row[0] for row in rows], dtype=str)
    movies, star, at = np.array([row[1:] for row in rows], dtype=np.int64).reshape(-1, 3).T
    return Ratings(users, movies, star, at)


def is_robot(own: Sequence[FeedInteraction], *, most_a_minute: int) -> bool:
    """Whether one owner's events, oldest first, tell of no page, or of more in a minute than a person does."""
    if not any(event.page_url for event in own):
        return True
    pairs = zip(own, own[most_a_minute:], strict=False)
    return any(later.at - first.at <= MINUTE for first, later in pairs)


def together(catalogue: Interactions, feed: Ratings, *, known: np.ndarray) -> Interactions:
    """The catalogue's ratings and the feed's, its movies outside `known` (ids) left out."""
    there = np.isin(feed.movies, known)
    return Interactions.of(
        np.concatenate([catalogue.users.id_at(catalogue.user_idx).astype(str), feed.users[there]]),
        np.concatenate([catalogue.movies.id_at(catalogue.movie_idx), feed.movies[there]]),
        star=np.concatenate([catalogue.star, feed.star[there]]),
        at=np.concatenate([catalogue.at, feed.at[there]]),
    )


def _counts(event: FeedInteraction, weight: float) -> bool:
    told = f"{event.owner}:{event.movie_id}:{event.at.timestamp()}".encode()
    return int.from_bytes(hashlib.blake2b(told, digest_size=4).digest()) / 2**32 < weight


def _stars(own: Iterable[FeedInteraction]) -> dict[int, tuple[int, int]]:
    """Star and milliseconds UTC of each movie; a click takes no star away."""
    said: dict[int, tuple[int, int]] = {}
    for event in own:
        before = said.get(event.movie_id, (NO_STAR, 0))[0]
        said[event.movie_id] = event.star or before, int(event.at.timestamp() * 1000)
    return said
