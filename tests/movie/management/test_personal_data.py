"""Giving a person their data, and deleting what is kept no longer."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from uuid import UUID

import pytest
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from movie.clicks import click_log
from movie.clicks.base import ClickEvent, ClickLogError, new_event_id
from movie.events import feed, outbox
from movie.models import FeedEvent, Movie, Outbox
from movie.services import HISTORY_PAGE_SIZE
from movie.visitors import Visitor
from tests.movie.views.test_history import click
from tests.worlds import FIRST_ID

pytestmark = pytest.mark.django_db


def run(*args: str) -> str:
    out = StringIO()
    call_command(*args, stdout=out)
    return out.getvalue()


def put(visitor: str, *, days_ago: float, user: str | None = None) -> UUID:
    at = datetime.now(UTC) - timedelta(days=days_ago)
    event = ClickEvent(
        new_event_id(at=at, entropy=visitor.encode().ljust(10, b"x")), visitor, FIRST_ID, at, user_id=user
    )
    click_log().put(event)
    feed.apply([event])
    return event.event_id


def test_an_export_is_every_event_with_its_movies_titles(client: Client, movies: None, visitor: Visitor) -> None:
    click(client, FIRST_ID, FIRST_ID + 1)
    Movie.objects.filter(id=FIRST_ID + 1).delete()
    data = json.loads(run("export_visitor", visitor.owner))
    assert data["owner"] == visitor.owner and datetime.fromisoformat(data["exported_at"])
    gone, heat = data["click_log"]
    assert (gone["movie_id"], gone.get("title")) == (FIRST_ID + 1, None)
    assert (heat["title"], heat["title_ko"], heat["kind"]) == ("Heat <&>", "히트", "click")
    logged = click_log().history(visitor.owner, limit=9)
    assert [event["event_id"] for event in data["click_log"]] == [str(event.event_id) for event in logged]
    assert [datetime.fromisoformat(event["at"]) for event in data["click_log"]] == [event.at for event in logged]


def test_an_export_tells_of_every_store(client: Client, movies: None, visitor: Visitor) -> None:
    click(client, FIRST_ID)
    data = json.loads(run("export_visitor", visitor.owner))
    ids = [[event["event_id"] for event in data[store]] for store in ("click_log", "training_feed", "outbox")]
    assert ids[0] == ids[1] == ids[2] and len(ids[0]) == 1
    client.post("/movie/history/clear/")
    data = json.loads(run("export_visitor", visitor.owner))
    assert data["click_log"] == data["training_feed"] == []
    assert [(message["kind"], "movie_id" in message) for message in data["outbox"]] == [("delete", False)]


def test_an_export_goes_past_one_page_and_to_nobody_else(client: Client, movies: None, visitor: Visitor) -> None:
    click(client, *[FIRST_ID + i % 70 for i in range(2 * HISTORY_PAGE_SIZE + 3)])
    click(Client(), FIRST_ID)
    events = json.loads(run("export_visitor", visitor.owner))["click_log"]
    assert len({event["event_id"] for event in events}) == len(events) == 2 * HISTORY_PAGE_SIZE + 3
    assert {event["visitor_id"] for event in events} == {visitor.id}


def test_an_export_to_a_file_is_its_owners_to_read_and_replaces_none(movies: None, tmp_path: Path) -> None:
    put("v1", days_ago=1, user="김")
    path = tmp_path / "kim.json"
    assert "1 events" in run("export_visitor", "user#김", "--out", str(path))
    assert json.loads(path.read_text())["click_log"][0]["title"] == "Heat <&>"
    assert path.stat().st_mode & 0o077 == 0
    with pytest.raises(CommandError, match="exists"):
        run("export_visitor", "user#김", "--out", str(path))


@pytest.mark.parametrize("owner", ["kim", "visitor#", "admin#1", ""])
def test_an_owner_that_is_none_is_refused(owner: str) -> None:
    with pytest.raises(CommandError, match="visitor#NUMBER or user#NUMBER"):
        run("export_visitor", owner)


def test_visitors_and_users_are_kept_as_long_as_the_settings_say(movies: None, settings: Settings) -> None:
    settings.CLICKLOG_VISITOR_DAYS, settings.CLICKLOG_DAYS = 30, 300
    kept = put("a", days_ago=29), put("b", days_ago=31, user="kim"), put("c", days_ago=299, user="kim")
    put("d", days_ago=31)
    put("e", days_ago=301, user="kim")
    put("f", days_ago=400)
    assert "Deleted 3 clicks" in run("expire_clicks")
    assert "Deleted 0 clicks" in run("expire_clicks")
    left = [event for owner in ("visitor#a", "user#kim") for event in click_log().history(owner, limit=9)]
    assert {event.event_id for event in left} == set(kept)
    assert set(FeedEvent.objects.values_list("event_id", flat=True)) == set(kept)
    assert click_log().count("visitor#d") == click_log().count("visitor#f") == 0


def test_the_outbox_keeps_no_click_for_longer_than_the_log(movies: None, settings: Settings) -> None:
    """Its rows stay for eight days, to know what is sent again; what they say need not."""
    settings.CLICKLOG_VISITOR_DAYS, settings.CLICKLOG_DAYS = 2, 5
    now = datetime.now(UTC)
    for visitor, user, days_ago, published in (
        ("a", None, 1, True),
        ("b", None, 3, True),
        ("c", "kim", 3, True),
        ("d", "kim", 6, True),
        ("e", None, 3, False),
    ):
        at = now - timedelta(days=days_ago)
        event_id = new_event_id(at=at, entropy=visitor.encode() * 10)
        row = outbox.append(ClickEvent(event_id, visitor, FIRST_ID, at, user_id=user))
        Outbox.objects.filter(id=row.id).update(created_at=at, published_at=at if published else None)
    run("expire_clicks")
    told = {row.visitor_id: bool(row.body) for row in Outbox.objects.all()}
    assert told == {"a": True, "b": False, "c": True, "d": False, "e": True}


def test_a_session_that_is_over_is_deleted(movies: None, client: Client) -> None:
    client.force_login(get_user_model().objects.create_user("kim"))
    other = Client()
    other.force_login(get_user_model().objects.get())
    Session.objects.filter(pk=client.session.session_key).update(expire_date=datetime.now(UTC))
    run("expire_clicks")
    assert [session.pk for session in Session.objects.all()] == [other.session.session_key]


def test_an_export_of_a_user_tells_of_their_account_and_lists(movies: None, client: Client) -> None:
    user = get_user_model().objects.create_user("kim", "kim@example.org", "correct horse battery")
    client.force_login(user)
    client.post(f"/movie/{FIRST_ID}/lists/seen/")
    data = json.loads(run("export_visitor", f"user#{user.pk}"))
    [account], [mark] = data["account"], data["marks"]
    assert (account["username"], account["email"]) == ("kim", "kim@example.org") and "password" not in account
    assert (mark["movie_id"], mark["kind"]) == (FIRST_ID, "seen")


def test_deleting_goes_on_past_one_batch(movies: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("movie.models.DELETED_AT_ONCE", 2)
    for i in range(7):
        put(f"v{i}", days_ago=4_000)
    put("young", days_ago=1)
    assert "Deleted 7 clicks" in run("expire_clicks")
    assert click_log().count("visitor#young") == 1


def test_a_log_that_is_away_is_an_error_with_a_way_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(self: object, *args: object, **kwargs: object) -> None:
        raise ClickLogError("down")

    monkeypatch.setattr("movie.clicks.database.DatabaseClickLog.expire", away)
    monkeypatch.setattr("movie.clicks.database.DatabaseClickLog.history", away)
    with pytest.raises(CommandError, match="next run"):
        run("expire_clicks")
    with pytest.raises(CommandError, match="down"):
        run("export_visitor", "visitor#v1")
