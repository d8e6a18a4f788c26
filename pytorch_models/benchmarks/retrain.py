"""What a re-training request costs beside a floor and peers: on the same movies, for the same clicks, in one run.

The floor is what scoring every movie cannot do without: a float32 product of the full-width item matrix, all layers
concatenated, with one vector, and the ten best of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy import sparse

from pytorch_models.base import top_k
from pytorch_models.benchmarks.measure import Contender, Race, in_turns, peak_mb
from pytorch_models.benchmarks.stages import Stage, stages_of
from pytorch_models.datasets.interactions import Interactions
from pytorch_models.history import History
from pytorch_models.item_knn.recommender import ItemKNNRecommender
from pytorch_models.libraries import library
from pytorch_models.ngcf.recommender import NGCFRecommender

K = 10
FLOOR_WIDTH = 256
"""Width of the first site's item matrix: an embedding and three layers, 64 wide each."""
ALS_FACTORS = 64
REASONS = "reasons"
MODES = ("visitor", "full", "reference")
SLOW_MODES = ("full", "reference")
FAST_PEAKS, SLOW_PEAKS = 15, 1
"""Requests whose peaks of memory are measured, of a fast contender and of a slow mode."""
PROFILED = 100


@dataclass(frozen=True)
class Costs:
    """race: timings by contender's name; peaks: MB a request, None where they cannot be measured."""

    race: Race
    peaks: dict[str, float | None]
    stages: list[Stage] = field(default_factory=list)


def clicks_of_visitors(
    interactions: Interactions, *, visitors: int, clicks: int, rng: np.random.Generator
) -> list[np.ndarray]:
    """Movie rows, (clicks,) int64 and distinct, of random users with at least as many; a user may come again.

    Raises ValueError where no user has so many.
    """
    able = np.flatnonzero(interactions.user_degree >= clicks)
    if not len(able):
        most = int(interactions.user_degree.max(initial=0))
        raise ValueError(f"Expected a number of clicks that some user has (got {clicks}; most is {most})")
    users = rng.choice(able, size=visitors)
    return [rng.permutation(interactions.movie_idx[interactions.rows_of(user)])[:clicks] for user in users]


def floor(n_movies: int, width: int, *, requests: int, rng: np.random.Generator) -> Contender:
    """One pass over a table of `width` columns, and the ten best."""
    item = rng.standard_normal((n_movies, width), np.float32)
    user = rng.standard_normal(width, np.float32)
    return Contender(f"floor, {width} wide", lambda number: top_k(item @ user, K), requests)


def mode(recommender: NGCFRecommender, name: str, visitors: Sequence[np.ndarray], *, requests: int) -> Contender:
    """Requests to `recommender` in mode `name`: ids of clicks in, ten ids out."""
    assert recommender.movies is not None
    serving = recommender if name == "visitor" else recommender.in_mode(name)
    return Contender(name, asking(serving, visitors), requests)


def asking(recommender: Any, visitors: Sequence[np.ndarray]) -> Callable[[int], list[int]]:
    """Request `number` is that of visitor `number`, modulo how many there are."""
    clicked = [recommender.movies.id_at(clicks).tolist() for clicks in visitors]

    def ask(number: int) -> list[int]:
        history = History.of_clicks(clicked[number % len(clicked)])
        ids: list[int] = recommender.recommend(history, k=K, rng=np.random.default_rng(number)).movie_ids
        return ids

    return ask


def reasons(recommender: NGCFRecommender, visitors: Sequence[np.ndarray], *, requests: int) -> Contender:
    """Why each of a visitor's ten: what a page takes beside the list, the same ten epochs among it once more."""
    assert recommender.movies is not None
    histories = [History.of_clicks(recommender.movies.id_at(clicks).tolist()) for clicks in visitors[:requests]]
    lists = [
        recommender.recommend(history, k=K, rng=np.random.default_rng(number)).movie_ids
        for number, history in enumerate(histories)
    ]

    def explain(number: int) -> object:
        at = number % len(histories)
        return recommender.explain(histories[at], lists[at], rng=np.random.default_rng(at))

    return Contender(REASONS, explain, requests)


def peers(interactions: Interactions, visitors: Sequence[np.ndarray], *, requests: int) -> list[Contender]:
    """implicit's ALS, its user made anew from the clicks, and the project's item-kNN, both fitted here.

    Raises MissingLibraryError where `implicit` is not installed.
    """
    als = library("implicit.als").AlternatingLeastSquares(factors=ALS_FACTORS, num_threads=1, random_state=0)
    als.fit(interactions.matrix(), show_progress=False)
    rows = [_row(clicks, interactions.n_movies) for clicks in visitors]

    def ask_als(number: int) -> np.ndarray:
        ids: np.ndarray = als.recommend(0, rows[number % len(rows)], N=K, recalculate_user=True)[0]
        return ids

    knn = ItemKNNRecommender().fit(interactions, rng=np.random.default_rng(0))
    return [
        Contender("als", ask_als, requests),
        Contender("item_knn", asking(knn, visitors), requests),
    ]


def _row(clicks: np.ndarray, n_movies: int) -> sparse.csr_matrix:
    ones = np.ones(len(clicks), np.float32)
    return sparse.csr_matrix((ones, (np.zeros(len(clicks), np.int64), np.sort(clicks))), (1, n_movies))


def costs(
    contenders: Sequence[Contender], *, profile: bool = False, on_request: Callable[[], None] = lambda: None
) -> Costs:
    """Time all contenders in turns; then, apart, the peak of memory of each but the floors; then a profile."""
    race = in_turns(contenders, on_request=on_request)
    peaks = {
        each.name: peak_mb(each, times=SLOW_PEAKS if each.name in SLOW_MODES else FAST_PEAKS)
        for each in contenders
        if not each.name.startswith("floor")
    }
    visitor = next((each for each in contenders if each.name == "visitor"), None)
    stages = []
    if profile and visitor is not None:
        stages = stages_of(visitor.call, requests=PROFILED, milliseconds=race.timings["visitor"].p50)
    return Costs(race, peaks, stages)
