"""One page a model, the visitor's ten best movies and why each; and one of all models."""

from __future__ import annotations

import logging
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from movie import selectors, services
from movie.clicks.base import ClickLogError
from movie.predictors.registry import OWN, PREDICTORS, Tab
from movie.predictors.training_state import progress_of
from movie.views.fields import NOT_UNDERSTOOD
from movie.visitors import VisitorRequest, is_looked_at, wants_a_part

logger = logging.getLogger(__name__)


@require_safe
def page(request: VisitorRequest, model: str) -> HttpResponse:
    """The model's list; with `without`, an event id or some, as it would be without those clicks."""
    tab = _tab(model)
    open_tab = tab.beside or model
    context: dict[str, object] = {
        "model": model,
        "tab": tab,
        "open_tab": open_tab,
        "switch": _switch(open_tab),
        "training": progress_of(model) if tab.weights else None,
    }
    try:
        wanted = services.without_of(request.GET.getlist("without"))
    except ValueError:
        return render(request, "refused.html", {"reason": NOT_UNDERSTOOD}, status=400)
    context["further"] = SimpleLazyObject(
        lambda: services.switches_beyond_panel(visitor=request.visitor, without=wanted)
    )
    recommended = _reranked(request, model, wanted, context) if wanted else _recommended(request, model)
    context["recommended"] = recommended
    if is_looked_at(request) and not wanted:
        context["list_id"] = services.list_record(visitor=request.visitor, model=model, shown=recommended)
    if model == OWN and recommended.state == "ranked" and not recommended.fell_back and not wanted:
        context["better"] = services.better(recommended.clicks)
    if recommended.state != "ranked":
        opinions = services.opinions_of(request.visitor)
        context |= {"opinions": opinions, "start_from": selectors.movies_popular(page=1, hidden=opinions.hidden)}
    return render(request, "movie/model.html", context)


@require_safe
def training(request: VisitorRequest, model: str) -> HttpResponse:
    """How far the training of `model` is, which its page asks for again and again; then that it has ended."""
    tab = _tab(model)
    if not request.htmx:
        return redirect("movie:model", model)
    progress = progress_of(model) if tab.weights else None
    context = {"model": model, "tab": tab, "training": progress, "training_ended": progress is None}
    return render(request, "movie/_training.html", context)


def _recommended(request: VisitorRequest, model: str) -> services.Recommended:
    try:
        return services.recommend(visitor=request.visitor, model=model)
    except ClickLogError:
        return services.Recommended("no_log", [])


def _reranked(
    request: VisitorRequest, model: str, without: frozenset[UUID], context: dict[str, object]
) -> services.Recommended:
    """The list without those clicks, which is nobody's list and so is not kept; its moves go to `context`."""
    try:
        reranked = services.rerank(visitor=request.visitor, model=model, without=without)
    except ClickLogError:
        return services.Recommended("no_log", [])
    context |= {"reranked": reranked, "without": reranked.left_out}
    return reranked.recommended


def _switch(open_tab: str) -> dict[str, Tab]:
    """The lists that one tab leads to, by name; none where there is but its own."""
    lists = {name: tab for name, tab in PREDICTORS.items() if open_tab in (name, tab.beside)}
    return lists if len(lists) > 1 else {}


@require_safe
@vary_on_headers("HX-Request", "HX-Boosted")
def why(request: VisitorRequest, model: str, movie_id: int) -> HttpResponse:
    """Why `model` would recommend one movie: a page, or for htmx what stands in a card."""
    context: dict[str, object] = {"model": model, "tab": _tab(model), "unread": False}
    try:
        found = services.why(visitor=request.visitor, model=model, movie_id=movie_id) if movie_id < 2**63 else None
    except ClickLogError as error:
        logger.warning("why: %s", error)
        context["unread"] = True
    else:
        if found is None:
            raise Http404(_("No movie has this number."))
        context["movie"], context["why"] = found
    return render(request, "movie/_reason.html" if wants_a_part(request) else "movie/why.html", context)


@require_safe
def compare(request: VisitorRequest) -> HttpResponse:
    try:
        columns = services.compare(visitor=request.visitor, keep=is_looked_at(request))
        context: dict[str, object] = {"columns": columns}
    except ClickLogError as error:
        logger.warning("compare: %s", error)
        context = {"unread": True}
    return render(request, "movie/compare.html", context)


def _tab(model: str) -> Tab:
    if model not in PREDICTORS:
        raise Http404(_("No model has this name."))
    return PREDICTORS[model]
