"""The movies that most users clicked, the same for everybody: the least that a model must beat."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np

from pytorch_models import checkpoint
from pytorch_models.base import Answer, OnEpoch, Recommender, ignore
from pytorch_models.datasets.interactions import Interactions
from pytorch_models.datasets.splits import Visitor


class PopularityRecommender(Recommender):
    """Ranks by the number of users, whatever the history; an empty one gets the same list."""

    name = "popularity"

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

    def _recommend(
        self,
        clicks: np.ndarray,
        excluded: np.ndarray,
        *,
        k: int,
        skipped: tuple[int, ...],
        rng: np.random.Generator,
    ) -> Answer:
        started = time.perf_counter()
        items = self._ranked(self.users_of_movie.copy(), excluded, k)
        milliseconds = (time.perf_counter() - started) * 1000
        return Answer(items, len(clicks), skipped, milliseconds, self._receipt(rng))

    def save(self, path: Path) -> None:
        assert self.movies is not None
        self.checkpoint = checkpoint.write(
            path,
            model=self.name,
            config={},
            tensors={"users_of_movie": self.users_of_movie},
            movies=self.movies,
            facts=self.facts,
        )

    def load(self, path: Path) -> Self:
        read = checkpoint.read(path, model=self.name)
        self.users_of_movie = read.tensors["users_of_movie"]
        self.movies, self.facts, self.checkpoint = read.movies, read.facts, read.hash
        return self
