"""Receiving clicks, stars and what does not interest, from scripts (JSON) and from plain forms."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Literal

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from movie import services
from movie.clicks.base import ClickLogError, ClockError, EventIdError
from movie.views.fields import NOT_UNDERSTOOD, BadClickError, fields_of, is_json, source, text, uuid, whole
from movie.views.redirects import see_other
from movie.visitors import VisitorRequest

logger = logging.getLogger(__name__)
RETRY_AFTER = "2"
Kind = Literal["click", "star", "unstar", "hide"]
Opinion = tuple[Kind, int | None]
"""A kind of event, and its star."""
ON_A_PAGE = {
    400: NOT_UNDERSTOOD,
    404: _("No movie has this number."),
    503: _("Your history cannot be reached just now, so this was not saved. Please try again in a moment."),
}
"""What the page of a refusal says, by its status."""


@require_POST
def log_click(request: VisitorRequest) -> HttpResponse:
    """Log one click: 201 with its event id, 303 to the movie for a form; 400, 404 or 503 with a reason otherwise."""
    return _log(request, lambda fields: ("click", None))


@require_POST
def log_star(request: VisitorRequest) -> HttpResponse:
    """Log a star of 1 to 10, half stars doubled, or with `remove` that it is taken back; answers as `log_click`."""
    return _log(request, _star)


@require_POST
def log_hide(request: VisitorRequest) -> HttpResponse:
    """Log that a movie does not interest; answers as `log_click`."""
    return _log(request, lambda fields: ("hide", None))


@require_POST
def unhide(request: VisitorRequest) -> HttpResponse:
    """Take back that a movie does not interest: 204, also where it was not said, 303 for a form; 400 or 503."""
    try:
        services.hide_undo(visitor=request.visitor, movie_id=whole(fields_of(request), "movie_id"))
    except BadClickError as error:
        return _refused(request, 400, str(error))
    except ClickLogError as error:
        return _unavailable(request, error)
    return HttpResponse(status=204) if is_json(request) else _back(request, reverse("movie:home"))


def _log(request: VisitorRequest, said: Callable[[dict[str, Any]], Opinion]) -> HttpResponse:
    try:
        fields = fields_of(request)
        movie_id = whole(fields, "movie_id")
        kind, star = said(fields)
        event = services.click_record(
            visitor=request.visitor,
            movie_id=movie_id,
            event_id=uuid(fields, "event_id"),
            source=source(fields),
            kind=kind,
            star=star,
        )
    except ClockError as error:
        now = int(timezone.now().timestamp() * 1000)
        return JsonResponse({"error": str(error), "now": now}, status=400)
    except (BadClickError, EventIdError) as error:
        return _refused(request, 400, str(error))
    except services.UnknownMovieError as error:
        return _refused(request, 404, str(error))
    except ClickLogError as error:
        return _unavailable(request, error)
    if is_json(request):
        return JsonResponse({"event_id": str(event.event_id)}, status=201)
    return _back(request, reverse("movie:detail", args=[movie_id]))


def _star(fields: dict[str, Any]) -> Opinion:
    if text(fields, "remove", 1):
        return "unstar", None
    star = whole(fields, "star")
    if not 1 <= star <= 10:
        raise BadClickError(f"expected 'star' between 1 and 10, half stars doubled (got {star})")
    return "star", star


def _back(request: VisitorRequest, otherwise: str) -> HttpResponse:
    """To the page that the form stands on."""
    return see_other(request, request.POST.get("next", ""), otherwise=otherwise)


def _unavailable(request: VisitorRequest, error: ClickLogError) -> HttpResponse:
    logger.warning("%s refused: %s", request.path, error)
    response = _refused(request, 503, "the click log is not available, try again")
    response["Retry-After"] = RETRY_AFTER
    return response


def _refused(request: VisitorRequest, status: int, reason: str) -> HttpResponse:
    if is_json(request):
        return JsonResponse({"error": reason}, status=status)
    return render(request, "refused.html", {"reason": ON_A_PAGE[status]}, status=status)
