"""Browsing: popular movies, one movie and those like it, its drawn poster."""

from __future__ import annotations

import logging

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from movie import selectors, services
from movie.clicks.base import ClickLogError
from movie.posters import poster_hash, poster_svg
from movie.visitors import VisitorRequest, wants_a_part

logger = logging.getLogger(__name__)
A_YEAR = 365 * 24 * 3600


@require_safe
@vary_on_headers("HX-Request", "HX-Boosted")
def home(request: VisitorRequest) -> HttpResponse:
    opinions = services.opinions_of(request.visitor)
    page = selectors.movies_popular(page=page_number(request.GET.get("page", "")), hidden=opinions.hidden)
    template = "movie/_popular_cards.html" if wants_a_part(request) else "movie/home.html"
    return render(request, template, {"page": page, "opinions": opinions})


def page_number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 1


@require_safe
def detail(request: VisitorRequest, movie_id: int) -> HttpResponse:
    movie = selectors.movie_facts(movie_id=movie_id) if movie_id < 2**63 else None
    if movie is None:
        raise Http404(_("No movie has this number."))
    opinions = services.opinions_of(request.visitor)
    context = {
        "movie": movie,
        "opinions": opinions,
        "marks": selectors.marks_of(owner=request.visitor.owner, movie_id=movie_id)
        if request.visitor.user
        else set(),
        "credits": selectors.people_by_role(movie),
        "spread": services.spread_of(movie_id=movie_id),
        "shown": None if request.visitor.new else services.shown_in(visitor=request.visitor, movie_id=movie_id),
        "similar": services.similar(movie_id=movie_id, by=request.GET.get("by", ""), hidden=opinions.hidden),
    }
    return render(request, "movie/detail.html", context)


@require_safe
def why_shown(request: VisitorRequest, movie_id: int) -> HttpResponse:
    """Why the movie was in the newest list of this visitor that had it: a page, or for htmx what stands in theirs."""
    movie = selectors.movie_card(movie_id=movie_id) if movie_id < 2**63 else None
    shown = services.shown_in(visitor=request.visitor, movie_id=movie_id) if movie else None
    if movie is None or shown is None:
        raise Http404(_("No list that you were shown has this movie."))
    context: dict[str, object] = {"movie": movie, "shown": shown, "model": shown.model, "tab": shown.tab}
    try:
        context["why"] = services.why_shown(shown, visitor=request.visitor, movie=movie)
    except ClickLogError as error:
        logger.warning("why it was shown: %s", error)
        context["unread"] = True
    return render(request, "movie/_why_shown.html" if wants_a_part(request) else "movie/why.html", context)


@require_safe
def poster(request: VisitorRequest, movie_id: int) -> HttpResponse:
    movie = selectors.movie_card(movie_id=movie_id) if movie_id < 2**63 else None
    if movie is None:
        raise Http404(_("No movie has this number."))
    language = "en" if request.GET.get("lang") == "en" else "ko"
    title, genres = movie.title_in(language), movie.genre_names
    version = poster_hash(title, movie.year, genres)
    etag = quote_etag(f"{version}-{language}")
    response = get_conditional_response(request, etag=etag)
    if response is None:
        with override(language):
            drawing = poster_svg(title, movie.year, genres, [_(name) for name in genres])
        response = HttpResponse(drawing, content_type="image/svg+xml; charset=utf-8")
    current = request.GET.get("v") == version
    response["ETag"] = etag
    response["Cache-Control"] = f"public, max-age={A_YEAR}, immutable" if current else "public, max-age=60"
    return response
