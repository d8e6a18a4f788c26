"""What every page shows beside its own: the visitor's history."""

from __future__ import annotations

import logging
from typing import cast

from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.utils.functional import SimpleLazyObject

from movie import services
from movie.clicks.base import ClickLogError
from movie.predictors.registry import OWN, PREDICTORS
from movie.visitors import VisitorRequest

logger = logging.getLogger(__name__)


def panel_of(request: VisitorRequest) -> services.HistoryPage | None:
    """The history panel's content; None where the click log cannot be read, which the panel then says."""
    try:
        return services.history_panel(visitor=request.visitor)
    except ClickLogError as error:
        logger.warning("history panel: %s", error)
        return None


def removed_of(request: VisitorRequest) -> services.Entry | None:
    """What the visitor removed from their history a moment ago; see services.removal_token."""
    return services.removed_lately(visitor=request.visitor, token=request.COOKIES.get(services.REMOVED_COOKIE, ""))


def site(request: HttpRequest) -> dict[str, object]:
    """`panel` and `opinions`, read only where a template shows them; `tabs`, the models by name that have one, and
    `own`, the name of the first; `mixes`: two of them share a list; `removed`: what can be put back; `account_tag`,
    by which a script sees that somebody else is signed in than before, and no more."""
    visited = cast(VisitorRequest, request)
    return {
        "panel": SimpleLazyObject(lambda: panel_of(visited)),
        "opinions": SimpleLazyObject(lambda: services.opinions_of(visited.visitor)),
        "removed": SimpleLazyObject(lambda: removed_of(visited)),
        "tabs": {name: tab for name, tab in PREDICTORS.items() if not tab.beside},
        "own": OWN,
        "mixes": len(services.mixable()) > 1,
        "account_tag": SimpleLazyObject(lambda: _tag(request)),
    }


def _tag(request: HttpRequest) -> str:
    visitor = getattr(request, "visitor", None)
    return salted_hmac("movie.context", visitor.user).hexdigest()[:16] if visitor and visitor.user else ""
