"""Item-based nearest neighbours on co-clicks (Sarwar et al., WWW 2001), with a shrunk cosine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy import sparse

from pytorch_models.base import Scored
from pytorch_models.cosine import cosine_weights
from pytorch_models.datasets.interactions import Interactions
from pytorch_models.item_item import ItemItemRecommender


@dataclass(frozen=True)
class ItemKNNConfig:
    neighbours: int = 200
    """How many of the most similar movies each movie keeps."""
    shrink: float = 10.0
    """Added to the cosine's denominator, so that two movies with few users are not taken for twins."""
    newest: int = 0
    """How many clicks count, the newest; 0 counts all."""


class ItemKNNRecommender(ItemItemRecommender):
    """A movie's score is the sum of its similarities to the clicked ones."""

    name = "item_knn"
    config: ItemKNNConfig

    def __init__(self, config: ItemKNNConfig | None = None) -> None:
        super().__init__(config or ItemKNNConfig())

    def _weights(self, interactions: Interactions) -> sparse.csr_matrix:
        return cosine_weights(interactions, shrink=self.config.shrink, keep=self.config.neighbours)

    def _scores(self, clicks: np.ndarray, *, rng: np.random.Generator) -> Scored:
        return super()._scores(clicks[: self.config.newest or None], rng=rng)

    def grid(self) -> Sequence[Self]:
        return [
            self.with_settings(neighbours=n, shrink=shrink) for n in (50, 200, 1000) for shrink in (0.0, 10.0, 50.0)
        ]
