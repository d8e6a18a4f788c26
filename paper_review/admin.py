"""Reviews, edited beside what they look like, and comments, which can be hidden."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from paper_review import services
from paper_review.models import Comment, Review
from paper_review.rendering import RenderError, review_html


class ReviewForm(forms.ModelForm):  # type: ignore[type-arg]  # Django's takes none
    class Meta:
        model = Review
        fields = ("number", "language", "title", "summary", "published", "body")
        widgets = {
            "title": forms.TextInput(attrs={"size": 90}),
            "summary": forms.Textarea(attrs={"rows": 3, "cols": 100}),
            "body": forms.Textarea(attrs={"rows": 34, "cols": 100, "class": "review-source"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Django's admin names a day and a time together, by a legend alone that belongs to neither field."""
        super().__init__(*args, **kwargs)
        for widget, name in zip(self.fields["published"].widget.widgets, (_("Day"), _("Time of day")), strict=True):
            widget.attrs["aria-label"] = format_lazy("{}: {}", self.fields["published"].label, name)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if "body" in cleaned and "language" in cleaned:
            try:
                review_html(cleaned["body"], cleaned["language"], strict=True)
            except RenderError as error:
                self.add_error("body", str(error))
        return cleaned


@admin.register(Review)
class ReviewAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    form = ReviewForm
    list_display = ("number", "language", "title", "updated", "is_edited")
    list_display_links = ("title",)
    list_filter = ("language",)
    change_form_template = "admin/paper_review/review/change_form.html"

    class Media:
        css = {"all": ("css/review.css",)}
        js = ("js/preview.js",)

    @admin.display(description=_("edited since it was loaded"), boolean=True)
    def is_edited(self, review: Review) -> bool:
        return review.edited

    def get_urls(self) -> list[URLPattern]:
        preview = self.admin_site.admin_view(require_POST(self.preview))
        return [path("preview/", preview, name="paper_review_review_preview"), *super().get_urls()]

    def preview(self, request: HttpRequest) -> HttpResponse:
        """What a text would look like, by the renderer of the page, and what is wrong with it."""
        if not (self.has_change_permission(request) or self.has_add_permission(request)):
            raise PermissionDenied
        body, language = request.POST.get("body", ""), request.POST.get("language", "ko")
        language = language if language in ("ko", "en") else "ko"
        try:
            problem, html = "", review_html(body, language, strict=True).html
        except RenderError as error:
            problem, html = str(error), review_html(body, language).html
        return JsonResponse({"html": html, "problem": problem})


@admin.register(Comment)
class CommentAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("written", "number", "author", "excerpt", "hidden")
    list_filter = ("hidden", "number", "written")
    search_fields = ("body", "author__username")
    list_select_related = ("author",)
    readonly_fields = ("number", "author", "body", "written", "changed")
    actions = ("hide", "show")

    @admin.display(description=_("comment"))
    def excerpt(self, comment: Comment) -> str:
        return comment.body[:80]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.action(description=_("Hide from everybody but the author"))
    def hide(self, request: HttpRequest, queryset: QuerySet[Comment]) -> None:
        self._set(request, queryset, hidden=True)

    @admin.action(description=_("Show again"))
    def show(self, request: HttpRequest, queryset: QuerySet[Comment]) -> None:
        self._set(request, queryset, hidden=False)

    def _set(self, request: HttpRequest, queryset: QuerySet[Comment], *, hidden: bool) -> None:
        n = services.comments_hide(queryset.values_list("pk", flat=True), hidden=hidden)
        self.message_user(request, ngettext("%(n)d comment changed", "%(n)d comments changed", n) % {"n": n})
