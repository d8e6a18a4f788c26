"""Every model's list for the visitor, the reasons, and how a list came about."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from django.http import Http404
from django.utils.translation import gettext as _
from ninja import Query, Router
from pydantic import Field

from movie import services
from movie.api.answers import fails
from movie.api.schemas.about import Model, Models
from movie.api.schemas.common import MovieCard, MovieId
from movie.api.schemas.events import LIST_ID
from movie.api.schemas.lists import Reason, ReasonAsked, Receipt, Recommendations, RecommendationsQuery
from movie.predictors.base import store_of
from movie.predictors.registry import PREDICTORS
from movie.services.clicks import MODEL_NAME
from movie.visitors import VisitorRequest, is_looked_at

router = Router(tags=["recommendations"])
ModelName = Annotated[
    str,
    Field(
        pattern=f"^{MODEL_NAME}$", max_length=40, description="A name that GET /api/v1/models has.", examples=["ngcf"]
    ),
]


@router.get("/models", response=Models, url_name="models", summary="The models that recommend")
def models(request: VisitorRequest) -> Models:
    """In the order of the site's tabs, those without weights too."""
    found = [
        Model(
            name=name,
            label=tab.label,
            title=_(tab.title),
            personal=tab.personal,
            serves=not tab.weights or store_of(name).current() is not None,
            compares_movies=tab.compares_movies,
        )
        for name, tab in PREDICTORS.items()
    ]
    return Models(models=found)


@router.get(
    "/recommendations/{model}",
    response=Recommendations,
    url_name="recommendations",
    summary="The visitor's list",
    openapi_extra=fails(404, 503),
)
def recommendations(request: VisitorRequest, model: ModelName, asked: Query[RecommendationsQuery]) -> Recommendations:
    """As the model's page shows it: NGCF is re-trained on the visitor's clicks for ten epochs within the request.

    A list that is asked for with the visitor's cookie is kept, as one that a page shows, so that clicks on it can
    say where they come from. Where the model cannot answer, popularity's list stands in, and the answer says so.
    """
    _known(model)
    visitor, k, reasons = request.visitor, asked.k, asked.reasons
    if asked.without:
        reranked = services.rerank(
            visitor=visitor, model=model, without=frozenset(asked.without), k=k, reasons=reasons
        )
        return Recommendations.of(reranked.recommended, model=model, reranked=reranked)
    made = services.recommend(visitor=visitor, model=model, k=k, reasons=reasons)
    kept = is_looked_at(request) and request.META["REQUEST_METHOD"] == "GET"  # HEAD comes as GET here
    list_id = services.list_record(visitor=visitor, model=model, shown=made) if kept else None
    return Recommendations.of(made, model=model, list_id=list_id)


@router.get(
    "/recommendations/{model}/reasons/{movie_id}",
    response=ReasonAsked,
    url_name="reason",
    summary="Why one movie",
    openapi_extra=fails(404, 503),
)
def reason(request: VisitorRequest, model: ModelName, movie_id: MovieId) -> ReasonAsked:
    """Why the model would recommend it to the visitor."""
    _known(model)
    found = services.why(visitor=request.visitor, model=model, movie_id=movie_id)
    if found is None:
        raise Http404(_("No movie has this number."))
    movie, why = found
    return ReasonAsked(model=model, movie=MovieCard.of(movie), reason=Reason.of(why) if why else None)


@router.get(
    "/lists/{list_id}",
    response=Receipt,
    by_alias=True,
    url_name="list",
    summary="A list's receipt",
    openapi_extra=fails(404),
)
def receipt(
    request: VisitorRequest, list_id: Annotated[UUID, Field(description="A list's number.", examples=[LIST_ID])]
) -> Receipt:
    """What it takes to make the same list again. Anybody else's list is not found."""
    found = services.list_receipt(visitor=request.visitor, list_id=list_id)
    if found is None:
        raise Http404(_("You were shown no such list, or it was deleted."))
    return Receipt.of(found)


def _known(model: str) -> None:
    if model not in PREDICTORS:
        raise Http404(_("No model has this name."))
