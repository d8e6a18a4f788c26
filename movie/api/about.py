"""Who asks, and what can go wrong."""

from __future__ import annotations

from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.utils.translation import get_language
from ninja import Router

from movie.api.problems import ADDRESS, KINDS
from movie.api.schemas.about import Me, ProblemKind, ProblemKinds
from movie.visitors import VisitorRequest

router = Router(tags=["about"])


@router.get("/me", response=Me, url_name="me", summary="Who asks, and their CSRF token")
def me(request: VisitorRequest, response: HttpResponse) -> Me:
    """A new visitor gets the cookies of one: send them back with whatever follows."""
    user = request.user
    response["Cache-Control"] = "no-store"
    return Me(
        signed_in=user.is_authenticated,
        name=user.get_username() if user.is_authenticated else None,
        language="ko" if get_language() == "ko" else "en",
        csrf_token=get_token(request),
    )


@router.get("/problems", response=ProblemKinds, url_name="problems", summary="Every kind of problem")
def problems(request: VisitorRequest) -> ProblemKinds:
    """What may stand in the `type` of an answer that is none, and what to do about it."""
    found = [
        ProblemKind(type=f"{ADDRESS}#{name}", status=kind.status, title=str(kind.title), meaning=str(kind.meaning))
        for name, kind in KINDS.items()
    ]
    return ProblemKinds(problems=found)
