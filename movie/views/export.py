"""The visitor's own history as a file, streamed: however long it is, a part of it is in memory."""

from __future__ import annotations

from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from movie import services
from movie.clicks.base import ClickLogError
from movie.services.exporting import CONTENT_TYPES, Form
from movie.visitors import VisitorRequest


@require_GET
def export(request: VisitorRequest, form: Form) -> HttpResponseBase:
    """The whole history, newest first, as "json" or "csv"; 503 where the click log is away."""
    try:
        written = services.history_written(visitor=request.visitor, form=form)
    except ClickLogError:
        reason = _("Your history cannot be reached just now. Nothing is lost; please try again.")
        response = render(request, "refused.html", {"reason": reason}, status=503)
        response["Retry-After"] = "2"
        return response
    name = f'attachment; filename="movie-history.{form}"'
    return StreamingHttpResponse(written, content_type=CONTENT_TYPES[form], headers={"Content-Disposition": name})
