"""The reviews, and each one's model at work on the reader's own clicks."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from movie.views.movies import page_number
from movie.visitors import VisitorRequest, wants_a_part
from paper_review import selectors
from paper_review.demo import demo_of
from paper_review.forms import CommentForm
from paper_review.models import Review
from paper_review.papers import PAPERS
from paper_review.rendering import review_html


@require_safe
def index(request: VisitorRequest) -> HttpResponse:
    counts = selectors.comment_counts()
    reviews = [(each, PAPERS[each.number], counts[each.number]) for each in selectors.reviews(language=_language())]
    return render(request, "paper_review/index.html", {"reviews": reviews, "language": _language()})


@require_safe
def page(request: VisitorRequest, number: int) -> HttpResponse:
    return render_review(request, review_or_404(number), CommentForm())


def render_review(request: VisitorRequest, review: Review, form: CommentForm) -> HttpResponse:
    """The whole page, with what stands in the comment's form, and what is wrong with it."""
    page = page_number(request.GET.get("page", ""))
    context = {
        "review": review,
        "paper": PAPERS[review.number],
        "rendered": review_html(review.body, review.language),
        "comments": selectors.comments(number=review.number, reader=request.visitor.user, page=page),
        "form": form,
        "numbers": list(PAPERS),
        "language": _language(),
    }
    return render(request, "paper_review/review.html", context)


@require_safe
def demo(request: VisitorRequest, number: int) -> HttpResponse:
    """The model of a review on the reader's clicks: for htmx the part that stands in the review, else a page."""
    review = review_or_404(number)
    paper = PAPERS[number]
    found = demo_of(visitor=request.visitor, model=paper.model)
    context = {"review": review, "paper": paper, "demo": found}
    return render(request, "paper_review/_demo.html" if wants_a_part(request) else "paper_review/demo.html", context)


def review_or_404(number: int) -> Review:
    review = selectors.review(number=number, language=_language())
    if review is None:
        raise Http404(_("There is no review of this number."))
    return review


def _language() -> str:
    return get_language() or "ko"
