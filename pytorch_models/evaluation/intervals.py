"""How sure a figure is: bootstrap intervals over visitors, alone and paired."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

DRAWS = 2000
LEVEL = 0.005
"""A difference whose interval lies above −LEVEL is "level": no worse by as much as would matter."""

Verdict = Literal["better", "level", "unclear", "worse"]


class Interval(NamedTuple):
    """A mean and the ends of its 95 % percentile interval."""

    mean: float
    low: float
    high: float

    @property
    def verdict(self) -> Verdict:
        """Of a difference: "better" above 0, "level" above −LEVEL, "worse" below 0, else "unclear"."""
        if self.low > 0:
            return "better"
        if self.low > -LEVEL:
            return "level"
        return "worse" if self.high < 0 else "unclear"


def interval(values: np.ndarray, *, seed: int = 0) -> Interval:
    """The mean of `values`, (n,), one a visitor, n ≥ 1, and its bootstrap interval (Efron, 1979)."""
    rng = np.random.default_rng(seed)
    means = [values[rng.integers(len(values), size=len(values))].mean() for _ in range(DRAWS)]
    low, high = np.percentile(means, [2.5, 97.5])
    return Interval(float(values.mean()), float(low), float(high))


def paired(a: np.ndarray, b: np.ndarray, *, seed: int = 0) -> Interval:
    """The mean of a − b over the same visitors, (n,) each, and its interval: what differs among visitors is gone."""
    return interval(a - b, seed=seed)
