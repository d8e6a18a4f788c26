"""Whatever goes wrong, in one form: application/problem+json (RFC 9457), in the language of who asks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

CONTENT_TYPE = "application/problem+json"
ADDRESS = "/api/v1/problems"
TRY_AGAIN_SECONDS = 2


class SignInError(Exception):
    """What belongs to an account was asked for by somebody who is not signed in."""


@dataclass(frozen=True)
class Kind:
    """A kind of problem. title: what it is, the same each time; meaning: what to do about it."""

    status: int
    title: str | Promise
    meaning: str | Promise


KINDS = {
    "malformed": Kind(
        400, gettext_lazy("The request cannot be read"), gettext_lazy("Send a JSON object that is encoded in UTF-8.")
    ),
    "csrf": Kind(
        403,
        gettext_lazy("The request could not be verified"),
        gettext_lazy("Send the token that GET /api/v1/me gives in the header X-CSRFToken, with the cookies it sets."),
    ),
    "sign-in": Kind(
        403,
        gettext_lazy("For whoever is signed in"),
        gettext_lazy("These lists belong to an account: sign in at the site, and send its cookies."),
    ),
    "not-found": Kind(
        404, gettext_lazy("Not found"), gettext_lazy("There is nothing at this address, or not for you.")
    ),
    "method": Kind(
        405,
        gettext_lazy("This address does not take that method"),
        gettext_lazy("The header Allow names those that it takes."),
    ),
    "too-late": Kind(
        410,
        gettext_lazy("Gone"),
        gettext_lazy("It was removed too long ago to be put back: nothing of it is kept."),
    ),
    "too-large": Kind(413, gettext_lazy("Too much in one request"), gettext_lazy("Send a smaller body.")),
    "media-type": Kind(
        415,
        gettext_lazy("Not a form that is understood"),
        gettext_lazy("Send the body as JSON, with Content-Type: application/json."),
    ),
    "invalid": Kind(
        422,
        gettext_lazy("Something in the request is not as expected"),
        gettext_lazy("See ‘errors’: where, and why."),
    ),
    "wrong-clock": Kind(
        422,
        gettext_lazy("The time in the event's number is too far from the server's"),
        gettext_lazy("‘now’ is the server's time in milliseconds: make the UUIDv7 anew by it."),
    ),
    "too-many": Kind(
        429,
        gettext_lazy("Too much at once"),
        gettext_lazy("Try again after as many seconds as the header Retry-After says."),
    ),
    "failed": Kind(
        500,
        gettext_lazy("Something went wrong"),
        gettext_lazy("The site's fault, and logged. Try again in a moment."),
    ),
    "log-away": Kind(
        503,
        gettext_lazy("Your history cannot be reached just now"),
        gettext_lazy("Nothing is lost. Try again after as many seconds as the header Retry-After says."),
    ),
}
"""By name, which stands behind the # of a problem's `type`."""


def problem(name: str, detail: str = "", *, retry_after: int | None = None, **more: object) -> HttpResponse:
    """The answer that says it. detail: what it was this time; more: further members."""
    kind = KINDS[name]
    said = {
        "type": f"{ADDRESS}#{name}",
        "title": str(kind.title),
        "status": kind.status,
        "detail": detail or str(kind.meaning),
        **more,
    }
    response = HttpResponse(as_json(said), status=kind.status, content_type=CONTENT_TYPE)
    if retry_after is not None:
        response["Retry-After"] = str(retry_after)
    return response


def as_json(value: object, **how: Any) -> bytes:
    """Readable in any script; half of a surrogate pair, which UTF-8 cannot say, as an escape."""
    return json.dumps(value, ensure_ascii=False, **how).encode("utf-8", "backslashreplace")


_SAID = {
    "missing": gettext_lazy("This is needed."),
    "extra_forbidden": gettext_lazy("There is no such field."),
    "int_type": gettext_lazy("Expected a whole number."),
    "int_parsing": gettext_lazy("Expected a whole number."),
    "int_parsing_size": gettext_lazy("Expected a whole number that is not so long."),
    "int_from_float": gettext_lazy("Expected a whole number."),
    "bool_parsing": gettext_lazy("Expected true or false."),
    "bool_type": gettext_lazy("Expected true or false."),
    "string_type": gettext_lazy("Expected a text."),
    "string_unicode": gettext_lazy("Expected a text in Unicode."),
    "string_too_long": gettext_lazy("Expected at most %(max_length)s characters."),
    "string_too_short": gettext_lazy("Expected at least %(min_length)s characters."),
    "string_pattern_mismatch": gettext_lazy("Expected a text of the form %(pattern)s."),
    "too_long": gettext_lazy("Expected at most %(max_length)s of them."),
    "greater_than_equal": gettext_lazy("Expected at least %(ge)s."),
    "less_than_equal": gettext_lazy("Expected at most %(le)s."),
    "uuid_type": gettext_lazy("Expected a UUID."),
    "uuid_parsing": gettext_lazy("Expected a UUID."),
    "multiple_of": gettext_lazy("Expected the first year of a decade."),
    "literal_error": gettext_lazy("Expected one of %(expected)s."),
    "date_type": gettext_lazy("Expected a day as 2026-01-31."),
    "date_from_datetime_parsing": gettext_lazy("Expected a day as 2026-01-31."),
    "date_parsing": gettext_lazy("Expected a day as 2026-01-31."),
    "model_type": gettext_lazy("Expected a JSON object."),
    "model_attributes_type": gettext_lazy("Expected a JSON object."),
}
"""What pydantic finds wrong, by its own name for it, in words that can be translated."""


def errors_of(found: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """pydantic's errors, each as where it is ("body.movie_id") and what was expected there."""
    return [{"where": ".".join(map(str, _place(each["loc"]))), "message": _message(each)} for each in found]


def _place(loc: Sequence[str | int]) -> Sequence[str | int]:
    """Without what the body is called in our code, which stands behind "body"."""
    return [loc[0], *loc[2:]] if loc[0] == "body" else loc


def _message(error: Mapping[str, Any]) -> str:
    said = _SAID.get(error["type"])
    return str(said) % error.get("ctx", {}) if said else _("Not as expected: %(why)s") % {"why": error["msg"]}
