"""One page a model: the visitor's ten best movies."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from movie import selectors, services
from movie.clicks.base import ClickLogError
from movie.predictors.registry import PREDICTORS
from movie.visitors import VisitorRequest, is_looked_at


@require_safe
def page(request: VisitorRequest, model: str) -> HttpResponse:
    if model not in PREDICTORS:
        raise Http404(_("No model has this name."))
    try:
        recommended = services.recommend(visitor=request.visitor, model=model)
    except ClickLogError:
        recommended = services.Recommended("no_log", [])
    context: dict[str, object] = {"recommended": recommended, "model": model, "tab": PREDICTORS[model]}
    if is_looked_at(request):
        context["list_id"] = services.list_record(visitor=request.visitor, model=model, shown=recommended)
    if recommended.state != "ranked":
        context["start_from"] = selectors.movies_popular(page=1)
    return render(request, "movie/model.html", context)
