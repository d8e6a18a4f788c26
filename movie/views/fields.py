"""What an event's request says, checked field by field; from scripts (JSON) and from plain forms alike."""

from __future__ import annotations

import json
import re
from typing import Any
from uuid import UUID

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.utils.translation import gettext_lazy as _

from movie import services
from movie.services.clicks import LONGEST_PAGE_URL, LOWEST_RANK, MODEL_NAME
from movie.visitors import VisitorRequest

_WHOLE = re.compile(r"-?\d{1,18}")
_NAME = re.compile(MODEL_NAME)
NOT_UNDERSTOOD = _("What was sent cannot be understood. Please go back and try again.")
"""What a page says of it, in its language: only an address or a form that was tampered with comes here. A script is
told which field it was."""


class BadClickError(ValueError):
    """An event that does not say what was done; the message names the field."""


def is_json(request: VisitorRequest) -> bool:
    return request.content_type == "application/json"


def fields_of(request: VisitorRequest) -> dict[str, Any]:
    """The body, a JSON object or a form. Raises BadClickError."""
    try:
        fields = json.loads(request.body) if is_json(request) else request.POST.dict()
    except (RequestDataTooBig, TooManyFieldsSent) as error:
        raise BadClickError(f"expected a small body ({error})") from error
    except (ValueError, RecursionError) as error:
        raise BadClickError(f"expected a JSON object ({error})") from error
    if not isinstance(fields, dict):
        raise BadClickError(f"expected a JSON object (got {type(fields).__name__})")
    return fields


def whole(fields: dict[str, Any], name: str) -> int:
    value = fields.get(name)
    if value is None or value == "":
        raise BadClickError(f"expected '{name}', a whole number (got none)")
    if isinstance(value, bool) or not isinstance(value, int | str) or not _WHOLE.fullmatch(str(value)):
        raise BadClickError(f"expected '{name}' to be a whole number (got {str(value)[:40]!r})")
    return int(value)


def uuid(fields: dict[str, Any], name: str) -> UUID | None:
    value = fields.get(name)
    if value is None or value == "":
        return None
    try:
        return UUID(value)
    except (ValueError, AttributeError, TypeError) as error:
        raise BadClickError(f"expected '{name}' to be a UUID (got {str(value)[:40]!r})") from error


def source(fields: dict[str, Any]) -> services.Source:
    rank = whole(fields, "rank") if fields.get("rank") not in (None, "") else None
    if rank is not None and not 1 <= rank <= LOWEST_RANK:
        raise BadClickError(f"expected 'rank' between 1 and {LOWEST_RANK} (got {rank})")
    model = text(fields, "model", 40)
    if model and not _NAME.fullmatch(model):
        raise BadClickError(f"expected 'model' to be the name of a model (got {model!r})")
    list_id = uuid(fields, "list_id")
    return services.Source(text(fields, "page_url", LONGEST_PAGE_URL), str(list_id or ""), model, rank)


def text(fields: dict[str, Any], name: str, most: int) -> str:
    value = fields.get(name) or ""
    if not isinstance(value, str) or len(value) > most or "\0" in value or not _is_unicode(value):
        raise BadClickError(f"expected '{name}' to be a text of at most {most} characters")
    return value


def _is_unicode(text: str) -> bool:
    """False for half of a surrogate pair, which JSON can say and no store can hold."""
    return not any("\ud800" <= character <= "\udfff" for character in text)
