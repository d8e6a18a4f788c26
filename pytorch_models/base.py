"""What every model is to the rest of the project: one interface, and what passes through it."""

from __future__ import annotations

import copy
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple, Self, TypeAlias

import numpy as np

from pytorch_models import checkpoint as checkpoints
from pytorch_models.checkpoint import CheckpointError
from pytorch_models.datasets.id_map import UNKNOWN, IdMap
from pytorch_models.datasets.interactions import Interactions
from pytorch_models.datasets.knowledge import NOTHING, Knowledge
from pytorch_models.datasets.splits import Visitor
from pytorch_models.history import History, Read, Visit
from pytorch_models.reasons import Carried, Measure, Reason

MAX_K = 100
EXPLAINED = 50
"""How many clicks, the newest, a reason may rest on."""


@dataclass(frozen=True)
class EpochDone:
    """What is told after each epoch of training. ndcg, best_ndcg: validation NDCG@10, None without visitors."""

    epoch: int
    epochs: int
    loss: float
    ndcg: float | None
    best_ndcg: float | None
    seconds_left: float


CurvePoint: TypeAlias = dict[str, float]
"""An epoch: "epoch", "seconds" since training began, "loss", and validation's "ndcg@10", "ndcg@20" and "recall@20",
the recall over the whole truth."""

OnEpoch = Callable[[EpochDone], None]


OnStep = Callable[[int, int], None]
"""Told how many steps of how many are done."""


def ignore(done: EpochDone) -> None:
    """The `on_epoch` of those who do not watch."""


def ignore_step(done: int, of: int) -> None:
    """The `on_step` of those who do not watch."""


class NotFittedError(Exception):
    """The model has no weights yet; the message says how to make them."""


class UnknownItemError(LookupError):
    """An id that the model does not know was given where it must know it."""


class Recommendation(NamedTuple):
    movie_id: int
    score: float


@dataclass(frozen=True)
class Receipt:
    """Which model, weights and seed an answer came from. trained: when the weights were made, ISO 8601, "" before
    they were saved."""

    model: str
    checkpoint: str
    seed: int
    trained: str = ""


@dataclass(frozen=True)
class Answer:
    """What a model says to one history, and how it got there."""

    items: tuple[Recommendation, ...]
    """Best first."""
    clicks: int
    """How many distinct movies of the history the model knew and used as liked ones."""
    skipped: tuple[int, ...]
    """Ids of the history that the model does not know."""
    milliseconds: float
    receipt: Receipt
    losses: tuple[float, ...] = ()
    """Where the model re-trained: the loss on one fixed set of pairs, before and after each epoch."""

    @property
    def epochs(self) -> int:
        """How many epochs of re-training `losses` tells of."""
        return max(len(self.losses) - 1, 0)

    @property
    def movie_ids(self) -> list[int]:
        return [item.movie_id for item in self.items]


class Scored(NamedTuple):
    """scores: (n_movies,) float32, the caller's to write into; losses: see Answer."""

    scores: np.ndarray
    losses: tuple[float, ...] = ()


class Best(NamedTuple):
    """rows: at most k movie rows, best first; scores: theirs; losses: see Answer."""

    rows: np.ndarray
    scores: np.ndarray
    losses: tuple[float, ...] = ()


class Recommender(ABC):
    """Fit on interactions, recommend to a history.

    Public methods check and translate ids; a model fills in the underscored ones. Nothing of one request
    is kept on the recommender, so threads may share it.
    """

    name: str
    personal = True
    """False for a model that ranks the same for everybody, and so needs no history."""
    measure: Measure = "leave_one_out"
    """What the weights of its reasons are."""
    reads_knowledge = False
    """True for a model that `fit` tells more where `knowledge` is set."""
    knowledge: Knowledge = NOTHING
    """What is known of the movies beside who saw them. A checkpoint holds what the model needs of it."""
    movies: IdMap | None = None
    checkpoint: str = ""
    """A short hash of the weights, "" where they were never saved or loaded."""
    interrupted: bool = False
    """True where Ctrl-C ended `fit`, which then holds the best so far."""
    scratch: Path | None = None
    """A folder where `fit` may keep how far it is, so that one that was killed goes on from there."""
    curve: Sequence[CurvePoint] = ()
    """Validation by epoch, where `fit` had visitors and keeps it."""
    resumed_seconds: float = 0.0
    """How long earlier processes had trained, where `fit` went on from `scratch`."""

    def __init__(self, config: Any) -> None:
        self.config = config
        """The model's settings, a frozen dataclass."""
        self.facts: dict[str, Any] = {}
        """What a checkpoint tells about itself beside the weights: data, users, metrics."""
        self.on_step: OnStep = ignore_step
        """Told how far `fit` is with what it does before its first epoch."""

    @abstractmethod
    def fit(
        self,
        interactions: Interactions,
        *,
        rng: np.random.Generator,
        validation: Sequence[Visitor] = (),
        on_epoch: OnEpoch = ignore,
    ) -> Self:
        """Learn from `interactions`; returns itself. A model that learns in epochs stops by `validation`."""

    def grid(self) -> Sequence[Self]:
        """Recommenders to fit, of which validation keeps the best: this one, with each setting worth trying."""
        return (self,)

    def asked(self, visitors: Sequence[Visitor]) -> list[Visitor]:
        """Held-out `visitors` with the question that this model is trained to answer, and is let serve by: their
        hidden movies, or, of a model of the order of clicks, the next one."""
        return list(visitors)

    def with_settings(self, **changes: Any) -> Self:
        """This one with other settings, sharing what was fitted. Raises TypeError for an unknown one."""
        other = copy.copy(self)
        other.config = replace(self.config, **changes)
        other.facts = dict(self.facts)
        return other

    def chosen(self) -> Self:
        """A fresh one, not fitted, with the settings that `validation` chose in `fit`."""
        return type(self)(self.config)

    def with_epochs(self, epochs: int) -> Self:
        """A fresh one, not fitted, that trains for at most `epochs`; a model without epochs does not mind."""
        return self

    def recommend(self, history: History, *, k: int = 10, rng: np.random.Generator) -> Answer:
        """The `k` best movies for `history`, none of them in it or in its `exclude`.

        A personal model answers a history without a single known movie without items.
        Raises NotFittedError before `fit` or `load`, ValueError where k is not within 1–MAX_K.
        """
        started = time.perf_counter()
        if self.movies is None:
            raise NotFittedError(f"{self.name} has no weights")
        if not 1 <= k <= MAX_K:
            raise ValueError(f"Expected 'k' between 1 and {MAX_K} (got {k})")
        read = Read.of(history, self.movies)
        visit = read.visit
        items: tuple[Recommendation, ...] = ()
        losses: tuple[float, ...] = ()
        if len(visit.clicks) or not self.personal:
            best, scores, losses = self._best(visit, read.excluded, k, rng=rng)
            items = tuple(map(Recommendation, self.movies.id_at(best).tolist(), scores.tolist()))
        milliseconds = (time.perf_counter() - started) * 1000
        return Answer(items, len(visit.clicks), read.skipped, milliseconds, self._receipt(rng), losses)

    def explain(self, history: History, movie_ids: Sequence[int], *, rng: np.random.Generator) -> tuple[Reason, ...]:
        """Why each of `movie_ids` for `history`: the clicks that carried it, strongest first, none below zero.

        Raises NotFittedError before `fit` or `load`, UnknownItemError where the model does not know a movie.
        """
        if self.movies is None:
            raise NotFittedError(f"{self.name} has no weights")
        rows = self.movies.idx_of(list(movie_ids))
        if UNKNOWN in rows:
            unknown = [movie_id for movie_id, row in zip(movie_ids, rows, strict=True) if row == UNKNOWN]
            raise UnknownItemError(f"{self.name} does not know the movies {unknown}")
        read = Read.of(history, self.movies)
        if not self.personal or not len(read.visit.clicks):
            return tuple(Reason(movie_id, self.measure) for movie_id in movie_ids)
        return self._explain(read, rows, rng=rng)

    def _explain(self, read: Read, rows: np.ndarray, *, rng: np.random.Generator) -> tuple[Reason, ...]:
        """Reasons for the movies `rows`, of a history with clicks."""
        assert self.movies is not None
        visit = read.visit
        clicks = self.movies.id_at(visit.clicks[:EXPLAINED]).tolist()
        lost = self._lost(visit, rows, rng=rng)
        together = self._together(visit.clicks[:EXPLAINED], rows)
        reasons = []
        for column, movie_id in enumerate(self.movies.id_at(rows).tolist()):
            carried = [
                Carried(clicks[at], float(lost[at, column]), None if together is None else int(together[at, column]))
                for at in np.argsort(-lost[:, column], kind="stable")
                if lost[at, column] > 0
            ]
            reasons.append(Reason(movie_id, self.measure, tuple(carried)))
        return tuple(reasons)

    def _together(self, clicks: np.ndarray, rows: np.ndarray) -> np.ndarray | None:
        """(|C|, len(rows)): how many users of the training data have both movies; None where the model does not
        keep who they are."""
        return None

    def _lost(self, visit: Visit, rows: np.ndarray, *, rng: np.random.Generator) -> np.ndarray:
        """(min(|C|, EXPLAINED), len(rows)) float32: what the score of each movie of `rows` loses without each click.

        By scoring anew without it, which a model may do faster. A single click carried everything: all of the score.
        """
        seed = rng.bit_generator.seed_seq.entropy  # type: ignore[attr-defined]
        whole = self._scores(visit.clicks, rng=np.random.default_rng(seed)).scores[rows]
        if len(visit.clicks) == 1:
            return whole[None]
        without = [
            self._scores(np.delete(visit.clicks, at), rng=np.random.default_rng(seed)).scores[rows]
            for at in range(min(len(visit.clicks), EXPLAINED))
        ]
        return whole - np.stack(without)

    def similar(self, movie_id: int, *, k: int = 10) -> tuple[Recommendation, ...]:
        """At most `k` movies that the model takes to be like `movie_id`, most like it first; their scores, all above
        zero, are what it compares movies by.

        Raises NotFittedError before `fit` or `load`, UnknownItemError where the model does not know the movie,
        NotImplementedError where it compares no movies (`compares_movies`), ValueError where k is not within 1–MAX_K.
        """
        if self.movies is None:
            raise NotFittedError(f"{self.name} has no weights")
        if not 1 <= k <= MAX_K:
            raise ValueError(f"Expected 'k' between 1 and {MAX_K} (got {k})")
        [row] = self.movies.idx_of([movie_id])
        if row == UNKNOWN:
            raise UnknownItemError(f"{self.name} does not know the movie {movie_id}")
        likeness = self._likeness(int(row))
        likeness[row] = -np.inf
        best = top_k(likeness, k)
        best = best[likeness[best] > 0]
        return tuple(map(Recommendation, self.movies.id_at(best).tolist(), likeness[best].tolist()))

    def to_ask(self, history: History, *, k: int, beside: Sequence[int] = (), rng: np.random.Generator) -> list[int]:
        """At most `k` movies to ask a visitor about, of whom little is known yet (`pytorch_models.choosing`), none of
        the history, of its `exclude` or `beside` them. Raises NotFittedError, NotImplementedError."""
        raise NotImplementedError(f"{self.name} does not know what to ask")

    @property
    def compares_movies(self) -> bool:
        """Whether `similar` can be asked."""
        own = type(self)
        return own._likeness is not Recommender._likeness or own._item_vectors is not Recommender._item_vectors

    def _likeness(self, row: int) -> np.ndarray:
        """How much every movie is like that of `row`: (n_movies,) float32, the caller's to write into.

        By the cosine of its representations, where a model has no other way.
        """
        vectors = self._item_vectors()
        lengths = np.sqrt(np.einsum("nd,nd->n", vectors, vectors))
        found: np.ndarray = vectors @ vectors[row] / np.maximum(lengths * lengths[row], np.float32(1e-12))
        return found

    def _item_vectors(self) -> np.ndarray:
        """(n_movies, D) float32: the movies' representations, if the model has any."""
        raise NotImplementedError(f"{self.name} compares no movies")

    @abstractmethod
    def _scores(self, clicks: np.ndarray, *, rng: np.random.Generator) -> Scored:
        """Scores for all movies, for clicks of rows `clicks`: (|C|,) int64, distinct, newest first."""

    def _best(self, visit: Visit, excluded: np.ndarray, k: int, *, rng: np.random.Generator) -> Best:
        """The best `k` rows for `visit` without the rows `excluded`; a model may have a faster way to them."""
        scores, losses = self._scores(visit.clicks, rng=rng)
        scores[excluded] = -np.inf
        best = top_k(scores, k)
        return Best(best, scores[best], losses)

    def _receipt(self, rng: np.random.Generator) -> Receipt:
        seed = rng.bit_generator.seed_seq.entropy  # type: ignore[attr-defined]
        return Receipt(self.name, self.checkpoint, int(seed), self.facts.get("created", ""))

    def _know(self, interactions: Interactions) -> None:
        """Remember which movies and whose histories the model was fitted on."""
        self.movies = interactions.movies
        self.facts = {
            "data": interactions.fingerprint(),
            "users": interactions.users_fingerprint(),
            "n_users": interactions.n_users,
            "n_interactions": len(interactions),
        }

    def save(self, path: Path) -> None:
        """Write the fitted model into a new folder `path`. Raises NotFittedError before `fit` or `load`."""
        if self.movies is None:
            raise NotFittedError(f"{self.name} has no weights to save")
        self.checkpoint = checkpoints.write(
            path,
            model=self.name,
            config=asdict(self.config),
            tensors=self._tensors(),
            movies=self.movies,
            facts=self.facts,
        )

    def load(self, path: Path) -> Self:
        """Read what `save` wrote. Raises CheckpointError where it is not whole or another model's."""
        read = checkpoints.read(path, model=self.name)
        try:
            fields = {name: tuple(v) if isinstance(v, list) else v for name, v in read.facts["config"].items()}
            self.config = type(self.config)(**fields)
            self._restore(read.tensors)
        except (KeyError, TypeError, ValueError) as error:
            raise CheckpointError(f"{path}: expected the settings and weights of {self.name} ({error})") from error
        self.movies, self.facts, self.checkpoint = read.movies, read.facts, read.hash
        return self

    @abstractmethod
    def _tensors(self) -> dict[str, np.ndarray]:
        """What was fitted."""

    @abstractmethod
    def _restore(self, tensors: dict[str, np.ndarray]) -> None:
        """The reverse; the settings are there already."""


def top_k(scores: np.ndarray, k: int) -> np.ndarray:
    """(min(k, n),) int64 rows of the largest of `scores` (n,), best first, ties by row; −inf is never among them."""
    k = min(k, len(scores))
    if k == 0:
        return np.empty(0, np.int64)
    found = shortlist(scores, k)
    of_found = scores[found]
    # Everything at least as good as the k-th best, so that ties at the edge are decided by row.
    candidates = found[of_found >= np.partition(of_found, len(found) - k)[len(found) - k]]
    best = candidates[np.argsort(-scores[candidates], kind="stable")][:k]
    return best[scores[best] > -np.inf]


ONE_IN_SAMPLE = 8


def shortlist(scores: np.ndarray, n: int) -> np.ndarray:
    """Ascending rows among which the `n` largest of `scores` (m,) are, n ≤ m, with all ties; few more, as a rule.

    A sample says what the least of them is at most: exact, and much faster than choosing among all.
    """
    sample = scores[::ONE_IN_SAMPLE]
    expected = n // ONE_IN_SAMPLE + 1
    if 4 * expected < len(sample):
        found = np.flatnonzero(scores >= np.partition(sample, -2 * expected)[-2 * expected])
        if len(found) >= n:
            return found
    return np.arange(len(scores))
