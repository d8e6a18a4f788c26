"""Accounts, for staff: no more than it takes to help somebody, or to close an account. What they did is not here."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from movie import services
from movie.admin_fields import Choices
from movie.clicks.base import ClickLogError, owner_of

RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")
"""What lets somebody do more than others; a superuser alone may give it."""


@admin.register(User)
class AccountAdmin(UserAdmin):  # type: ignore[type-arg]  # Django's takes none
    list_display = ["username", "is_active", "is_staff", "date_joined"]
    list_filter = ["is_staff", "is_active"]
    search_fields = ["username", "email"]
    ordering = ["username"]
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    fieldsets = [
        (None, {"fields": ["username", "password", "email", "is_active"]}),
        (gettext_lazy("What they may do"), {"fields": list(RIGHTS)}),
        (gettext_lazy("Dates"), {"fields": ["date_joined", "last_login"]}),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        rights = [] if request.user.is_superuser else list(RIGHTS)
        return ["date_joined", "last_login", *rights]

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest | None = None, **kwargs: Any) -> Any:
        return super().formfield_for_manytomany(db_field, request, **kwargs, form_class=Choices)  # type: ignore[arg-type]

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return super().has_change_permission(request, obj) and _is_below(obj, request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return super().has_delete_permission(request, obj) and _is_below(obj, request)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """None for many at once: each account that is closed takes a history with it."""
        return {}

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        try:
            return super().delete_view(request, object_id, extra_context)
        except ClickLogError:
            text = _("The click log cannot be reached just now, so nothing was deleted; please try again.")
            messages.error(request, text)
            return self.response_post_save_change(request, None)

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        """As where they delete it themselves: with all that they did, in every store. Raises ClickLogError."""
        owner = owner_of("", str(obj.pk))
        services.owner_forget(owner=owner)
        obj.delete()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            self.delete_model(request, user)


def _is_below(obj: Model | None, request: HttpRequest) -> bool:
    """Staff change accounts of visitors, and their own; a superuser any: a new password is a way to all rights."""
    user = request.user
    if not isinstance(obj, User) or user.is_superuser:
        return True
    return obj.pk == user.pk or not (obj.is_staff or obj.is_superuser)
