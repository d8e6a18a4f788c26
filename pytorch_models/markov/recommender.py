"""A first-order Markov chain over clicks: what came after the newest one (the peer of the SASRec paper)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy import sparse

from pytorch_models.base import OnEpoch, Scored, ignore
from pytorch_models.datasets.interactions import Interactions
from pytorch_models.datasets.splits import Visitor
from pytorch_models.item_item import ItemItemRecommender


@dataclass(frozen=True)
class MarkovConfig:
    prior: float = 1000.0
    """How many transitions the movies' own popularity counts as, whatever was clicked (a Dirichlet prior)."""


class MarkovRecommender(ItemItemRecommender):
    """A movie's score is the probability that it follows the newest click; the older ones mean nothing to it."""

    name = "markov"
    config: MarkovConfig

    def __init__(self, config: MarkovConfig | None = None) -> None:
        super().__init__(config or MarkovConfig())

    def fit(
        self,
        interactions: Interactions,
        *,
        rng: np.random.Generator,
        validation: Sequence[Visitor] = (),
        on_epoch: OnEpoch = ignore,
    ) -> Self:
        super().fit(interactions, rng=rng)
        degree = interactions.movie_degree
        self.popularity = (degree / max(degree.sum(), 1)).astype(np.float32)  # (n_movies,)
        return self

    def _weights(self, interactions: Interactions) -> sparse.csr_matrix:
        """How often each movie (column) was a user's next after each other (row), in the order of time."""
        user, movie = interactions.user_idx, interactions.movie_idx
        follows = user[1:] == user[:-1]
        before, after = movie[:-1][follows], movie[1:][follows]
        n = interactions.n_movies
        return sparse.csr_matrix((np.ones(len(after), np.float32), (before, after)), (n, n))

    def _scores(self, clicks: np.ndarray, *, rng: np.random.Generator) -> Scored:
        counted = self.relation.scores(clicks[:1])
        prior = self.config.prior
        return Scored((counted + prior * self.popularity) / np.float32(counted.sum() + prior))

    def grid(self) -> Sequence[Self]:
        return [self.with_settings(prior=prior) for prior in (1.0, 300.0, 1000.0, 3000.0, 10_000.0)]

    def _tensors(self) -> dict[str, np.ndarray]:
        return super()._tensors() | {"popularity": self.popularity}

    def _restore(self, tensors: dict[str, np.ndarray]) -> None:
        super()._restore(tensors)
        self.popularity = tensors["popularity"]
