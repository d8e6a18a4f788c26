"""Matrix factorisation by Bayesian personalised ranking (Rendle et al., UAI 2009).

The library `implicit` fits; it is imported on first use, because the site runs without it. It cannot fold in a
visitor, so that is done here, by the same gradient steps on a fresh row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from pytorch_models.base import OnEpoch, Recommender, Scored, ignore
from pytorch_models.datasets.interactions import Interactions
from pytorch_models.datasets.splits import Visitor
from pytorch_models.fold_in import Pairs, draw_pairs, losses, pull
from pytorch_models.handed_on import HandedOn
from pytorch_models.libraries import library

F32 = np.float32


@dataclass(frozen=True)
class BPRConfig:
    factors: int = 128
    """Width of the factors of users and movies, without the movies' bias."""
    learning_rate: float = 0.01
    """Step size of gradient descent, in training and in folding in."""
    regularization: float = 0.01
    """Weight of ½‖·‖² of the rows that a step touches."""
    epochs: int = 200
    """Passes over as many pairs as there are interactions."""
    fold_in_epochs: int = 10
    """Passes over as many pairs as a visitor has clicks. The movies are trained, so fewer do than in training."""
    fold_in_batch: int = 16
    """Pairs a step of folding in; the library takes one at a time, and their steps are summed here."""


class BPRRecommender(Recommender):
    """Gives each visitor a fresh row and lets it learn from their clicks, the movies frozen."""

    name = "bpr"
    config: BPRConfig

    def __init__(self, config: BPRConfig | None = None) -> None:
        super().__init__(config or BPRConfig())
        self._factors: HandedOn[np.ndarray] = HandedOn()

    def fit(
        self,
        interactions: Interactions,
        *,
        rng: np.random.Generator,
        validation: Sequence[Visitor] = (),
        on_epoch: OnEpoch = ignore,
    ) -> Self:
        """Factorise `interactions`. Raises MissingLibraryError where `implicit` is not installed."""
        c, seed = self.config, int(rng.integers(2**31))
        fitted_with = (interactions.fingerprint(), seed, c.factors, c.learning_rate, c.regularization, c.epochs)
        # (n_movies, factors + 1), the bias last
        self.movie_factors = self._factors.get(fitted_with, lambda: self._factorised(interactions, seed))
        self.drawn_up_to = np.cumsum(interactions.movie_degree)  # (n_movies,), to draw movies by their clicks
        self._know(interactions)
        return self

    def _factorised(self, interactions: Interactions, seed: int) -> np.ndarray:
        c = self.config
        model = library("implicit.cpu.bpr").BayesianPersonalizedRanking(
            factors=c.factors,
            learning_rate=c.learning_rate,
            regularization=c.regularization,
            iterations=c.epochs,
            num_threads=1,  # several threads write the same rows in no order: another model each time
            random_state=seed,
        )
        model.fit(interactions.matrix(), show_progress=False)
        return model.item_factors

    def with_epochs(self, epochs: int) -> Self:
        return type(self)(replace(self.config, epochs=epochs))

    def grid(self) -> Sequence[Self]:
        return [
            self.with_settings(learning_rate=rate, epochs=epochs, fold_in_epochs=fold_in)
            for rate in (0.01, 0.03)
            for epochs in (100, 200)
            for fold_in in (3, 10, 30)
        ]

    def _scores(self, clicks: np.ndarray, *, rng: np.random.Generator) -> Scored:
        user, losses = self._fold_in(np.sort(clicks), rng=rng)  # the order of clicks means nothing to BPR
        return Scored(self.movie_factors @ user, losses)  # (n_movies,)

    def _fold_in(self, clicks: np.ndarray, *, rng: np.random.Generator) -> tuple[np.ndarray, tuple[float, ...]]:
        """A visitor's row, (factors + 1,), and its loss on one fixed set of pairs, before and after each epoch."""
        c = self.config
        shape = (c.fold_in_epochs + 1, len(clicks))
        # A passed movie is the movie of a random interaction, as the library draws it.
        passed = np.searchsorted(self.drawn_up_to, rng.integers(self.drawn_up_to[-1], size=shape), side="right")
        pairs = draw_pairs(clicks, passed, rng=rng)
        user = np.append((rng.random(c.factors, dtype=F32) - F32(0.5)) / F32(c.factors), F32(1))  # as in training
        seen = [user]
        for epoch in range(c.fold_in_epochs):
            user = user.copy()
            for start in range(0, len(clicks), c.fold_in_batch):
                self._step(user, pairs.of((epoch, slice(start, start + c.fold_in_batch))))
            seen.append(user)
        return user, losses(seen, self.movie_factors, pairs.of(-1))

    def _step(self, user: np.ndarray, pairs: Pairs) -> None:
        """One step of gradient descent on the sum of the loss of `pairs`. Writes into `user`; its last, 1, stays."""
        difference = self.movie_factors[pairs.liked] - self.movie_factors[pairs.passed]  # (n, factors + 1)
        pulled = pull(difference @ user, pairs.counts) @ difference[:, :-1]
        shrunk = F32(self.config.regularization) * pairs.counts.sum() * user[:-1]
        user[:-1] += F32(self.config.learning_rate) * (pulled - shrunk)

    def _item_vectors(self) -> np.ndarray:
        return self.movie_factors[:, :-1]  # what is liked by many is no more alike for it

    def _tensors(self) -> dict[str, np.ndarray]:
        return {"movie_factors": self.movie_factors, "drawn_up_to": self.drawn_up_to}

    def _restore(self, tensors: dict[str, np.ndarray]) -> None:
        self.movie_factors, self.drawn_up_to = tensors["movie_factors"], tensors["drawn_up_to"]
