"""Whatever goes wrong has one form, and words in the language of who asks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from movie.clicks.base import ClickLogError
from movie.visitors import Visitor
from tests.movie.api.conftest import API
from tests.worlds import FIRST_ID

pytestmark = pytest.mark.django_db


def is_problem(response: Any, status: int, name: str) -> dict[str, Any]:
    said: dict[str, Any] = response.json()
    assert (response.status_code, response["Content-Type"]) == (status, "application/problem+json")
    assert (said["type"], said["status"]) == (f"/api/v1/problems#{name}", status) and said["title"] and said["detail"]
    return said


@pytest.mark.parametrize(
    ("body", "where", "message"),
    [
        ({}, "body.movie_id", "꼭 필요한 값입니다."),
        ({"movie_id": "12"}, "body.movie_id", "정수여야 합니다."),
        ({"movie_id": True}, "body.movie_id", "정수여야 합니다."),
        ({"movie_id": 1.5}, "body.movie_id", "정수여야 합니다."),
        ({"movie_id": 2**63}, "body.movie_id", "9223372036854775807 이하여야 합니다."),
        ({"movie_id": FIRST_ID, "rank": 0}, "body.rank", "1 이상이어야 합니다."),
        ({"movie_id": FIRST_ID, "colour": 1}, "body.colour", "그런 항목은 없습니다."),
        ({"movie_id": FIRST_ID, "event_id": "x"}, "body.event_id", "UUID여야 합니다."),
        (
            {"movie_id": FIRST_ID, "event_id": "7f2c1d6e-8a53-4f0e-9d0a-1d2b3c4d5e6f"},
            "body.event_id",
            "UUIDv7이어야 합니다.",
        ),
        ({"movie_id": FIRST_ID, "page_url": "x" * 501}, "body.page_url", "500자를 넘지 않아야 합니다."),
        ({"movie_id": FIRST_ID, "page_url": "\0"}, "body.page_url", "^[^\\x00]*$ 꼴의 문자열이어야 합니다."),
        ({"movie_id": FIRST_ID, "page_url": "\ud800"}, "body.page_url", "유니코드 문자열이어야 합니다."),
        ([1], "body", "JSON 객체여야 합니다."),
        (None, "body", "JSON 객체여야 합니다."),
    ],
)
def test_what_is_not_as_expected_is_named_with_what_was(
    api: API, movies: None, body: object, where: str, message: str
) -> None:
    response = api.send("POST", "clicks", b"null" if body is None else body)
    assert is_problem(response, 422, "invalid")["errors"] == [{"where": where, "message": message}]


def test_it_is_said_in_english_too(api: API, movies: None) -> None:
    asked = {"Accept-Language": "en"}
    said = api.client.get("/api/v1/movies", [("size", "0"), ("sort", "x")], headers=asked).json()
    assert said["title"] == "Something in the request is not as expected"
    assert said["errors"] == [
        {"where": "query.size", "message": "Expected at least 1."},
        {"where": "query.sort", "message": "Expected one of 'popularity', 'rating' or 'year'."},
    ]


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"[" * 60_000])
def test_a_body_that_is_no_json_cannot_be_read(api: API, body: bytes) -> None:
    is_problem(api.send("POST", "clicks", body), 400, "malformed")


def test_a_body_in_another_form_or_too_large_is_refused(api: API) -> None:
    is_problem(api.client.post("/api/v1/clicks", {"movie_id": FIRST_ID}), 415, "media-type")
    is_problem(api.send("POST", "clicks", b"[" * 70_000), 413, "too-large")


def test_an_address_that_is_not_there_is_not_found(api: API) -> None:
    for address in ("/api/v1/nothing", "/api/v2/movies", "/api/v1/movies/"):
        is_problem(api.client.get(address), 404, "not-found")
    page = api.client.get("/nowhere/")
    assert page.status_code == 404 and page["Content-Type"].startswith("text/html")


def test_a_method_that_is_not_taken_is_told_which_are(api: API, movies: None) -> None:
    response = api.send("PATCH", f"movies/{FIRST_ID}")
    is_problem(response, 405, "method")
    assert response["Allow"] == "GET, HEAD"
    assert api.send("POST", f"movies/{FIRST_ID}/star")["Allow"] == "DELETE, PUT"


def test_head_is_get_without_a_body(api: API, movies: None) -> None:
    response = api.client.head(f"/api/v1/movies/{FIRST_ID}")
    assert (response.status_code, response.content) == (200, b"")


def test_more_than_may_be_sent_is_told_when_to_try_again(
    api: API, movies: None, visitor: Visitor, settings: Settings, tmp_path: Path
) -> None:
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": tmp_path / "counts"}}
    settings.POSTS_A_MINUTE = 2
    answers = [
        api.send("POST", "clicks", {"movie_id": FIRST_ID}),
        api.send("PUT", f"movies/{FIRST_ID}/star", {"star": 1}),
        api.send("DELETE", "history"),
    ]
    assert [each.status_code for each in answers[:2]] == [201, 200]
    is_problem(answers[2], 429, "too-many")
    assert 1 <= int(answers[2]["Retry-After"]) <= 60
    assert api.client.post("/log_click/", {"movie_id": FIRST_ID}).status_code == 429, "one count for both"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "clicks", {"movie_id": FIRST_ID}),
        ("PUT", f"movies/{FIRST_ID}/star", {"star": 1}),
        ("DELETE", f"movies/{FIRST_ID}/star", None),
        ("PUT", f"movies/{FIRST_ID}/hidden", {}),
        ("DELETE", f"movies/{FIRST_ID}/hidden", None),
        ("GET", "stars", None),
        ("GET", "history", None),
        ("GET", "history/export", None),
        ("DELETE", "history", None),
        ("DELETE", "history/019c2f6e-5d1a-7c3b-9a44-2f6b1c0d9e88", None),
        ("GET", "recommendations/ngcf", None),
        ("GET", "recommendations/ngcf?without=019c2f6e-5d1a-7c3b-9a44-2f6b1c0d9e88", None),
        ("GET", f"recommendations/ngcf/reasons/{FIRST_ID}", None),
    ],
)
def test_a_log_that_is_away_is_told_and_when_to_try_again(
    api: API, movies: None, monkeypatch: pytest.MonkeyPatch, method: str, path: str, body: object
) -> None:
    def away(*args: object, **kwargs: object) -> bool:
        raise ClickLogError("down")

    for name in ("put", "history", "find", "every", "count"):
        monkeypatch.setattr(f"movie.clicks.database.DatabaseClickLog.{name}", away)
    response = api.send(method, path, body)
    is_problem(response, 503, "log-away")
    assert response["Retry-After"] == "2"


def test_movies_come_also_while_the_log_is_away(api: API, movies: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*args: object, **kwargs: object) -> bool:
        raise ClickLogError("down")

    monkeypatch.setattr("movie.clicks.database.DatabaseClickLog.history", away)
    for path in ("movies", f"movies/{FIRST_ID}", f"movies/{FIRST_ID}/similar", "search?q=heat", "me", "models"):
        assert api.get(path).status_code == 200, path


def test_a_failure_of_the_site_is_a_problem_too(movies: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("movie.api.movies.selectors.movie_facts", lambda **kwargs: 1 // 0)
    client = Client(raise_request_exception=False)
    is_problem(client.get(f"/api/v1/movies/{FIRST_ID}"), 500, "failed")
    assert client.get(f"/movie/{FIRST_ID}/")["Content-Type"].startswith("text/html")


def test_every_kind_can_be_looked_up(api: API) -> None:
    known = {each["type"]: each for each in api.get("problems").json()["problems"]}
    assert known["/api/v1/problems#csrf"]["status"] == 403
    assert all(each["title"] and each["meaning"] for each in known.values())
