"""Movies like one, by the model that the visitor chose."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Literal

from movie import selectors
from movie.models import Movie
from movie.predictors.base import LENGTH, store_of
from movie.predictors.registry import PREDICTORS, Tab, predictor
from movie.services.budget import within_budget
from pytorch_models.base import MAX_K, UnknownItemError

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Alike:
    """What a movie's page shows of movies like it.

    by: the model; choices: the models that can be asked, in the order of the tabs; state: "unknown" where the model
    does not know the movie, "failed" where it cannot answer.
    """

    by: str
    choices: dict[str, Tab]
    state: Literal["ranked", "unknown", "failed"]
    movies: list[Movie] = field(default_factory=list)
    milliseconds: float = 0.0
    left_out: tuple[int, ...] = ()
    """Movies that the model named and the catalogue has no more."""

    @property
    def tab(self) -> Tab:
        return self.choices[self.by]


def similar(*, movie_id: int, by: str = "", hidden: Collection[int] = ()) -> Alike | None:
    """The movies like `movie_id` by model `by`, or by the first that can be asked, without `hidden`; None where none
    can.

    A model is asked where it compares movies and has weights, so a site without weights loads no model.
    """
    choices = {name: tab for name, tab in PREDICTORS.items() if tab.compares_movies and store_of(name).current()}
    if not choices:
        return None
    chosen = by if by in choices else next(iter(choices))
    started = time.perf_counter()
    try:
        most = min(LENGTH + len(hidden), MAX_K)
        found = within_budget(chosen, lambda: predictor(chosen).similar(movie_id, k=most))
    except UnknownItemError:
        return Alike(chosen, choices, "unknown")
    except Exception:  # damaged weights, whatever it is: the movie's page stands without
        logger.exception("%s cannot say what is like %d", chosen, movie_id)
        return Alike(chosen, choices, "failed")
    milliseconds = (time.perf_counter() - started) * 1000
    shown = [item.movie_id for item in found if item.movie_id not in hidden][:LENGTH]
    movies = selectors.movies_in_order(ids=shown)
    return Alike(
        chosen, choices, "ranked", movies, milliseconds, left_out=tuple(set(shown) - {movie.id for movie in movies})
    )
