"""Two rankings in one list, so that clicks say which of them is better.

Team-draft interleaving (Radlinski, Kurup and Joachims, "How Does Clickthrough Data Reflect Retrieval Quality?", CIKM
2008, Algorithm 2). As two captains choose their teams: in each round a coin says who picks first, then each picks the
best of its ranking that is not in the list yet. A click is credited to the team that picked what was clicked. Who
clicks without looking at quality credits both alike, so a difference between the teams is one between the rankings;
each visitor compares both at the same moment, which takes far fewer of them than showing each ranking to one half.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np

Team = Literal[0, 1]
"""Which ranking: the first or the second."""


class Pick(NamedTuple):
    movie_id: int
    team: Team


def team_draft(first: Sequence[int], second: Sequence[int], *, k: int, rng: np.random.Generator) -> list[Pick]:
    """At most `k` picks, by rank, no movie twice. As in the paper, it ends where one ranking has nothing left.

    The first picks are the same for any larger `k` and the same `rng`.
    """
    rankings = (first, second)
    picks: list[Pick] = []
    taken: set[int] = set()
    sizes = [0, 0]
    while len(picks) < k:
        best = [next((movie_id for movie_id in ranking if movie_id not in taken), None) for ranking in rankings]
        if None in best:
            break
        tied = sizes[0] == sizes[1]
        team: Team = 1 if (rng.integers(2) if tied else sizes[0] > sizes[1]) else 0
        chosen = best[team]
        assert chosen is not None
        picks.append(Pick(chosen, team))
        taken.add(chosen)
        sizes[team] += 1
    return picks


def drafted(rankings: Mapping[str, Sequence[int]], *, k: int, seed: int) -> list[tuple[int, str]]:
    """Movie and team by rank, of two rankings by their models' names."""
    (one, first), (other, second) = rankings.items()
    picks = team_draft(first, second, k=k, rng=np.random.default_rng(seed))
    return [(pick.movie_id, (one, other)[pick.team]) for pick in picks]


def winner(teams: Sequence[str], clicked: Collection[int]) -> str:
    """The team with more clicks, "" for a tie. teams: by rank, from 1; clicked: ranks."""
    credit: dict[str, int] = {}
    for rank in clicked:
        credit[teams[rank - 1]] = credit.get(teams[rank - 1], 0) + 1
    ordered = sorted(credit.items(), key=lambda each: -each[1])
    if not ordered or (len(ordered) > 1 and ordered[0][1] == ordered[1][1]):
        return ""
    return ordered[0][0]
