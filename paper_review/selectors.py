"""Every read of the reviews' tables."""

from __future__ import annotations

from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q

from paper_review.models import Comment, Review
from paper_review.papers import PAPERS

COMMENTS_A_PAGE = 50


def review(*, number: int, language: str) -> Review | None:
    """A review in this language, or in another where there is none in it."""
    found = {each.language: each for each in Review.objects.filter(number=number)} if number in PAPERS else {}
    return found.get(language) or next(iter(found.values()), None)


def reviews(*, language: str) -> list[Review]:
    """Every review of PAPERS, in this language where there is one, in the order of their numbers."""
    by_number: dict[int, Review] = {}
    for each in Review.objects.filter(number__in=PAPERS).order_by("number"):
        if each.number not in by_number or each.language == language:
            by_number[each.number] = each
    return list(by_number.values())


def reviews_in(*, language: str) -> list[Review]:
    """The reviews in this language alone, the newest first."""
    return list(Review.objects.filter(language=language, number__in=PAPERS).order_by("-published", "number"))


def comments(*, number: int, reader: str | None, page: int) -> Page[Comment]:
    """Page `page` (from 1) of what everybody may read, and hidden ones of `reader`'s own, oldest first.

    reader: the number of their account.
    """
    found = Comment.objects.filter(number=number).filter(_readable(reader)).select_related("author").order_by("id")
    return Paginator(found, COMMENTS_A_PAGE).get_page(page)


def page_of(comment: Comment) -> int:
    """On which page of the comments its author finds it."""
    before = Comment.objects.filter(number=comment.number, id__lt=comment.pk)
    return before.filter(_readable(str(comment.author_id))).count() // COMMENTS_A_PAGE + 1


def comment_of(*, author: str, comment_id: int) -> Comment | None:
    """One of the author's own comments; None for anybody else's."""
    return Comment.objects.filter(pk=comment_id, author_id=UUID(author)).first() if comment_id < 2**63 else None


def comment_counts() -> dict[int, int]:
    """By review, how many comments everybody may read."""
    shown = Comment.objects.filter(hidden=False).values_list("number")
    return dict.fromkeys(PAPERS, 0) | dict(shown.annotate(Count("id")).order_by())


def comments_exported(user: str) -> list[dict[str, object]]:
    """Every comment of the user of this number, newest first."""
    columns = ("number", "body", "written", "changed", "hidden")
    rows = Comment.objects.filter(author_id=UUID(user)).order_by("-id").values(*columns)
    times = ("written", "changed")
    return [{**row, **{name: row[name].isoformat() if row[name] else None for name in times}} for row in rows]


def _readable(reader: str | None) -> Q:
    return Q(hidden=False) | Q(author_id=reader) if reader else Q(hidden=False)
