"""Where a page leads after a form: to pages of this site, and to no other."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme


def ours(wanted: str, request: HttpRequest, *, otherwise: str) -> str:
    """`wanted` where it is a page of this site, else `otherwise`."""
    hosts, secure = {request.get_host()}, request.is_secure()
    return wanted if url_has_allowed_host_and_scheme(wanted, hosts, require_https=secure) else otherwise


def see_other(request: HttpRequest, wanted: str, *, otherwise: str) -> HttpResponseRedirect:
    """303 to `wanted` where it is ours: what a form that was posted answers."""
    return _see_other(ours(wanted, request, otherwise=otherwise))


def sign_in_first(then: str) -> HttpResponseRedirect:
    """303 to the sign-in page, which leads on to `then`, a page of ours."""
    return _see_other(f"{reverse('accounts:sign_in')}?{urlencode({'next': then})}")


def _see_other(url: str) -> HttpResponseRedirect:
    response = HttpResponseRedirect(url)
    response.status_code = 303
    return response
