"""Ways through the knowledge graph, as a page tells them: each step with its words, and its movie where it is one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import get_language, gettext_noop, ngettext
from django.utils.translation import gettext as _

from movie.models import Movie
from pytorch_models.reasons import Node, NodeKind, ReasonPath

LABELS = {
    "director": gettext_noop("director %(name)s"),
    "writer": gettext_noop("writer %(name)s"),
    "cast": gettext_noop("actor %(name)s"),
    "genre": gettext_noop("genre %(name)s"),
}


@dataclass(frozen=True)
class Step:
    """A stop behind the visitor. movie: None where it is none, or the catalogue has it no more."""

    kind: NodeKind
    key: int | str
    movie: Movie | None = None

    def __str__(self) -> str:
        """What it is, in the page's language: "director Michael Mann", "37 other people who have both"."""
        if self.kind == "movie":
            return (
                self.movie.title_in(get_language())
                if self.movie
                else _("Movie %(id)s (no longer listed)") % {"id": self.key}
            )
        if self.kind == "user":
            people = ngettext("%(n)s other person who has both", "%(n)s other people who have both", int(self.key))
            return people % {"n": self.key}
        name = _(str(self.key)) if self.kind == "genre" else self.key
        return _(LABELS[self.kind]) % {"name": name}

    @property
    def count(self) -> int | None:
        """How many people it stands for; None where it is something else."""
        return int(self.key) if self.kind == "user" else None


@dataclass(frozen=True)
class Way:
    """From the visitor to a movie. share: of the strongest one's weight, 0–1; moved: the rank depends on it."""

    steps: tuple[Step, ...]
    share: float = 1.0
    moved: bool = False


def path_steps(path: ReasonPath, movies: Mapping[int, Movie]) -> tuple[Step, ...]:
    """The steps of `path` behind the visitor, with their movies, by id."""
    return tuple(_step(node, movies) for node in path.nodes if node.kind != "visitor")


def ways_of(paths: tuple[ReasonPath, ...], movies: Mapping[int, Movie]) -> list[Way]:
    """`paths`, the strongest first, as a page tells them."""
    most = max((path.weight for path in paths), default=0.0) or 1.0
    return [Way(path_steps(path, movies), path.weight / most, path.moved) for path in paths]


def _step(node: Node, movies: Mapping[int, Movie]) -> Step:
    return Step(node.kind, node.key, movies.get(int(node.key)) if node.kind == "movie" else None)
