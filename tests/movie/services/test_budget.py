from __future__ import annotations

import time
from collections.abc import Iterator
from threading import Event, active_count

import pytest
from pytest_django import Settings

from movie.services.budget import MOST_AT_ONCE, OverBudgetError, within_budget


@pytest.fixture
def gate(settings: Settings) -> Iterator[Event]:
    """What a model hangs on, until the test is over."""
    settings.MODEL_BUDGET_MS = 50
    opened = Event()
    yield opened
    opened.set()


def test_it_gives_back_what_was_answered_or_raised() -> None:
    def fails() -> None:
        raise ZeroDivisionError("by nought")

    assert within_budget("a", lambda: 7) == 7
    with pytest.raises(ZeroDivisionError, match="by nought"):
        within_budget("a", fails)


def test_a_model_that_hangs_holds_nobody_longer_than_its_budget(gate: Event) -> None:
    started = time.monotonic()
    with pytest.raises(OverBudgetError, match="no answer within 50 ms"):
        within_budget("hangs", gate.wait)
    assert 0.05 <= time.monotonic() - started < 1


def test_a_timeout_of_the_models_own_is_the_models_own() -> None:
    def fails() -> None:
        raise TimeoutError("a socket")

    with pytest.raises(TimeoutError, match="a socket"):
        within_budget("a", fails)


def test_hanging_models_do_not_pile_up_and_come_back_when_they_are_done(gate: Event, settings: Settings) -> None:
    settings.MODEL_BUDGET_MS = 10
    before = active_count()
    for _ in range(MOST_AT_ONCE):
        with pytest.raises(OverBudgetError, match="no answer"):
            within_budget("piles", gate.wait)
    settings.MODEL_BUDGET_MS = 60_000
    for _ in range(3):
        started = time.monotonic()
        with pytest.raises(OverBudgetError, match="still under way"):
            within_budget("piles", gate.wait)
        assert time.monotonic() - started < 1
    assert active_count() <= before + MOST_AT_ONCE
    assert within_budget("another", lambda: "answers") == "answers"

    gate.set()
    end = time.monotonic() + 10
    while active_count() > before:
        assert time.monotonic() < end
        time.sleep(0.01)
    assert within_budget("piles", lambda: "again") == "again"
