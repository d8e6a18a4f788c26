"""How a model is judged: on held-out visitors, through the same `recommend` that the site calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pytorch_models.base import History, Recommender
from pytorch_models.datasets.splits import Visitor
from pytorch_models.evaluation.metrics import coverage_at, ndcg_at, recall_at


@dataclass(frozen=True)
class Judged:
    """One model's figures over visitors. ndcg: (n_visitors,) NDCG@10 of each, for paired comparisons."""

    model: str
    ndcg_at_10: float
    recall_at_10: float
    coverage_at_10: float
    milliseconds: float
    """Median of `Answer.milliseconds`."""
    ndcg: np.ndarray

    def to_json(self) -> dict[str, float | int]:
        return {
            "ndcg@10": round(self.ndcg_at_10, 4),
            "recall@10": round(self.recall_at_10, 4),
            "coverage@10": round(self.coverage_at_10, 4),
            "users": len(self.ndcg),
        }


def judge(recommender: Recommender, visitors: Sequence[Visitor], *, seed: int = 0) -> Judged:
    """Recommend ten movies to each of `visitors` and hold them against the truth. Raises NotFittedError."""
    movies = recommender.movies
    lists, ndcg, recall, times = [], [], [], []
    for visitor in visitors:
        assert movies is not None
        history = History.of_clicks(movies.id_at(visitor.clicks[::-1]).tolist())
        answer = recommender.recommend(history, k=10, rng=np.random.default_rng(seed))
        truth = movies.id_at(visitor.truth).tolist()
        lists.append(answer.movie_ids)
        ndcg.append(ndcg_at(10, answer.movie_ids, truth))
        recall.append(recall_at(10, answer.movie_ids, truth))
        times.append(answer.milliseconds)
    return Judged(
        recommender.name,
        float(np.mean(ndcg)),
        float(np.mean(recall)),
        coverage_at(10, lists, len(movies) if movies is not None else 0),
        float(np.median(times)),
        np.asarray(ndcg),
    )
