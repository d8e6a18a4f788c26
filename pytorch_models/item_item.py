"""What models of item–item weights share: a movie's score is the sum of its weights from the clicked ones."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Self

import numpy as np
from scipy import sparse

from pytorch_models.base import EXPLAINED, OnEpoch, Recommender, Scored, ignore
from pytorch_models.datasets.interactions import Interactions
from pytorch_models.datasets.splits import Visitor
from pytorch_models.history import Visit
from pytorch_models.relation import Relation


class ItemItemRecommender(Recommender):
    """Is made of weights; a model says which."""

    relation: Relation

    def fit(
        self,
        interactions: Interactions,
        *,
        rng: np.random.Generator,
        validation: Sequence[Visitor] = (),
        on_epoch: OnEpoch = ignore,
    ) -> Self:
        self._know(interactions)
        self.relation = Relation.of(self._weights(interactions))
        return self

    @abstractmethod
    def _weights(self, interactions: Interactions) -> sparse.csr_matrix:
        """(n_movies, n_movies) float32, row = clicked movie, column = scored movie."""

    def _scores(self, clicks: np.ndarray, *, rng: np.random.Generator) -> Scored:
        return Scored(self.relation.scores(clicks))

    def _likeness(self, row: int) -> np.ndarray:
        return self.relation.scores(np.array([row]))

    def _lost(self, visit: Visit, rows: np.ndarray, *, rng: np.random.Generator) -> np.ndarray:
        return self.relation.between(visit.clicks[:EXPLAINED], rows)  # a score is their sum

    def _tensors(self) -> dict[str, np.ndarray]:
        return self.relation.tensors()

    def _restore(self, tensors: dict[str, np.ndarray]) -> None:
        self.relation = Relation.of_tensors(tensors)
