from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.test import Client, RequestFactory
from pytest_django import Settings

from accounts.counting import CountingCache
from accounts.limits import client_network
from accounts.models import User
from tests.accounts.conftest import PASSWORD
from tests.accounts.test_views import NEW, sign_in
from tests.worlds import FIRST_ID

pytestmark = pytest.mark.django_db


def click(client: Client, **more: Any) -> Any:
    return client.post("/log_click/", {"movie_id": FIRST_ID}, content_type="application/json", **more)


def test_a_flood_of_clicks_is_answered_429_and_when_to_come_again(
    client: Client, movies: None, settings: Settings
) -> None:
    settings.POSTS_A_MINUTE = 3
    client.get("/")
    answers = [click(client) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [201] * 3 + [429] * 2
    assert 1 <= int(answers[-1]["Retry-After"]) <= 60
    assert "error" in answers[-1].json()
    page = client.post("/log_click/", {"movie_id": FIRST_ID}, headers={"Accept-Language": "en"})
    assert page.status_code == 429 and "Please try again in 1 minute." in page.content.decode()
    assert client.get("/").status_code == 200


def test_one_visitors_flood_is_not_anothers(client: Client, movies: None, settings: Settings) -> None:
    settings.POSTS_A_MINUTE = 1
    other = Client()
    for browser in (client, other):
        browser.get("/")
        assert [click(browser).status_code for _ in range(2)] == [201, 429]


def test_who_drops_their_cookie_is_counted_by_address(movies: None, settings: Settings) -> None:
    settings.ADDRESS_POSTS_A_MINUTE = 3
    assert [click(Client()).status_code for _ in range(5)] == [201] * 3 + [429] * 2
    assert click(Client(), REMOTE_ADDR="192.0.2.7").status_code == 201


def test_guessing_a_password_ends_also_with_the_right_one(client: Client, user: User, settings: Settings) -> None:
    settings.SIGN_IN_TRIES = 3
    assert [sign_in(Client(), password=f"guess number {i}").status_code for i in range(4)] == [200] * 3 + [429]
    assert sign_in(client).status_code == 429
    elsewhere = client.post(
        "/accounts/sign_in/", {"username": user.username, "password": PASSWORD}, REMOTE_ADDR="192.0.2.7"
    )
    assert elsewhere.status_code == 302, "nobody can lock the owner out"


def test_guessing_one_password_for_many_names_ends_too(user: User, settings: Settings) -> None:
    settings.SIGN_IN_TRIES = 2
    answers = [sign_in(Client(), name=f"name{i}").status_code for i in range(12)]
    assert answers == [200] * 10 + [429] * 2


def test_a_password_is_not_guessed_where_somebody_is_signed_in(member: Client, settings: Settings) -> None:
    settings.SIGN_IN_TRIES = 2
    answers = [member.post("/accounts/delete/", {"password": "guess"}).status_code for _ in range(3)]
    assert answers == [200, 200, 429]


@pytest.mark.parametrize(
    ("page", "body"), [("sign_up", NEW | {"password2": "x"}), ("reset", {"email": "a@example.org"})]
)
def test_accounts_and_mails_are_few_an_hour(page: str, body: dict[str, str], settings: Settings) -> None:
    settings.ACCOUNT_FORMS_AN_HOUR = 2
    answers = [Client().post(f"/accounts/{page}/", body).status_code for _ in range(3)]
    assert answers[:2] != [429, 429] and answers[2] == 429


def test_no_address_or_name_is_stored(client: Client, user: User, settings: Settings, tmp_path: Path) -> None:
    settings.SIGN_IN_TRIES = settings.POSTS_A_MINUTE = settings.ADDRESS_POSTS_A_MINUTE = 5
    client.get("/")
    sign_in(client, REMOTE_ADDR="192.0.2.7")
    files = [path for path in (tmp_path / "counts").rglob("*") if path.is_file()]
    assert len(files) >= 4
    stored = b"".join(path.name.encode() + path.read_bytes() for path in files)
    assert b"192.0.2" not in stored and user.username.encode() not in stored


@pytest.mark.parametrize(
    ("proxies", "remote", "forwarded", "network"),
    [
        (0, "192.0.2.7", "198.51.100.1", "192.0.2.7"),
        (1, "10.0.0.1", "198.51.100.1", "198.51.100.1"),
        (1, "10.0.0.1", "203.0.113.5, 198.51.100.1", "198.51.100.1"),
        (2, "10.0.0.1", "203.0.113.5, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        (2, "10.0.0.1", "198.51.100.1", ""),
        (0, "2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::/64"),
        (0, "", "", ""),
        (1, "10.0.0.1", "nonsense", ""),
    ],
)
def test_an_address_is_believed_as_far_as_our_proxies_wrote_it(
    settings: Settings, proxies: int, remote: str, forwarded: str, network: str
) -> None:
    settings.PROXIES = proxies
    request = RequestFactory().get("/", REMOTE_ADDR=remote, HTTP_X_FORWARDED_FOR=forwarded)
    assert client_network(request) == network


def test_counts_that_are_over_make_room_for_those_that_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.counting.SETS_A_LOOK", 1)
    one = CountingCache(str(tmp_path / "few"), {"OPTIONS": {"MAX_ENTRIES": 20}})
    for i in range(20):
        one.add(f"over-{i}", 1, timeout=-1 if i % 2 else 60)
    one.add("new", 1)
    holding = [i for i in range(20) if one.has_key(f"over-{i}")]
    assert holding == list(range(0, 20, 2)) and one.get("new") == 1


def test_several_at_once_lose_no_count(tmp_path: Path) -> None:
    caches = [CountingCache(str(tmp_path / "shared"), {}) for _ in range(4)]

    def count(one: CountingCache) -> None:
        for _ in range(50):
            if not one.add("posts", 1):
                one.incr("posts")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(count, caches))
    assert caches[0].get("posts") == 200
