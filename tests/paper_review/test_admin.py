"""Editors and moderators at work in the admin."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from paper_review import services
from paper_review.models import Comment, Review
from paper_review.rendering import review_html
from tests.paper_review.conftest import PASSWORD

pytestmark = pytest.mark.django_db
PREVIEW = "/admin/paper_review/review/preview/"
TEXT = "**bold** and $a_i$\n\n<script>alert(1)</script>\n"


@pytest.fixture
def editor(client: Client, reviews: None) -> Client:
    client.force_login(User.objects.create_superuser("editor", password=PASSWORD))
    return client


def fields(review: Review, **changes: object) -> dict[str, object]:
    names = ("number", "language", "title", "summary", "body")
    published = {"published_0": "2026-11-24", "published_1": "00:00:00"}
    return {name: getattr(review, name) for name in names} | published | changes


def test_the_preview_is_what_the_page_will_show(editor: Client) -> None:
    told = editor.post(PREVIEW, {"body": TEXT, "language": "ko"}).json()
    assert told == {"html": review_html(TEXT, "ko").html, "problem": ""}
    assert "<math" in told["html"] and "<script>" not in told["html"]


def test_the_preview_says_what_is_wrong_and_shows_the_rest(editor: Client) -> None:
    told = editor.post(PREVIEW, {"body": '{{ figure "nothing" }}\n\nafter', "language": "en"}).json()
    assert "nothing" in told["problem"] and "<p>after</p>" in told["html"]


def test_the_preview_is_for_editors_by_post_with_a_token(editor: Client) -> None:
    assert editor.get(PREVIEW).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(User.objects.get(username="editor"))
    assert strict.post(PREVIEW, {"body": TEXT}).status_code == 403
    for user in (None, User.objects.create_user("reader")):
        browser = Client()
        if user:
            browser.force_login(user)
        assert browser.post(PREVIEW, {"body": TEXT}).status_code in (302, 403)
    staff = Client()
    staff.force_login(User.objects.create_user("helper", is_staff=True))
    assert staff.post(PREVIEW, {"body": TEXT}).status_code == 403


def test_an_edit_is_on_the_page_at_once_and_marked_as_edited(editor: Client) -> None:
    review = Review.objects.get(number=2, language="en")
    url = f"/admin/paper_review/review/{review.pk}/change/"
    form = editor.get(url).content.decode()
    assert f'data-preview="{PREVIEW}"' in form and "js/preview.js" in form and "review-source" in form
    assert editor.post(url, fields(review, body="Something **new**.")).status_code == 302
    page = editor.get("/paper_review/2/", headers={"Accept-Language": "en"}).content.decode()
    assert "<p>Something <strong>new</strong>.</p>" in page
    assert Review.objects.get(pk=review.pk).edited and not Review.objects.get(number=2, language="ko").edited
    assert 'alt="True"' in editor.get("/admin/paper_review/review/").content.decode()


def test_the_lines_of_a_form_are_those_of_a_file(editor: Client) -> None:
    """Browsers end each line of a form by two characters."""
    review = Review.objects.get(number=2, language="en")
    sent = review.body.replace("\n", "\r\n")
    told = editor.post(PREVIEW, {"body": sent, "language": "en"}).json()
    assert told["problem"] == "" and told["html"] == review_html(review.body, "en").html
    url = f"/admin/paper_review/review/{review.pk}/change/"
    assert editor.post(url, fields(review, body=sent)).status_code == 302
    assert not Review.objects.get(pk=review.pk).edited, "saving what was there is no edit"


def test_a_text_that_cannot_be_shown_whole_is_not_saved(editor: Client) -> None:
    review = Review.objects.get(number=2, language="en")
    url = f"/admin/paper_review/review/{review.pk}/change/"
    response = editor.post(url, fields(review, body='{{ results "nowhere" group="x" models="y" }}'))
    assert response.status_code == 200 and "nowhere" in response.content.decode()
    assert Review.objects.get(pk=review.pk).body == review.body


def test_comments_are_hidden_and_shown_again_by_an_action(editor: Client) -> None:
    author = User.objects.create_user("reader")
    comment = services.comment_write(number=2, author=str(author.pk), body="rude")
    for action, hidden in (("hide", True), ("show", False)):
        chosen = {"action": action, "_selected_action": [comment.pk]}
        assert editor.post("/admin/paper_review/comment/", chosen).status_code == 302
        assert Comment.objects.get().hidden == hidden
        assert ("rude" in Client().get("/paper_review/2/").content.decode()) != hidden
    page = editor.get(f"/admin/paper_review/comment/{comment.pk}/change/").content.decode()
    assert 'name="hidden"' in page and 'name="body"' not in page, "a moderator hides, and does not rewrite"
    assert editor.get("/admin/paper_review/comment/add/").status_code == 403
