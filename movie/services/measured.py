"""How much better the site's own model gets with clicks, as the committed evaluation measured it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from movie.predictors.registry import OWN

RESULTS = settings.BASE_DIR / "docs/results/movielens-small.md"
"""Written by `evaluate`; of the default data, whatever a site has loaded."""
_SECTION = re.compile(r"\*\*(\d+|all) clicks?\*\*")
_ROW = re.compile(r"\| (\w+) \|[^|]*\| (\d\.\d+) \|")
WHOLE = 10_000
"""Stands for "all clicks"."""


@dataclass(frozen=True)
class Better:
    """By how many percent the model's NDCG@10 was above popularity's: after `clicks`, and after `more` of them; None
    where that is not known. more is WHOLE where whole histories are meant."""

    clicks: int | None
    percent: int
    more: int | None
    more_percent: int

    @property
    def whole(self) -> bool:
        return self.more == WHOLE


def better(clicks: int) -> Better:
    """What was measured for at most as many clicks as the visitor has, and for the next number above."""
    known = above_popularity(RESULTS)
    now = max((n for n in known if n <= clicks), default=None)
    more = min((n for n in known if n > clicks and known[n] > known.get(now or 0, 0)), default=None)
    return Better(now, known.get(now or 0, 0), more, known.get(more or 0, 0))


@lru_cache(maxsize=4)
def above_popularity(results: Path) -> Mapping[int, int]:
    """Percent above popularity by the number of clicks, as the tables of `results` say; none without the file."""
    found: dict[int, dict[str, float]] = {}
    section: dict[str, float] = {}
    for line in results.read_text().splitlines() if results.exists() else ():
        if head := _SECTION.match(line):
            section = found.setdefault(WHOLE if head[1] == "all" else int(head[1]), {})
        elif row := _ROW.match(line):
            section[row[1]] = float(row[2])
    return {
        n: round(100 * (rows[OWN] / rows["popularity"] - 1))
        for n, rows in sorted(found.items())
        if rows.get("popularity") and OWN in rows
    }
