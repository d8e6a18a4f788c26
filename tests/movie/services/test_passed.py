"""What a visitor passed over, by lists and clicks worked out by hand."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from movie.clicks import click_log
from movie.models import ListShown
from movie.predictors.ngcf_predictor import ngcf_predictor
from movie.services import history_of
from movie.services.passed import MOST_LISTS, MOST_MOVIES, passed_over, skipped_above
from movie.visitors import Visitor
from tests.movie.events.contract import NOON, V1, event
from tests.movie.services.test_lists import click_in, list_id, ten
from tests.movie.views.test_history import click
from tests.movie.views.test_models import ranked
from tests.worlds import FIRST_ID

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("clicked", "passed"),
    [
        (set(), []),  # a list that nobody touched tells nothing
        ({10}, []),  # the first: nothing stands above it
        ({30}, [10, 20]),
        ({20, 50}, [10, 30, 40]),  # up to the lowest click
        ({99}, []),  # not of this list
        ({50, 99}, [10, 20, 30, 40]),
    ],
)
def test_what_stands_above_the_lowest_click_was_passed_over(clicked: set[int], passed: list[int]) -> None:
    assert list(skipped_above([10, 20, 30, 40, 50], clicked)) == passed


def shown(*movie_ids: int, owner: str = V1) -> str:
    row = ListShown(list_id=uuid4(), owner=owner, visitor_id="v1", model="ngcf", at=NOON)
    row.movie_ids, row.scores, row.receipt = list(movie_ids), [], {}
    row.save()
    return str(row.list_id)


def test_a_movie_that_was_seen_elsewhere_was_not_passed_over() -> None:
    first, second = shown(1, 2, 3), shown(2, 4, 5)
    events = [event(5, minute=1, list_id=second), event(3, list_id=first)]
    assert passed_over(events, owner=V1, seen={3, 5}) == {1, 2, 4}
    assert passed_over(events, owner=V1, seen={3, 5, 2}) == {1, 4}


def test_the_lists_of_another_and_lists_that_are_gone_tell_nothing() -> None:
    events = [event(3, list_id=shown(1, 2, 3, owner="visitor#v2")), event(3, list_id=str(uuid4())), event(3)]
    assert passed_over(events, owner=V1, seen={3}) == set()
    star = event(3, list_id=shown(1, 2, 3), kind="star", star=9)
    assert passed_over([star], owner=V1, seen={3}) == set()


def test_the_newest_lists_and_movies_count() -> None:
    lists = [shown(*range(100 * n, 100 * n + 6)) for n in range(MOST_LISTS + 2)]
    events = [event(100 * n + 5, list_id=lists[n], minute=n) for n in reversed(range(len(lists)))]
    found = passed_over(events, owner=V1, seen=set())
    newest = list(reversed(range(2, len(lists))))[: MOST_MOVIES // 5]
    assert found == {100 * n + i for n in newest for i in range(5)} and len(found) == MOST_MOVIES


def test_it_costs_a_query_and_none_without_a_click_on_a_recommendation() -> None:
    listed = event(3, list_id=shown(1, 2, 3))
    with CaptureQueriesContext(connection) as asked:
        passed_over([event(3)], owner=V1, seen={3})
        assert len(asked) == 0
        passed_over([listed] * 5, owner=V1, seen={3})
        assert len(asked) == 1


def test_the_model_is_told_and_loading_the_page_again_changes_nothing(
    client: Client, movies: None, weights: None, visitor: Visitor
) -> None:
    click(client, FIRST_ID, FIRST_ID + 3)
    before = ten(client)
    click_in(client, before, 4)
    told = history_of(visitor)
    assert told.passed == {movie for rank, movie in ranked(before) if rank < 4}
    pages = [ten(client) for _ in range(3)]
    assert ranked(pages[0]) == ranked(pages[1]) == ranked(pages[2]) != ranked(before)
    assert history_of(visitor) == told
    assert [sorted(row.receipt["passed"]) for row in ListShown.objects.order_by("id")[1:]] == [
        sorted(told.passed)
    ] * 3


def test_what_was_passed_over_changes_the_scores_of_ngcf(
    client: Client, movies: None, weights: None, visitor: Visitor
) -> None:
    from dataclasses import replace

    click(client, FIRST_ID, FIRST_ID + 3)
    click_in(client, ten(client), 4)
    told = history_of(visitor)
    with_them, without = ngcf_predictor.answer(told), ngcf_predictor.answer(replace(told, passed=frozenset()))
    assert with_them.items != without.items


def test_taking_the_click_back_takes_back_what_it_said(
    client: Client, movies: None, weights: None, visitor: Visitor
) -> None:
    click(client, FIRST_ID)
    html = ten(client)
    click_in(client, html, 5)
    assert len(history_of(visitor).passed) == 4
    newest = click_log().history(visitor.owner, limit=1)[0]
    assert newest.list_id == list_id(html)
    client.post("/movie/history/remove/", {"event_id": newest.event_id})
    assert history_of(visitor).passed == set()
