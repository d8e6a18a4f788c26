from __future__ import annotations

import re
from uuid import UUID, uuid4

import pytest
from django.test import Client

from movie.clicks import click_log
from movie.clicks.base import ClickLogError
from movie.services import PANEL_SIZE
from movie.visitors import Visitor
from tests.worlds import FIRST_ID

pytestmark = pytest.mark.django_db


def click(client: Client, *movie_ids: int) -> None:
    for movie_id in movie_ids:
        assert client.post("/log_click/", {"movie_id": movie_id}).status_code == 303


def events(html: str) -> list[str]:
    return re.findall(r'data-event-id="([^"]+)"', html)


def test_the_panel_is_on_every_page_newest_first(client: Client, movies: None, visitor: Visitor) -> None:
    click(client, FIRST_ID, FIRST_ID + 1)
    expected = [str(event.event_id) for event in click_log().history(visitor.owner, limit=9)]
    for url in ("/", f"/movie/{FIRST_ID}/", "/movie/ngcf/", "/movie/history/", "/nowhere/"):
        assert events(client.get(url).content.decode()) == expected


def test_removing_one_goes_back_to_the_page(client: Client, movies: None, visitor: Visitor) -> None:
    click(client, FIRST_ID, FIRST_ID + 1)
    newest = click_log().history(visitor.owner, limit=1)[0]
    response = client.post("/movie/history/remove/", {"event_id": newest.event_id, "next": "/movie/ngcf/"})
    assert (response.status_code, response["Location"]) == (303, "/movie/ngcf/")
    assert [e.movie_id for e in click_log().history(visitor.owner, limit=9)] == [FIRST_ID]


def test_removing_all_leaves_none(client: Client, movies: None, visitor: Visitor) -> None:
    click(client, FIRST_ID, FIRST_ID + 1)
    client.post("/movie/history/clear/", {"next": "/"})
    assert click_log().count(visitor.owner) == 0


def test_nobody_removes_or_sees_the_clicks_of_another(client: Client, movies: None, visitor: Visitor) -> None:
    click(client, FIRST_ID)
    event_id = click_log().history(visitor.owner, limit=1)[0].event_id
    other = Client()
    assert events(other.get("/").content.decode()) == []
    other.post("/movie/history/remove/", {"event_id": event_id})
    other.post("/movie/history/clear/")
    assert click_log().count(visitor.owner) == 1


def test_a_forged_cookie_is_a_new_visitor(client: Client, movies: None, visitor: Visitor) -> None:
    click(client, FIRST_ID)
    forger = Client()
    forger.cookies["visitor"] = f"{visitor.id}:1xxxxx:forged"
    assert events(forger.get("/").content.decode()) == []


def test_the_page_after_removing_is_always_ours(client: Client, db: None) -> None:
    for wanted in ("https://evil.example/", "//evil.example", "javascript:alert(1)", ""):
        response = client.post("/movie/history/clear/", {"next": wanted})
        assert response["Location"] == "/"


@pytest.mark.parametrize("event_id", ["", "x", "1" * 500])
def test_a_number_that_is_none_is_refused(client: Client, db: None, event_id: str) -> None:
    assert client.post("/movie/history/remove/", {"event_id": event_id}).status_code == 400
    assert client.get("/movie/history/", {"before": event_id or "x"}).status_code == 400


def test_removing_what_is_not_there_is_no_error(client: Client, db: None) -> None:
    assert client.post("/movie/history/remove/", {"event_id": str(uuid4())}).status_code == 303


def test_a_long_history_has_pages_and_the_panel_a_link_to_them(
    client: Client, movies: None, visitor: Visitor
) -> None:
    click(client, *[FIRST_ID + i % 70 for i in range(60)])
    panel = client.get("/").content.decode()
    assert len(events(panel)) == PANEL_SIZE and "전체 기록 보기" in panel and "12+" in panel
    first = client.get("/movie/history/").content.decode()
    older = re.findall(r'href="\?before=([^"]+)"', first)[0]
    second = client.get("/movie/history/", {"before": older}).content.decode()
    shown = events(first) + events(second)
    assert shown == [str(e.event_id) for e in click_log().history(visitor.owner, limit=99)]
    assert UUID(older) == UUID(events(first)[-1])


def test_a_history_too_long_to_count_is_told_without_a_number(
    client: Client, movies: None, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    click(client, *[FIRST_ID + i % 70 for i in range(60)])
    english = {"Accept-Language": "en"}
    for most in (60, 59):
        monkeypatch.setattr("movie.services.history.MOST_COUNTED", most)
        for url in ("/movie/history/", "/movie/history/clear/"):
            html = client.get(url, headers=english).content.decode()
            assert ("60 clicks" in html) is (most == 60), url
        assert client.get("/api/v1/history?size=5").json()["total"] == (60 if most == 60 else None)
    assert "There are more than 12 clicks of yours now." in client.get("/privacy/", headers=english).content.decode()


def test_a_movie_that_is_gone_still_has_its_entry(client: Client, movies: None, visitor: Visitor) -> None:
    from movie.models import Movie

    click(client, FIRST_ID)
    Movie.objects.filter(id=FIRST_ID).delete()
    assert len(events(client.get("/").content.decode())) == 1


def test_a_log_that_is_away_leaves_the_page_and_says_so(
    client: Client, movies: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(self: object, *args: object, **kwargs: object) -> None:
        raise ClickLogError("down")

    for method in ("history", "delete", "delete_all"):
        monkeypatch.setattr(f"movie.clicks.database.DatabaseClickLog.{method}", away)
    for url in ("/", f"/movie/{FIRST_ID}/", "/movie/ngcf/"):
        response = client.get(url)
        assert response.status_code == 200
        assert "기록을 불러올 수 없습니다" in response.content.decode()
    assert client.get("/movie/history/").status_code == 503
    assert client.post("/movie/history/remove/", {"event_id": str(uuid4())}).status_code == 503
    assert client.post("/movie/history/clear/").status_code == 503
