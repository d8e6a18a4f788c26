"""Why a movie is in a list, put together for a page: a model's reasons, and the movies that they name."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from movie.models import Movie
from movie.predictors.registry import predictor
from movie.services.budget import within_budget
from movie.ways import Way, ways_of
from pytorch_models.history import History
from pytorch_models.reasons import Measure, Reason

logger = logging.getLogger(__name__)
SHOWN = 4
"""How many clicks, and how many paths, a page names; the strongest."""


@dataclass(frozen=True)
class Carrying:
    """A click that carried a recommendation.

    share: of all that clicks carried, or of the attention, 0–1. together: see pytorch_models.reasons.Carried.
    """

    movie: Movie
    share: float
    together: int | None = None

    @property
    def percent(self) -> int:
        return round(100 * self.share)


@dataclass(frozen=True)
class Why:
    """Why `movie`. clicks, paths: the strongest. more: how many further clicks carried it too. visitors: of a list of
    these days, how many chose it."""

    movie: Movie
    measure: Measure
    clicks: list[Carrying] = field(default_factory=list)
    more: int = 0
    paths: list[Way] = field(default_factory=list)
    visitors: int | None = None

    @property
    def counted(self) -> bool:
        """Whether the model has a graph, and so counted the people between the clicks and the movie."""
        return any(click.together is not None for click in self.clicks)


@dataclass(frozen=True)
class Told:
    """What a model told of a list. milliseconds: None where nothing was asked or it failed."""

    reasons: Mapping[int, Reason] = field(default_factory=dict)
    milliseconds: float | None = None

    @property
    def movie_ids(self) -> list[int]:
        """The movies that a page names in it."""
        return [movie_id for reason in self.reasons.values() for movie_id in named(reason)]

    def why(self, movie: Movie, movies: Mapping[int, Movie]) -> Why | None:
        """Why `movie`, with `movies` by id; None where nothing was told of it."""
        reason = self.reasons.get(movie.id)
        return why_of(reason, movie, movies) if reason else None


def told(model: str, history: History, movie_ids: Sequence[int]) -> Told:
    """The reasons of `model` for its list, where it gives them at once. No failure of a reason costs the list."""
    if not movie_ids or not predictor(model).explains_at_once:
        return Told()
    started = time.perf_counter()
    try:
        reasons = within_budget(model, lambda: predictor(model).explain(history, movie_ids))
    except Exception:  # whatever it is
        logger.exception("%s cannot say why", model)
        return Told()
    return Told({reason.movie_id: reason for reason in reasons}, (time.perf_counter() - started) * 1000)


def named(reason: Reason) -> list[int]:
    """The ids of the movies that `why_of` shows."""
    on_paths = [int(node.key) for path in reason.paths[:SHOWN] for node in path.nodes if node.kind == "movie"]
    return [click.movie_id for click in reason.clicks[:SHOWN]] + on_paths


def why_of(reason: Reason, movie: Movie, movies: Mapping[int, Movie]) -> Why:
    """`reason` with its movies; a click that the catalogue has no more is left out, its share is not given away."""
    carried = 1.0 if reason.measure == "attention" else sum(click.weight for click in reason.clicks)
    clicks = [
        Carrying(movies[click.movie_id], click.weight / carried, click.together)
        for click in reason.clicks[:SHOWN]
        if click.movie_id in movies
    ]
    paths = ways_of(reason.paths[:SHOWN], movies)
    return Why(movie, reason.measure, clicks, max(len(reason.clicks) - SHOWN, 0), paths, reason.visitors)
