"""The page on which two models share one list."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from movie import selectors, services
from movie.clicks.base import ClickLogError
from movie.visitors import VisitorRequest, is_looked_at


@require_safe
def page(request: VisitorRequest) -> HttpResponse:
    try:
        recommended = services.recommend_mix(visitor=request.visitor, list_id=services.new_list_id())
    except ClickLogError:
        recommended = services.Recommended("no_log", [])
    context: dict[str, object] = {"recommended": recommended, "model": services.MIX}
    if is_looked_at(request):
        context["list_id"] = services.list_record(visitor=request.visitor, model=services.MIX, shown=recommended)
    if recommended.state != "ranked":
        opinions = services.opinions_of(request.visitor)
        context |= {"opinions": opinions, "start_from": selectors.movies_popular(page=1, hidden=opinions.hidden)}
    return render(request, "movie/mix.html", context)
