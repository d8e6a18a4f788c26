"""The visitor's ten best movies by every model, side by side."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Literal
from uuid import UUID

from movie import selectors
from movie.models import Movie
from movie.predictors.registry import PREDICTORS, Tab
from movie.services.fallback import FellBack, tried
from movie.services.lists import list_record
from movie.services.recommending import Ranked, Recommended, history_of
from movie.visitors import Visitor
from pytorch_models.base import Answer
from pytorch_models.history import History

COMPARE = "compare"
"""What the page is called where lists are kept."""
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
    list_id: UUID | None = None
    """Of the list as it is kept; None where it is not."""


def compare(*, visitor: Visitor, keep: bool) -> list[Column]:
    """Every model's list for the visitor, in the order of the tabs, one after the other. Raises ClickLogError.

    keep: whether the lists are kept with their receipts, as those of this page: what is clicked among so many says
    little of how often one of them alone is clicked.
    """
    history = history_of(visitor)
    asked = {name: tried(name, history) for name, tab in PREDICTORS.items() if not tab.beside}
    answers = [answer for answer in asked.values() if isinstance(answer, Answer)]
    wanted = Counter(movie_id for answer in answers for movie_id in answer.movie_ids)
    movies = {movie.id: movie for movie in selectors.movies_in_order(ids=list(wanted))}
    columns = [_column(name, answer, movies, wanted) for name, answer in asked.items()]
    return [_kept(column, asked[column.model], history, visitor) for column in columns] if keep else columns


def _kept(column: Column, answer: Answer | FellBack, history: History, visitor: Visitor) -> Column:
    if not isinstance(answer, Answer):
        return column
    movies = [Ranked(each.rank, each.movie) for each in column.movies]
    shown = Recommended(
        "ranked", movies, answer=answer, history=history, model=column.model, left_out=column.left_out
    )
    return replace(column, list_id=list_record(visitor=visitor, model=COMPARE, shown=shown))


def _column(model: str, answer: Answer | FellBack, movies: dict[int, Movie], lists: Counter[int]) -> Column:
    tab = PREDICTORS[model]
    if not isinstance(answer, Answer):
        return Column(model, tab, "missing" if answer == "missing" else "failed")
    listed = [movies[movie_id] for movie_id in answer.movie_ids if movie_id in movies]
    shared = [Shared(rank, movie, lists[movie.id]) for rank, movie in enumerate(listed, start=1)]
    left_out = tuple(movie_id for movie_id in answer.movie_ids if movie_id not in movies)
    return Column(model, tab, "ranked" if shared else "empty", answer.milliseconds, shared, left_out)
