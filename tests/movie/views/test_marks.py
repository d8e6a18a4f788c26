from __future__ import annotations

import re
from uuid import UUID

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from movie import selectors
from movie.models import Mark, Movie
from movie.replaying import CannotReplayError, replay
from tests.movie.services.test_lists import list_id, ten
from tests.movie.views.test_history import click
from tests.worlds import FIRST_ID

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(client: Client) -> Client:
    client.force_login(get_user_model().objects.create_user("kim"))
    return client


def on(client: Client, kind: str) -> list[int]:
    """The movies on a list as its page shows them."""
    html = client.get(f"/movie/lists/{kind}/").content.decode().partition("<main")[2]
    return [int(movie_id) - FIRST_ID for movie_id in re.findall(r'data-movie-id="(\d+)"', html)]


def mark(client: Client, movie: int, kind: str, **more: str) -> None:
    response = client.post(f"/movie/{FIRST_ID + movie}/lists/{kind}/", more)
    assert (response.status_code, response["Location"]) == (303, f"/movie/{FIRST_ID + movie}/")


def test_lists_show_their_movies_newest_first(member: Client, movies: None) -> None:
    for movie in (3, 1, 2, 1):
        mark(member, movie, "want")
    mark(member, 7, "seen")
    assert (on(member, "want"), on(member, "seen")) == ([2, 1, 3], [7])
    mark(member, 1, "want", on="0")
    mark(member, 1, "want", on="0")
    assert on(member, "want") == [2, 3]


def test_what_was_seen_is_wanted_no_more(member: Client, movies: None) -> None:
    mark(member, 3, "want")
    mark(member, 3, "seen")
    assert (on(member, "want"), on(member, "seen")) == ([], [3])


def test_the_movies_page_says_on_which_list_it_is(member: Client, movies: None) -> None:
    def pressed() -> list[str]:
        lists = member.get(f"/movie/{FIRST_ID}/").content.decode().partition('<div class="marks"')[2]
        return re.findall(r'aria-pressed="(\w+)"', lists.partition("</div>")[0])

    assert pressed() == ["false", "false"]
    mark(member, 0, "want")
    assert pressed() == ["true", "false"]


def test_what_is_marked_as_seen_is_recommended_no_more(member: Client, movies: None, weights: None) -> None:
    def listed() -> list[int]:
        html = member.get("/movie/ngcf/").content.decode()
        return [int(movie_id) for movie_id, _ in re.findall(r'data-movie-id="(\d+)" data-rank="(\d+)"', html)]

    member.get("/")
    click(member, FIRST_ID, FIRST_ID + 3)
    before = listed()
    mark(member, before[0] - FIRST_ID, "seen")
    mark(member, before[1] - FIRST_ID, "want")
    assert listed()[:9] == before[1:]
    html = member.get("/movie/ngcf/").content.decode()
    assert "only stays out" not in html and "영화만 반영" not in html


def test_a_list_is_made_again_with_what_was_marked_then(member: Client, movies: None, weights: None) -> None:
    member.get("/")
    click(member, FIRST_ID, FIRST_ID + 3)
    mark(member, 9, "seen")
    shown = list_id(ten(member))
    mark(member, 11, "seen")
    receipt = selectors.list_receipt(list_id=UUID(shown))
    assert receipt is not None and replay(receipt).same
    mark(member, 9, "seen", on="0")
    with pytest.raises(CannotReplayError, match="older clicks"):
        replay(receipt)


def test_nobody_sees_or_changes_anothers_list(member: Client, movies: None) -> None:
    mark(member, 3, "want")
    other = Client()
    other.force_login(get_user_model().objects.create_user("lee"))
    assert on(other, "want") == []
    mark(other, 3, "want", on="0")
    assert on(member, "want") == [3]


def test_who_is_not_signed_in_is_asked_to_and_comes_back(client: Client, movies: None) -> None:
    response = client.post(f"/movie/{FIRST_ID}/lists/want/")
    assert response["Location"] == f"/accounts/sign_in/?next=%2Fmovie%2F{FIRST_ID}%2F"
    assert client.get("/movie/lists/want/")["Location"] == "/accounts/sign_in/?next=/movie/lists/want/"
    assert not Mark.objects.exists()


def test_what_is_not_there_is_not_found(member: Client, movies: None) -> None:
    for url in (f"/movie/{FIRST_ID}/lists/none/", "/movie/12345678/lists/want/", f"/movie/{2**70}/lists/want/"):
        assert member.post(url).status_code == 404
    assert member.get("/movie/lists/none/").status_code == 404


def test_a_mark_outlives_its_movie_and_shows_nothing(member: Client, movies: None) -> None:
    mark(member, 3, "want")
    Movie.objects.filter(id=FIRST_ID + 3).delete()
    assert on(member, "want") == [] and Mark.objects.count() == 1


def test_a_long_list_has_pages(member: Client, movies: None) -> None:
    for movie in range(30):
        mark(member, movie, "want")
    html = member.get("/movie/lists/want/").content.decode()
    assert "?page=2" in html and len(on(member, "want")) == 24
    assert len(re.findall('class="card', member.get("/movie/lists/want/?page=2").content.decode())) == 6
