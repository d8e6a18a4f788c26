"""The first visit: picking five movies. The page's state is its address, so that it works without scripts too."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from movie import services
from movie.clicks.base import ClickLogError, EventIdError
from movie.predictors.registry import OWN
from movie.views.fields import NOT_UNDERSTOOD, BadClickError, fields_of, uuid, whole
from movie.views.redirects import see_other
from movie.visitors import VisitorRequest

LATER_COOKIE, LATER_SECONDS = "start", 365 * 24 * 3600
"""Says that the visitor does not want to be invited."""
_IDS = re.compile(r"\d{1,18}")


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: VisitorRequest) -> HttpResponse:
    """The grid. In the address: `shown`, which movies stay in it; `past`, which were looked at and not picked."""
    try:
        return _picked(request) if request.method == "POST" else _grid(request)
    except (BadClickError, EventIdError):
        return render(request, "refused.html", {"reason": NOT_UNDERSTOOD}, status=400)
    except services.UnknownMovieError:
        return render(request, "refused.html", {"reason": _("No movie has this number.")}, status=404)
    except ClickLogError:
        reason = _("Your history cannot be reached just now. Nothing is lost; please try again.")
        response = render(request, "refused.html", {"reason": reason}, status=503)
        response["Retry-After"] = "2"
        return response


@require_POST
def later(request: VisitorRequest) -> HttpResponse:
    """No invitation any more in this browser."""
    response = HttpResponse() if request.htmx else see_other(request, "", otherwise=reverse("movie:home"))
    response.set_cookie(
        LATER_COOKIE, "later", max_age=LATER_SECONDS, httponly=True, samesite="Lax", secure=request.is_secure()
    )
    return response


def _grid(request: VisitorRequest) -> HttpResponse:
    shown, past = _ids(request.GET.get("shown", "")), _ids(request.GET.get("past", ""))
    asking = services.ask(visitor=request.visitor, shown=shown, looked_at=past)
    now = [movie.id for movie in asking.grid]
    context = {
        "asking": asking,
        "picks": services.PICKS,
        "open": range(asking.missing),
        "here": urlencode({"shown": _text(now), "past": _text(past)}, safe="."),
        "form_id": services.new_list_id(),
        "shown": _text(now),
        "past": _text(past),
        "others": urlencode({"past": _text([*past, *now][-services.MOST_LOOKED_AT :])}, safe="."),
    }
    return render(request, "movie/start.html", context)


def _picked(request: VisitorRequest) -> HttpResponse:
    fields = fields_of(request)
    form = uuid(fields, "form_id")
    if form is None:
        raise BadClickError("expected 'form_id', a UUID (got none)")
    here = reverse("movie:start")
    services.pick(visitor=request.visitor, movie_id=whole(fields, "movie_id"), form=form, page_url=here)
    shown, past = (_ids(str(fields.get(name, ""))) for name in ("shown", "past"))
    left = services.ask(visitor=request.visitor, shown=shown, looked_at=past).missing
    if not left:
        own = reverse("movie:model", args=[OWN])
        return HttpResponseClientRedirect(own) if request.htmx else see_other(request, own, otherwise=own)
    state = urlencode({"shown": _text(shown), "past": _text(past)}, safe=".")
    return see_other(request, f"{here}?{state}", otherwise=here)


def _ids(text: str) -> list[int]:
    """The ids that an address has, at most MOST_LOOKED_AT of them; what is none is left out."""
    words = text.split(".")[: services.MOST_LOOKED_AT]
    return [int(word) for word in words if _IDS.fullmatch(word)]


def _text(ids: list[int]) -> str:
    return ".".join(map(str, ids))
