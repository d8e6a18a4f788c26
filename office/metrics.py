"""/metrics for Prometheus: every request is counted here, and what was counted is told to who may know it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, HttpResponseNotAllowed
from django.utils.crypto import constant_time_compare
from prometheus_client import CollectorRegistry, generate_latest, multiprocess, values
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from movie.metrics import REGISTRY, REQUEST_SECONDS, REQUESTS
from office.gauges import SiteCollector

PATH = "/metrics"
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA")
"""Any of these says that a proxy asks for somebody else."""


class MetricsMiddleware:
    """Answers /metrics before anything else sees the request, for Prometheus asks by an address that is none of
    ALLOWED_HOSTS, and is no visitor; and counts and times every other request, with all that the site does for it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info == PATH:
            return _answer(request)
        began = time.perf_counter()
        response = self.get_response(request)
        view = view_of(request)
        method = request.method if request.method in METHODS else "other"
        REQUESTS.labels(view, method, response.status_code).inc()
        REQUEST_SECONDS.labels(view).observe(time.perf_counter() - began)
        return response


def view_of(request: HttpRequest) -> str:
    """The name of the view that the address leads to; a few that no view answers have one too. Never the address."""
    if request.resolver_match:
        return request.resolver_match.view_name
    if request.path_info in ("/healthz", "/readyz"):
        return request.path_info[1:]
    return "static" if request.path_info.startswith(settings.STATIC_URL) else "none"


def may_read(request: HttpRequest) -> bool:
    """With METRICS_TOKEN: who sends it. Without: this machine, and nobody through a proxy on it."""
    if settings.METRICS_TOKEN:
        sent = request.headers.get("Authorization", "")
        return constant_time_compare(sent, f"Bearer {settings.METRICS_TOKEN}")
    if any(name in request.META for name in FORWARDED):
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:  # none: by a socket, where a proxy asks
        return False


def _answer(request: HttpRequest) -> HttpResponse:
    response: HttpResponse
    if request.method not in ("GET", "HEAD"):
        response = HttpResponseNotAllowed(["GET", "HEAD"])
    elif not may_read(request):
        response = HttpResponseForbidden("Not for you: see METRICS_TOKEN.\n", content_type="text/plain")
    else:
        response = HttpResponse(b"".join(exposition()), content_type=CONTENT_TYPE_PLAIN_0_0_4)
    response["Cache-Control"] = "no-store"
    return response


def exposition() -> Iterator[bytes]:
    """What all workers of this server have counted, then what the site is like just now."""
    counted = REGISTRY
    if values.ValueClass is not values.MutexValue:  # workers count into files of one folder
        counted = CollectorRegistry()
        multiprocess.MultiProcessCollector(counted)  # type: ignore[no-untyped-call]
    yield generate_latest(counted)
    now = CollectorRegistry(auto_describe=False)
    now.register(SiteCollector())
    yield generate_latest(now)
