from __future__ import annotations

import json
import os
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from movie.clicks.base import new_event_id
from movie.events.message import MOST_IDS, Deletion, Merge, Message, MessageError, parse, to_json
from tests.movie.events.contract import NOON, event

IDS = tuple(new_event_id(at=NOON, entropy=os.urandom(10)) for _ in range(3))
CLICK = replace(event(318), user_id="김", star=7, kind="star", list_id="l1")


@pytest.mark.parametrize(
    "message",
    [
        CLICK,
        event(-(2**63)),
        Deletion(IDS[0], "v1", None, NOON, IDS[1:]),
        Deletion(IDS[0], "v1", "kim", NOON, IDS[1:]),
        Merge(IDS[0], "v1", "kim", NOON, IDS[1:]),
    ],
)
def test_a_message_comes_back_as_it_went(message: Message) -> None:
    assert parse(to_json(message).encode()) == message


def test_the_json_is_what_other_readers_of_the_topic_may_rely_on() -> None:
    assert json.loads(to_json(CLICK)) == {
        "schema": 1,
        "kind": "star",
        "event_id": str(CLICK.event_id),
        "visitor_id": "v1",
        "user_id": "김",
        "movie_id": 318,
        "star": 7,
        "at": "2026-11-24T12:00:00.000+00:00",
        "page_url": "/movie/ngcf/",
        "list_id": "l1",
        "model": "ngcf",
        "rank": 2,
    }


def test_a_deletion_of_as_many_as_one_may_hold_stays_far_below_a_megabyte() -> None:
    assert len(to_json(Deletion(IDS[0], "v" * 40, "u" * 150, NOON, IDS[:1] * MOST_IDS))) < 50_000


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"schema": 2}, "expected 'schema' 1"),
        ({"schema": None}, "expected 'schema' 1"),
        ({"kind": "stare"}, "expected 'kind'"),
        ({"kind": ["click"]}, "expected 'kind'"),
        ({"kind": "delete"}, "fields of a delete"),
        ({"extra": 1}, "differs in: extra"),
        ({"movie_id": "318"}, "'movie_id' to be a whole number"),
        ({"movie_id": True}, "'movie_id' to be a whole number"),
        ({"movie_id": 2**63}, "'movie_id' to be a whole number"),
        ({"star": 11}, "'star' to be a whole number from 1 to 10 or null"),
        ({"rank": -1}, "'rank'"),
        ({"at": "2026-11-24T12:00:00"}, "'at' to be a time of the years 2000 to 2999 with its zone"),
        ({"at": "0001-01-01T00:00:00+09:00"}, "'at' to be a time of the years 2000 to 2999"),
        ({"at": "9999-12-31T23:59:59-09:00"}, "'at' to be a time of the years 2000 to 2999"),
        ({"at": 5}, "'at'"),
        ({"event_id": "x"}, "'event_id' to be a UUID"),
        ({"event_id": 7}, "'event_id' to be a UUID"),
        ({"visitor_id": ""}, "'visitor_id' to be a text of 1 to 40"),
        ({"visitor_id": "v" * 41}, "'visitor_id'"),
        ({"page_url": None}, "'page_url'"),
        ({"model": "\ud800"}, "'model'"),
    ],
)
def test_what_is_no_message_says_why(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(MessageError, match=reason):
        parse(json.dumps(json.loads(to_json(CLICK)) | change))


@pytest.mark.parametrize("change", [{"user_id": None}, {"event_ids": "x"}, {"event_ids": [1]}, {"event_ids": ["x"]}])
def test_a_merge_that_makes_no_sense_is_refused(change: dict[str, Any]) -> None:
    merge = Merge(IDS[0], "v1", "kim", NOON, IDS[1:])
    with pytest.raises(MessageError, match="expected '"):
        parse(json.dumps(json.loads(to_json(merge)) | change))


@pytest.mark.parametrize("value", [None, b"", b"{", b"\xff", b"[" * 60_000, b"[1]", b"null", b"7"])
def test_what_is_no_json_object_is_refused(value: bytes | None) -> None:
    with pytest.raises(MessageError, match="expected"):
        parse(value)


times = st.datetimes(timezones=st.timezones()).map(str)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=50) | times,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([*json.loads(to_json(CLICK)), "event_ids"]), values, max_size=4))
def test_whatever_comes_is_a_message_or_refused(change: dict[str, Any]) -> None:
    try:
        message = parse(json.dumps(json.loads(to_json(CLICK)) | change))
    except MessageError:
        return
    assert isinstance(message.event_id, UUID)
    assert parse(to_json(message)) == message
