"""The API itself: how requests are read and answers written, and what becomes of errors."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any, NoReturn

from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.operation import Operation
from ninja.renderers import BaseRenderer
from ninja.responses import NinjaJSONEncoder

from movie.api.problems import TRY_AGAIN_SECONDS, SignInError, as_json, errors_of, problem
from movie.clicks.base import ClickLogError, ClockError, EventIdError
from movie.services import TooLateError, UnknownMovieError

logger = logging.getLogger(__name__)
Run = Callable[..., HttpResponseBase]


class JSONRenderer(BaseRenderer):
    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        return as_json(data, cls=NinjaJSONEncoder, allow_nan=False)


class SiteAPI(NinjaAPI):
    def get_openapi_operation_id(self, operation: Operation) -> str:
        """What its function is called: an API has one of each."""
        return operation.view_func.__name__


api = SiteAPI(
    title="Movie Graph",
    version="1.0.0",
    urls_namespace="api",
    openapi_url=None,  # movie.api.openapi completes it, and serves it
    docs_url=None,
    renderer=JSONRenderer(),
)


def only_json(run: Run) -> Run:
    """Refuses a body in another form before anything reads it."""

    @wraps(run)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method in ("POST", "PUT") and request.content_type != "application/json":
            return problem("media-type")
        return run(request, *args, **kwargs)

    return inner


api.add_decorator(only_json, mode="view")


@api.exception_handler(Exception)
def failed(request: HttpRequest, error: Exception) -> NoReturn:
    """Django logs it, and answers by movie.api.refusals."""
    raise error


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, error: ValidationError) -> HttpResponseBase:
    return problem("invalid", errors=errors_of(error.errors))


@api.exception_handler(HttpError)
def malformed(request: HttpRequest, error: HttpError) -> HttpResponseBase:
    """The one that ninja raises here itself: for a body that is no JSON."""
    return problem("malformed")


@api.exception_handler(RequestDataTooBig)
def too_large(request: HttpRequest, error: RequestDataTooBig) -> HttpResponseBase:
    return problem("too-large")


@api.exception_handler(Http404)
def not_found(request: HttpRequest, error: Http404) -> HttpResponseBase:
    return problem("not-found", str(error))


@api.exception_handler(SignInError)
def not_signed_in(request: HttpRequest, error: SignInError) -> HttpResponseBase:
    return problem("sign-in")


@api.exception_handler(UnknownMovieError)
def unknown_movie(request: HttpRequest, error: UnknownMovieError) -> HttpResponseBase:
    return problem("not-found", _("No movie has this number."))


@api.exception_handler(TooLateError)
def too_late(request: HttpRequest, error: TooLateError) -> HttpResponseBase:
    return problem("too-late")


@api.exception_handler(EventIdError)
def wrong_event_id(request: HttpRequest, error: EventIdError) -> HttpResponseBase:
    place = "query.event_id" if request.method == "DELETE" else "body.event_id"
    return problem("invalid", errors=[{"where": place, "message": _("Expected a UUIDv7.")}])


@api.exception_handler(ClockError)
def wrong_clock(request: HttpRequest, error: ClockError) -> HttpResponseBase:
    return problem("wrong-clock", now=int(timezone.now().timestamp() * 1000))


@api.exception_handler(ClickLogError)
def log_away(request: HttpRequest, error: ClickLogError) -> HttpResponseBase:
    logger.warning("%s %s refused: %s", request.method, request.path, error)
    return problem("log-away", retry_after=TRY_AGAIN_SECONDS)
