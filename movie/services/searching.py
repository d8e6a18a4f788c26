"""Finding movies: what a results page shows, what the box suggests, and lists by genre, years and ratings."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator

from movie import selectors
from movie.models import Movie, Person
from movie.search import query
from movie.search.asked import Asked, Filters
from movie.selectors import PAGE_SIZE

SUGGESTED_MOVIES, SUGGESTED_PEOPLE, NEAR_MOVIES = 7, 2, 8


@dataclass(frozen=True)
class Results:
    """page: its movies, as they are asked to be sorted; people: who may be meant; near: where there is no movie,
    those whose names are nearest."""

    page: Page[Any]
    people: list[Person]
    near: list[Movie]


@dataclass(frozen=True)
class Suggestions:
    movies: list[Movie]
    people: list[Person]


def results(asked: Asked, *, genres: Collection[str], hidden: Collection[int] = (), size: int = PAGE_SIZE) -> Results:
    """Page `asked.page` of what is asked for, `size` movies of it. hidden: movies that do not interest.

    Who looks for a hidden movie by name gets it; a list of a genre or decade leaves it out as all lists do.
    """
    found = query.search(asked, genres=genres)
    ids = [movie.id for movie in found.movies if asked.text or movie.id not in hidden]
    people = query.people_in_order(found.people[:SUGGESTED_PEOPLE])
    return Results(_page(ids, asked.page, size), people, selectors.movies_in_order(ids=found.near[:NEAR_MOVIES]))


def suggestions(text: str, *, genres: Collection[str]) -> Suggestions:
    """What is shown of `text` while somebody still types it."""
    found = query.search(Asked(text=text), genres=genres)
    ids = [movie.id for movie in found.movies] or found.near
    return Suggestions(
        selectors.movies_in_order(ids=ids[:SUGGESTED_MOVIES]),
        query.people_in_order(found.people[:SUGGESTED_PEOPLE]),
    )


def listed(
    filters: Filters, *, sort: str = "popularity", page: int = 1, size: int = PAGE_SIZE, hidden: Collection[int] = ()
) -> Page[Any]:
    """Page `page` of every movie that passes `filters`, however many there are, without `hidden`."""
    movies = query.browse(filters, sort)
    if not filters:
        return selectors.movies_page(movies, page=page, hidden=hidden, size=size)
    return _page(movies.exclude(id__in=hidden).values_list("id", flat=True), page, size)


def _page(ids: Sequence[int] | Any, number: int, size: int) -> Page[Any]:
    """Page `number` of the movies of `ids`, the last where there are fewer; only its movies are read."""
    found: Page[Any] = Paginator(ids, size).get_page(number)
    found.object_list = selectors.movies_in_order(ids=list(found.object_list))
    return found
