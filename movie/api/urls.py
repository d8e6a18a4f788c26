from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.views.generic import RedirectView

from movie.api import about, docs, history, marks, movies, openapi, opinions, recommendations
from movie.api.problems import problem
from movie.api.site import api

for router in (movies.router, recommendations.router, opinions.router, marks.router, history.router, about.router):
    api.add_router("", router)


def completed(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """ninja's view with what it lacks: HEAD as GET, 405 as a problem, and Django's check of CSRF tokens."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        asked = request.method
        request.method = "GET" if asked == "HEAD" else asked
        try:
            response = view(request, *args, **kwargs)
        finally:
            request.method = asked
        return _not_allowed(response["Allow"]) if response.status_code == 405 else response

    inner.csrf_exempt = False  # type: ignore[attr-defined]
    return inner


def _not_allowed(allowed: str) -> HttpResponseBase:
    methods = {*allowed.split(", ")}
    response = problem("method")
    response["Allow"] = ", ".join(sorted(methods | {"HEAD"} if "GET" in methods else methods))
    return response


def _operations() -> tuple[list[URLPattern], str, str]:
    patterns, app, namespace = api.urls
    for pattern in patterns:
        assert isinstance(pattern, URLPattern)
        pattern.callback = completed(pattern.callback)
    return patterns, app, namespace  # type: ignore[return-value]


urlpatterns = [
    path("v1/", RedirectView.as_view(pattern_name="api_docs")),
    path("v1/docs", docs.page, name="api_docs"),
    path("v1/openapi.json", openapi.schema, name="api_schema"),
    path("v1/", _operations()),
]
