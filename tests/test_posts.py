"""Whatever is posted to whichever address of the site, the answer is no failure of the server."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.test import Client
from django.test.client import encode_multipart
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.converters import IntConverter, SlugConverter, UUIDConverter
from django.urls.resolvers import RoutePattern
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import Settings

from paper_review.models import Comment
from tests.worlds import FIRST_ID

pytestmark = pytest.mark.django_db
Route = tuple[RoutePattern, ...]
REVIEW = 2


def routes(resolver: URLResolver, before: Route = ()) -> Iterator[Route]:
    """Every address of the URL conf, in its parts."""
    for entry in resolver.url_patterns:
        if not isinstance(entry.pattern, RoutePattern):
            continue  # a regular expression: the admin's last resort, which answers 404
        if isinstance(entry, URLResolver):
            yield from routes(entry, (*before, entry.pattern))
        elif isinstance(entry, URLPattern):
            yield (*before, entry.pattern)


ROUTES = list(routes(get_resolver()))
texts = st.text(st.characters(codec="utf-8"), max_size=20)
whole = st.sampled_from([FIRST_ID, REVIEW]) | st.integers(0, 2**70)
argument = {
    IntConverter: whole.map(str),
    SlugConverter: st.sampled_from(["ngcf", "want", "seen", "x"]),
    UUIDConverter: st.builds(lambda n: str(uuid.UUID(int=n)), st.integers(0, 2**128 - 1)),
}
anything = texts.filter(bool).map(lambda text: quote(text, safe=""))

NAMES = [
    "movie_id", "event_id", "page_url", "list_id", "model", "rank", "star", "kind", "next", "on", "language", "username",
    "email", "password", "password1", "password2", "new_password1", "new_password2", "old_password", "body", "text", "q",
]  # fmt: skip
values = texts | st.sampled_from(
    [str(FIRST_ID), "1", "on", "en", "/", "//x", "\0", "9" * 400, "a@example.org", str(uuid.UUID(int=0))]
)
fields = st.dictionaries(st.sampled_from(NAMES) | texts, values, max_size=6)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | values,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES) | texts, inner, max_size=3),
    max_leaves=8,
)
TYPES = ["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "multipart/form-data",
         "text/plain", "application/json; charset=utf-16", "application/x-www-form-urlencoded; charset=nonsense", "", "a/b;;="]  # fmt: skip
bodies = st.one_of(
    fields.map(lambda body: (urlencode(body).encode(), TYPES[1])),
    fields.map(lambda body: (encode_multipart("x", body), TYPES[2])),
    json_values.map(lambda body: (json.dumps(body).encode(), TYPES[0])),
    st.tuples(st.binary(max_size=60), st.sampled_from(TYPES)),
    st.sampled_from([(b"x" * 70_000, kind) for kind in TYPES[:3]]),
    st.sampled_from([(b"&".join([b"a=1"] * 2_000), TYPES[1]), (b"[" * 9_000, TYPES[0])]),
)
"""A body and what it says that it is; forms and JSON among them, and those that are too large, long or deep."""


def path_of(draw: Any, route: Route) -> str:
    path = "/"
    for pattern in route:
        text = str(pattern)
        for name, converter in pattern.converters.items():
            found = draw(argument.get(type(converter), anything))
            text = text.replace(
                next(part for part in _parts(text) if part.rpartition(":")[2] == name).join("<>"), found
            )
        path += text
    return path


def _parts(text: str) -> list[str]:
    return [part.partition(">")[0] for part in text.split("<")[1:]]


@pytest.fixture
def browsers(movies: None, settings: Settings, tmp_path: Path) -> list[Client]:
    """A visitor, a user and one of the staff, each of whom is told the status, not the error."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    found = [Client(raise_request_exception=False) for _ in range(3)]
    users = get_user_model().objects
    found[1].force_login(users.create_user("kim", password="correct horse battery"))
    found[2].force_login(users.create_superuser("lee", password="correct horse battery"))
    for browser in found:
        browser.get("/")
    call_command("load_reviews", stdout=StringIO())
    for author in users.all():
        Comment.objects.create(pk=FIRST_ID + author.is_staff, number=REVIEW, author=author, body="x")
    return found


def test_the_addresses_are_those_of_the_site() -> None:
    known = {"".join(map(str, route)) for route in ROUTES}
    assert {"log_click/", "movie/history/clear/", "i18n/setlang/", "accounts/sign_in/", "accounts/delete/"} <= known
    assert {"paper_review/<int:number>/comments/", "paper_review/comments/<int:comment_id>/edit/"} <= known


def test_a_server_that_fails_is_noticed(browsers: list[Client], monkeypatch: pytest.MonkeyPatch) -> None:
    """The other tests mean something only if this one holds."""
    monkeypatch.setattr("movie.views.clicks.services.click_record", lambda **kwargs: 1 // 0)
    assert {browser.post("/log_click/", {"movie_id": FIRST_ID}).status_code for browser in browsers} == {500}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: "".join(map(str, route)) or "home")
def test_no_post_makes_the_server_fail(browsers: list[Client], route: Route) -> None:
    @given(st.data(), st.sampled_from(range(3)), bodies, st.sampled_from(["", "application/json", "text/html"]))
    @settings(
        max_examples=12, deadline=None, database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.nested_given],
    )  # fmt: skip
    def posted(data: st.DataObject, who: int, body: tuple[bytes, str], accept: str) -> None:
        path = path_of(data.draw, route)
        response = browsers[who].generic("POST", path, *body, headers={"Accept": accept})
        assert 200 <= response.status_code < 500, (path, body, response.status_code)

    posted()
