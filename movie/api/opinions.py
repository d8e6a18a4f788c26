"""Clicks, stars, and what does not interest."""

from __future__ import annotations

from ninja import Query, Router
from ninja.responses import Status

from movie import services
from movie.api.answers import fails
from movie.api.schemas.common import MovieId
from movie.api.schemas.events import (
    Click,
    Logged,
    OwnOpinions,
    StarGiven,
    StarLogged,
    WhereBody,
    WhereQuery,
)
from movie.clicks.base import ClickEvent
from movie.visitors import VisitorRequest

router = Router(tags=["clicks and stars"])


@router.post(
    "/clicks",
    response={201: Logged},
    url_name="clicks",
    summary="Log a click",
    openapi_extra=fails(404, 503),
)
def click(request: VisitorRequest, said: Click) -> Status[Logged]:
    """Sent again with the same `event_id` it is the same click, answered 201 again and logged once."""
    return Status(201, _logged(_record(request, said.movie_id, said, "click")))


@router.get(
    "/stars",
    response=OwnOpinions,
    url_name="stars",
    summary="The visitor's stars, and what is hidden",
    openapi_extra=fails(503),
)
def stars(request: VisitorRequest) -> OwnOpinions:
    """By movie, the newest of each; what was taken back is not there."""
    return OwnOpinions.of(services.opinions_read(request.visitor))


@router.put(
    "/movies/{movie_id}/star",
    response=StarLogged,
    url_name="star",
    summary="Give or change a star",
    openapi_extra=fails(404, 503),
)
def star(request: VisitorRequest, movie_id: MovieId, said: StarGiven) -> StarLogged:
    """Half stars doubled: 1 to 10. The newest counts."""
    event = _record(request, movie_id, said, "star", star=said.star)
    return StarLogged(event_id=event.event_id, movie_id=movie_id, star=said.star)


@router.delete(
    "/movies/{movie_id}/star",
    response={204: None},
    url_name="star",
    summary="Take a star back",
    openapi_extra=fails(404, 503),
)
def unstar(request: VisitorRequest, movie_id: MovieId, where: Query[WhereQuery]) -> Status[None]:
    """Also where there was none."""
    _record(request, movie_id, where, "unstar")
    return Status(204, None)


@router.put(
    "/movies/{movie_id}/hidden",
    response=Logged,
    url_name="hidden",
    summary="Hide a movie",
    openapi_extra=fails(404, 503),
)
def hide(request: VisitorRequest, movie_id: MovieId, said: WhereBody) -> Logged:
    """It does not interest: no list has it any more, and it counts against movies like it."""
    return _logged(_record(request, movie_id, said, "hide"))


@router.delete(
    "/movies/{movie_id}/hidden",
    response={204: None},
    url_name="hidden",
    summary="Show it again",
    openapi_extra=fails(503),
)
def unhide(request: VisitorRequest, movie_id: MovieId) -> Status[None]:
    """As if it had never been hidden; also where it was not."""
    services.hide_undo(visitor=request.visitor, movie_id=movie_id)
    return Status(204, None)


def _record(
    request: VisitorRequest, movie_id: int, said: WhereBody | WhereQuery, kind: str, star: int | None = None
) -> ClickEvent:
    return services.click_record(
        visitor=request.visitor,
        movie_id=movie_id,
        event_id=said.event_id,
        source=said.source(said.rank),
        kind=kind,
        star=star,
    )


def _logged(event: ClickEvent) -> Logged:
    return Logged(event_id=event.event_id, movie_id=event.movie_id)
