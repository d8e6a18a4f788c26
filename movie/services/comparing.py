"""The visitor's ten best movies by every model, side by side."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

from movie import selectors
from movie.models import Movie
from movie.predictors.registry import PREDICTORS, Tab
from movie.services.fallback import FellBack, tried
from movie.services.recommending import history_of
from movie.visitors import Visitor
from pytorch_models.base import Answer

State = Literal["ranked", "empty", "missing", "failed"]


@dataclass(frozen=True)
class Shared:
    """A movie in a list. lists: how many of the lists have it, this one among them."""

    rank: int
    movie: Movie
    lists: int


@dataclass(frozen=True)
class Column:
    """A model's list.

    state: "ranked"; "empty" where the visitor clicked nothing that the model knows, or has seen all of it; "missing"
    where the model has no weights; "failed" where it
    failed or took too long.
    """

    model: str
    tab: Tab
    state: State
    milliseconds: float | None = None
    movies: list[Shared] = field(default_factory=list)
    left_out: tuple[int, ...] = ()
    """Movies that the model named and the catalogue has no more."""


def compare(*, visitor: Visitor) -> list[Column]:
    """Every model's list for the visitor, in the order of the tabs, one after the other. Raises ClickLogError."""
    history = history_of(visitor)
    asked = {name: tried(name, history) for name, tab in PREDICTORS.items() if not tab.beside}
    answers = [answer for answer in asked.values() if isinstance(answer, Answer)]
    wanted = Counter(movie_id for answer in answers for movie_id in answer.movie_ids)
    movies = {movie.id: movie for movie in selectors.movies_in_order(ids=list(wanted))}
    return [_column(name, answer, movies, wanted) for name, answer in asked.items()]


def _column(model: str, answer: Answer | FellBack, movies: dict[int, Movie], lists: Counter[int]) -> Column:
    tab = PREDICTORS[model]
    if not isinstance(answer, Answer):
        return Column(model, tab, "missing" if answer == "missing" else "failed")
    listed = [movies[movie_id] for movie_id in answer.movie_ids if movie_id in movies]
    shared = [Shared(rank, movie, lists[movie.id]) for rank, movie in enumerate(listed, start=1)]
    left_out = tuple(movie_id for movie_id in answer.movie_ids if movie_id not in movies)
    return Column(model, tab, "ranked" if shared else "empty", answer.milliseconds, shared, left_out)
