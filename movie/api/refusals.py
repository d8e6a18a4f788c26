"""What Django itself refuses: as a problem where the API was asked, else as the page that it is everywhere."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views import csrf, defaults

from movie.api.problems import problem

ROOT = "/api/"


def asks_the_api(request: HttpRequest) -> bool:
    return request.path.startswith(ROOT)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return problem("csrf") if asks_the_api(request) else csrf.csrf_failure(request, reason)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem("malformed") if asks_the_api(request) else defaults.bad_request(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem("not-found") if asks_the_api(request) else defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    return problem("failed") if asks_the_api(request) else defaults.server_error(request)
