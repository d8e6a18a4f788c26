"""A user's lists: want to watch, and seen."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from movie import services
from movie.services import MARK_KINDS, MarkKind
from movie.views.movies import page_number
from movie.views.redirects import see_other, sign_in_first
from movie.visitors import VisitorRequest


@require_safe
@login_required
def page(request: VisitorRequest, kind: str) -> HttpResponse:
    marked = services.marked(
        owner=request.visitor.owner, kind=_kind(kind), page=page_number(request.GET.get("page", ""))
    )
    return render(request, "movie/marks.html", {"kind": kind, "marked": marked})


@require_POST
def change(request: VisitorRequest, movie_id: int, kind: str) -> HttpResponse:
    """Put the movie on the list, or with on=0 take it off; then back to where the button was."""
    wanted, detail = _kind(kind), reverse("movie:detail", args=[movie_id])
    if request.visitor.user is None:
        return sign_in_first(detail)
    try:
        services.mark_set(
            owner=request.visitor.owner, movie_id=movie_id, kind=wanted, on=request.POST.get("on") != "0"
        )
    except services.UnknownMovieError as error:
        raise Http404(_("No movie has this number.")) from error
    return see_other(request, request.POST.get("next", ""), otherwise=detail)


def _kind(text: str) -> MarkKind:
    if text not in MARK_KINDS:
        raise Http404(_("There is no such list."))
    return text
