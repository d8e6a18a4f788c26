"""What a signed-in user keeps on a list: movies that they want to watch, and those that they have seen.

A mark is a state, no event: it teaches no model, for who has seen a movie has not said that they liked it. So marks
stand in a table of their own and do not travel. What is marked as seen is recommended no more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from django.core.paginator import Page
from django.db import transaction
from django.utils import timezone

from movie import selectors
from movie.models import Mark, Movie
from movie.services.clicks import UnknownMovieError

MarkKind = Literal["want", "seen"]
MARK_KINDS: tuple[MarkKind, ...] = get_args(MarkKind)


@dataclass(frozen=True)
class Marked:
    """Part of a list, newest first. movies: those that the catalogue still has."""

    movies: list[Movie]
    page: Page[int]


def mark_set(*, owner: str, movie_id: int, kind: MarkKind, on: bool) -> None:
    """Put a movie on a list or take it off; one that was seen is wanted no more. Raises UnknownMovieError."""
    if not selectors.movie_exists(movie_id=movie_id):
        raise UnknownMovieError(f"no movie has the id {movie_id}")
    marks = Mark.objects.filter(owner=owner, movie_id=movie_id)
    with transaction.atomic():
        if not on:
            marks.filter(kind=kind).delete()
            return
        Mark.objects.bulk_create(
            [Mark(owner=owner, movie_id=movie_id, kind=kind, at=timezone.now())], ignore_conflicts=True
        )
        if kind == "seen":
            marks.filter(kind="want").delete()


def marked(*, owner: str, kind: MarkKind, page: int) -> Marked:
    found = selectors.marks_page(owner=owner, kind=kind, page=page)
    return Marked(selectors.movies_in_order(ids=list(found.object_list)), found)
