"""EASE (Steck, WWW 2019): a linear model of each movie on all others, in closed form, its strongest weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from scipy import sparse

from pytorch_models.datasets.interactions import Interactions
from pytorch_models.item_item import ItemItemRecommender
from pytorch_models.relation import item_item_weights


@dataclass(frozen=True)
class EASEConfig:
    l2: float = 200.0
    """λ, the weight of the squared weights, in squared clicks."""
    keep: int = 200
    """How many weights stay, a movie on average."""


class EASERecommender(ItemItemRecommender):
    """A movie's score is the sum of the weights from the clicked ones."""

    name = "ease"
    config: EASEConfig

    def __init__(self, config: EASEConfig | None = None) -> None:
        super().__init__(config or EASEConfig())

    def _weights(self, interactions: Interactions) -> sparse.csr_matrix:
        return item_item_weights(interactions, l2=self.config.l2, keep=self.config.keep)

    def grid(self) -> Sequence[Self]:
        return [self.with_settings(l2=l2, keep=keep) for l2 in (100.0, 200.0, 400.0) for keep in (100, 1000)]
