"""The visitor's own history: the page, the panel, taking one or all of it back, putting one back, taking it along."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import Resolver404, resolve, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from movie import services
from movie.clicks.base import ClickLogError
from movie.predictors.registry import PREDICTORS
from movie.services.history import FIRST_DAY, KINDS, LAST_DAY, LONGEST_TEXT
from movie.views.redirects import ours, see_other
from movie.visitors import VisitorRequest

SEARCHED = ("kind", "q", "since", "until")


@require_safe
def page(request: VisitorRequest) -> HttpResponse:
    before = request.GET.get("before", "")
    try:
        search, start = _search(request), UUID(before) if before else None
    except ValueError:
        return _bad_request(request)
    try:
        history = services.history_read(visitor=request.visitor, search=search, before=start)
    except ClickLogError:
        return _unavailable(request)
    return render(request, "movie/history.html", {"history": history, "search": search, "older": _older(request)})


@require_safe
def panel(request: VisitorRequest) -> HttpResponse:
    """The panel alone, as the page `next` has it."""
    here = ours(request.GET.get("next", ""), request, otherwise=reverse("movie:home"))
    return render(request, "movie/_history_panel.html", {"next": here, **_switches(request, here)})


@require_POST
def remove(request: VisitorRequest) -> HttpResponse:
    try:
        removed = services.click_remove(visitor=request.visitor, event_id=UUID(request.POST.get("event_id", "")))
    except ValueError:
        return _bad_request(request)
    except ClickLogError:
        return _unavailable(request)
    response = _back(request)
    if removed:
        response.set_cookie(
            services.REMOVED_COOKIE,
            services.removal_token(removed),
            max_age=services.REMOVED_SECONDS,
            httponly=True,
            samesite="Lax",
            secure=request.is_secure(),
        )
    return response


@require_POST
def restore(request: VisitorRequest) -> HttpResponse:
    """Put back what was removed a moment ago."""
    try:
        services.history_restore(visitor=request.visitor, token=request.COOKIES.get(services.REMOVED_COOKIE, ""))
    except services.TooLateError:
        reason = _("It was removed too long ago to be put back: nothing of it is kept.")
        return render(request, "refused.html", {"reason": reason}, status=400)
    except ClickLogError:
        return _unavailable(request)
    return _forget_removed(_back(request))


@require_http_methods(["GET", "HEAD", "POST"])
def clear(request: VisitorRequest) -> HttpResponse:
    """Asks whether all of it is to go; a POST removes it."""
    if request.method != "POST":
        here = ours(request.GET.get("next", ""), request, otherwise=reverse("movie:home"))
        return render(request, "movie/history_clear.html", {"next": here, "total": _total(request)})
    try:
        services.history_clear(visitor=request.visitor)
    except ClickLogError:
        return _unavailable(request)
    return _forget_removed(_back(request))


def _total(request: VisitorRequest) -> int | None:
    """None where nobody can say: what is asked there is asked all the same."""
    try:
        return services.history_total(visitor=request.visitor)
    except ClickLogError:
        return None


def _search(request: VisitorRequest) -> services.Search:
    """Raises ValueError."""
    asked = request.GET
    kind, text = asked.get("kind", ""), asked.get("q", "").strip()
    if (kind and kind not in KINDS) or len(text) > LONGEST_TEXT or "\0" in text:
        raise ValueError("no such search")
    return services.Search(kind, text, _day(asked.get("since", "")), _day(asked.get("until", "")))


def _day(text: str) -> date | None:
    day = date.fromisoformat(text) if text else None
    if day and not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError(f"no day of a history: {day}")
    return day


def _older(request: VisitorRequest) -> str:
    """The search, as the address of its next page says it."""
    return urlencode({name: request.GET[name] for name in SEARCHED if request.GET.get(name)})


def _switches(request: VisitorRequest, here: str) -> dict[str, object]:
    """What a model's page adds to the panel: its name, and the clicks that its list leaves out."""
    path, _mark, asked = here.partition("?")
    try:
        found = resolve(path)
        wanted = services.without_of(QueryDict(asked).getlist("without"))
    except (Resolver404, ValueError):
        return {}
    model = found.kwargs.get("model")
    if found.view_name != "movie:model" or model not in PREDICTORS:
        return {}
    further = SimpleLazyObject(lambda: services.switches_beyond_panel(visitor=request.visitor, without=wanted))
    return {"tab": PREDICTORS[model], "model": model, "without": wanted, "further": further}


def _back(request: VisitorRequest) -> HttpResponse:
    return see_other(request, request.POST.get("next", ""), otherwise=reverse("movie:home"))


def _forget_removed(response: HttpResponse) -> HttpResponse:
    response.delete_cookie(services.REMOVED_COOKIE, samesite="Lax")
    return response


def _bad_request(request: VisitorRequest) -> HttpResponse:
    return render(request, "refused.html", {"reason": _("That is not how a history is asked for.")}, status=400)


def _unavailable(request: VisitorRequest) -> HttpResponse:
    reason = _("Your history cannot be reached just now. Nothing is lost; please try again.")
    response = render(request, "refused.html", {"reason": reason}, status=503)
    response["Retry-After"] = "2"
    return response
