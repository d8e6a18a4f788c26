from __future__ import annotations

import numpy as np
import pytest

from pytorch_models.evaluation.intervals import LEVEL, Interval, interval, paired


def test_values_that_are_all_the_same_leave_no_doubt() -> None:
    assert interval(np.full(40, 0.25)) == (0.25, 0.25, 0.25)


def test_it_agrees_with_the_normal_interval_where_there_are_many_values() -> None:
    values = np.random.default_rng(0).normal(0.4, 0.2, 2500)
    found = interval(values)
    half = 1.96 * values.std() / np.sqrt(2500)
    assert found.mean == pytest.approx(values.mean())
    assert found.low == pytest.approx(values.mean() - half, abs=0.0006)
    assert found.high == pytest.approx(values.mean() + half, abs=0.0006)


def test_it_covers_the_true_mean_about_nineteen_times_in_twenty() -> None:
    rng = np.random.default_rng(1)
    found = [interval(rng.exponential(1.0, 60)) for _ in range(60)]
    assert 50 <= sum(each.low <= 1.0 <= each.high for each in found) < 60


def test_it_is_the_same_for_the_same_seed_alone() -> None:
    values = np.random.default_rng(2).random(50)
    assert interval(values, seed=3) == interval(values, seed=3) != interval(values, seed=4)


def test_pairs_cancel_what_differs_among_visitors() -> None:
    rng = np.random.default_rng(4)
    visitors = rng.random(200)  # some are easy, some are hard, for every model
    a, b = visitors + 0.02 + rng.normal(0, 0.01, 200), visitors
    found, alone = paired(a, b), interval(a)
    assert found.mean == pytest.approx(a.mean() - b.mean())
    assert found.high - found.low < (alone.high - alone.low) / 10
    assert found.verdict == "better" and alone.low < b.mean()


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (0.0001, 0.01, "better"),
        (0.0, 0.01, "level"),
        (-LEVEL + 1e-6, 0.01, "level"),
        (-LEVEL + 1e-6, -1e-6, "level"),  # worse, but not by as much as would matter
        (-LEVEL, 0.3, "unclear"),
        (-0.02, 0.0, "unclear"),
        (-0.02, -0.0001, "worse"),
    ],
)
def test_the_verdict_is_where_the_interval_lies(low: float, high: float, verdict: str) -> None:
    assert Interval((low + high) / 2, low, high).verdict == verdict
