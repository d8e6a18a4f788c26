from __future__ import annotations

import re

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from pytest_django import Settings

from movie.clicks import click_log
from movie.clicks.base import ClickLogError
from movie.visitors import Visitor
from tests.movie.views.test_history import click
from tests.worlds import FIRST_ID

pytestmark = pytest.mark.django_db


def english(client: Client) -> str:
    return re.sub(r"\s+", " ", client.get("/privacy/", headers={"Accept-Language": "en"}).content.decode())


def test_it_says_for_how_long_by_the_settings(client: Client, settings: Settings) -> None:
    settings.CLICKLOG_VISITOR_DAYS, settings.CLICKLOG_DAYS = 41, 597
    html = english(client)
    assert "While you are not signed in, a click is deleted 41 days after it was made." in html
    assert "While you are signed in, a click is deleted 597 days after it was made." in html
    korean = client.get("/privacy/").content.decode()
    assert "41일" in korean and "597일" in korean


def test_nothing_is_kept_longer_than_everything(client: Client, settings: Settings) -> None:
    settings.CLICKLOG_VISITOR_DAYS, settings.CLICKLOG_DAYS = 400, 30
    assert "400" not in english(client)


def test_it_promises_of_each_place_what_is_true_there(client: Client, settings: Settings) -> None:
    here = english(client)
    assert "deleted at once, in every place" in here and "queue" not in here
    settings.EVENTS, settings.KAFKA_RETENTION_DAYS, settings.CLICKLOG = "kafka", 7, "dynamodb"
    elsewhere = english(client)
    assert "forgets it after 7 days" in elsewhere and "within moments from what models learn from" in elsewhere
    assert "may take some days longer to delete" in elsewhere and "in every place" not in elsewhere


def test_it_names_every_cookie_that_the_site_sets(client: Client, movies: None, visitor: Visitor) -> None:
    client.get("/")
    click(client, FIRST_ID)
    client.post("/movie/history/remove/", {"event_id": click_log().history(visitor.owner, limit=1)[0].event_id})
    client.post("/i18n/setlang/", {"language": "en", "next": "/"})
    client.post("/movie/start/later/")
    client.force_login(get_user_model().objects.create_user("kim"))
    named = set(re.findall(r"<dt><code>(\w+)</code></dt>", english(client)))
    assert named == set(client.cookies)


def test_the_button_deletes_the_history_and_comes_back(client: Client, movies: None, visitor: Visitor) -> None:
    click(client, FIRST_ID, FIRST_ID + 1)
    html = english(client)
    assert "There are 2 clicks of yours now." in html
    [ask] = re.findall(r'<a class="button" href="([^"]+)">Delete my history', html)
    sure = client.get(ask).content.decode()
    form = re.findall(r'<form class="sure" action="([^"]+)".*?name="next" value="([^"]+)"', sure, re.DOTALL)
    assert form == [("/movie/history/clear/", "/privacy/")]
    response = client.post(form[0][0], {"next": form[0][1]})
    assert (response.status_code, response["Location"]) == (303, "/privacy/")
    assert "There are 0 clicks of yours now." in english(client)
    assert click_log().count(visitor.owner) == 0


def test_it_shows_the_visitor_the_number_that_an_export_needs(client: Client, visitor: Visitor) -> None:
    assert f"<code>{visitor.owner}</code>" in english(client)


def test_it_stays_readable_where_the_click_log_is_away(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(self: object, *args: object, **kwargs: object) -> None:
        raise ClickLogError("down")

    monkeypatch.setattr("movie.clicks.database.DatabaseClickLog.history", away)
    response = client.get("/privacy/", headers={"Accept-Language": "en"})
    html = response.content.decode()
    assert response.status_code == 200
    assert "cannot be reached" in html and "Delete my history" not in html


@pytest.mark.parametrize("url", ["/", f"/movie/{FIRST_ID}/", "/movie/ngcf/", "/movie/history/", "/nowhere/"])
def test_every_page_leads_to_it(client: Client, movies: None, url: str) -> None:
    assert 'href="/privacy/"' in client.get(url).content.decode()
