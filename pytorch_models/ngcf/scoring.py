"""From a visitor's representation to the best movies: a narrow pass over all, an exact one over the few that count.

A score is h_u · h_i + b_i + scale · |C| / (|C| + κ_B) · Σ_{c ∈ C} B_ci: the network's, and an item–item relation's
(`relation.py`), which few clicks make unsure. What a full-width pass costs is reading the table, so a narrow one
stands before it: the projection of the item matrix that keeps the scores of the training users best. Its first few
hundred, the relation counted exactly, are scored again at full width.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch

from pytorch_models.base import top_k
from pytorch_models.index import MovieIndex
from pytorch_models.ngcf.config import NGCFConfig
from pytorch_models.relation import Relation

LARGEST_SHARE_OF_INDEX = 0.1
"""An index is asked for this share of the movies at most: for more, a pass over all is faster, and misses none."""
ONE_IN = 200
"""See `NGCFConfig.candidates`."""
ONE_IN_SAMPLE = 8
"""See `largest`."""


@dataclass(frozen=True)
class Narrow:
    """item: (r, n_movies) and user: (r, D) float32, so that (user @ h_u) @ item is near the network's scores."""

    item: np.ndarray
    user: np.ndarray

    @classmethod
    def of(cls, item: np.ndarray, users: np.ndarray, *, width: int) -> Narrow:
        """The best rank-`width` stand-in for the scores users @ itemᵀ, in the squared error (Eckart–Young).

        item: (n_movies, D); users: (n_users, D) representations. A ridge keeps directions that no user takes.
        """
        second = (users.T.astype(np.float64) @ users) / max(len(users), 1)
        second += 1e-6 * max(np.trace(second) / len(second), 1e-12) * np.eye(len(second))
        root = np.linalg.cholesky(second)  # users are like root @ z, z white
        scores = (item - item.mean(axis=0)) @ root  # (n_movies, D); a constant moves no rank
        _, _, right = np.linalg.svd(scores.T @ scores, hermitian=True)
        right = right[:width]
        narrow = right @ scores.T
        return cls(narrow.astype(np.float32), np.linalg.solve(root.T, right.T).T.astype(np.float32))


@dataclass(frozen=True)
class Scoring:
    """What turns h_u into movies. item: (n_movies, D) representations; bias: (n_movies,)."""

    item: np.ndarray
    bias: np.ndarray
    relation: Relation
    narrow: Narrow
    index: MovieIndex | None = None
    """Where there is one, it finds the candidates, and no pass over all movies is left."""

    def indexed(self) -> Scoring:
        """The same with an index. Raises MissingLibraryError where its library is not installed."""
        return replace(self, index=MovieIndex(self.item, self.bias))

    def exact(self, visitor: np.ndarray, clicks: np.ndarray, config: NGCFConfig) -> np.ndarray:
        """(n_movies,) scores, every movie at full width. visitor: (D,)."""
        return self.item @ visitor + self._beside(clicks, config)

    def best(
        self, visitor: np.ndarray, clicks: np.ndarray, excluded: np.ndarray, k: int, config: NGCFConfig
    ) -> tuple[np.ndarray, np.ndarray]:
        """The `k` best rows and their exact scores, without `excluded`."""
        candidates = max(config.candidates, len(self.bias) // ONE_IN)
        wanted = candidates + len(excluded)
        if self.index is not None and config.candidates and wanted <= len(self.bias) * LARGEST_SHARE_OF_INDEX:
            return self._best_of_index(self.index, visitor, clicks, excluded, k, config)
        beside = self._beside(clicks, config)
        if not config.candidates or len(beside) <= candidates:
            scores = self.item @ visitor + beside
            scores[excluded] = -np.inf
            best = top_k(scores, k)
            return best, scores[best]
        near = (self.narrow.user @ visitor) @ self.narrow.item + beside
        near[excluded] = -np.inf
        found = largest(near, candidates)
        found = np.sort(found[near[found] > -np.inf])  # by row, as ties are decided
        scores = self.item[found] @ visitor + beside[found]
        best = top_k(scores, k)
        return found[best], scores[best]

    def _best_of_index(
        self,
        index: MovieIndex,
        visitor: np.ndarray,
        clicks: np.ndarray,
        excluded: np.ndarray,
        k: int,
        config: NGCFConfig,
    ) -> tuple[np.ndarray, np.ndarray]:
        """`best` among the largest of the network's part and the largest of the relation's."""
        excluded = np.unique(excluded)
        n = config.candidates + len(excluded)  # so that as many are left without them
        related, weight = self.relation.neighbours(clicks if config.relation_scale else clicks[:0])
        found = np.union1d(index.largest(visitor, n), related[top_k(weight, n)])
        found = np.setdiff1d(found, excluded, assume_unique=True)
        scores = self.item[found] @ visitor + self.bias[found]
        _, in_found, in_related = np.intersect1d(found, related, assume_unique=True, return_indices=True)
        scores[in_found] += weight[in_related] * scale_for(len(clicks), config)
        best = top_k(scores, k)
        return found[best], scores[best]

    def _beside(self, clicks: np.ndarray, config: NGCFConfig) -> np.ndarray:
        """What a score has beside h_u · h_i: (n_movies,) float32, the caller's to write into."""
        return self.related(clicks, config) + self.bias

    def related(self, clicks: np.ndarray, config: NGCFConfig) -> np.ndarray:
        """The relation's part of a score: (n_movies,) float32."""
        if not config.relation_scale:
            return np.zeros_like(self.bias)
        return self.relation.scores(clicks) * scale_for(len(clicks), config)


def largest(scores: np.ndarray, n: int) -> np.ndarray:
    """Rows of the `n` largest of `scores` (m,), n ≤ m, in no order; of equal ones at the edge, any.

    A sample says what the least of them is at most, so that few are left to choose from: exact, in a third of the
    time of choosing among all.
    """
    sample = scores[::ONE_IN_SAMPLE]
    expected = n // ONE_IN_SAMPLE + 1
    if 4 * expected < len(sample):
        bound = np.partition(sample, -2 * expected)[-2 * expected]
        found = np.flatnonzero(scores >= bound)
        if len(found) >= n:
            return found[torch.from_numpy(scores[found]).topk(n, sorted=False).indices.numpy()]
    return torch.from_numpy(scores).topk(n, sorted=False).indices.numpy()


def scale_for(n_clicks: int, config: NGCFConfig) -> np.float32:
    """The weight of the relation in the scores of a visitor with so many clicks."""
    return np.float32(config.relation_scale * n_clicks / (n_clicks + config.relation_doubt))
