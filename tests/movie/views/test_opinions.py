"""Stars and what does not interest: as forms, as a script sends them, and what the site makes of them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.utils.html import escape
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from movie.clicks import click_log
from movie.clicks.base import ClickLogError
from movie.events import journal
from movie.models import Click, FeedEvent, Outbox
from movie.services import Opinions, history_of, opinions_of
from movie.visitors import Visitor
from tests.movie.views.test_clicks import fresh_id
from tests.movie.views.test_history import click
from tests.movie.views.test_models import ranked
from tests.worlds import FIRST_ID

pytestmark = pytest.mark.django_db


def say(client: Client, url: str, **body: Any) -> Any:
    return client.post(url, body, content_type="application/json")


def star(client: Client, movie_id: int, star: int) -> None:
    assert say(client, "/log_star/", movie_id=movie_id, star=star).status_code == 201


def shown(html: str) -> list[int]:
    return [int(movie_id) for movie_id in re.findall(r'<li class="card" data-movie-id="(\d+)"', html)]


def checked(html: str) -> list[int]:
    return [int(value) for value in re.findall(r'value="(\d+)" required checked', html)]


def own(html: str) -> dict[int, int]:
    """The stars that cards show, by movie."""
    found = re.findall(r'<details class="opinion" name="opinion" data-opinion="(\d+)" data-star="(\d+)">', html)
    assert all(f"★</span> {int(star) / 2:g}</span>" in html for _, star in found)
    return {int(movie_id): int(star) for movie_id, star in found}


def test_a_star_is_logged_with_where_it_was_given_and_reaches_the_feed_once(
    client: Client, movies: None, visitor: Visitor
) -> None:
    event_id = fresh_id()
    said = {"movie_id": FIRST_ID, "star": 7, "event_id": event_id, "page_url": "/", "model": "ngcf", "rank": 2}
    for _ in range(3):
        response = say(client, "/log_star/", **said)
        assert (response.status_code, response.json()) == (201, {"event_id": event_id})
    [event] = click_log().history(visitor.owner, limit=9)
    assert (event.kind, event.star, event.page_url, event.model, event.rank) == ("star", 7, "/", "ngcf", 2)
    assert list(FeedEvent.objects.values_list("kind", "star")) == [("star", 7)]


def test_a_form_without_scripts_saves_and_goes_back_to_its_page(
    client: Client, movies: None, visitor: Visitor
) -> None:
    link = re.findall(r'<div class="opinion-body"><a href="([^"]+)"', client.get("/").content.decode())[2]
    html = client.get(link, headers={"Referer": "http://testserver/"}).content.decode()
    form = re.findall(r'<form class="opinion-form".*?</form>', html, re.DOTALL)[
        1
    ]  # the first is the scripts' template
    assert form.count('type="radio" name="star"') == 10 and "<noscript><button" in form
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
    movie_id = int(fields["movie_id"])
    response = client.post("/log_star/", fields | {"star": "9"})
    assert (response.status_code, response["Location"]) == (303, "/")
    assert opinions_of(visitor).stars == {movie_id: 9}
    client.post("/log_star/", fields | {"star": "9", "remove": "1"})  # the button beside the checked radio
    assert opinions_of(visitor).stars == {}
    assert [e.kind for e in click_log().history(visitor.owner, limit=9)] == ["unstar", "star"]


def test_the_page_of_a_cards_stars_knows_the_list_and_leads_back_to_it(
    client: Client, movies: None, weights: None, visitor: Visitor
) -> None:
    click(client, FIRST_ID, FIRST_ID + 1)
    listed = client.get("/movie/ngcf/").content.decode()
    link = re.findall(r'<div class="opinion-body"><a href="([^"]+)"', listed)[1].replace("&amp;", "&")
    html = client.get(link, headers={"Referer": "http://testserver/movie/ngcf/?without="}).content.decode()
    form = re.findall(r'<form class="opinion-form".*?</form>', html, re.DOTALL)[1]
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
    assert client.post("/log_star/", fields | {"star": "9"})["Location"] == "/movie/ngcf/?without="
    event = click_log().history(visitor.owner, limit=1)[0]
    assert (event.model, event.rank, event.page_url) == ("ngcf", 2, "/movie/ngcf/")
    assert event.list_id == re.findall(r'data-list-id="([^"]+)"', listed)[0]


REFERERS = [
    "https://evil.example/x",
    "javascript:alert(1)",
    "",
    "//evil.example",
    "http://testserver//evil.example/x",
    "http://testserver/\\evil.example/x?next=1",
]


@pytest.mark.parametrize("referer", REFERERS)
def test_the_page_of_a_cards_stars_leads_back_to_ours_alone(client: Client, movies: None, referer: str) -> None:
    html = client.get(f"/movie/{FIRST_ID}/opinion/?model=<&rank=x&list_id=1", headers={"Referer": referer}).content
    assert b"evil" not in html and f'href="/movie/{FIRST_ID}/">'.encode() in html
    assert (
        client.get("/movie/12345678/opinion/").status_code
        == client.get(f"/movie/{2**70}/opinion/").status_code
        == 404
    )


def test_the_page_after_a_star_is_always_ours(client: Client, movies: None) -> None:
    response = client.post("/log_star/", {"movie_id": FIRST_ID, "star": "9", "next": "https://evil.example/"})
    assert response["Location"] == f"/movie/{FIRST_ID}/"


def test_the_newest_star_is_shown_wherever_the_movie_is(
    client: Client, movies: None, weights: None, visitor: Visitor
) -> None:
    first = shown(client.get("/").content.decode())[0]
    star(client, first, 3)
    star(client, first, 9)
    assert own(client.get("/").content.decode()) == {first: 9}
    for url in (f"/movie/{first}/", f"/movie/{first}/opinion/"):
        html = client.get(url).content.decode()
        assert checked(html) == [9] and "4.5 / 5" in html
    neighbour = next(
        movie_id
        for movie_id in range(FIRST_ID, FIRST_ID + 80)
        if first in shown(client.get(f"/movie/{movie_id}/").content.decode())
    )
    assert own(client.get(f"/movie/{neighbour}/").content.decode()) == {first: 9}
    assert '★</span><span class="sr">내 별점 </span>4.5' in client.get("/movie/history/").content.decode()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({}, "'movie_id'"),
        ({"movie_id": FIRST_ID}, "'star'"),
        ({"movie_id": FIRST_ID, "star": 0}, "'star'"),
        ({"movie_id": FIRST_ID, "star": 11}, "'star'"),
        ({"movie_id": FIRST_ID, "star": 4.5}, "'star'"),
        ({"movie_id": FIRST_ID, "star": True}, "'star'"),
        ({"movie_id": FIRST_ID, "remove": True}, "'remove'"),
        ({"movie_id": FIRST_ID, "star": 5, "event_id": "7f2c1d6e-8a53-4f0e-9d0a-1d2b3c4d5e6f"}, "UUIDv7"),
    ],
)
def test_a_star_that_makes_no_sense_is_refused_with_a_reason(
    client: Client, movies: None, body: dict[str, Any], reason: str
) -> None:
    response = say(client, "/log_star/", **body)
    assert response.status_code == 400 and reason in response.json()["error"]
    assert not Click.objects.exists()


def test_an_unknown_movie_gets_no_star(client: Client, movies: None) -> None:
    assert say(client, "/log_star/", movie_id=12345678, star=5).status_code == 404
    assert say(client, "/log_hide/", movie_id=12345678).status_code == 404


@pytest.mark.parametrize("url", ["/log_star/", "/log_hide/"])
def test_a_log_that_is_away_asks_to_try_again(
    client: Client, movies: None, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    def away(self: object, event: object) -> bool:
        raise ClickLogError("down")

    monkeypatch.setattr("movie.clicks.database.DatabaseClickLog.put", away)
    response = say(client, url, movie_id=FIRST_ID, star=5)
    assert (response.status_code, response["Retry-After"]) == (503, "2")
    assert not Outbox.objects.exists() and not FeedEvent.objects.exists()


@pytest.mark.parametrize("url", ["/log_star/", "/log_hide/", "/movie/history/unhide/", "/movie/history/restore/"])
def test_without_the_csrf_token_nothing_is_said(movies: None, url: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert say(strict, url, movie_id=FIRST_ID, star=5).status_code == 403
    assert not Click.objects.exists()


def test_what_does_not_interest_is_in_no_list_until_it_is_undone(
    client: Client, movies: None, weights: None, peer: object, visitor: Visitor
) -> None:
    click(client, FIRST_ID, FIRST_ID + 1)
    urls = ["/", f"/movie/{FIRST_ID}/", "/movie/ngcf/", "/movie/compare/", "/movie/mix/"]

    def lists(movie_id: int) -> list[str]:
        return [url for url in urls if f'data-movie-id="{movie_id}"' in _lists(client, url)]

    best = dict(ranked(client.get("/movie/ngcf/").content.decode()))[1]
    popular, like = shown(client.get("/").content.decode())[0], shown(client.get(urls[1]).content.decode())[0]
    before = {movie_id: lists(movie_id) for movie_id in (best, popular, like)}
    assert all(before.values()) and "/movie/ngcf/" in before[best] and "/movie/compare/" in before[best]
    for movie_id in before:
        assert say(client, "/log_hide/", movie_id=movie_id).status_code == 201
    assert opinions_of(visitor).hidden == set(before)
    assert [lists(movie_id) for movie_id in before] == [[], [], []]
    assert len(shown(client.get("/").content.decode())) == 24  # the next ones moved up
    for movie_id in before:
        assert say(client, "/movie/history/unhide/", movie_id=movie_id).status_code == 204
    assert {movie_id: lists(movie_id) for movie_id in before} == before
    assert [e.kind for e in click_log().history(visitor.owner, limit=9)] == ["click", "click"]
    assert sorted(FeedEvent.objects.values_list("kind", flat=True)) == ["click", "click"]


def _lists(client: Client, url: str) -> str:
    """The page without the article that it is about."""
    return re.sub(r"<article.*?>", "", client.get(url).content.decode())


def test_a_hide_that_only_the_outbox_has_is_undone_too(client: Client, movies: None, visitor: Visitor) -> None:
    say(client, "/log_hide/", movie_id=FIRST_ID)
    [event] = click_log().history(visitor.owner, limit=9)
    click_log().delete(visitor.owner, event.event_id)  # as where the log was away
    assert say(client, "/movie/history/unhide/", movie_id=FIRST_ID).status_code == 204
    assert list(Outbox.objects.filter(kind="hide").values_list("body", flat=True)) == [""]
    assert say(client, "/movie/history/unhide/", movie_id=FIRST_ID).status_code == 204


def test_a_hide_older_than_what_is_read_for_a_page_is_undone_too(
    client: Client, movies: None, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("movie.services.opinions.READ", 2)
    monkeypatch.setattr("movie.services.clicks.READ", 2)
    say(client, "/log_hide/", movie_id=FIRST_ID)
    say(client, "/log_hide/", movie_id=FIRST_ID + 1)
    click(client, *range(FIRST_ID + 2, FIRST_ID + 6))
    assert opinions_of(visitor).hidden == {FIRST_ID, FIRST_ID + 1}
    assert say(client, "/movie/history/unhide/", movie_id=FIRST_ID).status_code == 204
    assert opinions_of(visitor).hidden == {FIRST_ID + 1}
    said = [(e.kind, e.movie_id) for e in click_log().history(visitor.owner, limit=9)]
    assert len(said) == 5 and ("hide", FIRST_ID) not in said and ("hide", FIRST_ID + 1) in said


def test_a_form_undoes_and_goes_back(client: Client, movies: None, visitor: Visitor) -> None:
    client.post("/log_hide/", {"movie_id": FIRST_ID})
    assert 'formaction="/movie/history/unhide/"' in client.get(f"/movie/{FIRST_ID}/").content.decode()
    response = client.post("/movie/history/unhide/", {"movie_id": FIRST_ID, "next": "/movie/ngcf/"})
    assert (response.status_code, response["Location"]) == (303, "/movie/ngcf/")
    assert 'formaction="/log_hide/"' in client.get(f"/movie/{FIRST_ID}/").content.decode()
    assert client.post("/movie/history/unhide/", {"movie_id": "x"}).status_code == 400


def test_nobody_unhides_for_another(client: Client, movies: None, visitor: Visitor) -> None:
    say(client, "/log_hide/", movie_id=FIRST_ID)
    other = Client()
    other.get("/")
    say(other, "/movie/history/unhide/", movie_id=FIRST_ID)
    assert opinions_of(visitor).hidden == {FIRST_ID}


def test_a_star_changes_the_models_list_at_once(
    client: Client, movies: None, weights: None, visitor: Visitor
) -> None:
    click(client, FIRST_ID, FIRST_ID + 45)
    before = ranked(client.get("/movie/ngcf/").content.decode())
    star(client, FIRST_ID + 45, 1)
    low = client.get("/movie/ngcf/").content.decode()
    assert ranked(low) != before and "클릭 1개로" in low  # what was disliked is no click that counts
    say(client, "/log_star/", movie_id=FIRST_ID + 45, remove="1")
    assert ranked(client.get("/movie/ngcf/").content.decode()) == before


def test_a_movie_that_was_only_starred_and_then_not_says_nothing(
    client: Client, movies: None, weights: None, visitor: Visitor
) -> None:
    click(client, FIRST_ID)
    star(client, FIRST_ID + 45, 2)
    say(client, "/log_star/", movie_id=FIRST_ID + 45, remove="1")
    told = history_of(visitor)
    assert [event.movie_id for event in told.events] == [FIRST_ID]
    assert told.exclude == {FIRST_ID, FIRST_ID + 45}  # it was seen, and does not come back
    html = client.get("/movie/ngcf/").content.decode()
    assert "오래된" not in html and "클릭 1개로" in html


def test_the_forms_are_named_for_who_hears_them(client: Client, movies: None) -> None:
    html = client.get(f"/movie/{FIRST_ID}/", headers={"Accept-Language": "en"}).content.decode()
    title = escape("Heat <&>")
    assert f"<legend>My stars for {title}</legend>" in html
    assert '<span class="sr">0.5 stars</span>' in html and '<span class="sr">5 stars</span>' in html


fields = st.sampled_from(["movie_id", "star", "remove", "event_id", "next", "list_id", "rank", "model", "page_url"])
values = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.just(FIRST_ID)


@pytest.mark.parametrize("url", ["/log_star/", "/log_hide/", "/movie/history/unhide/", "/movie/history/remove/"])
@given(body=st.dictionaries(fields, values, max_size=6))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_that_is_sent_makes_the_server_fail(
    client: Client, movies: None, url: str, body: dict[str, Any]
) -> None:
    assert say(client, url, **body).status_code in (201, 204, 303, 400, 404)
    form = {name: str(value) for name, value in body.items() if str(value) < "\ud800"}
    assert client.post(url, form).status_code in (303, 400, 404)


def test_who_said_more_than_is_read_for_a_page_still_sees_the_rest(movies: None) -> None:
    from tests.movie.events.contract import event

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("movie.services.opinions.READ", 3)
        for minute, (movie_id, kind, value) in enumerate(
            [
                (10, "star", 8),
                (20, "hide", None),
                (10, "unstar", None),
                (30, "star", 2),
                (30, "click", None),
                (20, "click", None),
                (40, "star", 6),
            ]
        ):
            journal.click(event(movie_id, minute=minute, kind=kind, star=value))
        said = opinions_of(Visitor("v1"))
    assert said == Opinions({30: 2, 40: 6}, frozenset({20}))
