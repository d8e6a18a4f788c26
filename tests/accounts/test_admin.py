"""Accounts in the admin: who may help whom, and that a closed account leaves nothing."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import User
from movie import services
from movie.clicks import click_log
from movie.clicks.base import ClickLogError
from movie.models import FeedEvent, Mark
from tests.movie.views.test_history import click
from tests.worlds import FIRST_ID

pytestmark = pytest.mark.django_db
LIST = "/admin/accounts/user/"


def helper() -> Client:
    """One of the staff who may see, change and delete accounts, and is no superuser."""
    lee = User.objects.create_user("lee", is_staff=True)
    names = ["view_user", "change_user", "delete_user"]
    lee.user_permissions.set(Permission.objects.filter(codename__in=names))
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(lee)
    return client


def of(user: User, what: str = "change") -> str:
    return f"{LIST}{user.pk}/{what}/"


def test_the_list_shows_names_and_no_addresses(user: User) -> None:
    html = helper().get(LIST).content.decode()
    assert user.username in html and "kim@example.org" not in html


def test_somebody_can_be_found_by_their_address(user: User) -> None:
    assert user.username in helper().get(f"{LIST}?q=kim@example").content.decode()


def test_staff_give_nobody_rights_not_even_themselves(user: User) -> None:
    client = helper()
    lee = User.objects.get(username="lee")
    for one in (user, lee):
        post = {"username": one.username, "email": "new@example.org", "is_active": "on", "is_superuser": "on"}
        assert client.post(of(one), post | {"is_staff": "on"}).status_code == 302
        one.refresh_from_db()
        assert one.email == "new@example.org" and not one.is_superuser
    user.refresh_from_db()
    assert not user.is_staff


def test_staff_have_no_way_into_an_account_with_more_rights() -> None:
    client = helper()
    for other in (User.objects.create_superuser("root"), User.objects.create_user("park", is_staff=True)):
        before = other.password
        post = {"password1": "correct horse battery", "password2": "correct horse battery"}
        assert client.post(of(other, "password").replace("/change", ""), post).status_code == 403
        assert client.post(of(other), {"username": "x"}).status_code == 403
        assert client.post(of(other, "delete"), {"post": "yes"}).status_code == 403
        other.refresh_from_db()
        assert other.password == before


def test_a_superuser_may(user: User) -> None:
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    post = {"username": user.username, "email": "", "is_active": "on", "is_staff": "on"}
    assert client.post(of(user), post).status_code == 302
    user.refresh_from_db()
    assert user.is_staff


@pytest.mark.parametrize("value", ["x", "9" * 400, "-1", ""])
def test_rights_of_nonsense_are_refused(user: User, value: str) -> None:
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    response = client.post(of(user), {"username": user.username, "groups": [value], "user_permissions": [value]})
    assert response.status_code == 200 and b"errornote" in response.content


def test_an_account_that_staff_close_is_forgotten_in_every_store(member: Client, user: User, movies: None) -> None:
    click(member, FIRST_ID)
    member.post(f"/movie/{FIRST_ID}/lists/want/")
    owner = f"user#{user.pk}"
    assert list(click_log().every(owner)) and Mark.objects.exists()
    assert helper().post(of(user, "delete"), {"post": "yes"}).status_code == 302
    assert not User.objects.filter(pk=user.pk).exists()
    assert not list(click_log().every(owner)) and not FeedEvent.objects.exists() and not Mark.objects.exists()


def test_while_the_click_log_is_away_no_account_is_closed(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(**kwargs: object) -> None:
        raise ClickLogError("gone")

    monkeypatch.setattr(services, "owner_forget", away)
    response = helper().post(of(user, "delete"), {"post": "yes"}, follow=True)
    assert "nothing was deleted" in response.content.decode()
    assert User.objects.filter(pk=user.pk).exists()


def test_no_page_shows_what_somebody_did(member: Client, user: User, movies: None) -> None:
    click(member, FIRST_ID)
    html = helper().get(of(user)).content.decode()
    assert "Heat" not in html and f"user#{user.pk}" not in html


def test_many_are_not_deleted_at_once(user: User) -> None:
    helper().post(LIST, {"action": "delete_selected", "_selected_action": str(user.pk), "post": "yes"})
    assert User.objects.filter(pk=user.pk).exists()
