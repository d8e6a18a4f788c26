"""Deleting an account, proved: what is left of it in every table."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from movie.models import Mark
from tests.accounts.conftest import NAME, PASSWORD
from tests.movie.test_forgetting import REMEMBERED, places_of
from tests.movie.views.test_history import click
from tests.worlds import FIRST_ID

pytestmark = pytest.mark.django_db


def test_no_table_holds_anything_of_a_deleted_account(
    client: Client, movies: None, weights: None, user: User
) -> None:
    kept = Client()
    kept.get("/")
    click(kept, FIRST_ID)
    client.get("/")
    visitor = client.cookies["visitor"].value.partition(":")[0]
    click(client, FIRST_ID, FIRST_ID + 2)
    client.post("/accounts/sign_in/", {"username": NAME, "password": PASSWORD})
    click(client, FIRST_ID + 4)
    client.get("/movie/ngcf/")
    client.post(f"/movie/{FIRST_ID}/lists/want/")
    number = str(user.pk)
    tables = {table for table, _ in places_of(number, NAME)}
    assert tables >= {
        "accounts_user", "movie_click", "movie_feedevent", "movie_listshown", "movie_mark", "movie_outbox",
    }  # fmt: skip
    response = client.post("/accounts/delete/", {"password": PASSWORD})
    assert (response.status_code, response["Location"]) == (302, "/accounts/deleted/")
    assert places_of(NAME, "kim@example.org") == set()
    assert places_of(number, visitor) <= REMEMBERED
    assert {"movie_click", "movie_feedevent"} <= {table for table, _ in places_of(kept.cookies["visitor"].value[:22])}
    assert client.cookies["visitor"].value.partition(":")[0] != visitor
    assert client.get("/accounts/deleted/").status_code == 200


def test_somebody_elses_lists_stay(member: Client, movies: None) -> None:
    other = Client()
    other.force_login(User.objects.create_user("other", password=PASSWORD))
    other.post(f"/movie/{FIRST_ID}/lists/want/")
    member.post("/accounts/delete/", {"password": PASSWORD})
    assert [user.username for user in User.objects.all()] == ["other"] and Mark.objects.count() == 1


def test_another_browser_of_a_deleted_account_is_signed_out(member: Client, movies: None, user: User) -> None:
    other = Client()
    other.force_login(user)
    assert other.get("/accounts/").status_code == 200
    member.post("/accounts/delete/", {"password": PASSWORD})
    assert other.get("/accounts/").status_code == 302
    click(other, FIRST_ID)
    assert other.get("/movie/history/panel/").wsgi_request.visitor.user is None  # type: ignore[attr-defined]
