"""Django's admin behind the site's own door: its sign-in page, with its limits, and its way out."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _


class OfficeSite(AdminSite):
    site_header = _("Movie Graph: catalogue and accounts")
    site_title = _("Movie Graph")
    index_title = _("Catalogue and accounts")
    site_url = "/"

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Any:
        """As Django's, but for who is signed in and no staff: 403, where Django would ask them to sign in again."""
        inner = super().admin_view(view, cacheable)

        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.user.is_authenticated and not self.has_permission(request):
                raise PermissionDenied
            return inner(request, *args, **kwargs)

        return update_wrapper(guarded, inner)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The site's own sign-in page; to where they wanted to go where they are signed in."""
        index = reverse("admin:index", current_app=self.name)
        wanted = request.GET.get("next", "")
        host = {request.get_host()}
        if not url_has_allowed_host_and_scheme(wanted, allowed_hosts=host, require_https=request.is_secure()):
            wanted = index
        if not request.user.is_authenticated:
            return redirect_to_login(wanted)
        if not self.has_permission(request):
            raise PermissionDenied
        # Back to here would be a circle.
        return HttpResponseRedirect(index if wanted.startswith(reverse("admin:login")) else wanted)

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """As on every page: nothing of theirs stays with the browser."""
        from accounts.views import SignOut  # apps are not loaded yet when this module is

        return SignOut.as_view()(request)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return redirect("accounts:password")
