from __future__ import annotations

import time

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_info

from pytorch_models.benchmarks import measure
from pytorch_models.benchmarks.measure import WARM_UP, Contender, Timing, in_turns, one_thread, peak_mb

MB = 2**20


def test_contenders_take_turns_and_the_rare_one_comes_evenly() -> None:
    order: list[str] = []
    often = Contender("often", lambda number: order.append("o"), 9)
    rare = Contender("rare", lambda number: order.append("r"), 3)
    race = in_turns([often, rare])
    assert "".join(order[2 * WARM_UP :]) == "oooroooroo" + "or"
    assert [len(race.timings[name].milliseconds) for name in ("often", "rare")] == [9, 3]


def test_the_number_of_the_request_is_told_and_each_is_counted() -> None:
    numbers: list[int] = []
    counted: list[None] = []
    in_turns([Contender("a", numbers.append, 5)], on_request=lambda: counted.append(None))
    assert numbers[WARM_UP:] == [0, 1, 2, 3, 4]
    assert len(counted) == 5


def test_a_slow_contender_is_not_called_three_times_to_get_warm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "SLOW_MS", 1.0)
    calls: list[int] = []

    def slow(number: int) -> None:
        calls.append(number)
        time.sleep(0.003)

    in_turns([Contender("slow", slow, 3)])
    assert len(calls) == 1 + 3


def test_times_are_milliseconds_and_work_is_told_from_waiting() -> None:
    race = in_turns([Contender("sleeps", lambda number: time.sleep(0.01), 5)])
    assert 10 <= race.timings["sleeps"].p50 < 40
    assert race.threads < 0.5


def test_percentiles() -> None:
    timing = Timing(np.arange(1.0, 102.0))
    assert timing.to_json(50, 90, 99) == {"p50_ms": 51.0, "p90_ms": 91.0, "p99_ms": 100.0}


def test_one_thread_is_one_thread_in_every_library_and_only_there() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    with one_thread():
        assert torch.get_num_threads() == 1
        assert {pool["num_threads"] for pool in threadpool_info()} == {1}
    assert torch.get_num_threads() == 2
    torch.set_num_threads(before)


def test_a_library_with_more_threads_is_an_error() -> None:
    with pytest.raises(RuntimeError, match="Expected one thread"), one_thread():
        torch.set_num_threads(2)


def test_the_peak_of_a_call_is_what_it_takes_for_a_while_not_what_was_there() -> None:
    kept = np.ones(64 * MB, np.uint8)

    def takes(megabytes: int) -> Contender:
        return Contender("", lambda number: np.ones(megabytes * MB, np.uint8).sum(), 1)

    small, large = peak_mb(takes(1), times=3), peak_mb(takes(40), times=3)
    assert small is not None and small < 8
    assert large is not None and 35 < large < 50
    assert kept[0]


def test_where_the_peak_cannot_be_reset_there_is_none_and_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "CLEAR_REFS", measure.STATUS)  # cannot be written
    assert "cannot be reset" in measure.why_no_peak()
    assert peak_mb(Contender("", lambda number: None, 1), times=1) is None
