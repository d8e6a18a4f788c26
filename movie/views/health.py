"""/healthz and /readyz, for who starts, watches and balances servers."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse

from movie.health import health


class HealthMiddleware:
    """Answers both before anything else sees the request.

    A load balancer asks over HTTP, by an address that is none of ALLOWED_HOSTS, and is no visitor.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.answers = {"/healthz": _healthz, "/readyz": _readyz}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.answers.get(request.path_info)
        if answer is None:
            return self.get_response(request)
        response = answer() if request.method in ("GET", "HEAD") else HttpResponseNotAllowed(["GET", "HEAD"])
        response["Cache-Control"] = "no-store"
        return response


def _healthz() -> HttpResponse:
    """The process is up: it asks nothing of anybody, so that a database that is away restarts no server."""
    return JsonResponse({"status": "ok"})


def _readyz() -> HttpResponse:
    """200 where visitors may be sent here, else 503, with each part's state and what waits for the stream."""
    found = health()
    waits = found.backlog and {
        "waiting": found.backlog.waiting,
        "oldest_seconds": round(found.backlog.seconds, 1),
    }
    told = {"ready": found.ready, **found.states, "outbox": waits}
    return JsonResponse(told, status=200 if found.ready else 503)
