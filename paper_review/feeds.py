"""The reviews as RSS, one feed a language."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.feedgenerator import Rss201rev2Feed
from django.utils.translation import gettext as _
from django.utils.translation import override

from paper_review import selectors
from paper_review.models import Review
from paper_review.papers import PAPERS

AN_HOUR = 3600


class ReviewFeed(Feed):  # type: ignore[type-arg]  # Django's takes none
    feed_type = Rss201rev2Feed

    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        language = kwargs["language"]
        if language not in dict(settings.LANGUAGES):
            raise Http404(_("The reviews are in no such language."))
        with override(language):
            response = super().__call__(request, *args, **kwargs)
        response["Cache-Control"] = f"public, max-age={AN_HOUR}"  # the same for everybody
        return response

    def get_object(self, request: HttpRequest, language: str) -> str:
        return language

    def title(self, language: str) -> str:
        return " · ".join([_("Paper reviews"), _("Movie Graph")])

    def description(self, language: str) -> str:
        return _("The papers behind this site's recommendations, explained, with what was measured here.")

    def link(self, language: str) -> str:
        return reverse("paper_review:index")

    def items(self, language: str) -> list[Review]:
        return selectors.reviews_in(language=language)

    def item_title(self, item: Review) -> str:
        return item.title

    def item_description(self, item: Review) -> str:
        return item.summary

    def item_link(self, item: Review) -> str:
        return reverse("paper_review:review", args=[item.number])

    def item_guid(self, item: Review) -> str:
        return f"review-{item.number}-{item.language}"

    item_guid_is_permalink = False

    def item_categories(self, item: Review) -> tuple[str, ...]:
        return (PAPERS[item.number].tab.label,)

    def item_pubdate(self, item: Review) -> datetime:
        return item.published

    def item_updateddate(self, item: Review) -> datetime:
        return item.updated
