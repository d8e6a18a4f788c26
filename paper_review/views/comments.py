"""What readers say to a review: written, changed and deleted by themselves."""

from __future__ import annotations

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from movie.views.redirects import sign_in_first
from movie.visitors import VisitorRequest
from paper_review import selectors, services
from paper_review.forms import CommentForm
from paper_review.models import Comment
from paper_review.views.reviews import render_review, review_or_404


@require_POST
def write(request: VisitorRequest, number: int) -> HttpResponse:
    review = review_or_404(number)
    form = CommentForm(request.POST)
    author = request.visitor.user
    if author is None:
        return sign_in_first(_page(number))
    if not form.to_keep:
        return render_review(request, review, form)
    try:
        comment = services.comment_write(number=number, author=author, body=form.cleaned_data["body"])
    except services.NoSuchAuthorError:
        return sign_in_first(_page(number))
    return _to(comment)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: VisitorRequest, comment_id: int) -> HttpResponse:
    author = request.visitor.user
    if author is None:
        return sign_in_first(request.path)
    comment = _own(author, comment_id)
    form = CommentForm(request.POST or None, initial={"body": comment.body})
    if request.method != "POST" or not form.to_keep:
        return render(request, "paper_review/comment_edit.html", {"comment": comment, "form": form})
    services.comment_change(comment, body=form.cleaned_data["body"])
    return _to(comment)


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: VisitorRequest, comment_id: int) -> HttpResponse:
    """Asks whether it is to go; a POST deletes it."""
    author = request.visitor.user
    if author is None:
        return sign_in_first(request.path)
    comment = _own(author, comment_id)
    if request.method != "POST":
        return render(request, "paper_review/comment_delete.html", {"comment": comment})
    services.comment_delete(comment)
    return _see_other(f"{_page(comment.number)}#comments")


def _own(author: str, comment_id: int) -> Comment:
    comment = selectors.comment_of(author=author, comment_id=comment_id)
    if comment is None:
        raise Http404(_("You have no such comment."))
    return comment


def _page(number: int) -> str:
    return reverse("paper_review:review", args=[number])


def _to(comment: Comment) -> HttpResponse:
    on = selectors.page_of(comment)
    return _see_other(f"{_page(comment.number)}{f'?page={on}' if on > 1 else ''}#comment-{comment.pk}")


def _see_other(url: str) -> HttpResponse:
    response = HttpResponseRedirect(url)
    response.status_code = 303
    return response
