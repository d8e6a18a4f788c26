"""The lists of who is signed in: what they want to watch, and what they have seen."""

from __future__ import annotations

from typing import Annotated

from django.http import Http404
from django.utils.translation import gettext as _
from ninja import Path, Query, Router
from ninja.responses import Status
from pydantic import Field

from movie import selectors, services
from movie.api.answers import fails
from movie.api.problems import SignInError
from movie.api.schemas.common import MovieId
from movie.api.schemas.marks import MarkedMovies, MarksQuery, Nothing, OwnMarks
from movie.services import MarkKind
from movie.visitors import VisitorRequest

router = Router(tags=["lists"])
Kind = Annotated[MarkKind, Field(description="Which list: want to watch, or seen.", examples=["want"])]


@router.get(
    "/marks/{kind}", response=MarkedMovies, url_name="marks", summary="One of the lists", openapi_extra=fails(403)
)
def marks(request: VisitorRequest, kind: Path[Kind], asked: Query[MarksQuery]) -> MarkedMovies:
    """What was put on it last comes first. Movies that the catalogue has no more are left out."""
    return MarkedMovies.of_list(services.marked(owner=_owner(request), kind=kind, page=asked.page))


@router.get(
    "/movies/{movie_id}/marks",
    response=OwnMarks,
    url_name="movie_marks",
    summary="On which lists a movie is",
    openapi_extra=fails(403, 404),
)
def movie_marks(request: VisitorRequest, movie_id: MovieId) -> OwnMarks:
    """As the movie's page shows it."""
    owner = _owner(request)
    if not selectors.movie_exists(movie_id=movie_id):
        raise Http404(_("No movie has this number."))
    return OwnMarks.of(selectors.marks_of(owner=owner, movie_id=movie_id))


@router.put(
    "/movies/{movie_id}/marks/{kind}",
    response=OwnMarks,
    url_name="mark",
    summary="Put a movie on a list",
    openapi_extra=fails(404),
)
def mark(request: VisitorRequest, movie_id: MovieId, kind: Path[Kind], said: Nothing) -> OwnMarks:
    """One that was seen is wanted no more, and is recommended no more."""
    owner = _owner(request)
    services.mark_set(owner=owner, movie_id=movie_id, kind=kind, on=True)
    return OwnMarks.of(selectors.marks_of(owner=owner, movie_id=movie_id))


@router.delete(
    "/movies/{movie_id}/marks/{kind}",
    response={204: None},
    url_name="mark",
    summary="Take a movie off a list",
    openapi_extra=fails(404),
)
def unmark(request: VisitorRequest, movie_id: MovieId, kind: Path[Kind]) -> Status[None]:
    """Also where it was not on it."""
    services.mark_set(owner=_owner(request), movie_id=movie_id, kind=kind, on=False)
    return Status(204, None)


def _owner(request: VisitorRequest) -> str:
    if request.visitor.user is None:
        raise SignInError
    return request.visitor.owner
