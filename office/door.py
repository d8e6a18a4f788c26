"""Who may come in: staff. Who is not signed in is led to the site's sign-in page, and back; others are refused."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache

from movie.views.redirects import sign_in_first

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def is_staff(request: HttpRequest) -> bool:
    return bool(request.user.is_active and getattr(request.user, "is_staff", False))


def staff_only(view: View[P]) -> View[P]:
    """For staff; nobody's browser keeps the page."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            read = request.method in ("GET", "HEAD")  # what was posted cannot be come back to
            return sign_in_first(request.get_full_path() if read else reverse("office:dashboard"))
        if not is_staff(request):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return never_cache(guarded)
