"""Matrix factorisation by alternating least squares on implicit feedback (Hu et al., ICDM 2008).

The library `implicit` fits and folds in; it is imported on first use, because the site runs without it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from scipy import sparse

from pytorch_models.base import OnEpoch, Recommender, Scored, ignore
from pytorch_models.datasets.interactions import Interactions
from pytorch_models.datasets.splits import Visitor
from pytorch_models.handed_on import HandedOn
from pytorch_models.libraries import library
from pytorch_models.relation import Relation, item_item_weights

FACTORS = (64, 128, 256)
WEIGHTS = ((10.0, 1.0), (10.0, 1.5), (30.0, 3.0), (30.0, 5.0), (100.0, 10.0), (150.0, 15.0))
"""Pairs (λ, α): the best λ is near 10 α on every data set tried, with a smaller α where the data are denser."""
WEIGHTS_WITH_RELATION = ((10.0, 1.0), (30.0, 3.0), (100.0, 10.0))
RELATION_SCALES = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)


@dataclass(frozen=True)
class ALSConfig:
    factors: int = 64
    """Width of the factors of users and movies."""
    regularization: float = 30.0
    """λ, the weight of ‖·‖² of each user and movie."""
    alpha: float = 3.0
    """How much a click counts where an unclicked movie counts 1."""
    iterations: int = 15
    """Sweeps over all users and all movies."""
    relation_scale: float = 0.0
    """Weight of the item–item relation's part of a score; 0 leaves it out."""
    relation_l2: float = 300.0
    """λ of the relation's weights, in squared clicks."""
    relation_keep: int = 200
    """How many of the relation's weights stay, a movie on average."""


class ALSRecommender(Recommender):
    """Solves each visitor's factors anew from their clicks, as the library's `recalculate_user` does."""

    name = "als"
    config: ALSConfig

    def __init__(self, config: ALSConfig | None = None) -> None:
        super().__init__(config or ALSConfig())
        self.model: Any = None
        """The library's own model, for one thread, without the training users' factors."""
        self.relation: Relation | None = None
        self._factors: HandedOn[np.ndarray] = HandedOn()
        self._relation: HandedOn[Relation] = HandedOn()

    def fit(
        self,
        interactions: Interactions,
        *,
        rng: np.random.Generator,
        validation: Sequence[Visitor] = (),
        on_epoch: OnEpoch = ignore,
    ) -> Self:
        """Factorise `interactions`. Raises MissingLibraryError where `implicit` is not installed."""
        config, seed = self.config, int(rng.integers(2**31))
        data = interactions.fingerprint()
        fitted_with = (data, seed, config.factors, config.regularization, config.alpha, config.iterations)
        factors = self._factors.get(fitted_with, lambda: self._factorised(interactions, seed))
        self.relation = None
        if config.relation_scale > 0:
            related_with = (data, config.relation_l2, config.relation_keep)
            self.relation = self._relation.get(related_with, lambda: self._related(interactions))
        self._know(interactions)
        self._serve(factors)
        return self

    def _factorised(self, interactions: Interactions, seed: int) -> np.ndarray:
        # The solver has threads of its own, and the BLAS calls within them must not start more.
        with library("threadpoolctl").threadpool_limits(1, "blas"):
            model = self._made(random_state=seed)
            model.fit(interactions.matrix(), show_progress=False)
        return model.item_factors  # (n_movies, factors)

    def _related(self, interactions: Interactions) -> Relation:
        config = self.config
        return Relation.of(item_item_weights(interactions, l2=config.relation_l2, keep=config.relation_keep))

    def _made(self, **options: Any) -> Any:
        c = self.config
        return library("implicit.cpu.als").AlternatingLeastSquares(
            factors=c.factors, regularization=c.regularization, alpha=c.alpha, iterations=c.iterations, **options
        )

    def _serve(self, item_factors: np.ndarray) -> None:
        with library("threadpoolctl").threadpool_limits(1, "blas"):  # the library warns where there are more
            self.model = self._made(num_threads=1)
        self.model.item_factors = item_factors
        _ = self.model.YtY  # the library would compute and keep it in the first request

    def grid(self) -> Sequence[Self]:
        related = self.config.relation_scale > 0
        return [
            self.with_settings(factors=factors, regularization=l2, alpha=alpha, relation_scale=scale)
            for factors in FACTORS
            for l2, alpha in (WEIGHTS_WITH_RELATION if related else WEIGHTS)
            for scale in (RELATION_SCALES if related else (0.0,))
        ]

    def user_items(self, clicks: np.ndarray) -> sparse.csr_matrix:
        """One visitor's clicks, rows of movies, as the library takes them: (1, n_movies) float32."""
        row = (np.ones(len(clicks), np.float32), clicks.astype(np.int32), np.array([0, len(clicks)], np.int32))
        return sparse.csr_matrix(row, (1, len(self.model.item_factors)))

    def _scores(self, clicks: np.ndarray, *, rng: np.random.Generator) -> Scored:
        user = self.model.recalculate_user(0, self.user_items(np.sort(clicks)))  # (factors,)
        scores = self.model.item_factors @ user  # (n_movies,)
        if self.config.relation_scale > 0:
            assert self.relation is not None
            scores += np.float32(self.config.relation_scale) * self.relation.scores(clicks)
        return Scored(scores)

    def _item_vectors(self) -> np.ndarray:
        factors: np.ndarray = self.model.item_factors
        return factors

    def _tensors(self) -> dict[str, np.ndarray]:
        tensors = {"item_factors": self.model.item_factors}
        if self.relation is not None:
            tensors |= self.relation.tensors()
        return tensors

    def _restore(self, tensors: dict[str, np.ndarray]) -> None:
        self._serve(tensors["item_factors"])
        self.relation = Relation.of_tensors(tensors) if self.config.relation_scale > 0 else None
