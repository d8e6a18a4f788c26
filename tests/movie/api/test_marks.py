"""The lists of who is signed in, as the pages keep them; nobody else's are reached."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from accounts.models import User
from tests.movie.api.conftest import API
from tests.worlds import FIRST_ID

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(movies: None) -> API:
    client = Client()
    client.force_login(User.objects.create_user("kim"))
    return API(client)


def listed(api: API, kind: str) -> list[int]:
    return [each["id"] for each in api.get(f"marks/{kind}").json()["movies"]]


def test_a_movie_is_put_on_a_list_and_taken_off(member: API) -> None:
    for movie_id in (FIRST_ID, FIRST_ID + 1):
        answer = member.send("PUT", f"movies/{movie_id}/marks/want", {})
        assert (answer.status_code, answer.json()) == (200, {"want": True, "seen": False})
    assert listed(member, "want") == [FIRST_ID + 1, FIRST_ID]
    for _ in range(2):
        assert member.send("DELETE", f"movies/{FIRST_ID}/marks/want").status_code == 204
    assert listed(member, "want") == [FIRST_ID + 1]
    assert member.get(f"movies/{FIRST_ID}/marks").json() == {"want": False, "seen": False}


def test_one_that_was_seen_is_wanted_no_more(member: API) -> None:
    member.send("PUT", f"movies/{FIRST_ID}/marks/want", {})
    assert member.send("PUT", f"movies/{FIRST_ID}/marks/seen", {}).json() == {"want": False, "seen": True}
    assert (listed(member, "want"), listed(member, "seen")) == ([], [FIRST_ID])


def test_it_is_the_list_of_the_page(member: API) -> None:
    member.send("PUT", f"movies/{FIRST_ID}/marks/want", {})
    member.client.post(f"/movie/{FIRST_ID + 1}/lists/want/")
    page = member.client.get("/movie/lists/want/").content.decode()
    assert [int(each) for each in re.findall(r'class="card" data-movie-id="(\d+)"', page)] == listed(member, "want")
    assert len(listed(member, "want")) == 2
    assert member.get("marks/want", page=9).json()["page"] == 1


@pytest.mark.parametrize("language", ["ko", "en"])
def test_who_is_not_signed_in_is_told_so(api: API, movies: None, language: str) -> None:
    for method, path, body in (
        ("GET", "marks/want", None),
        ("GET", f"movies/{FIRST_ID}/marks", None),
        ("PUT", f"movies/{FIRST_ID}/marks/want", {}),
        ("DELETE", f"movies/{FIRST_ID}/marks/want", None),
    ):
        answer = api.send(method, path, body, **{"Accept-Language": language})
        assert (answer.status_code, answer.json()["type"]) == (403, "/api/v1/problems#sign-in")
        assert answer.json()["title"].startswith({"ko": "로그인", "en": "For whoever"}[language])


def test_anothers_lists_are_not_reached(member: API, api: API) -> None:
    member.send("PUT", f"movies/{FIRST_ID}/marks/want", {})
    api.client.force_login(User.objects.create_user("lee"))
    assert listed(api, "want") == []


def test_a_movie_or_list_that_is_not_there_is_told(member: API) -> None:
    for method, body in (("PUT", {}), ("DELETE", None)):
        assert member.send(method, "movies/999999/marks/want", body).status_code == 404
        assert member.send(method, f"movies/{FIRST_ID}/marks/loved", body).status_code == 422
    assert member.get("movies/999999/marks").status_code == 404
    assert member.send("PUT", f"movies/{FIRST_ID}/marks/want", {"on": True}).status_code == 422
