"""Receiving clicks, from scripts (JSON) and from plain forms."""

from __future__ import annotations

import json
import logging
import re
from typing import Any
from uuid import UUID

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from movie import services
from movie.clicks.base import ClickLogError, ClockError, EventIdError
from movie.visitors import VisitorRequest

logger = logging.getLogger(__name__)
RETRY_AFTER = "2"
_WHOLE = re.compile(r"-?\d{1,18}")
_NAME = re.compile(r"[a-z0-9_-]+")


class BadClickError(ValueError):
    """A click that does not say what was clicked; the message names the field."""


@require_POST
def log_click(request: VisitorRequest) -> HttpResponse:
    """Log one click: 201 with its event id, 303 to the movie for a form; 400, 404 or 503 with a reason otherwise."""
    try:
        fields = _fields(request)
        movie_id = _whole(fields, "movie_id")
        event = services.click_record(
            visitor=request.visitor, movie_id=movie_id, event_id=_uuid(fields, "event_id"), source=_source(fields)
        )
    except ClockError as error:
        now = int(timezone.now().timestamp() * 1000)
        return JsonResponse({"error": str(error), "now": now}, status=400)
    except (BadClickError, EventIdError) as error:
        return _refused(request, 400, str(error))
    except services.UnknownMovieError as error:
        return _refused(request, 404, str(error))
    except ClickLogError as error:
        logger.warning("click refused: %s", error)
        response = _refused(request, 503, "the click log is not available, try again")
        response["Retry-After"] = RETRY_AFTER
        return response
    if _is_json(request):
        return JsonResponse({"event_id": str(event.event_id)}, status=201)
    return _see_other(reverse("movie:detail", args=[movie_id]))


def _is_json(request: VisitorRequest) -> bool:
    return request.content_type == "application/json"


def _fields(request: VisitorRequest) -> dict[str, Any]:
    try:
        fields = json.loads(request.body) if _is_json(request) else request.POST.dict()
    except (RequestDataTooBig, TooManyFieldsSent) as error:
        raise BadClickError(f"expected a small body ({error})") from error
    except (ValueError, RecursionError) as error:
        raise BadClickError(f"expected a JSON object ({error})") from error
    if not isinstance(fields, dict):
        raise BadClickError(f"expected a JSON object (got {type(fields).__name__})")
    return fields


def _whole(fields: dict[str, Any], name: str) -> int:
    value = fields.get(name)
    if value is None or value == "":
        raise BadClickError(f"expected '{name}', a whole number (got none)")
    if isinstance(value, bool) or not isinstance(value, int | str) or not _WHOLE.fullmatch(str(value)):
        raise BadClickError(f"expected '{name}' to be a whole number (got {str(value)[:40]!r})")
    return int(value)


def _uuid(fields: dict[str, Any], name: str) -> UUID | None:
    value = fields.get(name)
    if value is None or value == "":
        return None
    try:
        return UUID(value)
    except (ValueError, AttributeError, TypeError) as error:
        raise BadClickError(f"expected '{name}' to be a UUID (got {str(value)[:40]!r})") from error


def _source(fields: dict[str, Any]) -> services.Source:
    rank = _whole(fields, "rank") if fields.get("rank") not in (None, "") else None
    if rank is not None and not 1 <= rank <= 1000:
        raise BadClickError(f"expected 'rank' between 1 and 1000 (got {rank})")
    model = _text(fields, "model", 40)
    if model and not _NAME.fullmatch(model):
        raise BadClickError(f"expected 'model' to be the name of a model (got {model!r})")
    list_id = _uuid(fields, "list_id")
    return services.Source(_text(fields, "page_url", 500), str(list_id or ""), model, rank)


def _text(fields: dict[str, Any], name: str, most: int) -> str:
    value = fields.get(name) or ""
    if not isinstance(value, str) or len(value) > most or "\0" in value or not _is_unicode(value):
        raise BadClickError(f"expected '{name}' to be a text of at most {most} characters")
    return value


def _is_unicode(text: str) -> bool:
    """False for half of a surrogate pair, which JSON can say and no store can hold."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _refused(request: VisitorRequest, status: int, reason: str) -> HttpResponse:
    if _is_json(request):
        return JsonResponse({"error": reason}, status=status)
    return render(request, "refused.html", {"reason": reason}, status=status)


def _see_other(url: str) -> HttpResponse:
    response = HttpResponseRedirect(url)
    response.status_code = 303
    return response
