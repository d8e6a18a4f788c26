"""Figures of live clicks, against numbers worked out by hand."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from scipy.stats import binomtest

from pytorch_models.evaluation.online import FEWEST_VISITORS, duel, rate, wilson


def test_wilsons_interval_is_the_textbooks() -> None:
    """8 of 10, z = 1.959964: centre (.8 + z²/20) / (1 + z²/10) = .71676, half (z / (1 + z²/10)) · √(.016 + z²/400) = .22660."""
    found = wilson(8, 10)
    assert found.mean == 0.8
    assert [found.low, found.high] == pytest.approx([0.49016, 0.94332], abs=1e-5)


def test_with_few_visitors_the_interval_is_wilsons_and_says_so() -> None:
    found = rate(np.array([3, 5]), np.array([5, 5]))
    assert (found.clicks, found.impressions, found.visitors, found.by_visitor) == (8, 10, 2, False)
    assert found.interval == wilson(8, 10)


def test_clicks_of_one_visitor_are_not_taken_for_independent() -> None:
    """Half the visitors click everything, half nothing: 20 visitors tell as much as 20 throws of a coin, not as 2,000.

    The share of those drawn has a standard deviation of √(.25 / 20) = .112, so the interval reaches .5 ± .22.
    """
    found = rate(np.array([100, 0] * 10), np.full(20, 100))
    assert found.by_visitor and found.interval.mean == 0.5
    assert abs(found.interval.low - 0.28) < 0.04 and abs(found.interval.high - 0.72) < 0.04
    wide, narrow = found.interval, wilson(1000, 2000)
    assert wide.high - wide.low > 5 * (narrow.high - narrow.low)


def test_a_visitor_counts_by_how_much_they_saw() -> None:
    found = rate(np.array([1] * FEWEST_VISITORS), np.arange(1, FEWEST_VISITORS + 1))
    assert found.interval.mean == 10 / 55  # not the mean of 1, 1/2, …
    assert found.interval.low < 10 / 55 < found.interval.high


WON = [("u", "a"), ("u", "a"), ("u", "b"), ("v", "a"), ("v", ""), ("w", "b"), ("w", "a"), ("x", ""), ("y", "b")]


def test_a_duel_worked_out_by_hand() -> None:
    """u prefers a by 2:1, v by 1:0, y prefers b; w and x are undecided. Δ = (4 + 2/2) / 9 − 1/2."""
    found = duel("a", "b", WON)
    assert (found.lists, found.ties, found.visitors, found.visitors_tied) == ((4, 3), 2, (2, 1), 2)
    assert found.preference == pytest.approx(5 / 9 - 0.5)
    assert found.p == pytest.approx(1.0)  # two of three, or one, or worse: everything
    assert found.share is not None and found.share.mean == pytest.approx(2 / 3)
    assert found.winner == ""


def test_the_sign_test_is_the_binomials() -> None:
    """9 of 10 visitors for a: two-sided p = 2 · (1 + 10) / 1024; however often one of them clicks."""
    won = [(f"v{n}", "a") for n in range(9)] + [("v9", "b")] * 50
    found = duel("a", "b", won)
    assert found.visitors == (9, 1) and found.lists == (9, 50)
    assert found.p == pytest.approx(2 * 11 / 1024)
    assert found.winner == "a" and duel("b", "a", won).winner == "a"


def test_without_a_click_nobody_has_won() -> None:
    found = duel("a", "b", [])
    assert (found.preference, found.p, found.share, found.winner) == (None, None, None, "")


@pytest.mark.parametrize(("successes", "n"), [(0, 1), (1, 1), (0, 50), (50, 50), (3, 10), (127, 175), (1, 10**6)])
def test_wilsons_interval_is_that_of_a_library(successes: int, n: int) -> None:
    theirs = binomtest(successes, n).proportion_ci(0.95, method="wilson")
    assert wilson(successes, n) == pytest.approx((successes / n, theirs.low, theirs.high), abs=1e-12)


def test_a_server_that_shows_rates_does_not_hold_scipys_statistics() -> None:
    program = "import sys, movie.online; assert 'scipy.stats' not in sys.modules"
    subprocess.run([sys.executable, "-c", "import django; django.setup(); " + program], check=True)
