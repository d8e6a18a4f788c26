"""Why a movie was recommended: the newest list that a visitor was shown with it, and why its model put it there."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from movie import selectors
from movie.models import Movie
from movie.predictors.registry import PREDICTORS, Tab, predictor
from movie.services.budget import within_budget
from movie.services.mixing import MIX
from movie.services.reasons import Why, named, why_of
from movie.services.recommending import read_log
from movie.visitors import Visitor

logger = logging.getLogger(__name__)
LISTS_READ = 50
"""How many of a visitor's lists, the newest, are looked through."""


@dataclass(frozen=True)
class ShownIn:
    """A list that had the movie.

    page: whose page showed it, "mix" where two models did; model: which of them put the movie there; rank: its place.
    """

    page: str
    model: str
    rank: int
    at: datetime
    clicks: frozenset[object]
    """The numbers of the clicks that it was made of."""

    @property
    def tab(self) -> Tab | None:
        """The model's; None where the site has the model no more."""
        return PREDICTORS.get(self.model)

    @property
    def label(self) -> str:
        """Whose list it was. A mix does not say which model picked what, so that it sways nobody."""
        return "Mix" if self.page == MIX else self.tab.label if self.tab else self.model


def shown_in(*, visitor: Visitor, movie_id: int) -> ShownIn | None:
    """The newest list that the visitor was shown with the movie; None where none of their newest had it."""
    receipt = selectors.newest_list_with(owner=visitor.owner, movie_id=movie_id, most=LISTS_READ)
    if receipt is None:
        return None
    place = receipt.movie_ids.index(movie_id)
    model = receipt.teams[place] if receipt.teams else receipt.parts[0].model
    return ShownIn(receipt.model, model, place + 1, receipt.at, frozenset(receipt.clicks))


def why_shown(shown: ShownIn, *, visitor: Visitor, movie: Movie) -> Why | None:
    """Why the list's model put `movie` there; None where it cannot say. Raises ClickLogError.

    By the clicks that the list was made of, as far as they are kept, and by the weights that serve now.
    """
    log = read_log(visitor)
    later = [event.event_id for event in log.events if event.event_id not in shown.clicks]
    history = log.history(later)
    if shown.tab is None or (shown.tab.personal and not history.events):
        return None
    try:
        [reason] = within_budget(shown.model, lambda: predictor(shown.model).explain(history, [movie.id]))
    except Exception as error:  # no weights, a movie that these do not know, or a failure: the page says that much
        logger.warning("%s cannot say why it showed %d: %s", shown.model, movie.id, error)
        return None
    movies = {each.id: each for each in selectors.movies_in_order(ids=[*dict.fromkeys(named(reason)), movie.id])}
    return why_of(reason, movie, movies)
