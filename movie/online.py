"""What visitors' clicks say of the models. Beside services, because it reads whole tables and runs in a command."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np

from movie import selectors
from movie.selectors import Shown
from pytorch_models.evaluation.interleaving import winner
from pytorch_models.evaluation.online import Duel, Rate, duel, rate


@dataclass
class Tally:
    """The lists of one page. stood_in: those that another model made in place of its own; they count nowhere else."""

    lists: int = 0
    clicked: int = 0
    stood_in: int = 0
    by_visitor: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    """Clicks and impressions."""

    def add(self, shown: Shown, ranks: set[int]) -> None:
        if shown.instead:
            self.stood_in += 1
            return
        self.lists += 1
        self.clicked += bool(ranks)
        own = self.by_visitor[shown.visitor_id]
        own[0] += len(ranks)
        own[1] += len(shown.movie_ids)

    def rate(self) -> Rate | None:
        """None where the model made no list."""
        if not self.by_visitor:
            return None
        clicks, impressions = np.array(list(self.by_visitor.values()), np.int64).T
        return rate(clicks, impressions)


@dataclass(frozen=True)
class Online:
    since: datetime
    tallies: dict[str, Tally]
    """By model, in order of its name."""
    duels: list[Duel]

    def to_json(self) -> dict[str, Any]:
        models = {name: _plain(tally) for name, tally in self.tallies.items()}
        return {"since": self.since.isoformat(), "models": models, "duels": [each.to_json() for each in self.duels]}


def online(*, since: datetime) -> Online:
    """Lists shown since then, and the clicks on them that reached the training feed.

    A movie that was clicked twice in a list counts once. A click counts where the visitor who was shown the list made
    it, on a movie that is in it, whatever else the click says.
    """
    clicks: dict[tuple[str, str], set[int]] = defaultdict(set)
    for list_id, visitor_id, movie_id in selectors.clicks_on_lists(since):
        clicks[list_id, visitor_id].add(movie_id)
    tallies: dict[str, Tally] = defaultdict(Tally)
    wins: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for shown in selectors.lists_since(since):
        of_list = clicks.get((shown.list_id, shown.visitor_id), set())
        ranks = {rank for rank, movie_id in enumerate(shown.movie_ids, start=1) if movie_id in of_list}
        tallies[shown.model].add(shown, ranks)
        pair = sorted(set(shown.teams))
        if ranks and len(pair) == 2:
            wins[pair[0], pair[1]].append((shown.visitor_id, winner(shown.teams, ranks)))
    duels = [duel(one, other, won) for (one, other), won in sorted(wins.items())]
    return Online(since, dict(sorted(tallies.items())), duels)


def _plain(tally: Tally) -> dict[str, Any]:
    plain: dict[str, Any] = {"lists": tally.lists, "lists_clicked": tally.clicked, "stood_in": tally.stood_in}
    if found := tally.rate():
        plain |= {"visitors": found.visitors, "impressions": found.impressions, "clicks": found.clicks}
        plain |= {"ctr": found.interval._asdict(), "interval": "visitors" if found.by_visitor else "wilson"}
    return plain
