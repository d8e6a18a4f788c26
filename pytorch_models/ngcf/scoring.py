"""From a visitor's representation to the best movies: a narrow pass over all, an exact one over the few that count.

A score is
h_u · h_i + b_i + scale · |C| / (|C| + κ_B) · Σ_{c ∈ C} B_ci + scale' · κ_K³ / (κ_K³ + |C|³) · Σ_{c ∈ C} K_ci:
the network's, an item–item relation's (`relation.py`), which few clicks make unsure, and the co-click cosine's
(`cosine.py`), which few clicks need. What a full-width pass costs is reading the table, so a narrow one stands before
it: the projection of the item matrix that keeps the scores of the training users best. Its first few hundred,
relation and cosine counted exactly, are scored again at full width.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, overload

import numpy as np
import torch

from pytorch_models.base import shortlist, top_k
from pytorch_models.index import MovieIndex
from pytorch_models.ngcf.config import NGCFConfig
from pytorch_models.relation import Relation

LARGEST_SHARE_OF_INDEX = 0.1
"""An index is asked for this share of the movies at most: for more, a pass over all is faster, and misses none."""
ONE_IN = 200
"""See `NGCFConfig.candidates`."""


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
    cosine: Relation
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
        """`best` among the largest of the network's part, of the relation's and of the cosine's."""
        excluded = np.unique(excluded)
        n = config.candidates + len(excluded)  # so that as many are left without them
        beside = [
            (*weights.neighbours(clicks if scale else clicks[:0]), scale)
            for weights, scale in self._weighted(len(clicks), config)
        ]
        near = [movies[top_k(weight, n)] for movies, weight, _ in beside]
        found = np.setdiff1d(np.concatenate([index.largest(visitor, n), *near]), excluded)
        scores = self.item[found] @ visitor + self.bias[found]
        for movies, weight, scale in beside:
            _, in_found, in_movies = np.intersect1d(found, movies, assume_unique=True, return_indices=True)
            scores[in_found] += weight[in_movies] * scale
        best = top_k(scores, k)
        return found[best], scores[best]

    def _beside(self, clicks: np.ndarray, config: NGCFConfig) -> np.ndarray:
        """What a score has beside h_u · h_i: (n_movies,) float32, the caller's to write into."""
        return self.related(clicks, config) + self.bias

    def related(self, clicks: np.ndarray, config: NGCFConfig) -> np.ndarray:
        """The relation's and the cosine's part of a score: (n_movies,) float32."""
        parts = [w.scores(clicks) * scale for w, scale in self._weighted(len(clicks), config) if scale]
        return sum(parts[1:], parts[0]) if parts else np.zeros_like(self.bias)

    def between(self, keeping: np.ndarray, clicks: np.ndarray, movies: np.ndarray, config: NGCFConfig) -> np.ndarray:
        """`related` of V visitors for `movies`, (m,) rows: (V, m) float32.

        keeping: (V, |C|), a one where a visitor clicked that one of `clicks`.
        """
        sizes = keeping.sum(axis=1, keepdims=True)
        related = np.zeros((len(keeping), len(movies)), np.float32)
        for weights, scale in self._weighted(np.maximum(sizes, 1), config):
            related += (keeping @ weights.between(clicks, movies)) * scale
        return related

    @overload
    def _weighted(self, n_clicks: int, config: NGCFConfig) -> list[tuple[Relation, np.float32]]: ...
    @overload
    def _weighted(self, n_clicks: np.ndarray, config: NGCFConfig) -> list[tuple[Relation, np.ndarray]]: ...
    def _weighted(self, n_clicks: Any, config: NGCFConfig) -> Any:
        """Both, each with its weight in the scores of a visitor with so many clicks."""
        return [(self.relation, scale_for(n_clicks, config)), (self.cosine, cosine_for(n_clicks, config))]


def largest(scores: np.ndarray, n: int) -> np.ndarray:
    """Rows of the `n` largest of `scores` (m,), n ≤ m, in no order; of equal ones at the edge, any."""
    found = shortlist(scores, n)
    return found[torch.from_numpy(scores[found]).topk(n, sorted=False).indices.numpy()]


def scale_for(n_clicks: int | np.ndarray, config: NGCFConfig) -> np.float32 | np.ndarray:
    """The weight of the relation in the scores of a visitor with so many clicks, or of several visitors."""
    return np.float32(config.relation_scale * n_clicks / (n_clicks + config.relation_doubt))


def cosine_for(n_clicks: int | np.ndarray, config: NGCFConfig) -> np.float32 | np.ndarray:
    """The same of the co-click cosine."""
    return np.float32(config.cosine_scale / (1 + (n_clicks / config.cosine_doubt) ** 3))
