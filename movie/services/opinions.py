"""What a visitor said of movies: their stars, and what does not interest them; shown wherever a movie is."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field

from movie import selectors
from movie.clicks import click_log
from movie.clicks.base import ClickLogError
from movie.visitors import Visitor
from pytorch_models.history import HIDDEN, Event, History

logger = logging.getLogger(__name__)
READ = 500
"""How many events, the newest, are read for every page. What was said before them comes from the training feed."""


@dataclass(frozen=True)
class Opinions:
    """stars: by movie, 1–10, half stars doubled; hidden: movies that do not interest."""

    stars: dict[int, int] = field(default_factory=dict)
    hidden: frozenset[int] = frozenset()


def opinions_of(visitor: Visitor) -> Opinions:
    """What `opinions_read` says; nothing where the click log cannot be read."""
    try:
        return opinions_read(visitor)
    except ClickLogError as error:
        logger.warning("stars: %s", error)
        return Opinions()


def opinions_read(visitor: Visitor) -> Opinions:
    """What the visitor said, the newest word of each movie. Raises ClickLogError.

    One query of the log; one more, of the feed, for who has more than READ events. The feed may lag seconds behind
    the log where it comes by Kafka, so it is asked only for what is older than those.
    """
    events = click_log().history(visitor.owner, limit=READ)
    said = [Event(each.movie_id, each.kind, each.star) for each in events]
    if len(events) == READ:
        said += [Event(*row) for row in selectors.feed_opinions(owner=visitor.owner, before=events[-1].at)]
    return _newest(said)


def _newest(newest_first: Iterable[Event]) -> Opinions:
    opinions = History(tuple(newest_first), frozenset()).opinions()
    stars = {movie_id: star for movie_id, star in opinions.items() if star > 0}
    return Opinions(stars, frozenset(movie_id for movie_id, star in opinions.items() if star == HIDDEN))
