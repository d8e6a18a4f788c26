"""What a reader may write."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from paper_review.models import MOST_COMMENT, Comment


class CommentForm(forms.ModelForm):  # type: ignore[type-arg]  # Django's takes none
    class Meta:
        model = Comment
        fields = ("body",)
        labels = {"body": _("Your comment")}
        help_texts = {"body": _("Markdown: **bold**, *italic*, `code`, > quote, lists and links.")}
        widgets = {"body": forms.Textarea(attrs={"rows": 5, "maxlength": MOST_COMMENT})}
