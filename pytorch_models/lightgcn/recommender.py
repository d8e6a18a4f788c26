"""LightGCN as a recommender: cached movies, and a row that each visitor's clicks teach."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np

from pytorch_models.base import OnEpoch, Scored, ignore
from pytorch_models.datasets.interactions import Interactions
from pytorch_models.datasets.splits import Visitor
from pytorch_models.epochs import ByEpochs
from pytorch_models.lightgcn.config import LightGCNConfig
from pytorch_models.lightgcn.train import train
from pytorch_models.lightgcn.visitor import Tables, fold_in

SHAPES = ((1, 64), (1, 128), (3, 64))
"""Pairs (layers, embedding_size) that are worth their minutes on data of half a million interactions."""


class LightGCNRecommender(ByEpochs):
    """Folds each visitor into the trained graph; what is shared is never written."""

    name = "lightgcn"
    config: LightGCNConfig

    def __init__(self, config: LightGCNConfig | None = None) -> None:
        super().__init__(config or LightGCNConfig())
        self.tables: Tables | None = None

    def fit(
        self,
        interactions: Interactions,
        *,
        rng: np.random.Generator,
        validation: Sequence[Visitor] = (),
        on_epoch: OnEpoch = ignore,
    ) -> Self:
        """Train on `interactions`. Raises KeyboardInterrupt where Ctrl-C comes before the first epoch's end."""
        trained = train(interactions, self.config, rng=rng, validation=validation, on_epoch=on_epoch)
        self.tables = trained.best
        self._know(interactions)
        self.epoch, self.interrupted = trained.epoch, trained.interrupted
        return self

    def grid(self) -> Sequence[Self]:
        return [self.with_settings(layers=layers, embedding_size=size) for layers, size in SHAPES]

    def _scores(self, clicks: np.ndarray, *, rng: np.random.Generator) -> Scored:
        assert self.tables is not None
        # The order of clicks means nothing to LightGCN.
        user, losses = fold_in(self.tables, np.sort(clicks), self.config, rng=rng)
        return Scored(self.tables.item @ user, losses)  # (n_movies,)

    def _item_vectors(self) -> np.ndarray:
        assert self.tables is not None
        return self.tables.item

    def _tensors(self) -> dict[str, np.ndarray]:
        assert self.tables is not None
        return {"item": self.tables.item, "spoken": self.tables.spoken}

    def _restore(self, tensors: dict[str, np.ndarray]) -> None:
        self.tables = Tables(tensors["item"], tensors["spoken"])
