"""What a reader may write."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from paper_review.models import MOST_COMMENT, Comment

PREVIEW = "preview"
"""The name of the button that shows what a comment will look like, and keeps nothing."""


class CommentForm(forms.ModelForm):  # type: ignore[type-arg]  # Django's takes none
    class Meta:
        model = Comment
        fields = ("body",)
        labels = {"body": _("Your comment")}
        help_texts = {"body": _("Markdown: **bold**, *italic*, `code`, > quote, lists and links.")}
        widgets = {"body": forms.Textarea(attrs={"rows": 5, "maxlength": MOST_COMMENT})}

    @property
    def previewed(self) -> str:
        """The text to look at before it is sent; "" where nobody asked to, or where it is no comment."""
        return self.cleaned_data["body"] if PREVIEW in self.data and self.is_valid() else ""

    @property
    def to_keep(self) -> bool:
        """Whether it is a comment, and was sent as one."""
        return self.is_valid() and PREVIEW not in self.data
