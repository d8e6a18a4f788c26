"""EASE (Steck, WWW 2019): a linear model of each movie on all others, in closed form, its strongest weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy import sparse

from pytorch_models.base import OnEpoch, Recommender, Scored, ignore
from pytorch_models.datasets.interactions import Interactions
from pytorch_models.datasets.splits import Visitor
from pytorch_models.relation import item_item_weights


@dataclass(frozen=True)
class EASEConfig:
    l2: float = 200.0
    """λ, the weight of the squared weights, in squared clicks."""
    keep: int = 200
    """How many weights stay, a movie on average."""


class EASERecommender(Recommender):
    """A movie's score is the sum of the weights from the clicked ones."""

    name = "ease"
    config: EASEConfig

    def __init__(self, config: EASEConfig | None = None) -> None:
        super().__init__(config or EASEConfig())

    def fit(
        self,
        interactions: Interactions,
        *,
        rng: np.random.Generator,
        validation: Sequence[Visitor] = (),
        on_epoch: OnEpoch = ignore,
    ) -> Self:
        self._know(interactions)
        self.weights = item_item_weights(interactions, l2=self.config.l2, keep=self.config.keep)
        return self

    def grid(self) -> Sequence[Self]:
        return [self.with_settings(l2=l2, keep=keep) for l2 in (100.0, 200.0, 400.0) for keep in (100, 1000)]

    def _scores(self, clicks: np.ndarray, *, rng: np.random.Generator) -> Scored:
        return Scored(np.asarray(self.weights[clicks].sum(axis=0)).ravel())

    def _tensors(self) -> dict[str, np.ndarray]:
        m = self.weights
        return {"data": m.data, "indices": m.indices, "indptr": m.indptr}

    def _restore(self, tensors: dict[str, np.ndarray]) -> None:
        n = len(tensors["indptr"]) - 1
        self.weights = sparse.csr_matrix((tensors["data"], tensors["indices"], tensors["indptr"]), (n, n))
