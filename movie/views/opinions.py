"""What the visitor thinks of one movie, on a page of its own: where the stars of a card lead without scripts."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from movie import selectors, services
from movie.views.fields import BadClickError, source
from movie.views.redirects import ours
from movie.visitors import VisitorRequest


@require_safe
def page(request: VisitorRequest, movie_id: int) -> HttpResponse:
    """The form, which leads back to the page that led here. model, rank, list_id: of the list it stands in there."""
    movie = selectors.movie_card(movie_id=movie_id) if movie_id < 2**63 else None
    if movie is None:
        raise Http404(_("No movie has this number."))
    back = _came_from(request) or reverse("movie:detail", args=[movie_id])
    context = {
        "movie": movie,
        "opinions": services.opinions_of(request.visitor),
        "next": back,
        "source": _source(request, page_url=back.partition("?")[0]),
    }
    return render(request, "movie/opinion.html", context)


def _came_from(request: VisitorRequest) -> str:
    """The page of ours that led here, "" where none is known.

    What is left without its host is looked at again: a path may begin with another, as in http://ours//another/.
    """
    parts = urlsplit(ours(request.headers.get("Referer", ""), request, otherwise=""))
    return ours(f"{parts.path}?{parts.query}" if parts.query else parts.path, request, otherwise="")


def _source(request: VisitorRequest, *, page_url: str) -> services.Source:
    """As the address has it; an address that makes no sense tells of no list."""
    try:
        return source({**request.GET.dict(), "page_url": page_url[:500]})
    except BadClickError:
        return services.Source(page_url[:500])
