"""What clicks on lists say of the models that made them: rates, and who wins where two share a list.

The clicks of one visitor are not independent: who likes to click clicks in every list. So what varies is the visitor,
and whole visitors are drawn anew (a cluster bootstrap, Efron & Tibshirani, 1993, ch. 8) or counted once (the sign
test). Both take some visitors to mean anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import sqrt
from statistics import NormalDist
from typing import Any

import numpy as np

from pytorch_models.evaluation.intervals import DRAWS, Interval

Z = NormalDist().inv_cdf(0.975)
FEWEST_VISITORS = 10
"""With fewer, the interval of a rate is Wilson's, which takes each impression for independent of the others."""


@dataclass(frozen=True)
class Rate:
    """Clicks an impression. interval: 95 %; by_visitor: drawn by visitors; else Wilson's, and too narrow."""

    clicks: int
    impressions: int
    visitors: int
    interval: Interval
    by_visitor: bool


def rate(clicks: np.ndarray, impressions: np.ndarray, *, seed: int = 0) -> Rate:
    """clicks, impressions: (n,) int64, of each visitor; each has an impression, and there is one visitor at least."""
    k, n, visitors = int(clicks.sum()), int(impressions.sum()), len(clicks)
    if visitors < FEWEST_VISITORS:
        return Rate(k, n, visitors, wilson(k, n), False)
    rng = np.random.default_rng(seed)
    rates = np.empty(DRAWS)
    for draw in range(DRAWS):  # one at a time: all at once take 16 KB a visitor, several times over
        drawn = rng.integers(visitors, size=visitors)
        rates[draw] = clicks[drawn].sum() / impressions[drawn].sum()
    low, high = np.percentile(rates, [2.5, 97.5])
    return Rate(k, n, visitors, Interval(k / n, float(low), float(high)), True)


def wilson(successes: int, n: int) -> Interval:
    """A share of n ≥ 1 and its 95 % interval (Wilson, 1927): every p with |successes/n − p| ≤ z √(p (1 − p) / n)."""
    share, by = successes / n, Z**2 / n
    middle = (share + by / 2) / (1 + by)
    half = Z * sqrt(share * (1 - share) / n + by / (4 * n)) / (1 + by)
    low, high = middle - half, middle + half
    return Interval(share, low if successes else 0.0, high if successes < n else 1.0)


@dataclass(frozen=True)
class Duel:
    """Two models that shared lists: how many each won, by lists and by visitors, of lists with a click."""

    one: str
    other: str
    lists: tuple[int, int]
    ties: int
    visitors: tuple[int, int]
    visitors_tied: int

    @property
    def preference(self) -> float | None:
        """Share of clicked lists that `one` won, ties one half, less a half: Δ of Chapelle, Joachims, Radlinski and
        Yue (TOIS 2012), −½ … ½. None before the first click."""
        n = sum(self.lists) + self.ties
        return (self.lists[0] + self.ties / 2) / n - 0.5 if n else None

    @property
    def p(self) -> float | None:
        """The sign test, two-sided, each visitor who preferred one of the two counted once."""
        from scipy.stats import binomtest  # 44 MB, for a command: servers, which show the rest, need not hold it

        n = sum(self.visitors)
        return float(binomtest(self.visitors[0], n).pvalue) if n else None

    @property
    def share(self) -> Interval | None:
        """Of these visitors, those who preferred `one`, with Wilson's interval."""
        n = sum(self.visitors)
        return wilson(self.visitors[0], n) if n else None

    @property
    def winner(self) -> str:
        """The better one where the interval of `share` leaves no doubt, else ""."""
        share = self.share
        if share is None or share.low <= 0.5 <= share.high:
            return ""
        return self.one if share.low > 0.5 else self.other

    def to_json(self) -> dict[str, Any]:
        share = self.share._asdict() if self.share else None
        return asdict(self) | {"preference": self.preference, "share": share, "p": self.p, "winner": self.winner}


def duel(one: str, other: str, wins: Sequence[tuple[str, str]]) -> Duel:
    """wins: of each clicked list the visitor and who won it, "" for a tie. Visitors prefer who won more of theirs."""
    balance: dict[str, int] = {}
    for visitor, won in wins:
        balance[visitor] = balance.get(visitor, 0) + (won == one) - (won == other)
    names = [won for _, won in wins]
    signs = [np.sign(each) for each in balance.values()]
    return Duel(
        one,
        other,
        (names.count(one), names.count(other)),
        names.count(""),
        (signs.count(1), signs.count(-1)),
        signs.count(0),
    )
