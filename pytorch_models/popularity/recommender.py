"""One order of the movies, the same for everybody: the least that a model must beat, and what stands in for one."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from pytorch_models.base import OnEpoch, Recommender, Scored, ignore
from pytorch_models.datasets.id_map import IdMap
from pytorch_models.datasets.interactions import NO_STAR, Interactions
from pytorch_models.datasets.splits import Visitor
from pytorch_models.popularity.damping import damped_mean


@dataclass(frozen=True)
class PopularityConfig:
    by_stars: bool = False
    """True: by the damped mean of the stars, as the site's popular page; False: by the number of users."""


class PopularityRecommender(Recommender):
    """Ranks the same whatever the history; an empty one gets the same list."""

    name = "popularity"
    personal = False
    measure = "popularity"
    config: PopularityConfig

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
        self.popularity = self._counted(interactions)  # (n_movies,)
        return self

    def _counted(self, interactions: Interactions) -> np.ndarray:
        if not self.config.by_stars:
            return interactions.movie_degree.astype(np.float32)
        starred = interactions.star > NO_STAR
        movie, star = interactions.movie_idx[starred], interactions.star[starred].astype(float)
        n = np.bincount(movie, minlength=interactions.n_movies)
        return damped_mean(np.bincount(movie, star, minlength=interactions.n_movies), n).astype(np.float32)

    @classmethod
    def ranking(cls, movies: IdMap, popularity: np.ndarray) -> Self:
        """One that ranks `movies` by `popularity`, (n_movies,), however that was counted, and needs no `fit`."""
        made = cls()
        made.movies, made.popularity = movies, popularity
        digest = hashlib.sha256(np.ascontiguousarray(movies.ids).tobytes() + popularity.tobytes())
        made.checkpoint = digest.hexdigest()[:12]  # another order is another answer, and a receipt tells them apart
        return made

    def _scores(self, clicks: np.ndarray, *, rng: np.random.Generator) -> Scored:
        return Scored(self.popularity.copy())

    def _tensors(self) -> dict[str, np.ndarray]:
        return {"popularity": self.popularity}

    def _restore(self, tensors: dict[str, np.ndarray]) -> None:
        self.popularity = tensors["popularity"]
