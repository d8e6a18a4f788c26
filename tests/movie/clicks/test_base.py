from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from movie.clicks.base import ClickEvent, ClockError, EventIdError, check_time, new_event_id, time_of

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_an_event_id_tells_its_time() -> None:
    event_id = new_event_id(at=NOW, entropy=os.urandom(10))
    assert (event_id.version, time_of(event_id)) == (7, NOW)


def test_the_example_of_rfc_9562_is_read_right() -> None:
    assert time_of(UUID("017F22E2-79B0-7CC3-98C4-DC0C0C07398F")) == datetime(2022, 2, 22, 19, 22, 22, tzinfo=UTC)


def test_a_uuid_without_a_time_is_refused() -> None:
    with pytest.raises(EventIdError, match="UUIDv7"):
        check_time(uuid4(), now=NOW)


@pytest.mark.parametrize("off", [timedelta(days=-8), timedelta(minutes=6)])
def test_a_clock_too_far_off_is_refused(off: timedelta) -> None:
    with pytest.raises(ClockError):
        check_time(new_event_id(at=NOW + off, entropy=os.urandom(10)), now=NOW)


@pytest.mark.parametrize("off", [timedelta(days=-6), timedelta(minutes=4)])
def test_a_late_or_slightly_early_one_is_accepted(off: timedelta) -> None:
    check_time(new_event_id(at=NOW + off, entropy=os.urandom(10)), now=NOW)


@pytest.mark.parametrize("wrong", [{"kind": "stare"}, {"star": 0}, {"star": 11}])
def test_an_event_that_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="Expected"):
        ClickEvent(uuid4(), "v", 1, NOW, **wrong)  # type: ignore[arg-type]


def test_a_time_beyond_all_years_is_refused_as_a_wrong_clock() -> None:
    with pytest.raises(ClockError):
        check_time(UUID("ffffffff-ffff-7000-8000-000000000000"), now=NOW)
