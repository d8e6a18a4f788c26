"""How often what may be sent: a flood of clicks, or of guessed passwords, is answered 429.

Counted are keyed hashes, for minutes: no address and no name is stored.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django_ratelimit.core import get_usage

from movie.api.problems import problem
from movie.api.refusals import asks_the_api
from movie.visitors import VisitorRequest

logger = logging.getLogger(__name__)
SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")
PASSWORD_PAGES = {"accounts:sign_in", "accounts:password", "accounts:email", "accounts:delete", "admin:login"}
"""Where a password can be tried."""
HOURLY_PAGES = {"accounts:sign_up", "accounts:reset"}
COMMENT_PAGES = {"paper_review:comment", "paper_review:comment_edit"}
NOT_KEPT = "preview"
"""The button's name by which a comment is looked at before it is sent; it counts as any other form."""


@dataclass(frozen=True)
class Limit:
    """`most` of a kind in `period` ("m", "5m", "h") by whoever `who` stands for."""

    kind: str
    who: str
    most: int
    period: str


class LimitMiddleware:
    """Counts whatever changes something, and refuses what is too much."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: VisitorRequest, *args: Any) -> HttpResponse | None:
        if request.method in SAFE:
            return None
        waits = [seconds_to_wait(request, limit) for limit in _limits(request) if limit.most and limit.who]
        return too_many(request, max(waits)) if any(waits) else None


def _limits(request: VisitorRequest) -> Iterator[Limit]:
    page = request.resolver_match.view_name if request.resolver_match else ""
    address = client_network(request)
    if not request.visitor.new:  # who brings no cookie is another visitor each time
        yield Limit("posts of a visitor", request.visitor.owner, settings.POSTS_A_MINUTE, "m")
    yield Limit("posts from an address", address, settings.ADDRESS_POSTS_A_MINUTE, "m")
    if page in PASSWORD_PAGES:
        name = request.visitor.user or request.POST.get("username", "").strip().casefold()
        # For a name from one address: else whoever knows a name could lock its owner out.
        yield Limit("passwords for a name", f"{name}@{address}", settings.SIGN_IN_TRIES, "5m")
        yield Limit("passwords from an address", address, 5 * settings.SIGN_IN_TRIES, "5m")
    if page in COMMENT_PAGES and NOT_KEPT not in request.POST:
        yield Limit("comments", request.visitor.owner, settings.COMMENTS_AN_HOUR, "h")
    if page in HOURLY_PAGES:
        yield Limit(page, address, settings.ACCOUNT_FORMS_AN_HOUR, "h")


def seconds_to_wait(request: HttpRequest, limit: Limit) -> int:
    """Count once; 0 where it is within the limit, else how long until the period is over."""
    who = salted_hmac("accounts.limits", limit.who).hexdigest()
    usage = get_usage(
        request, group=limit.kind, key=lambda *_: who, rate=f"{limit.most}/{limit.period}", increment=True
    )
    if not usage["should_limit"]:
        return 0
    logger.warning("too many %s", limit.kind)
    return max(1, usage["time_left"])


def client_network(request: HttpRequest) -> str:
    """The visitor's address, of IPv6 the /64 that one household has; "" where there is none, as by a socket.

    X-Forwarded-For is believed as far as proxies of ours have written it: its last PROXIES entries.
    """
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    found = request.META.get("REMOTE_ADDR", "")
    if settings.PROXIES:
        found = hops[-settings.PROXIES] if len(hops) >= settings.PROXIES else ""
    try:
        address = ip_address(found)
    except ValueError:
        return ""
    return str(ip_network((address, 64), strict=False)) if address.version == 6 else str(address)


def too_many(request: HttpRequest, seconds: int) -> HttpResponse:
    """429, in the form that was asked in, with the seconds after which it is worth trying again."""
    response: HttpResponse
    if asks_the_api(request):
        return problem("too-many", retry_after=seconds)
    if request.content_type == "application/json":
        response = JsonResponse({"error": _("Too much at once. Please try again a little later.")}, status=429)
    else:
        response = render(request, "429.html", {"minutes": -(-seconds // 60)}, status=429)
    response["Retry-After"] = str(seconds)
    return response
