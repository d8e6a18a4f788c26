from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from movie.clicks import click_log
from movie.visitors import Visitor
from tests.movie.api.conftest import API
from tests.worlds import FIRST_ID

pytestmark = pytest.mark.django_db


def test_it_is_read_newest_first_part_by_part(api: API, movies: None, visitor: Visitor) -> None:
    api.click(*range(FIRST_ID, FIRST_ID + 5))
    found: list[dict[str, Any]] = []
    before: dict[str, str] = {}
    while True:
        page = api.get("history", size=2, **before).json()
        found += page["entries"]
        assert page["total"] == 5 and len(page["entries"]) <= 2
        if page["older"] is None:
            break
        before = {"before": page["older"]}
    logged = click_log().history(visitor.owner, limit=9)
    assert [entry["event_id"] for entry in found] == [str(event.event_id) for event in logged]
    assert [entry["movie"]["id"] for entry in found] == [event.movie_id for event in logged]


def test_it_is_searched_by_kind_title_and_day(api: API, movies: None) -> None:
    api.click(FIRST_ID, FIRST_ID + 1)
    api.send("PUT", f"movies/{FIRST_ID}/star", {"star": 8})
    assert [each["star"] for each in api.get("history", kind="star").json()["entries"]] == [8]
    found = api.get("history", q="heat", kind="click").json()
    assert [each["movie_id"] for each in found["entries"]] == [FIRST_ID] and found["total"] is None
    assert api.get("history", until="2000-01-01").json()["entries"] == []
    for wrong in ({"since": "0"}, {"since": "2000-13-01"}, {"since": "20000101"}, {"kind": "x"}, {"size": 0}):
        assert api.get("history", **wrong).status_code == 422, wrong


def test_one_is_removed_and_put_back(api: API, movies: None, visitor: Visitor) -> None:
    first, second = api.click(FIRST_ID, FIRST_ID + 1)
    removed = api.send("DELETE", f"history/{first}")
    assert (removed.status_code, removed.json()["event_id"]) == (200, first)
    assert api.send("DELETE", f"history/{first}").status_code == 404
    assert [str(each.event_id) for each in click_log().history(visitor.owner, limit=9)] == [second]
    undo = {"undo": removed.json()["undo"]}
    assert [api.send("POST", "history/restore", undo).status_code for _ in range(2)] == [201, 201]
    assert [each.movie_id for each in click_log().history(visitor.owner, limit=9)] == [FIRST_ID + 1, FIRST_ID]
    assert API(Client()).send("POST", "history/restore", undo).status_code == 410


def test_all_of_it_is_removed(api: API, movies: None, visitor: Visitor) -> None:
    api.click(FIRST_ID, FIRST_ID + 1)
    cleared = api.send("DELETE", "history")
    assert cleared.json() == {"removed": 2}
    assert cleared.cookies["removed"]["max-age"] == 0  # nor can the browser put anything back
    assert click_log().count(visitor.owner) == 0


def test_it_is_taken_along_as_the_page_has_it(api: API, movies: None) -> None:
    api.click(FIRST_ID, FIRST_ID + 1)
    for form in ("json", "csv"):
        response = api.get("history/export", form=form)
        assert response["Content-Disposition"] == f'attachment; filename="movie-history.{form}"'
        assert response.getvalue() == api.client.get(f"/movie/history/export.{form}").getvalue()
    assert len(json.loads(api.get("history/export").getvalue())) == 2


def test_nobody_reads_or_removes_the_history_of_another(api: API, movies: None, visitor: Visitor) -> None:
    (event,) = api.click(FIRST_ID)
    other = API(Client())
    assert other.get("history").json()["entries"] == []
    assert json.loads(other.get("history/export").getvalue()) == []
    assert other.send("DELETE", f"history/{event}").status_code == 404
    assert other.send("DELETE", "history").json() == {"removed": 0}
    assert [each.event_id for each in click_log().history(visitor.owner, limit=9)] == [UUID(event)]
