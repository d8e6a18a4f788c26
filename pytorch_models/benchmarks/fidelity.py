"""Whether the fast way says what the slow way says: two modes' lists for the same held-out visitors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pytorch_models.base import Recommender
from pytorch_models.datasets.splits import Visitor
from pytorch_models.evaluation.intervals import Interval, interval, paired
from pytorch_models.evaluation.metrics import ndcg_at
from pytorch_models.evaluation.protocol import clicks_alone

K = 10


@dataclass(frozen=True)
class Fidelity:
    """Of two modes, by name, over the same visitors. difference: NDCG@10 of the first less that of the second."""

    visitors: int
    overlap: Interval
    """Share of the first ten movies that both lists have."""
    ndcg: dict[str, Interval]
    difference: Interval
    p50_ms: dict[str, float]

    def to_json(self) -> dict[str, Any]:
        return {
            "visitors": self.visitors,
            "overlap@10": self.overlap._asdict(),
            "ndcg@10": {name: each._asdict() for name, each in self.ndcg.items()},
            "difference": self.difference._asdict() | {"verdict": self.difference.verdict},
            "p50_ms": self.p50_ms,
        }


def fidelity(
    modes: Mapping[str, Recommender],
    visitors: Sequence[Visitor],
    *,
    seed: int = 0,
    on_visitor: Callable[[], None] = lambda: None,
) -> Fidelity:
    """Ask both of `modes` for ten movies for each of `visitors`, whom neither was trained on, with the same seed."""
    (first, _), (second, _) = modes.items()
    lists: dict[str, list[list[int]]] = {name: [] for name in modes}
    times: dict[str, list[float]] = {name: [] for name in modes}
    for visitor in visitors:
        for name, recommender in modes.items():
            assert recommender.movies is not None
            history = clicks_alone(visitor, recommender.movies)
            answer = recommender.recommend(history, k=K, rng=np.random.default_rng(seed))
            lists[name].append(recommender.movies.idx_of(answer.movie_ids).tolist())
            times[name].append(answer.milliseconds)
        on_visitor()
    ndcg = {
        name: np.array([ndcg_at(K, ten, v.truth.tolist()) for ten, v in zip(lists[name], visitors, strict=True)])
        for name in modes
    }
    common = [len(set(a) & set(b)) / max(len(a), len(b), 1) for a, b in zip(lists[first], lists[second], strict=True)]
    return Fidelity(
        len(visitors),
        interval(np.array(common), seed=seed),
        {name: interval(each, seed=seed) for name, each in ndcg.items()},
        paired(ndcg[first], ndcg[second], seed=seed),
        {name: float(np.median(each)) for name, each in times.items()},
    )
