"""The movies that most users clicked, the same for everybody: the least that a model must beat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from pytorch_models.base import OnEpoch, Recommender, Scored, ignore
from pytorch_models.datasets.interactions import Interactions
from pytorch_models.datasets.splits import Visitor


@dataclass(frozen=True)
class PopularityConfig:
    """Nothing to set."""


class PopularityRecommender(Recommender):
    """Ranks by the number of users, whatever the history; an empty one gets the same list."""

    name = "popularity"
    personal = False

    def __init__(self, config: PopularityConfig | None = None) -> None:
        super().__init__(config or PopularityConfig())

    def fit(
        self,
        interactions: Interactions,
        *,
        rng: np.random.Generator,
        validation: Sequence[Visitor] = (),
        on_epoch: OnEpoch = ignore,
    ) -> Self:
        self._know(interactions)
        self.users_of_movie = interactions.movie_degree.astype(np.float32)  # (n_movies,)
        return self

    def _scores(self, clicks: np.ndarray, *, rng: np.random.Generator) -> Scored:
        return Scored(self.users_of_movie.copy())

    def _tensors(self) -> dict[str, np.ndarray]:
        return {"users_of_movie": self.users_of_movie}

    def _restore(self, tensors: dict[str, np.ndarray]) -> None:
        self.users_of_movie = tensors["users_of_movie"]
