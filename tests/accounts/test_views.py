from __future__ import annotations

import re
import time
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from accounts.models import User
from movie.clicks import click_log
from movie.clicks.base import ClickLogError
from movie.models import Click, Mark
from tests.accounts.conftest import NAME, PASSWORD
from tests.movie.views.test_history import click, events
from tests.worlds import FIRST_ID

pytestmark = pytest.mark.django_db
NEW = {"username": "newcomer", "email": "", "password1": PASSWORD, "password2": PASSWORD}


def sign_in(client: Client, *, password: str = PASSWORD, name: str = NAME, **more: str) -> Any:
    return client.post("/accounts/sign_in/", {"username": name, "password": password, **more})


def owner(client: Client) -> str:
    return client.get("/movie/history/panel/").wsgi_request.visitor.owner  # type: ignore[attr-defined]


def test_signing_up_signs_in_and_brings_the_clicks_along(client: Client, movies: None) -> None:
    client.get("/")
    click(client, FIRST_ID, FIRST_ID + 1)
    response = client.post("/accounts/sign_up/", NEW | {"next": f"/movie/{FIRST_ID}/"})
    assert (response.status_code, response["Location"]) == (302, f"/movie/{FIRST_ID}/")
    user = User.objects.get(username="newcomer")
    assert owner(client) == f"user#{user.pk}"
    assert [e.movie_id for e in click_log().history(owner(client), limit=9)] == [FIRST_ID + 1, FIRST_ID]
    assert Click.objects.count() == 2


def test_the_click_log_knows_an_account_by_its_number_alone(client: Client, movies: None) -> None:
    client.get("/")
    click(client, FIRST_ID)
    client.post("/accounts/sign_up/", NEW)
    click(client, FIRST_ID + 1)
    kept = str(list(Click.objects.values()))
    assert "newcomer" not in kept and kept.count(str(User.objects.get().pk)) == 4


@pytest.mark.parametrize(
    "wrong",
    [
        {"password2": "another horse battery"},
        {"password1": "short", "password2": "short"},
        {"password1": "1029384756", "password2": "1029384756"},
        {"password1": "password1234", "password2": "password1234"},
        {"password1": "newcomer12", "password2": "newcomer12"},
        {"username": ""},
        {"username": "a\0b"},
        {"username": "<b>"},
        {"email": "no address"},
    ],
)
def test_an_account_that_makes_no_sense_is_not_opened(client: Client, wrong: dict[str, str]) -> None:
    response = client.post("/accounts/sign_up/", NEW | wrong)
    assert response.status_code == 200 and 'role="alert"' in response.content.decode()
    assert not User.objects.exists()


def test_a_name_is_taken_also_where_only_its_capitals_differ(client: Client) -> None:
    User.objects.create_user("NewComer", password=PASSWORD)
    assert (
        "already exists" in client.post("/accounts/sign_up/", NEW, headers={"Accept-Language": "en"}).content.decode()
    )


def test_a_name_that_was_taken_meanwhile_is_told(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    User.objects.create_user("newcomer", password=PASSWORD)
    monkeypatch.setattr("accounts.forms.SignUpForm.clean_username", lambda self: self.cleaned_data["username"])
    monkeypatch.setattr("accounts.forms.SignUpForm.validate_unique", lambda self: None)
    response = client.post("/accounts/sign_up/", NEW)
    assert response.status_code == 200 and User.objects.count() == 1


def test_signing_in_joins_both_histories_and_doubles_nothing(client: Client, movies: None, user: User) -> None:
    for round_of in range(2):  # in one browser, then in another
        browser = Client()
        browser.get("/")
        click(browser, FIRST_ID + round_of, FIRST_ID)
        sign_in(browser)
        sign_in(browser)
    history = click_log().history(f"user#{user.pk}", limit=9)
    assert sorted(event.movie_id - FIRST_ID for event in history) == [0, 0, 0, 1]
    assert len({event.event_id for event in history}) == 4 == Click.objects.count()


def test_lists_that_were_shown_are_the_users_from_then_on(
    client: Client, movies: None, weights: None, user: User
) -> None:
    client.get("/")
    click(client, FIRST_ID, FIRST_ID + 3)
    list_id = re.findall(r'data-list-id="([^"]+)"', client.get("/movie/ngcf/").content.decode())[0]
    sign_in(client)
    assert client.get(f"/movie/receipt/{list_id}/").json()["owner"] == f"user#{user.pk}"
    client.post("/accounts/sign_out/")
    assert client.get(f"/movie/receipt/{list_id}/").status_code == 404


def test_a_click_sent_again_after_signing_in_is_the_same(client: Client, movies: None, user: User) -> None:
    client.get("/")
    body = {"movie_id": FIRST_ID}
    body["event_id"] = client.post("/log_click/", body, content_type="application/json").json()["event_id"]
    sign_in(client)
    assert client.post("/log_click/", body, content_type="application/json").status_code == 201
    assert click_log().count(f"user#{user.pk}") == Click.objects.count() == 1


def test_a_history_that_cannot_be_given_now_is_given_with_the_next_click(
    client: Client, movies: None, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(self: object, *args: object, **kwargs: object) -> None:
        raise ClickLogError("down")

    client.get("/")
    click(client, FIRST_ID)
    with monkeypatch.context() as patch:
        patch.setattr("movie.clicks.database.DatabaseClickLog.history", away)
        assert sign_in(client).status_code == 302
    assert click_log().count(f"user#{user.pk}") == 0
    click(client, FIRST_ID + 1)
    assert click_log().count(f"user#{user.pk}") == 2


def test_the_session_is_another_after_signing_in(client: Client, user: User) -> None:
    """Whoever planted a session into the browser before does not share the account."""
    session = client.session
    session["planted"] = 1
    session.save()
    planted = session.session_key
    sign_in(client)
    assert client.session.session_key != planted
    thief = Client()
    thief.cookies["sessionid"] = planted or ""
    assert thief.get("/accounts/").status_code == 302


def test_signing_out_leaves_nothing_to_the_next_visitor(member: Client, movies: None, user: User) -> None:
    click(member, FIRST_ID)
    before = member.cookies["visitor"].value, member.session.session_key
    response = member.post("/accounts/sign_out/")
    assert (response.status_code, response["Location"]) == (302, "/")
    assert member.cookies["visitor"].value != before[0] and "sessionid" not in {
        name for name, cookie in member.cookies.items() if cookie.value
    }
    html = member.get("/").content.decode()
    assert events(html) == [] and NAME not in html and owner(member).startswith("visitor#")
    thief = Client()
    thief.cookies["sessionid"] = before[1] or ""
    assert thief.get("/accounts/").status_code == 302
    click(member, FIRST_ID + 5)
    sign_in(member)
    assert [e.movie_id - FIRST_ID for e in click_log().history(f"user#{user.pk}", limit=9)] == [5, 0]


def test_pages_of_an_account_are_not_kept_by_the_browser(member: Client, client: Client) -> None:
    assert "no-store" in member.get("/")["Cache-Control"]
    assert "no-store" not in Client().get("/")["Cache-Control"]


def test_signing_out_when_nobody_is_signed_in_loses_no_history(client: Client, movies: None) -> None:
    client.get("/")
    click(client, FIRST_ID)
    client.post("/accounts/sign_out/")
    assert len(events(client.get("/").content.decode())) == 1
    assert client.get("/accounts/sign_out/").status_code == 405


def test_a_wrong_name_and_a_wrong_password_are_answered_alike(client: Client, user: User) -> None:
    def answer(name: str, password: str) -> str:
        html = sign_in(client, name=name, password=password).content.decode()
        return re.sub(r'"X-CSRFToken": "[^"]+"|value="[^"]*"', "", html)

    assert answer(NAME, "a wrong one entirely") == answer("nobody", PASSWORD) != ""
    assert "_auth_user_id" not in client.session


def test_an_address_without_an_account_is_answered_like_one_with(client: Client, user: User) -> None:
    answers = [client.post("/accounts/reset/", {"email": each}) for each in ("kim@example.org", "no@example.org")]
    assert [(each.status_code, each["Location"]) for each in answers] == [(302, "/accounts/reset/sent/")] * 2
    assert len(messages()) == 1


def messages() -> list[Any]:
    """What was sent; it leaves beside the request."""
    until = time.monotonic() + 5
    while not mail.outbox and time.monotonic() < until:
        time.sleep(0.01)
    return mail.outbox


def test_a_password_is_reset_by_the_link_in_the_mail_once(client: Client, user: User) -> None:
    client.post("/accounts/reset/", {"email": "KIM@example.org"}, headers={"Accept-Language": "en"})
    [message] = messages()
    link = re.findall(r"http://testserver(/\S+)", message.body)[0]
    assert message.to == ["kim@example.org"] and NAME in message.body
    form = client.get(link)["Location"]
    assert form.endswith("/set-password/")  # the token stands in no address that a page could tell on
    fresh = {"new_password1": "a staple of batteries", "new_password2": "a staple of batteries"}
    assert client.post(form, fresh)["Location"] == "/accounts/sign_in/"
    assert sign_in(client).status_code == 200
    assert sign_in(client, password="a staple of batteries").status_code == 302
    assert "does not work" in Client().get(link, headers={"Accept-Language": "en"}).content.decode()


@pytest.mark.parametrize(
    ("language", "subject", "words"),
    [
        ("ko", "무비 그래프 비밀번호 재설정", "한 시간 동안 한 번만"),
        ("en", "Your password at Movie Graph", "It works for an hour"),
    ],
)
def test_the_mail_to_reset_a_password_is_in_the_language_of_the_page(
    client: Client, user: User, language: str, subject: str, words: str
) -> None:
    client.post("/accounts/reset/", {"email": "kim@example.org"}, headers={"Accept-Language": language})
    [message] = messages()
    assert message.subject == subject and words in message.body


def test_changing_the_password_signs_the_other_browsers_out(member: Client, user: User) -> None:
    other = Client()
    sign_in(other)
    change = {
        "old_password": PASSWORD,
        "new_password1": "a staple of batteries",
        "new_password2": "a staple of batteries",
    }
    assert member.post("/accounts/password/", change)["Location"] == "/accounts/"
    assert (member.get("/accounts/").status_code, other.get("/accounts/").status_code) == (200, 302)


def test_the_address_is_changed_by_who_knows_the_password(member: Client, user: User) -> None:
    assert member.post("/accounts/email/", {"email": "a@example.org", "password": "no"}).status_code == 200
    assert User.objects.get().email == "kim@example.org"
    assert member.post("/accounts/email/", {"email": "a@example.org", "password": PASSWORD}).status_code == 302
    assert User.objects.get().email == "a@example.org"


def test_everything_comes_as_a_file(member: Client, movies: None, user: User) -> None:
    click(member, FIRST_ID)
    member.post(f"/movie/{FIRST_ID}/lists/want/")
    response = member.get("/accounts/export/")
    data = response.json()
    assert "attachment" in response["Content-Disposition"]
    assert data["account"][0]["username"] == NAME and "password" not in data["account"][0]
    assert [(mark["movie_id"], mark["kind"]) for mark in data["marks"]] == [(FIRST_ID, "want")]
    assert [len(data[store]) for store in ("click_log", "training_feed", "outbox")] == [1, 1, 1]


def test_deleting_the_account_needs_its_password(member: Client, movies: None) -> None:
    click(member, FIRST_ID)
    assert member.post("/accounts/delete/", {"password": "wrong"}).status_code == 200
    assert User.objects.count() == 1 and Click.objects.count() == 1


def test_nothing_is_deleted_where_the_click_log_is_away(
    member: Client, movies: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(self: object, *args: object, **kwargs: object) -> None:
        raise ClickLogError("down")

    click(member, FIRST_ID)
    member.post(f"/movie/{FIRST_ID}/lists/want/")
    with monkeypatch.context() as patch:
        patch.setattr("movie.clicks.database.DatabaseClickLog.history", away)
        response = member.post("/accounts/delete/", {"password": PASSWORD})
    assert (response.status_code, response["Retry-After"]) == (503, "2")
    assert (User.objects.count(), Click.objects.count(), Mark.objects.count()) == (1, 1, 1)


@pytest.mark.parametrize("page", ["", "email/", "password/", "delete/", "export/"])
def test_pages_of_an_account_ask_to_sign_in_and_lead_back(client: Client, page: str) -> None:
    response = client.get(f"/accounts/{page}")
    assert (response.status_code, response["Location"]) == (302, f"/accounts/sign_in/?next=/accounts/{page}")


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/",
        "//evil.example",
        "javascript:alert(1)",
        "\\\\evil.example",
        "/\\evil.example",
        "http:evil.example",
    ],
)
@pytest.mark.parametrize("form", ["sign_in", "sign_up"])
def test_signing_in_leads_to_no_other_site(client: Client, user: User, wanted: str, form: str) -> None:
    body = {"username": NAME, "password": PASSWORD} if form == "sign_in" else NEW
    assert client.post(f"/accounts/{form}/", {**body, "next": wanted})["Location"] == "/"
    assert client.get("/accounts/sign_in/", {"next": wanted})["Location"] == "/"


def test_the_sign_in_page_never_leads_to_itself(client: Client, user: User) -> None:
    wanted = "/accounts/sign_in/?next=/accounts/sign_in/"
    assert sign_in(client, next=wanted)["Location"] == client.get(wanted)["Location"] == "/"


@pytest.mark.parametrize("language", ["ko", "en"])
def test_what_a_user_wrote_is_escaped(client: Client, language: str) -> None:
    user = User.objects.create_user("plain", password=PASSWORD)
    User.objects.filter(pk=user.pk).update(username="<script>x</script>", email='"<b>"@example.org')
    client.force_login(User.objects.get())
    for url in ("/", "/accounts/", "/accounts/email/", "/privacy/"):
        html = client.get(url, headers={"Accept-Language": language}).content.decode()
        assert "<script>x" not in html and "<b>&quot;" not in html and '"<b>"' not in html
