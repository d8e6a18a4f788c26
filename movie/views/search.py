"""Searching: suggestions while somebody types, the page of results, and a person's movies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from movie import selectors, services
from movie.search import query
from movie.search.asked import SORTS, Asked
from movie.visitors import VisitorRequest

SUGGESTED_MOVIES, SUGGESTED_PEOPLE, NEAR_MOVIES = 7, 2, 8
DECADES = range(2020, 1910, -10)
LEAST_RATINGS = (10, 50, 100)


@require_safe
def page(request: VisitorRequest) -> HttpResponse:
    genres = query.genre_names()
    asked = Asked.of(request.GET.dict(), genres=genres)
    result = query.search(asked, genres=genres)
    opinions = services.opinions_of(request.visitor)
    # Who looks for a hidden movie by name gets it, marked; a list of a genre or decade leaves it out as all lists do.
    hidden = set() if asked.text else opinions.hidden
    found = _page([movie.id for movie in result.movies if movie.id not in hidden], asked.page)
    context = {
        "opinions": opinions,
        "asked": asked,
        "page": found,
        "people": query.people_in_order(result.people[:SUGGESTED_PEOPLE]),
        "near": selectors.movies_in_order(ids=result.near[:NEAR_MOVIES]),
        "most": query.MOST_MOVIES,
        "genres": sorted(genres, key=_),
        "decades": DECADES,
        "least_ratings": LEAST_RATINGS,
        "sorts": SORTS,
        "before": asked.address(page=found.number - 1),
        "after": asked.address(page=found.number + 1),
    }
    return render(request, "movie/search.html", context)


def _page(ids: Sequence[int], number: int) -> Page[Any]:
    """Page `number` of the movies of `ids`, the last where there are fewer; only its movies are read."""
    found: Page[Any] = Paginator(ids, selectors.PAGE_SIZE).get_page(number)
    found.object_list = selectors.movies_in_order(ids=list(found.object_list))
    return found


@require_safe
def suggest(request: VisitorRequest) -> HttpResponse:
    """What the box shows while somebody types."""
    genres = query.genre_names()
    asked = Asked(text=Asked.of(request.GET.dict(), genres=genres).text)
    result = query.search(asked, genres=genres)
    ids = [movie.id for movie in result.movies] or result.near
    context = {
        "asked": asked,
        "movies": selectors.movies_in_order(ids=ids[:SUGGESTED_MOVIES]),
        "people": query.people_in_order(result.people[:SUGGESTED_PEOPLE]),
    }
    return render(request, "movie/_suggestions.html", context)


@require_safe
def person(request: VisitorRequest, person_id: int) -> HttpResponse:
    found = selectors.person(person_id=person_id) if person_id < 2**63 else None
    if found is None:
        raise Http404(_("No person has this number."))
    context = {"person": found, "movies_by_role": selectors.movies_by_role(person_id=person_id)}
    return render(request, "movie/person.html", context)
