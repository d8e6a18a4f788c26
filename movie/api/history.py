"""The visitor's own history: reading it, taking part of it or all of it back, taking it along."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router
from ninja.responses import Status
from pydantic import Field

from movie import services
from movie.api.answers import AS_CSV_TOO, fails
from movie.api.schemas.events import EVENT_ID, Cleared, Exported, History, HistoryQuery, Logged, Removed, Undo
from movie.services.exporting import CONTENT_TYPES, Form
from movie.visitors import VisitorRequest

router = Router(tags=["history"])
EventId = Annotated[UUID, Field(description="The number of an event.", examples=[EVENT_ID])]


@router.get(
    "/history",
    response=History,
    url_name="history",
    summary="The visitor's history, newest first",
    openapi_extra=fails(503),
)
def history(request: VisitorRequest, asked: Query[HistoryQuery]) -> History:
    """Part by part: `older` of one answer is `before` of the next request."""
    page = services.history_read(visitor=request.visitor, search=asked.search, before=asked.before, size=asked.size)
    return History.of(page)


@router.delete(
    "/history",
    response=Cleared,
    url_name="history",
    summary="Remove all of it",
    openapi_extra=fails(503),
)
def clear(request: VisitorRequest, response: HttpResponse) -> Cleared:
    """From every store, with the lists that were made of it. It cannot be undone."""
    response.delete_cookie(services.REMOVED_COOKIE, samesite="Lax")
    return Cleared(removed=services.history_clear(visitor=request.visitor))


@router.get(
    "/history/export",
    response=list[Exported],
    url_name="export",
    summary="All of it as a file",
    openapi_extra={"responses": fails(503)["responses"] | AS_CSV_TOO["responses"]},
)
def export(
    request: VisitorRequest, form: Annotated[Form, Field(description="Of the file.")] = "json"
) -> StreamingHttpResponse:
    """Streamed, however long it is."""
    written = services.history_written(visitor=request.visitor, form=form)
    name = f'attachment; filename="movie-history.{form}"'
    return StreamingHttpResponse(written, content_type=CONTENT_TYPES[form], headers={"Content-Disposition": name})


@router.post(
    "/history/restore",
    response={201: Logged},
    url_name="restore",
    summary="Put one back",
    openapi_extra=fails(410, 503),
)
def restore(request: VisitorRequest, said: Undo) -> Status[Logged]:
    """What was removed within the last two minutes, under a new number, at its old place."""
    event = services.history_restore(visitor=request.visitor, token=said.undo)
    return Status(201, Logged(event_id=event.event_id, movie_id=event.movie_id))


@router.delete(
    "/history/{event_id}",
    response=Removed,
    url_name="event",
    summary="Remove one event",
    openapi_extra=fails(404, 503),
)
def remove(request: VisitorRequest, event_id: EventId) -> Removed:
    """From every store. Nobody can remove another's."""
    removed = services.click_remove(visitor=request.visitor, event_id=event_id)
    if removed is None:
        raise Http404(_("Your history has no event of this number."))
    return Removed(event_id=removed.event_id, movie_id=removed.movie_id, undo=services.removal_token(removed))
