"""Whether a grid of movies finds out what a newcomer likes: held-out visitors pick what they have from it.

A visitor reads SCREENS screens of GRID movies. They pick the first movie that they have; another takes its place;
they read on, and begin again at the end, until they have MOST picks or nothing on the screen is theirs. Then they
look at the next screen. What they may pick is the part of their history that plays the clicks; the rest is the
truth, which NGCF's list is held against.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from pytorch_models.base import Recommender
from pytorch_models.datasets.splits import Visitor
from pytorch_models.evaluation.metrics import ndcg_at
from pytorch_models.history import History

GRID, SCREENS, MOST = 12, 2, 5


class Ask(Protocol):
    """Which movies to show: at most k ids, none of the history, of its `exclude` or of `beside`, which stay."""

    def __call__(self, history: History, *, k: int, beside: Sequence[int]) -> list[int]: ...


@dataclass(frozen=True)
class Picked:
    """How one grid did, each an array with a value a visitor. picks: how many; first: of the first screen; ndcg: of
    the list after them, at 10; 0 picks have no list and so 0."""

    picks: np.ndarray
    first: np.ndarray
    ndcg: np.ndarray


def most_popular(order: Sequence[int]) -> Ask:
    """A grid of the same movies for everybody, `order` being the most popular first."""

    def ask(history: History, *, k: int, beside: Sequence[int]) -> list[int]:
        out = history.exclude.union(beside)
        return [movie_id for movie_id in order[: len(out) + k] if movie_id not in out][:k]

    return ask


def of_recommender(recommender: Recommender, *, seed: int = 0) -> Ask:
    """The grid that the site shows."""

    def ask(history: History, *, k: int, beside: Sequence[int]) -> list[int]:
        return recommender.to_ask(history, k=k, beside=beside, rng=np.random.default_rng(seed))

    return ask


def pick(ask: Ask, has: Collection[int], *, screens: int = SCREENS, most: int = MOST) -> list[list[int]]:
    """What somebody who has the movies `has` picks, screen by screen."""
    picks: list[list[int]] = []
    looked_at: set[int] = set()

    def history() -> History:
        clicked = [movie_id for screen in picks for movie_id in screen]
        return History(History.of_clicks(clicked).events, frozenset(looked_at.union(clicked)))

    for _ in range(screens):
        shown = ask(history(), k=GRID, beside=())
        picks.append([])
        place = -1
        while sum(map(len, picks)) < most:
            reading = shown[place + 1 :] + shown[: place + 1]
            known = [each for each in reading if each in has]
            if not known:
                break
            picks[-1].append(known[0])
            place = shown.index(known[0])
            others = shown[:place] + shown[place + 1 :]
            shown[place : place + 1] = ask(history(), k=1, beside=others)
        looked_at |= set(shown)
    return picks


def try_grid(
    ask: Ask,
    recommender: Recommender,
    visitors: Sequence[Visitor],
    *,
    seed: int = 0,
    on_visitor: Callable[[], object] = lambda: None,
) -> Picked:
    """Let each of `visitors`, whom `recommender` was fitted without, pick; rows are of its movies."""
    assert recommender.movies is not None
    rows = []
    for visitor in visitors:
        picks = pick(ask, set(recommender.movies.id_at(visitor.clicks).tolist()))
        clicked = [movie_id for screen in picks for movie_id in screen]
        rows.append((len(clicked), len(picks[0]), ndcg_after(clicked, recommender, visitor, seed=seed)))
        on_visitor()
    return Picked(*np.asarray(rows, float).T)


def ndcg_after(clicked: Sequence[int], recommender: Recommender, visitor: Visitor, *, seed: int = 0) -> float:
    """NDCG@10 of the list after the clicks of ids `clicked`, oldest first; 0 without any."""
    assert recommender.movies is not None
    answer = recommender.recommend(History.of_clicks(clicked), rng=np.random.default_rng(seed))
    return ndcg_at(10, recommender.movies.idx_of(answer.movie_ids).tolist(), visitor.truth.tolist())
