"""What readers say: theirs to change and to delete, the site's to hide, and gone with the account."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from paper_review import selectors, services
from paper_review.models import MOST_COMMENT, Comment
from tests.movie.test_forgetting import places_of
from tests.paper_review.conftest import PASSWORD

pytestmark = pytest.mark.django_db
PAGE = "/paper_review/2/"


@pytest.fixture(autouse=True)
def loaded(reviews: None) -> None:
    pass


@pytest.fixture
def lee(db: None) -> User:
    return User.objects.create_user("lee", password=PASSWORD)


def say(client: Client, body: str) -> Comment:
    response = client.post(f"{PAGE}comments/", {"body": body})
    comment = Comment.objects.latest("id")
    assert (response.status_code, response["Location"]) == (303, f"{PAGE}#comment-{comment.pk}")
    return comment


def read(client: Client, page: str = PAGE) -> str:
    return client.get(page, headers={"Accept-Language": "en"}).content.decode()


def test_a_reader_says_something_and_everybody_reads_it_in_both_languages(reader: Client, kim: User) -> None:
    comment = say(reader, "The *product* in the message is **key**.")
    for language in ("ko", "en"):
        html = Client().get(PAGE, headers={"Accept-Language": language}).content.decode()
        assert f'id="comment-{comment.pk}"' in html and "<b>김영화</b>" in html
        assert "The <em>product</em> in the message is <strong>key</strong>." in html
    assert "comments/1/" not in read(Client()) and f"/comments/{comment.pk}/edit/" in read(reader)
    assert f"comment-{comment.pk}" not in read(Client(), "/paper_review/1/")
    assert "1 comment<" in read(Client(), "/paper_review/")


def test_what_a_reader_says_is_escaped(reader: Client) -> None:
    say(reader, "<script>alert(1)</script><img src=x onerror=alert(1)>")
    html = read(reader)
    assert "<script>alert" not in html and "<img src=x" not in html and "&lt;script&gt;" in html


def test_who_is_not_signed_in_is_asked_to_and_comes_back(client: Client) -> None:
    response = client.post(f"{PAGE}comments/", {"body": "x"})
    assert (response.status_code, response["Location"]) == (303, "/accounts/sign_in/?next=%2Fpaper_review%2F2%2F")
    assert not Comment.objects.exists()
    assert "Sign in to comment" in read(client) and "<textarea" not in read(client)


@pytest.mark.parametrize("body", ["", "  \n ", "x" * (MOST_COMMENT + 1), "a\0b"])
def test_what_is_no_comment_is_told_and_not_kept(reader: Client, body: str) -> None:
    response = reader.post(f"{PAGE}comments/", {"body": body})
    assert response.status_code == 200 and 'role="alert"' in response.content.decode()
    assert not Comment.objects.exists()


def test_a_comment_needs_its_token(kim: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(kim)
    assert strict.post(f"{PAGE}comments/", {"body": "x"}).status_code == 403


def test_ones_own_comment_is_changed_and_says_so(reader: Client) -> None:
    comment = say(reader, "my 1st thought")
    url = f"/paper_review/comments/{comment.pk}/edit/"
    assert "my 1st thought" in read(reader, url)
    assert reader.post(url, {"body": ""}).status_code == 200
    assert reader.post(url, {"body": "my 2nd thought"})["Location"] == f"{PAGE}#comment-{comment.pk}"
    html = read(reader)
    assert "my 2nd thought" in html and "my 1st thought" not in html and "<small>changed</small>" in html


def test_ones_own_comment_is_deleted_after_a_question(reader: Client) -> None:
    comment, other = say(reader, "first"), say(reader, "other")
    url = f"/paper_review/comments/{comment.pk}/delete/"
    assert "first" in read(reader, url) and Comment.objects.count() == 2
    assert reader.post(url)["Location"] == f"{PAGE}#comments"
    assert list(Comment.objects.all()) == [other]


@pytest.mark.parametrize("act", ["edit", "delete"])
def test_nobody_touches_anothers_comment(reader: Client, lee: User, act: str) -> None:
    comment = services.comment_write(number=2, author=str(lee.pk), body="mine")
    url = f"/paper_review/comments/{comment.pk}/{act}/"
    for method in (reader.get, reader.post):
        assert method(url, {"body": "yours"}).status_code == 404
        assert Client().get(url)["Location"].startswith("/accounts/sign_in/")
    assert reader.get(f"/paper_review/comments/{2**70}/{act}/").status_code == 404
    assert Comment.objects.get().body == "mine"


def test_a_hidden_comment_is_read_by_its_author_alone_and_an_edit_brings_it_not_back(reader: Client) -> None:
    comment = say(reader, "rude")
    services.comments_hide([comment.pk], hidden=True)
    assert "rude" not in read(Client()) and "only you see it" in read(reader)
    assert "comment<" not in read(Client(), "/paper_review/")
    reader.post(f"/paper_review/comments/{comment.pk}/edit/", {"body": "still rude"})
    assert "rude" not in read(Client()) and "still rude" in read(reader)
    services.comments_hide([comment.pk], hidden=False)
    assert "still rude" in read(Client())


def test_many_comments_come_in_pages_and_a_new_one_is_found(
    reader: Client, kim: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selectors, "COMMENTS_A_PAGE", 2)
    for n in range(4):
        services.comment_write(number=2, author=str(kim.pk), body=f"comment {n}")
    response = reader.post(f"{PAGE}comments/", {"body": "the fifth"})
    comment = Comment.objects.latest("id")
    assert response["Location"] == f"{PAGE}?page=3#comment-{comment.pk}"
    assert "the fifth" in read(reader, f"{PAGE}?page=3") and "comment 0" in read(reader)
    assert "comment 2" in read(reader, f"{PAGE}?page=2") and "the fifth" in read(reader, f"{PAGE}?page=99")


def test_a_flood_of_comments_is_answered_429_and_clicks_go_on(
    reader: Client, settings: Settings, movies: None
) -> None:
    settings.COMMENTS_AN_HOUR = 2
    answers = [reader.post(f"{PAGE}comments/", {"body": f"{n}"}) for n in range(4)]
    assert [answer.status_code for answer in answers] == [303, 303, 429, 429]
    assert int(answers[-1]["Retry-After"]) > 60 and Comment.objects.count() == 2
    assert reader.post("/log_click/", {"movie_id": 100}).status_code == 303
    assert reader.post(f"/paper_review/comments/{Comment.objects.first().pk}/edit/", {"body": "x"}).status_code == 429  # type: ignore[union-attr]


def test_an_accounts_comments_are_in_its_export(reader: Client, kim: User, lee: User) -> None:
    say(reader, "mine")
    services.comment_write(number=1, author=str(lee.pk), body="not mine")
    [exported] = reader.get("/accounts/export/").json()["comments"]
    assert (exported["number"], exported["body"], exported["hidden"], exported["changed"]) == (2, "mine", False, None)


def test_an_accounts_comments_are_gone_with_it_from_every_table(reader: Client, kim: User, lee: User) -> None:
    say(reader, "a sentence to be found")
    services.comment_write(number=1, author=str(lee.pk), body="somebody else's")
    assert ("paper_review_comment", "author_id") in places_of(str(kim.pk))
    response = reader.post("/accounts/delete/", {"password": PASSWORD})
    assert response["Location"] == "/accounts/deleted/"
    assert places_of("a sentence to be found", "김영화") == set()
    assert [comment.author for comment in Comment.objects.all()] == [lee]


@pytest.mark.django_db(transaction=True)  # SQLite looks for the author when the transaction ends
def test_a_comment_from_another_tab_of_a_deleted_account_is_not_kept(kim: User) -> None:
    number = str(kim.pk)
    kim.delete()
    with pytest.raises(services.NoSuchAuthorError):
        services.comment_write(number=2, author=number, body="late")
    assert not Comment.objects.exists()


def preview(client: Client, url: str, body: str) -> str:
    response = client.post(url, {"body": body, "preview": "1"}, headers={"Accept-Language": "en"})
    assert response.status_code == 200
    return str(response.content.decode())


def test_a_comment_is_looked_at_before_it_is_sent_and_is_not_kept(reader: Client) -> None:
    html = preview(reader, f"{PAGE}comments/", "It is **key** <b>here</b> [x](javascript:alert(1))")
    shown = html.partition('id="previewed"')[2].partition("</section>")[0]
    assert "It is <strong>key</strong> &lt;b&gt;here&lt;/b&gt;" in shown and "href" not in shown
    assert "It is **key** &lt;b&gt;here" in html.partition("<textarea")[2], "it stands in the form, to go on with"
    assert not Comment.objects.exists()
    assert 'id="previewed"' not in read(reader)


def test_a_change_is_looked_at_before_it_is_saved(reader: Client) -> None:
    comment = say(reader, "my 1st thought")
    assert "my <em>2nd</em> thought" in preview(
        reader, f"/paper_review/comments/{comment.pk}/edit/", "my *2nd* thought"
    )
    assert Comment.objects.get().body == "my 1st thought"


def test_what_is_no_comment_has_no_preview(reader: Client) -> None:
    html = preview(reader, f"{PAGE}comments/", "  ")
    assert 'role="alert"' in html and 'id="previewed"' not in html


def test_who_is_not_signed_in_is_shown_no_preview(client: Client) -> None:
    response = client.post(f"{PAGE}comments/", {"body": "x", "preview": "1"})
    assert response["Location"] == "/accounts/sign_in/?next=%2Fpaper_review%2F2%2F"


def test_looking_at_a_comment_counts_as_no_comment(reader: Client, settings: Settings) -> None:
    settings.COMMENTS_AN_HOUR = 1
    for n in range(3):
        preview(reader, f"{PAGE}comments/", f"{n}")
    say(reader, "the only one")
    assert reader.post(f"{PAGE}comments/", {"body": "one more"}).status_code == 429
