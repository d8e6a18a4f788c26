"""The visitor's own clicks: the page, the panel, taking one or all of them back."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from movie import services
from movie.clicks.base import ClickLogError
from movie.views.redirects import ours, see_other
from movie.visitors import VisitorRequest


@require_safe
def page(request: VisitorRequest) -> HttpResponse:
    before = request.GET.get("before", "")
    try:
        history = services.history_page(visitor=request.visitor, before=UUID(before) if before else None)
    except ValueError:
        return _bad_request(request)
    except ClickLogError:
        return _unavailable(request)
    return render(request, "movie/history.html", {"history": history})


@require_safe
def panel(request: VisitorRequest) -> HttpResponse:
    next_page = ours(request.GET.get("next", ""), request, otherwise=reverse("movie:home"))
    return render(request, "movie/_history_panel.html", {"next": next_page})


@require_POST
def remove(request: VisitorRequest) -> HttpResponse:
    try:
        services.click_remove(visitor=request.visitor, event_id=UUID(request.POST.get("event_id", "")))
    except ValueError:
        return _bad_request(request)
    except ClickLogError:
        return _unavailable(request)
    return _back(request)


@require_POST
def clear(request: VisitorRequest) -> HttpResponse:
    try:
        services.history_clear(visitor=request.visitor)
    except ClickLogError:
        return _unavailable(request)
    return _back(request)


def _back(request: VisitorRequest) -> HttpResponse:
    return see_other(request, request.POST.get("next", ""), otherwise=reverse("movie:home"))


def _bad_request(request: VisitorRequest) -> HttpResponse:
    return render(request, "refused.html", {"reason": _("That is not the number of a click.")}, status=400)


def _unavailable(request: VisitorRequest) -> HttpResponse:
    reason = _("Your history cannot be reached just now. Nothing is lost; please try again.")
    response = render(request, "refused.html", {"reason": reason}, status=503)
    response["Retry-After"] = "2"
    return response
