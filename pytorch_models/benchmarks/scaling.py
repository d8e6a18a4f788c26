"""How a visitor's request grows with users, with interactions and with movies, on made-up worlds."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pytorch_models.base import top_k
from pytorch_models.benchmarks.measure import Contender, in_turns
from pytorch_models.benchmarks.retrain import K, asking, clicks_of_visitors
from pytorch_models.benchmarks.untrained import untrained
from pytorch_models.datasets.synthetic import check_sizes, power_law
from pytorch_models.ngcf.config import NGCFConfig
from pytorch_models.ngcf.recommender import NGCFRecommender

USERS, MOVIES, INTERACTIONS = 15_039, 29_713, 536_075
"""What 1 × is: the size of the Daum data set."""
CLICKS_A_MOVIE = 4
"""Interactions of the worlds that grow in movies, where that is more than INTERACTIONS."""
VISITORS = 100


@dataclass(frozen=True)
class Size:
    """A world to make. name: what grows in it."""

    name: str
    users: int
    movies: int
    interactions: int


@dataclass(frozen=True)
class Grown:
    """One size's figures. p50 in milliseconds; recall@10 against exact scores, None where there is no index."""

    size: Size
    p50: float
    p99: float
    floor_p50: float
    narrow_recall: float
    index_p50: float | None = None
    index_recall: float | None = None
    index_seconds: float | None = None

    def to_json(self) -> dict[str, Any]:
        figures = {
            "p50_ms": self.p50,
            "p99_ms": self.p99,
            "floor_p50_ms": self.floor_p50,
            "recall@10": self.narrow_recall,
            "index_p50_ms": self.index_p50,
            "index_recall@10": self.index_recall,
            "index_build_seconds": self.index_seconds,
        }
        rounded = {name: None if value is None else round(value, 4) for name, value in figures.items()}
        return {**vars(self.size), **rounded}


@dataclass(frozen=True)
class World:
    """A size with its recommenders, and the clicks of VISITORS of its users."""

    size: Size
    plain: NGCFRecommender
    indexed: NGCFRecommender | None
    index_seconds: float | None
    visitors: list[np.ndarray]


def by_users(factors: Sequence[int]) -> list[Size]:
    """The same movies, with so many times the users and the interactions."""
    return [Size(f"{factor} × users", factor * USERS, MOVIES, factor * INTERACTIONS) for factor in factors]


def by_movies(numbers: Sequence[int]) -> list[Size]:
    """The same users, with so many movies. Raises ValueError where these are too few for the interactions."""
    sizes = [Size(f"{n:,} movies", USERS, n, max(INTERACTIONS, CLICKS_A_MOVIE * n)) for n in numbers]
    for size in sizes:
        check_sizes(size.users, size.movies, size.interactions)
    return sizes


def world_of(size: Size, config: NGCFConfig, *, clicks: int, index: bool, seed: int) -> World:
    """Make a world and its recommender; the made-up interactions are dropped again."""
    interactions = power_law(size.users, size.movies, size.interactions, rng=np.random.default_rng(seed))
    plain = untrained(interactions, config, seed=seed)
    visitors = clicks_of_visitors(interactions, visitors=VISITORS, clicks=clicks, rng=np.random.default_rng(seed))
    if not index:
        return World(size, plain, None, None, visitors)
    started = time.monotonic()
    indexed = plain.with_index()
    return World(size, plain, indexed, time.monotonic() - started, visitors)


def grown(worlds: Sequence[World], *, requests: int, on_request: Callable[[], None] = lambda: None) -> list[Grown]:
    """Time all worlds in turns: a visitor, with the index too where there is one, and one pass over the table."""
    contenders = []
    for number, world in enumerate(worlds):
        contenders.append(Contender(f"visitor {number}", asking(world.plain, world.visitors), requests))
        contenders.append(Contender(f"floor {number}", _one_pass(world.plain), requests))
        if world.indexed is not None:
            contenders.append(Contender(f"index {number}", asking(world.indexed, world.visitors), requests))
    timings = in_turns(contenders, on_request=on_request).timings
    found = []
    for number, world in enumerate(worlds):
        visitor, index = timings[f"visitor {number}"], timings.get(f"index {number}")
        exact = world.plain.with_settings(candidates=0)
        found.append(
            Grown(
                world.size,
                visitor.p50,
                visitor.percentile(99),
                timings[f"floor {number}"].p50,
                _recall(world.plain, exact, world.visitors),
                index.p50 if index else None,
                _recall(world.indexed, exact, world.visitors) if world.indexed else None,
                world.index_seconds,
            )
        )
    return found


def contestants_of(worlds: Sequence[World]) -> int:
    """How many contenders `grown` times."""
    return sum(2 + (world.indexed is not None) for world in worlds)


def _one_pass(recommender: NGCFRecommender) -> Callable[[int], object]:
    assert recommender.tables is not None
    item = recommender.tables.item
    user = np.ones(item.shape[1], np.float32)
    return lambda number: top_k(item @ user, K)


def _recall(found: NGCFRecommender, exact: NGCFRecommender, visitors: Sequence[np.ndarray]) -> float:
    """The share of the exact ten that are found, mean over visitors."""
    ask, ask_exactly = asking(found, visitors), asking(exact, visitors)
    return float(np.mean([len(set(ask(v)) & set(ask_exactly(v))) / K for v in range(len(visitors))]))
