"""What every page shows beside its own: the visitor's history."""

from __future__ import annotations

import logging
from typing import cast

from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.utils.functional import SimpleLazyObject

from movie import services
from movie.clicks.base import ClickLogError
from movie.predictors.registry import PREDICTORS
from movie.visitors import VisitorRequest

logger = logging.getLogger(__name__)


def panel_of(request: VisitorRequest) -> services.HistoryPage | None:
    """The history panel's content; None where the click log cannot be read, which the panel then says."""
    try:
        return services.history_page(visitor=request.visitor, size=services.PANEL_SIZE)
    except ClickLogError as error:
        logger.warning("history panel: %s", error)
        return None


def site(request: HttpRequest) -> dict[str, object]:
    """`panel`, read only where a template shows it; `tabs`, the models by name that have one; `mixes`: two of them
    share a list; `account_tag`, by which a script sees that somebody else is signed in than before, and no more."""
    return {
        "panel": SimpleLazyObject(lambda: panel_of(cast(VisitorRequest, request))),
        "tabs": {name: tab for name, tab in PREDICTORS.items() if not tab.beside},
        "mixes": len(services.mixable()) > 1,
        "account_tag": SimpleLazyObject(lambda: _tag(request)),
    }


def _tag(request: HttpRequest) -> str:
    visitor = getattr(request, "visitor", None)
    return salted_hmac("movie.context", visitor.user).hexdigest()[:16] if visitor and visitor.user else ""
