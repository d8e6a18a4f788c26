"""Every list that a page shows: kept, found by its owner alone, and gone with the history it was made of."""

from __future__ import annotations

import json
import re
import sqlite3
import time
from datetime import UTC, datetime, timedelta
from io import StringIO
from uuid import UUID, uuid4

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.test import Client
from pytest_django import Settings

from movie import selectors, services
from movie.clicks import click_log
from movie.events import journal, outbox
from movie.models import ListShown
from movie.predictors.ngcf_predictor import ngcf_predictor
from movie.services.impatience import MOST_WAIT_MS
from movie.visitors import Visitor
from pytorch_models.history import History
from tests.movie.views.test_history import click
from tests.movie.views.test_models import ranked
from tests.worlds import FIRST_ID

pytestmark = pytest.mark.django_db


def ten(client: Client, **headers: str) -> str:
    return client.get("/movie/ngcf/", headers=headers).content.decode()


def list_id(html: str) -> str:
    [found] = set(re.findall(r'data-list-id="([^"]+)"', html)) or {""}
    return found


def click_in(client: Client, html: str, rank: int) -> int:
    """Click the card of this rank, as the site's script does; returns the movie."""
    movie_id = dict(ranked(html))[rank]
    body = {"movie_id": movie_id, "page_url": "/movie/ngcf/", "list_id": list_id(html), "model": "ngcf", "rank": rank}
    assert client.post("/log_click/", json.dumps(body), content_type="application/json").status_code == 201
    return movie_id


def test_the_list_on_the_page_is_kept_with_its_movies_and_exact_scores(
    client: Client, movies: None, weights: None, visitor: Visitor
) -> None:
    clicks = [FIRST_ID, FIRST_ID + 3, FIRST_ID + 7]
    click(client, *clicks)
    html = ten(client)
    row = ListShown.objects.get()
    assert (str(row.list_id), row.owner, row.visitor_id, row.model) == (
        list_id(html),
        visitor.owner,
        visitor.id,
        "ngcf",
    )
    expected = ngcf_predictor.answer(History.of_clicks(clicks)).items
    assert row.movie_ids == [item.movie_id for item in expected] == [movie for _, movie in ranked(html)]
    assert [float.fromhex(score) for score in row.scores] == [item.score for item in expected]
    assert html.count(f'data-list-id="{row.list_id}"') == 11  # the list and its ten cards
    assert abs(row.at - datetime.now(UTC)) < timedelta(seconds=10) and row.teams == [] and row.instead == ""


def test_a_click_on_a_card_is_logged_with_its_list(
    client: Client, movies: None, weights: None, visitor: Visitor
) -> None:
    click(client, FIRST_ID)
    html = ten(client)
    click_in(client, html, 3)
    logged = click_log().history(visitor.owner, limit=1)[0]
    assert (logged.list_id, logged.model, logged.rank) == (list_id(html), "ngcf", 3)


def test_without_scripts_a_cards_form_says_the_same(
    client: Client, movies: None, weights: None, visitor: Visitor
) -> None:
    click(client, FIRST_ID)
    html = ten(client)
    form = re.findall(r"<noscript>\s*<form action=\"/log_click/\".*?</form>", html, re.DOTALL)[2]
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    fields.pop("csrfmiddlewaretoken")
    assert client.post("/log_click/", fields).status_code == 303
    logged = click_log().history(visitor.owner, limit=1)[0]
    said = (logged.movie_id, logged.page_url, logged.list_id, logged.model, logged.rank)
    assert said == (dict(ranked(html))[3], "/movie/ngcf/", list_id(html), "ngcf", 3)


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Purpose": "prefetch;prerender"}, {"Purpose": "prefetch"}, {"X-Purpose": "preview"}, {"X-Moz": "prefetch"}],
)
def test_a_page_that_nobody_looks_at_yet_keeps_no_list(
    client: Client, movies: None, weights: None, visitor: Visitor, headers: dict[str, str]
) -> None:
    click(client, FIRST_ID)
    html = ten(client, **headers)
    assert len(ranked(html)) == 10 and list_id(html) == ""
    assert client.head("/movie/ngcf/").status_code == 200
    assert not ListShown.objects.exists()


def test_who_brings_no_cookie_is_shown_no_list_to_remember(movies: None, weights: None, visitor: Visitor) -> None:
    """A crawler, to whom each page is the first."""
    assert list_id(ten(Client())) == ""
    assert not ListShown.objects.exists()


def test_a_list_that_cannot_be_kept_is_shown_all_the_same(
    client: Client,
    movies: None,
    weights: None,
    visitor: Visitor,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def full(**columns: object) -> None:
        raise DatabaseError("disk is full")

    click(client, FIRST_ID)
    monkeypatch.setattr(ListShown.objects, "create", full)
    html = ten(client)
    assert len(ranked(html)) == 10 and list_id(html) == "" and "영수증" not in html
    assert "disk is full" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_who_writes_for_long_does_not_hold_up_a_page(
    client: Client, movies: None, weights: None, visitor: Visitor
) -> None:
    """SQLite has one place for a writer, and a load of the catalogue has it for seconds. Others have many."""
    click(client, FIRST_ID)
    ten(client)
    if connection.vendor == "sqlite":
        other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        started = time.monotonic()
        html = ten(client)
        assert time.monotonic() - started < MOST_WAIT_MS / 1000 + 2
        other.execute("ROLLBACK")
        other.close()
        assert len(ranked(html)) == 10 and list_id(html) == ""
        with connection.cursor() as cursor:
            assert cursor.execute("PRAGMA busy_timeout").fetchone() == (10_000,)
    assert list_id(ten(client)) and ListShown.objects.count() == 2


def test_only_its_owner_finds_a_receipt(client: Client, movies: None, weights: None, visitor: Visitor) -> None:
    click(client, FIRST_ID)
    html = ten(client)
    [url] = re.findall(r'href="(/movie/receipt/[^"]+)"', html)
    receipt = client.get(url).json()
    assert (receipt["list_id"], receipt["owner"]) == (list_id(html), visitor.owner)
    assert receipt["clicks"] == [str(event.event_id) for event in click_log().history(visitor.owner, limit=9)]
    other = Client()
    other.get("/movie/history/panel/")
    assert other.get(url).status_code == client.get(f"/movie/receipt/{uuid4()}/").status_code == 404


def test_deleting_the_history_deletes_its_lists_and_nobody_elses(
    client: Client, movies: None, weights: None, visitor: Visitor
) -> None:
    other = Client()
    other.get("/movie/history/panel/")
    for each in (client, other):
        click(each, FIRST_ID)
        ten(each)
        ten(each)
    client.post("/movie/history/clear/")
    assert ListShown.objects.count() == 2 and not ListShown.objects.filter(owner=visitor.owner).exists()


def test_lists_go_too_where_every_click_was_taken_back_one_by_one(
    client: Client, movies: None, weights: None, visitor: Visitor
) -> None:
    click(client, FIRST_ID)
    ten(client)
    client.post("/movie/history/remove/", {"event_id": click_log().history(visitor.owner, limit=1)[0].event_id})
    assert ListShown.objects.count() == 1
    client.post("/movie/history/clear/")
    assert not ListShown.objects.exists()


@pytest.mark.parametrize("what", ["clear", "remove", "merge"])
def test_a_list_that_was_being_made_meanwhile_is_not_kept(
    client: Client, movies: None, weights: None, visitor: Visitor, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Between reading the clicks and keeping the list they are deleted, or become a user's, in another window."""
    click(client, FIRST_ID)
    movies_in_order = selectors.movies_in_order
    newest = click_log().history(visitor.owner, limit=1)[0]

    def slow(*, ids: list[int]) -> object:
        """After the model's answer, in the thread that has the test's connection."""
        monkeypatch.undo()
        if what == "clear":
            services.history_clear(visitor=visitor)
        elif what == "remove":
            services.click_remove(visitor=visitor, event_id=newest.event_id)
        else:
            services.history_merge(visitor=visitor, user_id="kim")
        return movies_in_order(ids=ids)

    ngcf_predictor.recommender()
    monkeypatch.setattr(selectors, "movies_in_order", slow)
    html = ten(client)
    assert len(ranked(html)) == 10 and list_id(html) == ""
    assert not ListShown.objects.exists()


def test_another_click_that_was_deleted_meanwhile_is_no_reason(
    client: Client, movies: None, weights: None, visitor: Visitor
) -> None:
    click(client, FIRST_ID, FIRST_ID + 1)
    services.click_remove(visitor=visitor, event_id=click_log().history(visitor.owner, limit=1)[0].event_id)
    assert outbox.changed_lately(visitor.owner) and list_id(ten(client))


def test_signing_in_brings_the_lists_along(client: Client, movies: None, weights: None, visitor: Visitor) -> None:
    click(client, FIRST_ID)
    shown = UUID(list_id(ten(client)))
    services.history_merge(visitor=visitor, user_id="kim")
    kim = Visitor("another browser's", "kim")
    receipt = services.list_receipt(visitor=kim, list_id=shown)
    assert receipt is not None and receipt.owner == kim.owner
    assert services.list_receipt(visitor=visitor, list_id=shown) is None
    services.history_clear(visitor=kim)
    assert not ListShown.objects.exists()


def test_a_deletion_that_is_not_accepted_deletes_no_list(
    client: Client, movies: None, weights: None, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object) -> None:
        raise DatabaseError("disk is full")

    click(client, FIRST_ID)
    ten(client)
    monkeypatch.setattr(outbox, "blank", full)
    assert client.post("/movie/history/clear/").status_code == 503
    assert ListShown.objects.count() == 1


def test_lists_are_kept_as_long_as_clicks(
    client: Client, movies: None, weights: None, visitor: Visitor, settings: Settings
) -> None:
    settings.CLICKLOG_VISITOR_DAYS, settings.CLICKLOG_DAYS = 30, 300
    click(client, FIRST_ID)
    for _ in range(4):
        ten(client)
    ages = {29: visitor.owner, 31: visitor.owner, 299: "user#kim", 301: "user#kim"}
    for row, (days, owner) in zip(ListShown.objects.all(), ages.items(), strict=True):
        ListShown.objects.filter(pk=row.pk).update(owner=owner, at=datetime.now(UTC) - timedelta(days=days))
    services.events_expire()
    left = [(datetime.now(UTC) - at).days for at in ListShown.objects.values_list("at", flat=True)]
    assert sorted(left) == [29, 299]


def test_an_export_has_every_list_with_its_receipt(
    client: Client, movies: None, weights: None, visitor: Visitor
) -> None:
    click(client, FIRST_ID)
    shown = [list_id(ten(client)) for _ in range(2)]
    out = StringIO()
    call_command("export_visitor", visitor.owner, stdout=out)
    lists = json.loads(out.getvalue())["lists_shown"]
    assert [each["list_id"] for each in lists] == shown[::-1]
    assert all(len(each["movie_ids"]) == len(each["scores"]) == 10 and each["clicks"] for each in lists)


def test_what_deletes_with_the_log_deletes_before_the_log_is_asked(
    client: Client, movies: None, weights: None, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a log in another store: whatever becomes of it, what was accepted includes the lists."""
    from movie.clicks.base import ClickLogError
    from movie.clicks.database import DatabaseClickLog

    class Apart(DatabaseClickLog):
        in_database = False

        def delete_many(self, owner: str, event_ids: object) -> None:
            raise ClickLogError("killed here")

    click(client, FIRST_ID)
    ten(client)
    monkeypatch.setattr(journal, "click_log", Apart)
    assert client.post("/movie/history/clear/").status_code == 503
    assert not ListShown.objects.exists()
