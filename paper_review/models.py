"""Reviews, a row a language, and what readers said to them."""

from __future__ import annotations

import hashlib

from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

MOST_COMMENT = 4000
"""Characters of a comment."""


class Review(models.Model):
    """One review in one language. Written in a file of `texts`, loaded by `load_reviews`, and edited in the admin."""

    number = models.PositiveSmallIntegerField(_("number"), help_text=_("of its address, see paper_review.papers"))
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES)
    title = models.CharField(_("title"), max_length=200)
    summary = models.TextField(_("summary"), help_text=_("a few sentences, for the list of reviews and the feed"))
    body = models.TextField(
        _("text"), help_text=_("Markdown; formulas as $…$ and $$…$$; {{ figure }}, {{ results }}")
    )
    published = models.DateTimeField(_("published"))
    updated = models.DateTimeField(_("updated"), auto_now=True)
    loaded = models.CharField(max_length=64, blank=True, editable=False, help_text="digest of the file's text")

    class Meta:
        verbose_name, verbose_name_plural = _("review"), _("reviews")
        ordering = ("number", "language")
        constraints = [models.UniqueConstraint(fields=["number", "language"], name="review_once")]

    def __str__(self) -> str:
        return f"{self.number} ({self.language}): {self.title}"

    def digest(self) -> str:
        """Tells one text from another, however a form or a file ends its lines."""
        written = ("\n".join(text.strip().splitlines()) for text in (self.title, self.summary, self.body))
        return hashlib.sha256("\0".join(written).encode()).hexdigest()

    @property
    def edited(self) -> bool:
        """Whether somebody changed it since it was loaded."""
        return self.digest() != self.loaded


class Comment(models.Model):
    """What a reader who is signed in said to a review, in whichever language; gone with their account."""

    number = models.PositiveSmallIntegerField(_("number"), help_text=_("of the review"))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="comments", verbose_name=_("author")
    )
    body = models.TextField(_("comment"), validators=[MaxLengthValidator(MOST_COMMENT)])
    written = models.DateTimeField(_("written"), auto_now_add=True)
    changed = models.DateTimeField(_("changed"), null=True, editable=False)
    hidden = models.BooleanField(_("hidden"), default=False, help_text=_("shown to its author alone"))

    class Meta:
        verbose_name, verbose_name_plural = _("comment"), _("comments")
        indexes = [models.Index(fields=["number", "id"], name="comment_by_review")]

    def __str__(self) -> str:
        return f"{self.author_id}: {self.body[:60]}"
