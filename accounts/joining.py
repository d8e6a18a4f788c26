"""Signing in gives what a visitor did before to their account."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, cast

from django.http import HttpRequest, HttpResponse

from accounts.limits import SAFE
from accounts.models import User
from movie import services
from movie.clicks.base import ClickLogError
from movie.visitors import VisitorRequest

logger = logging.getLogger(__name__)
TO_GIVE = "history_to_give"
"""In the session of who signed in while the click log was away: their history is still the visitor's."""


def on_sign_in(sender: type[User], request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Whichever page they signed in on: every log-in of Django's tells of it here."""
    if hasattr(request, "visitor"):
        give_history(cast(VisitorRequest, request), user)
    else:  # signed in by a script, without a page
        request.session[TO_GIVE] = True


def give_history(request: VisitorRequest, user: User) -> None:
    """Give the visitor's clicks and lists to `user`, and be `user` from here on.

    Where the click log is away they are given with the next thing that the user does: signing in waits for no store.
    """
    request.visitor = request.visitor.signed_in_as(str(user.pk))
    try:
        services.history_merge(visitor=request.visitor, user_id=str(user.pk))
    except ClickLogError as error:
        logger.warning("a visitor's history waits to be given to their account: %s", error)
        request.session[TO_GIVE] = True
    else:
        request.session.pop(TO_GIVE, None)


class JoiningMiddleware:
    """Gives a history that could not be given at signing in, before the next thing that its owner does."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: VisitorRequest) -> HttpResponse:
        if request.method not in SAFE and request.user.is_authenticated and request.session.get(TO_GIVE):
            give_history(request, request.user)
        return self.get_response(request)
