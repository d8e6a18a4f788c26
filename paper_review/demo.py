"""A review's model on the reader's own clicks: its best three movies, and how it came to them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from movie import selectors, services
from movie.clicks.base import ClickLogError
from movie.models import Movie
from movie.predictors.registry import predictor
from movie.services.budget import within_budget
from movie.visitors import Visitor
from pytorch_models.history import History
from pytorch_models.reasons import Reason

logger = logging.getLogger(__name__)
BEST = 3
MOST_CLICKS = 8
"""So many clicks are drawn: the newest, or, of a model to which order means nothing, the strongest."""


@dataclass(frozen=True)
class Demo:
    """What a reader sees.

    state: as Recommended has it, "missing" also where another model had to stand in. clicks: oldest first; shares: of
    each of `recommended.movies`, what part each of `clicks` has in it, 0–1.
    """

    state: Literal["ranked", "empty", "unknown", "missing", "no_log"]
    best: Sequence[services.Ranked] = ()
    clicks: Sequence[Movie] = ()
    shares: Sequence[Sequence[float]] = ()
    recommended: services.Recommended = field(default_factory=lambda: services.Recommended("empty", []))


def demo_of(*, visitor: Visitor, model: str) -> Demo:
    """The demo of `model` on the visitor's clicks. No failure of a model or a store costs the page."""
    try:
        recommended = services.recommend(visitor=visitor, model=model)
    except ClickLogError as error:
        logger.warning("demo: %s", error)
        return Demo("no_log")
    if recommended.fell_back:
        return Demo("missing")
    if recommended.state != "ranked" or not recommended.movies or recommended.history is None:
        return Demo("unknown" if recommended.state == "ranked" else recommended.state)
    best = recommended.movies[:BEST]
    clicks, shares = _shares(model, recommended.history, [each.movie.id for each in best])
    return Demo("ranked", best, clicks, shares, recommended)


def _shares(model: str, history: History, movie_ids: Sequence[int]) -> tuple[list[Movie], list[list[float]]]:
    """The clicks that carried these movies, oldest first, and each one's share of each movie; none of either where
    the model cannot say."""
    try:
        reasons = within_budget(model, lambda: predictor(model).explain(history, movie_ids))
    except Exception:  # whatever it is: the list stands without
        logger.exception("%s cannot say what carried its list", model)
        return [], []
    carried = [_carried(reason) for reason in reasons]
    strongest = sorted(
        {each for one in carried for each in one}, key=lambda click: -max(one.get(click, 0) for one in carried)
    )
    chosen = set(strongest[:MOST_CLICKS]) if model != "sasrec" else set(history.movie_ids()[:MOST_CLICKS])
    oldest_first = [movie_id for movie_id in reversed(history.movie_ids()) if movie_id in chosen]
    clicks = selectors.movies_in_order(ids=oldest_first)
    return clicks, [[one.get(click.id, 0.0) for click in clicks] for one in carried]


def _carried(reason: Reason) -> dict[int, float]:
    """By clicked movie, its share of all that clicks carried, or of the attention."""
    whole = sum(click.weight for click in reason.clicks) or 1.0
    return {click.movie_id: click.weight / whole for click in reason.clicks}
