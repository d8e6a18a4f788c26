"""How the ratings of a movie spread."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from movie import selectors


@dataclass(frozen=True)
class Spread:
    """counts: how many gave half a star, one, … five: ten numbers."""

    counts: Sequence[int]

    @property
    def total(self) -> int:
        return sum(self.counts)

    @property
    def mean(self) -> float:
        """In stars of five."""
        return sum(n * star for star, n in enumerate(self.counts, start=1)) / (2 * self.total)

    @property
    def deviation(self) -> float:
        """The standard deviation, in stars of five."""
        squares = sum(n * (star / 2 - self.mean) ** 2 for star, n in enumerate(self.counts, start=1))
        return math.sqrt(squares / self.total)


def spread_of(*, movie_id: int) -> Spread | None:
    """The stars that the loaded data has of the movie; None where nobody gave any."""
    counts = selectors.star_counts(movie_id=movie_id)
    return Spread(counts) if any(counts) else None
