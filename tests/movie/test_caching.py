"""What did not change is not sent again; what did, is. What is one visitor's, no other cache keeps."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages
from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client, RequestFactory
from pytest_django import Settings
from whitenoise.middleware import WhiteNoiseMiddleware

from movie.models import Movie
from movie.visitors import Visitor
from tests.movie.views.test_history import click
from tests.worlds import FIRST_ID

pytestmark = pytest.mark.django_db
PAGES = ["/", f"/movie/{FIRST_ID}/", "/movie/search/?q=heat", "/movie/history/", "/privacy/"]
JSON = ["movies", f"movies/{FIRST_ID}", "search?q=heat", "genres", "history", "stars", "models", "problems"]
ADDRESSES = [*PAGES, *(f"/api/v1/{each}" for each in JSON)]


def again(client: Client, address: str, before: Any, **headers: str) -> Any:
    return client.get(address, headers={"If-None-Match": before["ETag"], **headers})


def varies(response: Any) -> set[str]:
    return {each.strip() for each in response.get("Vary", "").split(",")}


@pytest.mark.parametrize("address", ADDRESSES)
def test_what_did_not_change_is_not_sent_again(client: Client, movies: None, visitor: Visitor, address: str) -> None:
    client.get(address)  # the first answer may bring a cookie
    before = client.get(address)
    assert before.status_code == 200
    response = again(client, address, before)
    assert (response.status_code, response.content) == (304, b"")
    assert (response["ETag"], response["Cache-Control"]) == (before["ETag"], before["Cache-Control"])
    assert varies(response) == varies(before) | {"Accept-Encoding"}


@pytest.mark.parametrize("address", ["/", "/movie/history/", "/api/v1/history"])
def test_what_changed_is_sent(client: Client, movies: None, visitor: Visitor, address: str) -> None:
    client.get(address)
    before = client.get(address)
    click(client, FIRST_ID)
    response = again(client, address, before)
    assert response.status_code == 200 and response["ETag"] != before["ETag"]


@pytest.mark.parametrize("address", ["/", "/api/v1/problems"])
def test_another_language_is_another_answer(client: Client, movies: None, visitor: Visitor, address: str) -> None:
    before = client.get(address)
    assert again(client, address, before, **{"Accept-Language": "en"}).status_code == 200


def test_what_htmx_asks_for_is_another_answer_than_the_page(client: Client, movies: None, visitor: Visitor) -> None:
    for address in ("/", f"/movie/ngcf/why/{FIRST_ID}/"):
        before = client.get(address)
        assert "HX-Request" in varies(before)
        assert again(client, address, before, **{"HX-Request": "true"}).status_code == 200


def test_a_page_with_another_csrf_token_is_sent(client: Client, movies: None, visitor: Visitor) -> None:
    """Else a browser would go on with forms that are refused."""
    client.get("/")
    before = client.get("/")
    del client.cookies["csrftoken"]
    assert again(client, "/", before).status_code == 200


def test_the_form_of_a_page_that_was_not_sent_again_still_works(movies: None) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.get("/")
    before = strict.get("/")
    token = before.content.decode().partition('name="csrfmiddlewaretoken" value="')[2][:64]
    assert again(strict, "/", before).status_code == 304
    assert strict.post("/log_click/", {"movie_id": FIRST_ID, "csrfmiddlewaretoken": token}).status_code == 303


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_cache_but_the_visitors_keeps_it_and_theirs_asks_each_time(
    client: Client, movies: None, visitor: Visitor, address: str
) -> None:
    response = client.get(address)
    rules = {each.strip() for each in response["Cache-Control"].split(",")}
    assert {"private", "no-cache"} <= rules and "public" not in rules
    assert {"Cookie", "Accept-Language"} <= varies(response)


@pytest.mark.parametrize("address", ADDRESSES)
def test_nothing_of_who_is_signed_in_is_kept_at_all(
    client: Client, movies: None, address: str, django_user_model: Any
) -> None:
    """Else the Back button would show it to the next one at this browser."""
    client.force_login(django_user_model.objects.create_user("kim"))
    response = client.get(address, follow=True)
    assert "no-store" in response["Cache-Control"] and not response.has_header("ETag")


def test_a_token_or_a_form_for_a_password_is_not_kept(client: Client) -> None:
    for address in ("/api/v1/me", "/accounts/sign_in/", "/accounts/sign_up/"):
        assert "no-store" in client.get(address)["Cache-Control"]


@pytest.mark.parametrize("address", ["/", "/api/v1/movies", f"/movie/{FIRST_ID}/poster.svg"])
def test_it_is_compressed_by_an_unlike_length_each_time(client: Client, movies: None, address: str) -> None:
    """Its length tells nothing of what is in it (BREACH): Django adds bytes at random."""
    asked = {"Accept-Encoding": "gzip"}
    answers = [client.get(address, headers=asked) for _ in range(12)]
    assert {each["Content-Encoding"] for each in answers} == {"gzip"}
    assert len({len(each.content) for each in answers}) > 1
    assert len({len(gzip.decompress(each.content)) for each in answers[1:]}) == 1
    assert answers[0]["ETag"].startswith('W/"'), "these bytes differ, what they say does not"
    assert again(client, address, answers[-1], **asked).status_code == 304


def test_a_poster_is_kept_for_a_year_and_told_from_another(client: Client, movies: None) -> None:
    address = client.get(f"/api/v1/movies/{FIRST_ID}").json()["poster"]
    before = client.get(address)
    assert before["ETag"].startswith('"') and before["Cache-Control"] == "public, max-age=31536000, immutable"
    response = again(client, address, before)
    assert (response.status_code, response.content) == (304, b"")
    assert (response["ETag"], response["Cache-Control"]) == (before["ETag"], before["Cache-Control"])
    assert not response.cookies and not before.cookies
    Movie.objects.filter(id=FIRST_ID).update(title_ko="다른 제목")
    changed = again(client, address, before)
    assert changed.status_code == 200 and changed["Cache-Control"] == "public, max-age=60"


def test_a_poster_that_did_not_change_is_not_drawn(
    client: Client, movies: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = client.get(f"/movie/{FIRST_ID}/poster.svg")
    monkeypatch.setattr("movie.views.movies.poster_svg", lambda *args: 1 // 0)
    assert again(client, f"/movie/{FIRST_ID}/poster.svg", before).status_code == 304


@pytest.fixture
def collected(settings: Settings, tmp_path: Path) -> WhiteNoiseMiddleware:
    """Static files as production has them."""
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    }
    call_command("collectstatic", verbosity=0, interactive=False)
    return WhiteNoiseMiddleware(lambda request: HttpResponse(status=404))


def test_a_static_file_is_kept_for_good_under_a_name_that_changes_with_it(collected: WhiteNoiseMiddleware) -> None:
    for name in ("css/site.css", "js/site.js", "ninja/swagger-ui-bundle.js"):
        address = storages["staticfiles"].url(name)
        assert address != f"/static/{name}"
        response = collected(RequestFactory().get(address, headers={"Accept-Encoding": "gzip"}))
        assert response.status_code == 200
        assert response["Cache-Control"] == "max-age=315360000, public, immutable"
        assert response["Content-Encoding"] == "gzip" and "Accept-Encoding" in varies(response)
    assert collected(RequestFactory().get("/static/ninja/redoc.standalone.js")).status_code == 404
