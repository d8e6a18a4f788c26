"""One page a model: the visitor's ten best movies."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from movie import selectors, services
from movie.clicks.base import ClickLogError
from movie.visitors import VisitorRequest


@require_safe
def ngcf(request: VisitorRequest) -> HttpResponse:
    try:
        recommended = services.recommend(visitor=request.visitor, model="ngcf")
    except ClickLogError:
        recommended = services.Recommended("no_log", [])
    context: dict[str, object] = {"recommended": recommended, "model": "ngcf"}
    if recommended.state != "ranked":
        context["start_from"] = selectors.movies_popular(page=1)
    return render(request, "movie/ngcf.html", context)
