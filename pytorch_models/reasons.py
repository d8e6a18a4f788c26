"""Why a movie is in a list, in the one form that every model gives its reasons in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

Measure = Literal["leave_one_out", "attention", "paths", "popularity", "trending"]
NodeKind = Literal["visitor", "user", "movie", "director", "writer", "cast", "genre"]


class Carried(NamedTuple):
    """A click that a recommendation rests on.

    weight: of "leave_one_out", what the score loses without the click, in units of the score; of "attention", the
    share of it that lies on the click. together: users of the training data who have both movies, None where the
    model counts none.
    """

    movie_id: int
    weight: float
    together: int | None = None


class Node(NamedTuple):
    """A stop on a path. key: a movie's id, a person's name or a genre's; "" for the visitor; of "user", how
    many users have the movies before and behind it, whom it stands for."""

    kind: NodeKind
    key: int | str


@dataclass(frozen=True)
class ReasonPath:
    """A way through the knowledge graph from the visitor to the movie. nodes: the visitor first, the movie last.

    weight: what the movie's score loses without it; moved: whether its rank changes then.
    """

    nodes: tuple[Node, ...]
    weight: float
    moved: bool = False


@dataclass(frozen=True)
class Reason:
    """Why `movie_id`. clicks and paths: the strongest first; both empty where the model has no reason of its own to
    the visitor, as popularity has none. visitors: of "trending", how many chose the movie these days."""

    movie_id: int
    measure: Measure
    clicks: tuple[Carried, ...] = ()
    paths: tuple[ReasonPath, ...] = ()
    visitors: int | None = None
