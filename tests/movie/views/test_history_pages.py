"""Searching a history, putting one back, removing all of it after a question, and taking it along."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from movie.clicks import click_log
from movie.clicks.base import ClickEvent, ClickLogError, new_event_id
from movie.models import FeedEvent, Movie
from movie.visitors import Visitor
from tests.movie.views.test_history import click, events
from tests.movie.views.test_opinions import say, star
from tests.worlds import FIRST_ID

pytestmark = pytest.mark.django_db


def page(client: Client, **search: str) -> str:
    response = client.get("/movie/history/", search)
    assert response.status_code == 200
    return response.content.decode()


def put(visitor: Visitor, movie_id: int, at: datetime, **fields: Any) -> str:
    event = ClickEvent(new_event_id(at=at, entropy=movie_id.to_bytes(10, "big")), visitor.id, movie_id, at, **fields)
    click_log().put(event)
    return str(event.event_id)


def test_it_is_searched_by_kind(client: Client, movies: None, visitor: Visitor) -> None:
    click(client, FIRST_ID)
    star(client, FIRST_ID + 1, 7)
    say(client, "/log_star/", movie_id=FIRST_ID + 1, remove="1")
    say(client, "/log_hide/", movie_id=FIRST_ID + 2)
    kinds = {
        kind: re.findall(r'data-kind="(\w+)"', page(client, kind=kind)) for kind in ("click", "star", "hide", "")
    }
    assert kinds == {
        "click": ["click"],
        "star": ["unstar", "star"],
        "hide": ["hide"],
        "": ["hide", "unstar", "star", "click"],
    }


@pytest.mark.parametrize(
    ("text", "found"), [("heat <", [FIRST_ID]), ("히트", [FIRST_ID]), ("10", [103, 101]), ("%", [])]
)
def test_it_is_searched_by_title_in_any_language(
    client: Client, movies: None, visitor: Visitor, text: str, found: list[int]
) -> None:
    click(client, FIRST_ID, FIRST_ID + 1, FIRST_ID + 3, FIRST_ID + 15)
    html = page(client, q=text)
    assert [int(each) for each in re.findall(r'<a href="/movie/(\d+)/">', html)] == found
    assert ("이 조건에 맞는 기록이 없습니다" in html) is not bool(found)


def test_it_is_searched_by_days_of_the_sites_time_zone_both_included(
    client: Client, movies: None, visitor: Visitor
) -> None:
    # Seoul is nine hours ahead: its 10th of May begins at 15:00 UTC on the 9th.
    times = [(9, 14, 59), (9, 15, 0), (10, 14, 59), (10, 15, 0)]
    ids = [put(visitor, FIRST_ID + i, datetime(2026, 5, *each, tzinfo=UTC)) for i, each in enumerate(times)]
    assert events(page(client, since="2026-05-10", until="2026-05-10")) == [ids[2], ids[1]]
    assert events(page(client, since="2026-05-11")) == [ids[3]]
    assert events(page(client, until="2026-05-09")) == [ids[0]]


def test_the_time_that_counts_is_the_servers_however_late_a_click_came(
    client: Client, movies: None, visitor: Visitor
) -> None:
    """Its id is from when the browser first tried to send it, days before; another's clock was ahead."""
    came = datetime(2026, 5, 10, 3, tzinfo=UTC)
    for i, made in enumerate((came - timedelta(days=6), came + timedelta(minutes=4))):
        event_id = new_event_id(at=made, entropy=bytes(10))
        click_log().put(ClickEvent(event_id, visitor.id, FIRST_ID + i, came))
    assert len(events(page(client, since="2026-05-10", until="2026-05-10"))) == 2


def test_a_search_goes_on_over_pages_and_keeps_what_was_asked(
    client: Client, movies: None, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("movie.services.history.PART", 10)
    start = datetime(2026, 5, 10, tzinfo=UTC)
    kinds = ("click", "hide")
    ids = [put(visitor, FIRST_ID + i % 70, start + timedelta(minutes=i), kind=kinds[i % 2]) for i in range(120)]
    first = page(client, kind="hide", q="Film")
    older = re.findall(r'href="\?([^"]*before=[^"]+)"', first)[0].replace("&amp;", "&")
    assert "kind=hide" in older and "q=Film" in older
    second = client.get(f"/movie/history/?{older}").content.decode()
    assert events(first) + events(second) == ids[::-2] and 'class="pager"' not in second


def test_a_search_reads_so_many_parts_at_once_and_goes_on_from_there(
    client: Client, movies: None, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("movie.services.history.PART", 5)
    start = datetime(2026, 5, 10, tzinfo=UTC)
    wanted = put(visitor, FIRST_ID, start, kind="hide")
    for i in range(120):
        put(visitor, FIRST_ID + i % 70, start + timedelta(minutes=1 + i))
    with CaptureQueriesContext(connection) as asked:
        first = page(client, kind="hide")
    assert len([query for query in asked if "movie_click" in query["sql"]]) == 20 and events(first) == []
    assert "이 조건에 맞는" not in first  # nobody knows yet
    [older] = re.findall(r'href="\?([^"]*before=[^"]+)"', first)
    assert events(client.get("/movie/history/?" + older.replace("&amp;", "&")).content.decode()) == [wanted]


@pytest.mark.parametrize(
    "search", [{"kind": "x"}, {"since": "yesterday"}, {"until": "9999-12-31"}, {"q": "x" * 101}, {"q": "\0"}]
)
def test_a_search_that_makes_no_sense_is_refused(client: Client, db: None, search: dict[str, str]) -> None:
    assert client.get("/movie/history/", search).status_code == 400


def test_what_was_removed_is_put_back_by_a_button(client: Client, movies: None, visitor: Visitor) -> None:
    click(client, FIRST_ID, FIRST_ID + 1)
    gone = click_log().history(visitor.owner, limit=1)[0]
    assert "기록을 지웠습니다" not in client.get("/").content.decode()
    client.post("/movie/history/remove/", {"event_id": gone.event_id, "next": "/"})
    assert client.cookies["removed"]["httponly"] and int(client.cookies["removed"]["max-age"]) == 120
    for url in ("/", "/movie/history/"):
        assert "‹Film 101› 기록을 지웠습니다" in client.get(url).content.decode()
    assert FeedEvent.objects.count() == 1  # deleted at once, also while it can be put back
    response = client.post("/movie/history/restore/", {"next": "/movie/ngcf/"})
    assert (response.status_code, response["Location"]) == (303, "/movie/ngcf/")
    assert [(e.movie_id, e.at) for e in click_log().history(visitor.owner, limit=9)] == [
        (FIRST_ID + 1, gone.at),
        (FIRST_ID, click_log().history(visitor.owner, limit=9)[1].at),
    ]
    assert FeedEvent.objects.count() == 2
    assert "기록을 지웠습니다" not in client.get("/").content.decode()
    assert client.post("/movie/history/restore/").status_code == 400  # once


def test_all_of_it_goes_after_a_question_alone(client: Client, movies: None, visitor: Visitor) -> None:
    click(client, FIRST_ID, FIRST_ID + 1)
    assert 'href="/movie/history/clear/?next=/movie/ngcf/"' in client.get("/movie/ngcf/").content.decode()
    html = client.get("/movie/history/clear/", {"next": "/movie/ngcf/"}).content.decode()
    assert "클릭 2개와 별점" in html and 'name="next" value="/movie/ngcf/"' in html
    assert click_log().count(visitor.owner) == 2
    client.post("/movie/history/remove/", {"event_id": click_log().history(visitor.owner, limit=1)[0].event_id})
    client.post("/movie/history/clear/", {"next": "/"})
    assert click_log().count(visitor.owner) == 0
    assert client.post("/movie/history/restore/").status_code == 400  # what went before went with it
    assert 'href="/"' in client.get("/movie/history/clear/", {"next": "//evil.example"}).content.decode()


def body(response: Any) -> str:
    assert response.status_code == 200 and response["Content-Disposition"].startswith("attachment;")
    return b"".join(response.streaming_content).decode()


def test_it_is_taken_along_as_json_and_csv(
    client: Client, movies: None, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert json.loads(body(client.get("/movie/history/export.json"))) == []
    monkeypatch.setattr("movie.services.history.PART", 3)
    click(client, *range(FIRST_ID, FIRST_ID + 7))
    star(client, FIRST_ID, 7)
    logged = click_log().history(visitor.owner, limit=99)
    found = json.loads(body(client.get("/movie/history/export.json")))
    assert [each["event_id"] for each in found] == [str(event.event_id) for event in logged]
    assert (found[0]["kind"], found[0]["star"], found[0]["title_ko"]) == ("star", 7, "히트")
    text = body(client.get("/movie/history/export.csv"))
    assert text.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert [row["event_id"] for row in rows] == [each["event_id"] for each in found]
    assert (rows[0]["star"], rows[0]["title"], rows[0]["at"]) == ("7", "Heat <&>", logged[0].at.isoformat())
    assert body(Client().get("/movie/history/export.csv")).count("\n") == 1  # another's is another's


@pytest.mark.parametrize("title", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", ' "=1"'])
def test_no_cell_is_a_formula(client: Client, movies: None, visitor: Visitor, title: str) -> None:
    Movie.objects.filter(id=FIRST_ID).update(title=title)
    client.post("/log_click/", {"movie_id": FIRST_ID, "page_url": '=HYPERLINK("x")'})
    text = body(client.get("/movie/history/export.csv")).removeprefix("\ufeff")
    [row] = csv.DictReader(io.StringIO(text, newline=""))
    assert row["title"] == (title if title.startswith(" ") else "'" + title)
    assert row["page_url"] == '\'=HYPERLINK("x")'


def test_a_log_that_is_away_gives_no_half_of_a_file(
    client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(self: object, *args: object, **kwargs: object) -> None:
        raise ClickLogError("down")

    monkeypatch.setattr("movie.clicks.database.DatabaseClickLog.history", away)
    for form in ("json", "csv"):
        assert client.get(f"/movie/history/export.{form}").status_code == 503
    assert client.get("/movie/history/", {"kind": "star"}).status_code == 503
    assert client.post("/movie/history/unhide/", {"movie_id": 1}).status_code == 503
