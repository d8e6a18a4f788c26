"""A model's list without some clicks: as if they had never been, with its moves, and nothing deleted or kept."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.test import Client

from movie.clicks import click_log
from movie.clicks.base import ClickEvent, new_event_id
from movie.models import Click, ListShown, Movie
from movie.predictors.ngcf_predictor import ngcf_predictor
from movie.services import MOST_WITHOUT, PANEL_SIZE
from movie.services.recommending import read_log
from movie.visitors import Visitor
from tests.movie.views.test_history import click, events
from tests.movie.views.test_models import ranked
from tests.worlds import FIRST_ID

pytestmark = pytest.mark.django_db
CLICKS = [FIRST_ID, FIRST_ID + 1, FIRST_ID + 45]


@pytest.fixture
def ids(client: Client, movies: None, weights: None, visitor: Visitor) -> dict[int, UUID]:
    """The events of three clicks, by movie."""
    click(client, *CLICKS)
    return {event.movie_id: event.event_id for event in click_log().history(visitor.owner, limit=9)}


def without(client: Client, *event_ids: object, **headers: str) -> str:
    response = client.get("/movie/ngcf/", {"without": [str(each) for each in event_ids]}, headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def ten(html: str) -> list[int]:
    return [movie_id for _, movie_id in ranked(html)]


def test_it_is_the_list_as_if_the_click_had_been_removed(
    client: Client, ids: dict[int, UUID], visitor: Visitor
) -> None:
    html = without(client, ids[FIRST_ID + 45])
    assert ten(html) == ngcf_predictor.predict(CLICKS[:2]) and "클릭 2개로" in html
    assert click_log().count(visitor.owner) == 3  # nothing was deleted
    client.post("/movie/history/remove/", {"event_id": ids[FIRST_ID + 45]})
    assert ten(client.get("/movie/ngcf/").content.decode()) == ten(html)


def test_moves_are_told_against_the_list_with_all_clicks(client: Client, ids: dict[int, UUID]) -> None:
    before = ten(client.get("/movie/ngcf/").content.decode())
    html = without(client, ids[FIRST_ID + 45], **{"Accept-Language": "en"})
    after = ten(html)
    assert before != after
    assert [int(each) for each in re.findall(r'data-gone="(\d+)"', html)] == [m for m in before if m not in after]
    cards = re.findall(r'<li class="card"[^>]*data-movie-id="(\d+)" data-rank="(\d+)".*?</li>', html, re.DOTALL)
    text = {
        int(movie_id): re.search(rf'data-movie-id="{movie_id}" data-rank.*?</a>', html, re.DOTALL)
        for movie_id, _ in cards
    }
    kinds = set()
    for rank, movie_id in enumerate(after, start=1):
        found = text[movie_id]
        assert found
        told = re.sub(r"<[^>]+>", " ", " ".join(re.findall(r'<span class="move.*', found[0]))).split()
        was = before.index(movie_id) + 1 if movie_id in before else None
        places = None if was is None else was - rank
        expected = {None: ["new"], 0: []}.get(places, [("▲" if (places or 0) > 0 else "▼") + str(abs(places or 0))])
        assert told[: len(expected)] == expected and bool(told) is bool(expected)
        kinds.add(None if places is None else (places > 0) - (places < 0))
    assert len(kinds) >= 2  # the world moves in more than one way


def test_it_is_no_list_that_is_kept(client: Client, ids: dict[int, UUID]) -> None:
    html = without(client, ids[FIRST_ID])
    assert not ListShown.objects.exists() and "data-list-id" not in html and "영수증" not in html
    assert 'data-model="ngcf" data-rank-clicked="1"' in html  # a click on it still says whose it was
    client.get("/movie/ngcf/")
    assert ListShown.objects.count() == 1


def test_the_switches_say_what_is_left_out_and_work_without_scripts(client: Client, ids: dict[int, UUID]) -> None:
    html = without(client, ids[FIRST_ID])
    switches = re.findall(r'name="without" value="([^"]+)" form="without"( checked)?', html)
    assert [UUID(each) for each, on in switches if on] == [ids[FIRST_ID]] and len(switches) == 3
    assert '<form id="without" action="/movie/ngcf/" method="get"><noscript><button' in html
    panel = client.get("/movie/history/panel/", {"next": f"/movie/ngcf/?without={ids[FIRST_ID]}"}).content.decode()
    assert re.findall(r'name="without" value="([^"]+)" form="without"( checked)?', panel) == switches
    for next_page in ("/", "/movie/318/", "/movie/nothing/", "https://evil.example/movie/ngcf/"):
        assert 'name="without"' not in client.get("/movie/history/panel/", {"next": next_page}).content.decode()
    assert 'name="without"' not in client.get("/").content.decode()


def test_older_clicks_have_switches_too_and_what_is_left_out_keeps_its_own(
    client: Client, ids: dict[int, UUID], visitor: Visitor
) -> None:
    def switches(html: str) -> list[tuple[str, str]]:
        return re.findall(r'name="without" value="([^"]+)" form="without"( checked)?', html)

    assert "further" not in client.get("/movie/ngcf/").content.decode()  # the panel shows them all
    click(client, *[FIRST_ID + i % 70 for i in range(MOST_WITHOUT)])
    html, oldest = client.get("/movie/ngcf/").content.decode(), ids[FIRST_ID]
    newest = [str(each.event_id) for each in click_log().history(visitor.owner, limit=MOST_WITHOUT)]
    assert [each for each, _ in switches(html)] == newest and len(events(html)) == PANEL_SIZE
    assert f"이전 기록 {MOST_WITHOUT - PANEL_SIZE}개도 빼 보기" in html and '<details class="further">' in html
    html = without(client, newest[20], oldest)
    assert [each for each, on in switches(html) if on] == [newest[20], str(oldest)] and "further" in html
    assert '<details class="further" open>' in html
    panel = client.get("/movie/history/panel/", {"next": f"/movie/ngcf/?without={newest[20]}&without={oldest}"})
    assert switches(panel.content.decode()) == switches(html)
    assert "further" not in client.get("/movie/popular/").content.decode()


def test_without_any_click_there_is_no_list(client: Client, ids: dict[int, UUID]) -> None:
    html = without(client, *ids.values())
    assert "기록이 남지 않습니다" in html and ten(html) == [] and len(events(html)) == 3


def test_a_movie_that_was_left_out_may_be_recommended_itself(client: Client, ids: dict[int, UUID]) -> None:
    wanted = ngcf_predictor.predict(CLICKS)[0]
    click(client, wanted)
    html = without(client, client_newest(client))
    assert ten(html)[0] == wanted and 'class="move new"' in html


def client_newest(client: Client) -> str:
    return events(client.get("/movie/history/panel/").content.decode())[0]


def test_an_event_that_is_not_there_or_anothers_changes_nothing(client: Client, ids: dict[int, UUID]) -> None:
    before = ten(client.get("/movie/ngcf/").content.decode())
    html = without(client, uuid4())
    assert ten(html) == before and "what-if" not in html


def test_too_many_or_none_that_is_an_id_are_refused(client: Client, ids: dict[int, UUID]) -> None:
    many = [uuid4() for _ in range(MOST_WITHOUT + 1)]
    for wrong in ([*many], ["x"], [""], ["1" * 500]):
        refused = client.get("/movie/ngcf/", {"without": [str(each) for each in wrong]})
        assert refused.status_code == 400 and "보내신 내용을 이해할 수 없습니다" in refused.content.decode()


def test_a_movie_that_the_catalogue_lost_is_in_no_move(client: Client, ids: dict[int, UUID]) -> None:
    lost = ten(client.get("/movie/ngcf/").content.decode())[0]
    Movie.objects.filter(id=lost).delete()
    html = without(client, ids[FIRST_ID + 45])
    assert f'data-gone="{lost}"' not in html
    assert [rank for rank, _ in ranked(html)] == list(range(1, len(ten(html)) + 1))


def test_of_a_long_history_what_was_left_out_may_come_back_and_nothing_older(movies: None, visitor: Visitor) -> None:
    now = datetime.now(UTC)
    made = [
        ClickEvent(new_event_id(at=at, entropy=bytes(10)), visitor.id, movie_id, at)
        for i, movie_id in enumerate([FIRST_ID, *range(10**6, 10**6 + 600), FIRST_ID + 1])
        for at in [now - timedelta(hours=1) + timedelta(seconds=i)]
    ]
    Click.objects.bulk_create([Click(owner=event.owner, **event.__dict__) for event in made])
    history = read_log(visitor).history(without={made[-1].event_id})
    assert FIRST_ID + 1 not in history.exclude and FIRST_ID in history.exclude and len(history.exclude) == 601
