"""KPRN as the site serves it: paths from the visitor's clicks to candidates, read by an LSTM, shown as reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Self

import numpy as np
import torch

from pytorch_models.base import Best, OnEpoch, Scored, ignore, top_k
from pytorch_models.datasets.interactions import Interactions
from pytorch_models.datasets.splits import Visitor
from pytorch_models.epochs import ByEpochs
from pytorch_models.evaluation.metrics import ndcg_at
from pytorch_models.history import Read, Visit
from pytorch_models.kprn.config import KPRNConfig
from pytorch_models.kprn.examples import build
from pytorch_models.kprn.graph import KnowledgeGraph
from pytorch_models.kprn.model import KPRN
from pytorch_models.kprn.reasons import reasons_of
from pytorch_models.kprn.serving import Reader, network_of
from pytorch_models.kprn.train import train
from pytorch_models.reasons import Measure, Reason

LISTED = 10
"""How many movies a list has, where one movie's reasons are asked for and no list is told."""
FEW = 5
"""How many clicks stand for a visitor who has just come."""


class KPRNRecommender(ByEpochs):
    """Reads the paths to the movies most strongly tied to the clicks; the others stand by how many have them."""

    name = "kprn"
    config: KPRNConfig
    measure: Measure = "paths"
    reads_knowledge = True

    def __init__(self, config: KPRNConfig | None = None) -> None:
        super().__init__(config or KPRNConfig())
        self.reader: Reader | None = None

    def fit(
        self,
        interactions: Interactions,
        *,
        rng: np.random.Generator,
        validation: Sequence[Visitor] = (),
        on_epoch: OnEpoch = ignore,
    ) -> Self:
        """Train on `interactions` and `knowledge`; validation's visitors count with all clicks and with FEW.

        Raises KeyboardInterrupt where Ctrl-C comes before the first epoch's end.
        """
        seed = int(rng.integers(2**31))
        examples = build(
            interactions, self.knowledge, self.config, seed=seed, scratch=self.scratch, on_step=self.on_step
        )
        torch.manual_seed(seed)
        graph = KnowledgeGraph.of(interactions, self.knowledge, self.config, rng=rng)
        network = network_of(graph, self.config)
        visitors = [*validation, *(visitor.with_clicks(FEW, rng=rng) for visitor in validation)]

        def judge(network: KPRN) -> float:
            reader = Reader(graph, network)
            return float(np.mean([_ndcg(reader, visitor) for visitor in visitors]))

        trained = train(network, examples, self.config, rng=rng, judge=judge if visitors else None, on_epoch=on_epoch)
        self.epoch, self.interrupted = trained.epoch, trained.interrupted
        self._know(interactions)
        self.facts["knowledge"] = self.knowledge.fingerprint()
        self.reader = Reader(graph, trained.best)
        return self

    def with_epochs(self, epochs: int) -> Self:
        fresh = type(self)(replace(self.config, epochs=epochs))
        fresh.scratch, fresh.knowledge, fresh.on_step = self.scratch, self.knowledge, self.on_step
        return fresh

    def _best(self, visit: Visit, excluded: np.ndarray, k: int, *, rng: np.random.Generator) -> Best:
        assert self.reader is not None
        scores = self.reader.scores(visit.clicks, excluded, at_least=k)
        best = top_k(scores, k)
        return Best(best, scores[best])

    def _scores(self, clicks: np.ndarray, *, rng: np.random.Generator) -> Scored:
        assert self.reader is not None
        return Scored(self.reader.scores(clicks, clicks))

    def _explain(self, read: Read, rows: np.ndarray, *, rng: np.random.Generator) -> tuple[Reason, ...]:
        assert self.reader is not None and self.movies is not None
        listed = rows if len(rows) > 1 else self._listed(read, rows)
        return reasons_of(self.reader, read.visit.clicks, listed, self.movies)[: len(rows)]

    def _listed(self, read: Read, rows: np.ndarray) -> np.ndarray:
        """The one movie of `rows`, and the others of the list in which it has a rank."""
        assert self.reader is not None
        scores = self.reader.scores(read.visit.clicks, np.concatenate([read.excluded, rows]))
        return np.concatenate([rows, top_k(scores, LISTED - 1)])

    def _likeness(self, row: int) -> np.ndarray:
        """The weights of all paths of four nodes from a visitor who clicked this movie alone."""
        assert self.reader is not None
        return self.reader.tied(np.array([row])).strength

    def _tensors(self) -> dict[str, np.ndarray]:
        assert self.reader is not None
        return self.reader.tensors()

    def _restore(self, tensors: dict[str, np.ndarray]) -> None:
        self.reader = Reader.of_tensors(tensors, self.config)


def _ndcg(reader: Reader, visitor: Visitor) -> float:
    scores = reader.scores(visitor.clicks, visitor.clicks)
    return ndcg_at(10, top_k(scores, 10).tolist(), visitor.truth.tolist())
