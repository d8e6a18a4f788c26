"""How a model is judged: on held-out visitors, through the same `recommend` that the site calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from pytorch_models.base import NotFittedError, Recommender
from pytorch_models.datasets.id_map import IdMap
from pytorch_models.datasets.splits import Visitor
from pytorch_models.evaluation.metrics import coverage_at, ndcg_at, novelty_at, recall_at
from pytorch_models.history import Event, History

CUTS = (10, 20)
LIKED_STAR = 8
"""A star from this one on, of ten, is a movie that its visitor liked."""

HistoryOf = Callable[[Visitor, IdMap], History]


@dataclass(frozen=True)
class Judged:
    """One model's figures over n visitors, each an array with one value a visitor, for paired comparisons.

    ndcg, recall: (n, 2), at 10 and at 20. novelty, popularity: (n,), of the first ten; popularity is the mean share
    of the training users who have the movie. milliseconds: (n,), of `recommend`. coverage: at 10.
    """

    model: str
    ndcg_each: np.ndarray
    recall_each: np.ndarray
    novelty_each: np.ndarray
    popularity_each: np.ndarray
    milliseconds_each: np.ndarray
    coverage: float

    def ndcg(self, k: int) -> float:
        return float(self.ndcg_each[:, CUTS.index(k)].mean())

    def recall(self, k: int) -> float:
        return float(self.recall_each[:, CUTS.index(k)].mean())

    @property
    def milliseconds(self) -> float:
        return float(np.median(self.milliseconds_each))

    def facts(self) -> dict[str, float | int]:
        """Means, as a checkpoint and the command's JSON have them."""
        figures = {
            f"{name}@{k}": mean(k) for k in CUTS for name, mean in (("recall", self.recall), ("ndcg", self.ndcg))
        }
        figures |= {
            "coverage@10": self.coverage,
            "novelty@10": float(self.novelty_each.mean()),
            "popularity@10": float(self.popularity_each.mean()),
        }
        return {name: round(value, 5) for name, value in figures.items()} | {
            "milliseconds": round(self.milliseconds, 3),
            "users": len(self.ndcg_each),
        }


def clicks_alone(visitor: Visitor, movies: IdMap) -> History:
    """What a visitor did as plain clicks."""
    return History.of_clicks(movies.id_at(visitor.clicks[::-1]).tolist())


def with_stars(visitor: Visitor, movies: IdMap) -> History:
    """What a visitor did with the stars that they gave."""
    ids = movies.id_at(visitor.clicks).tolist()
    events = tuple(
        Event(movie_id, "star", int(star)) if star else Event(movie_id)
        for movie_id, star in zip(ids, visitor.star, strict=True)
    )
    return History(events, frozenset(ids))


def with_passed(visitor: Visitor, movies: IdMap) -> History:
    """What a visitor did as plain clicks, and the movies that they passed over, which do not come back either."""
    clicked, passed = clicks_alone(visitor, movies), frozenset(movies.id_at(visitor.passed).tolist())
    return History(clicked.events, clicked.exclude | passed, passed)


def judge(
    recommender: Recommender,
    visitors: Sequence[Visitor],
    *,
    seed: int = 0,
    movies: IdMap | None = None,
    movie_degree: np.ndarray | None = None,
    history_of: HistoryOf = clicks_alone,
) -> Judged:
    """Recommend to each of `visitors`, one at least, and hold the list against the truth. Raises NotFittedError.

    movies: what the visitors' rows mean, by default the recommender's own movies; one that was fitted on other data
    knows others. movie_degree: (n_movies,) how many of the training users have each movie, for novelty and
    popularity; without it both are 0.
    """
    if recommender.movies is None:
        raise NotFittedError(f"{recommender.name} has no weights")
    movies = movies or recommender.movies
    n_users = recommender.facts.get("n_users", 0)
    share = np.zeros(len(movies)) if movie_degree is None else movie_degree / max(n_users, 1)
    surprise = -np.log2(np.maximum(share, 1 / max(n_users, 2))) if movie_degree is not None else share
    lists, figures = [], []
    for visitor in visitors:
        history = history_of(visitor, movies)
        answer = recommender.recommend(history, k=max(CUTS), rng=np.random.default_rng(seed))
        ranked, truth = movies.idx_of(answer.movie_ids).tolist(), visitor.truth.tolist()
        lists.append(ranked)
        figures.append(
            [
                *(ndcg_at(k, ranked, truth) for k in CUTS),
                *(recall_at(k, ranked, truth) for k in CUTS),
                novelty_at(10, ranked, surprise),
                float(share[ranked[:10]].mean()) if ranked else 0.0,
                answer.milliseconds,
            ]
        )
    each = np.asarray(figures)  # (n, 7)
    coverage = coverage_at(10, lists, len(movies))
    return Judged(recommender.name, each[:, :2], each[:, 2:4], each[:, 4], each[:, 5], each[:, 6], coverage)
