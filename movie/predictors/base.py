"""What every predictor does alike: find the checkpoint that serves, load it once, and say what is missing."""

from __future__ import annotations

import logging
import os
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from pathlib import Path
from threading import Lock, Thread
from typing import Generic, TypeVar

import numpy as np
from django.conf import settings

from pytorch_models.base import Answer, NotFittedError, Recommendation, Recommender
from pytorch_models.checkpoint import CheckpointError, CheckpointStore
from pytorch_models.history import History
from pytorch_models.reasons import Reason

logger = logging.getLogger(__name__)
M = TypeVar("M", bound=Recommender)
LOOK_SECONDS = 2.0
"""How often a process looks whether another checkpoint serves by now."""
SEED = 0
"""The same history gets the same list, also when the page is loaded again."""
LENGTH = 10
"""How many movies a list has."""


def store_of(model: str, data: str = "catalogue") -> CheckpointStore:
    """Where the checkpoints of `model`, trained on `data`, are kept; the site serves those of the catalogue."""
    return CheckpointStore(settings.CHECKPOINTS / data / model)


class Predictor(ABC, Generic[M]):
    """Stands between a view and a recommender. It holds the loaded weights and nothing of any request."""

    name: str
    settings_read: tuple[str, ...] = ()
    """Names of the site's settings that change its answers."""
    explains_at_once = True
    """Whether ten reasons take little, some 100 ms at most, so that a list comes with them. Else each is asked for
    when a visitor opens it."""

    def __init__(self) -> None:
        self._loaded: M | None = None
        self._loading = Lock()
        self._renewing = Lock()
        self._looked = 0.0
        self._known: set[Path] = set()
        """Checkpoints that were loaded, or could not be; another one that serves is worth a look."""

    @abstractmethod
    def make(self) -> M:
        """A recommender without weights, set as the site's settings ask."""

    def recommender(self) -> M:
        """The loaded recommender; loads it on first use. Raises NotFittedError where no checkpoint can be used."""
        if self._loaded is None:
            with self._loading:
                if self._loaded is None:
                    self._loaded = self._load()
        elif time.monotonic() - self._looked > LOOK_SECONDS:
            self._look_for_another()
        return self._loaded

    def _load(self) -> M:
        self._looked = time.monotonic()
        store = store_of(self.name)
        current = store.current()
        older = [folder for folder in reversed(store.folders()) if folder != current]
        for folder in ([current] if current else []) + older:
            if folder in self._known:
                continue  # it could not be used; to find that out again would cost each page seconds
            try:
                return self._checked(folder)
            except CheckpointError as error:
                logger.error("%s: %s", self.name, error)
            except Exception:  # whatever it is, an older one may serve, and the site without this model
                logger.exception("%s: %s cannot be used", self.name, folder)
        reason = "no checkpoint can be used" if current or older else "no checkpoint yet"
        raise NotFittedError(f"{self.name}: {reason}; run: python manage.py train {self.name}")

    def _checked(self, folder: Path) -> M:
        """The recommender of `folder`, which has answered once.

        Raises CheckpointError, and whatever else loading and answering may; what the machine lacked for a moment, a
        file or memory, is asked for again the next time.
        """
        self._known.add(folder)
        try:
            recommender = self.prepared(self.make().load(folder))
            self._try(recommender, folder)
        except (OSError, MemoryError):
            self._known.discard(folder)
            raise
        logger.info("process %d: %s serves %s (%s)", os.getpid(), self.name, folder.name, recommender.checkpoint)
        return recommender

    def _try(self, recommender: M, folder: Path) -> None:
        assert recommender.movies is not None
        answer = recommender.recommend(
            History.of_clicks(recommender.movies.ids[:1].tolist()), rng=np.random.default_rng(SEED)
        )
        if len(recommender.movies) > 1 and not (answer.items and np.isfinite([i.score for i in answer.items]).all()):
            raise CheckpointError(f"{folder}: expected a list with finite scores for one click")

    def _look_for_another(self) -> None:
        """Where another checkpoint serves by now, load it beside; requests go on with the one that is here."""
        self._looked = time.monotonic()
        current = store_of(self.name).current()
        if current and current not in self._known and self._renewing.acquire(blocking=False):
            Thread(target=self._renew, args=(current,), daemon=True).start()

    def _renew(self, folder: Path) -> None:
        try:
            fresh = self._checked(folder)
        except Exception as error:  # whatever it is, the old one goes on serving
            logger.error("%s goes on with the checkpoint it has: %s", self.name, error)
        else:
            self._known = {folder}  # so that a return to the one before is seen as well
            self._loaded = fresh
        finally:
            self._renewing.release()

    def kept(self, weights: str, *, created: str) -> M | None:
        """The recommender whose weights have this hash and were made then; None where that checkpoint is gone.

        Raises CheckpointError where it is damaged.
        """
        folder = store_of(self.name).find(weights, created=created) if weights else None
        return self.prepared(self.make().load(folder)) if folder else None

    def answer(self, history: History, *, k: int = LENGTH) -> Answer:
        """The `k` best movies for `history` and how they were found. Raises NotFittedError."""
        return self.recommender().recommend(history, k=k, rng=np.random.default_rng(SEED))

    def explain(self, history: History, movie_ids: Sequence[int]) -> tuple[Reason, ...]:
        """Why each of `movie_ids` for `history`. Raises NotFittedError, UnknownItemError."""
        return self.recommender().explain(history, movie_ids, rng=np.random.default_rng(SEED))

    def to_ask(self, history: History, *, k: int, beside: Sequence[int]) -> list[int]:
        """Movies to ask a visitor about. Raises NotFittedError, NotImplementedError."""
        return self.recommender().to_ask(history, k=k, beside=beside, rng=np.random.default_rng(SEED))

    def similar(self, movie_id: int, *, k: int = 10) -> tuple[Recommendation, ...]:
        """Movies like `movie_id`. Raises NotFittedError, UnknownItemError, NotImplementedError."""
        return self.recommender().similar(movie_id, k=k)

    def predict(self, interacted_items: Iterable[int]) -> list[int]:
        """Ids of the ten best movies, best first, for ids clicked, oldest first; unknown ids are passed over."""
        return self.answer(History.of_clicks(interacted_items)).movie_ids

    def prepared(self, recommender: M) -> M:
        """`recommender`, just loaded, with what the site's settings add to it."""
        return recommender

    def forget(self) -> None:
        """Drop the weights; the next use loads the checkpoint that serves then."""
        with self._loading:
            self._loaded, self._known = None, set()
