"""One page a model: the visitor's ten best movies."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from movie import selectors, services
from movie.clicks.base import ClickLogError
from movie.predictors.registry import PREDICTORS, Tab
from movie.predictors.training_state import progress_of
from movie.visitors import VisitorRequest, is_looked_at


@require_safe
def page(request: VisitorRequest, model: str) -> HttpResponse:
    if model not in PREDICTORS:
        raise Http404(_("No model has this name."))
    try:
        recommended = services.recommend(visitor=request.visitor, model=model)
    except ClickLogError:
        recommended = services.Recommended("no_log", [])
    tab = PREDICTORS[model]
    open_tab = tab.beside or model
    context: dict[str, object] = {
        "recommended": recommended,
        "model": model,
        "tab": tab,
        "open_tab": open_tab,
        "switch": _switch(open_tab),
        "training": progress_of(model) if tab.weights else None,
    }
    if is_looked_at(request):
        context["list_id"] = services.list_record(visitor=request.visitor, model=model, shown=recommended)
    if recommended.state != "ranked":
        context["start_from"] = selectors.movies_popular(page=1)
    return render(request, "movie/model.html", context)


def _switch(open_tab: str) -> dict[str, Tab]:
    """The lists that one tab leads to, by name; none where there is but its own."""
    lists = {name: tab for name, tab in PREDICTORS.items() if open_tab in (name, tab.beside)}
    return lists if len(lists) > 1 else {}
