"""Who is looking: a random id in a signed cookie of its own. It is no credential and opens nothing but a history."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.functional import SimpleLazyObject
from django_htmx.middleware import HtmxDetails

from movie.clicks.base import owner_of
from movie.clicks.waiting import page_reads

COOKIE = "visitor"
_SALT = "movie.visitors"
COOKIE_DAYS = 365
_MAX_AGE = COOKIE_DAYS * 24 * 3600
_FORM = re.compile(r"[A-Za-z0-9_-]{22}")


@dataclass(frozen=True)
class Visitor:
    id: str
    user: str | None = None
    """The number of the account that is signed in."""
    new: bool = False
    """Whether their browser has brought no id: theirs begins with this answer, where they keep cookies at all."""

    @property
    def owner(self) -> str:
        """Whose history it is: the key of the click log."""
        return owner_of(self.id, self.user)

    def signed_in_as(self, user: str | None) -> Visitor:
        return replace(self, user=user)


class VisitorRequest(HttpRequest):
    """A request that went through VisitorMiddleware."""

    visitor: Visitor
    htmx: HtmxDetails


def wants_a_part(request: VisitorRequest) -> bool:
    """Whether htmx puts the answer into a page that stays. A form that it sends in the browser's place (`hx-boost`)
    gets the page that follows, whole."""
    return bool(request.htmx) and not request.htmx.boosted


def is_looked_at(request: VisitorRequest) -> bool:
    """Whether somebody sees the page: not a browser that fetches it ahead, nor a crawler, which keeps no cookies."""
    purposes = [request.headers.get(name, "").lower() for name in ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")]
    ahead = any(word in purpose for purpose in purposes for word in ("prefetch", "prerender", "preview"))
    return request.method == "GET" and not ahead and not request.visitor.new


def new_visitor() -> Visitor:
    """Somebody of whom nothing is known."""
    return Visitor(secrets.token_urlsafe(16), new=True)


def _account(request: HttpRequest) -> str | None:
    return str(request.user.pk) if request.user.is_authenticated else None


class VisitorMiddleware:
    """Gives every request its `visitor`; a new one gets the cookie with a page, before their first click.

    Signing in keeps the visitor's id, so that a click that is sent again stays the same event. A view that puts a new
    visitor in their place (who signs out does) gives their browser to the next one.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: VisitorRequest) -> HttpResponse:
        found = request.get_signed_cookie(COOKIE, "", salt=_SALT, max_age=_MAX_AGE) or ""
        known = bool(_FORM.fullmatch(found))
        visitor = Visitor(found, new=False) if known else new_visitor()
        # Lazy, because it reads the session, which what is public and the same for everybody does not need.
        request.visitor = cast(Visitor, SimpleLazyObject(lambda: visitor.signed_in_as(_account(request))))
        # Who deletes or merges a long history reads all of it first, and waits for that.
        with page_reads() if request.method in ("GET", "HEAD") else nullcontext():
            response = self.get_response(request)
        if "public" in response.get("Cache-Control", ""):
            return response  # the same for everybody: nobody's cookie belongs on it
        patch_cache_control(response, private=True, no_cache=True)
        patch_vary_headers(response, ("Cookie",))
        if request.visitor.user:  # nor may the browser show it again by its Back button, after they signed out
            patch_cache_control(response, no_store=True)
        if request.visitor.new:
            response.set_signed_cookie(
                COOKIE,
                request.visitor.id,
                salt=_SALT,
                max_age=_MAX_AGE,
                httponly=True,
                samesite="Lax",
                secure=settings.HTTPS,
            )
        return response
