"""Where a form leads to: back to the page that it stands on, where that is one of this site."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from movie.visitors import VisitorRequest


def next_or(request: VisitorRequest, otherwise: str) -> str:
    """The form's `next`, or `otherwise` where it has none or leads away from here."""
    return own_page(request.POST.get("next", ""), request) or otherwise


def own_page(wanted: str, request: VisitorRequest) -> str:
    """`wanted` where it is a page of this site, else ""."""
    ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if ours else ""


def back(request: VisitorRequest) -> HttpResponse:
    """303 to the form's `next`, else to the home page."""
    return see_other(next_or(request, reverse("movie:home")))


def see_other(url: str) -> HttpResponse:
    response = HttpResponseRedirect(url)
    response.status_code = 303
    return response
