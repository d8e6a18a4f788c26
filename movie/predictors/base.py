"""What every predictor does alike: find the checkpoint that serves, load it once, and say what is missing."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Iterable
from threading import Lock
from typing import Generic, TypeVar

import numpy as np
from django.conf import settings

from pytorch_models.base import Answer, History, NotFittedError, Recommender
from pytorch_models.checkpoint import CheckpointError, CheckpointStore

logger = logging.getLogger(__name__)
M = TypeVar("M", bound=Recommender)
SEED = 0
"""The same history gets the same list, also when the page is loaded again."""


def store_of(model: str, data: str = "catalogue") -> CheckpointStore:
    """Where the checkpoints of `model`, trained on `data`, are kept; the site serves those of the catalogue."""
    return CheckpointStore(settings.CHECKPOINTS / data / model)


class Predictor(ABC, Generic[M]):
    """Stands between a view and a recommender. It holds the loaded weights and nothing of any request."""

    name: str

    def __init__(self) -> None:
        self._loaded: M | None = None
        self._loading = Lock()

    @abstractmethod
    def make(self) -> M:
        """A recommender without weights, set as the site's settings ask."""

    def recommender(self) -> M:
        """The loaded recommender; loads it on first use. Raises NotFittedError where no checkpoint can be used."""
        if self._loaded is None:
            with self._loading:
                if self._loaded is None:
                    self._loaded = self._load()
        return self._loaded

    def _load(self) -> M:
        store = store_of(self.name)
        current = store.current()
        older = [folder for folder in reversed(store.folders()) if folder != current]
        for folder in ([current] if current else []) + older:
            try:
                recommender: M = self.make().load(folder)
            except CheckpointError as error:
                logger.error("%s: %s", self.name, error)
                continue
            logger.info("%s serves checkpoint %s (%s)", self.name, folder.name, recommender.checkpoint)
            return recommender
        reason = "every checkpoint is damaged" if current or older else "no checkpoint yet"
        raise NotFittedError(f"{self.name}: {reason}; run: python manage.py train {self.name}")

    def answer(self, history: History, *, k: int = 10) -> Answer:
        """The `k` best movies for `history` and how they were found. Raises NotFittedError."""
        return self.recommender().recommend(history, k=k, rng=np.random.default_rng(SEED))

    def predict(self, interacted_items: Iterable[int]) -> list[int]:
        """Ids of the ten best movies, best first, for ids clicked, oldest first; unknown ids are passed over."""
        return self.answer(History.of_clicks(interacted_items)).movie_ids

    def warm_up(self) -> None:
        """Load the weights and answer once, so that no visitor waits for what a library does on its first call."""
        movies = self.recommender().movies
        assert movies is not None
        self.answer(History.of_clicks(movies.ids[:1].tolist()))

    def forget(self) -> None:
        """Drop the weights; the next use loads the checkpoint that serves then."""
        with self._loading:
            self._loaded = None
