"""Searching: suggestions while somebody types, the page of results, and a person's movies."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from movie import selectors, services
from movie.search import query
from movie.search.asked import SORTS, Asked
from movie.visitors import VisitorRequest

DECADES = range(2020, 1910, -10)
LEAST_RATINGS = (10, 50, 100)


@require_safe
def page(request: VisitorRequest) -> HttpResponse:
    genres = query.genre_names()
    asked = Asked.of(request.GET.dict(), genres=genres)
    opinions = services.opinions_of(request.visitor)
    found = services.results(asked, genres=genres, hidden=opinions.hidden)
    context = {
        "opinions": opinions,
        "asked": asked,
        "page": found.page,
        "people": found.people,
        "near": found.near,
        "most": query.MOST_MOVIES,
        "genres": sorted(genres, key=_),
        "decades": DECADES,
        "least_ratings": LEAST_RATINGS,
        "sorts": SORTS,
        "before": asked.address(page=found.page.number - 1),
        "after": asked.address(page=found.page.number + 1),
    }
    return render(request, "movie/search.html", context)


@require_safe
def suggest(request: VisitorRequest) -> HttpResponse:
    """What the box shows while somebody types."""
    genres = query.genre_names()
    asked = Asked(text=Asked.of(request.GET.dict(), genres=genres).text)
    found = services.suggestions(asked.text, genres=genres)
    context = {"asked": asked, "movies": found.movies, "people": found.people}
    return render(request, "movie/_suggestions.html", context)


@require_safe
def person(request: VisitorRequest, person_id: int) -> HttpResponse:
    found = selectors.person(person_id=person_id) if person_id < 2**63 else None
    if found is None:
        raise Http404(_("No person has this number."))
    context = {"person": found, "movies_by_role": selectors.movies_by_role(person_id=person_id)}
    return render(request, "movie/person.html", context)
