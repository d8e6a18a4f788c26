"""What was removed is gone in every place, and put back once, as it was."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest

from movie.clicks import click_log
from movie.events import feed, journal
from movie.models import FeedEvent
from movie.services import TooLateError, click_remove, history_restore, removal_token, removed_lately
from movie.visitors import Visitor
from tests.movie.events.contract import V1, event

pytestmark = pytest.mark.django_db
VISITOR = Visitor("v1")


def removed(**fields: Any) -> str:
    older, wanted, newer = event(1), event(2, minute=1, **fields), event(3, minute=2)
    for each in (older, wanted, newer):
        journal.click(each)
    gone = click_remove(visitor=VISITOR, event_id=wanted.event_id)
    assert gone == wanted and [e.movie_id for e in click_log().history(V1, limit=9)] == [3, 1]
    return removal_token(gone)


def test_it_comes_back_to_its_place_with_its_content_under_a_new_id() -> None:
    token = removed(kind="star", star=9)
    gone = removed_lately(visitor=VISITOR, token=token)
    assert gone and gone.movie is None  # the catalogue has no such movie
    back = history_restore(visitor=VISITOR, token=token)
    assert back.event_id != gone.event.event_id and replace(back, event_id=gone.event.event_id) == gone.event
    assert [e.movie_id for e in click_log().history(V1, limit=9)] == [3, 2, 1]
    assert click_log().find(V1, back.event_id) == back
    assert list(FeedEvent.objects.filter(movie_id=2).values_list("kind", "star", "at")) == [("star", 9, back.at)]


def test_pressed_twice_it_is_one_event_and_a_late_copy_of_the_old_one_stays_away() -> None:
    token = removed()
    gone = removed_lately(visitor=VISITOR, token=token)
    assert gone
    assert history_restore(visitor=VISITOR, token=token) == history_restore(visitor=VISITOR, token=token)
    journal.click(gone.event)
    feed.apply([gone.event])
    assert click_log().count(V1) == FeedEvent.objects.count() == 3


def test_what_was_removed_again_does_not_come_back_by_the_first_token_but_by_the_second() -> None:
    first = removed()
    back = history_restore(visitor=VISITOR, token=first)
    again = click_remove(visitor=VISITOR, event_id=back.event_id)
    assert again == back
    history_restore(visitor=VISITOR, token=first)
    assert click_log().count(V1) == FeedEvent.objects.count() == 2
    history_restore(visitor=VISITOR, token=removal_token(again))
    assert click_log().count(V1) == FeedEvent.objects.count() == 3


def test_nobody_else_puts_it_back_nor_with_a_token_that_is_forged_or_old(monkeypatch: pytest.MonkeyPatch) -> None:
    token = removed()
    for visitor, given in [
        (Visitor("v2"), token),
        (Visitor("v1", user="kim"), token),
        (VISITOR, token[:-1] + "_"),
        (VISITOR, ""),
    ]:
        assert removed_lately(visitor=visitor, token=given) is None
        with pytest.raises(TooLateError):
            history_restore(visitor=visitor, token=given)
    now = time.time()
    monkeypatch.setattr("django.core.signing.time.time", lambda: now + 121)
    with pytest.raises(TooLateError):
        history_restore(visitor=VISITOR, token=token)
    assert click_log().count(V1) == 2
