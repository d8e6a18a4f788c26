"""What the site keeps of a visitor, in plain words."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from movie.visitors import COOKIE_DAYS, VisitorRequest

PLACES = {
    "database": _("in the database of this site"),
    "dynamodb": _(
        "in a table of Amazon DynamoDB that belongs to this site, and that may take some days longer to delete"
    ),
}
"""Where CLICKLOG says that clicks go."""


@require_safe
def page(request: VisitorRequest) -> HttpResponse:
    context = {
        "owner": request.visitor.owner,
        "place": PLACES[settings.CLICKLOG],
        "visitor_days": min(settings.CLICKLOG_VISITOR_DAYS, settings.CLICKLOG_DAYS),
        "days": settings.CLICKLOG_DAYS,
        "cookie_days": COOKIE_DAYS,
        "session_days": settings.SESSION_COOKIE_AGE // (24 * 3600),
        "stream_days": settings.KAFKA_RETENTION_DAYS if settings.EVENTS == "kafka" else 0,
    }
    return render(request, "movie/privacy.html", context)
