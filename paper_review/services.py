"""Every write of the reviews' tables."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Literal

from django.db import IntegrityError, transaction
from django.utils import timezone

from paper_review.models import Comment, Review
from paper_review.texts import Text

logger = logging.getLogger(__name__)
Loaded = Literal["new", "changed", "same", "kept"]


class NoSuchAuthorError(LookupError):
    """The account is gone, as another tab of its owner deleted it."""


def review_load(text: Text, *, overwrite: bool = False) -> Loaded:
    """Bring the review up to its file: "new", "changed" or "same"; "kept" where somebody edited it since it was
    loaded, unless `overwrite`."""
    row = Review.objects.filter(number=text.number, language=text.language).first()
    if row is None:
        row = Review(number=text.number, language=text.language)
        _write(row, text)
        return "new"
    if row.edited and not overwrite:
        return "kept"
    before = row.digest()
    if before == text.digest() and not row.edited:
        return "same"
    _write(row, text)
    return "changed"


def _write(row: Review, text: Text) -> None:
    row.title, row.summary, row.body, row.published = text.title, text.summary, text.body, text.published
    row.loaded = row.digest()
    row.save()


def comment_write(*, number: int, author: str, body: str) -> Comment:
    """Keep what the reader said. Raises NoSuchAuthorError."""
    try:
        with transaction.atomic():
            return Comment.objects.create(number=number, author_id=author, body=body)
    except IntegrityError as error:
        raise NoSuchAuthorError("the account is gone") from error


def comment_change(comment: Comment, *, body: str) -> None:
    """Another text; whether it is hidden stays as it was, so an edit brings nothing back."""
    if body != comment.body:
        Comment.objects.filter(pk=comment.pk).update(body=body, changed=timezone.now())


def comment_delete(comment: Comment) -> None:
    Comment.objects.filter(pk=comment.pk).delete()


def comments_hide(ids: Iterable[int], *, hidden: bool) -> int:
    """Hide comments from everybody but their authors, or show them again; returns how many."""
    return Comment.objects.filter(pk__in=list(ids)).update(hidden=hidden)
