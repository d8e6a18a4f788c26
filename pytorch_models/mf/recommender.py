"""Matrix factorisation by Bayesian personalised ranking: the site solves a visitor's row in each request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Self

import numpy as np

from pytorch_models.base import EXPLAINED, OnEpoch, Scored, ignore
from pytorch_models.datasets.interactions import Interactions
from pytorch_models.datasets.splits import Visitor
from pytorch_models.epochs import ByEpochs
from pytorch_models.history import Visit
from pytorch_models.mf.config import MFConfig
from pytorch_models.mf.train import tables_ndcg, train
from pytorch_models.mf.visitor import Tables, fold_in, without_each

FOLD_IN_L2 = (0.01, 0.02, 0.03, 0.05, 0.08)


class MFRecommender(ByEpochs):
    """Folds each visitor into the trained movies; what is shared is never written."""

    name = "mf"
    config: MFConfig

    def __init__(self, config: MFConfig | None = None) -> None:
        super().__init__(config or MFConfig())
        self.tables: Tables | None = None

    def fit(
        self,
        interactions: Interactions,
        *,
        rng: np.random.Generator,
        validation: Sequence[Visitor] = (),
        on_epoch: OnEpoch = ignore,
    ) -> Self:
        """Train on `interactions`; epochs and `fold_in_l2` are chosen on `validation`, where there is one.

        Raises KeyboardInterrupt where Ctrl-C comes before the first epoch's end.
        """
        trained = train(interactions, self.config, rng=rng, validation=validation, on_epoch=on_epoch)
        self.tables, self.epoch, self.interrupted = trained.best, trained.epoch, trained.interrupted
        self._know(interactions)
        if validation:
            tried = [replace(self.config, fold_in_l2=l2) for l2 in FOLD_IN_L2]
            self.config = max(tried, key=lambda config: tables_ndcg(trained.best, config, validation))
        return self

    def grid(self) -> Sequence[Self]:
        return [self.with_settings(l2=l2) for l2 in (0.02, 0.03)]

    def _scores(self, clicks: np.ndarray, *, rng: np.random.Generator) -> Scored:
        assert self.tables is not None
        # The order of clicks means nothing to a factorisation.
        row, losses = fold_in(self.tables, np.sort(clicks), self.config, rng=rng)
        return Scored(self.tables.scores(row), losses)  # (n_movies,)

    def _lost(self, visit: Visit, rows: np.ndarray, *, rng: np.random.Generator) -> np.ndarray:
        assert self.tables is not None
        if len(visit.clicks) == 1:
            return super()._lost(visit, rows, rng=rng)
        clicks = np.sort(visit.clicks)
        newest = np.searchsorted(clicks, visit.clicks[:EXPLAINED])
        whole, without = without_each(self.tables, clicks, newest, self.config, rng=rng)
        return (whole - without) @ self.tables.movies[rows].T  # (newest, len(rows))

    def _item_vectors(self) -> np.ndarray:
        assert self.tables is not None
        return self.tables.movies[:, :-1]  # how popular a movie is makes it like no other

    def _tensors(self) -> dict[str, np.ndarray]:
        assert self.tables is not None
        return {"movies": self.tables.movies, "drawn_up_to": self.tables.drawn_up_to}

    def _restore(self, tensors: dict[str, np.ndarray]) -> None:
        self.tables = Tables(tensors["movies"], tensors["drawn_up_to"])
