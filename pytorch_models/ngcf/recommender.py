"""NGCF as the site serves it: trained once, and re-trained for ten epochs of BPR in each request."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import product
from typing import Any, Self

import numpy as np
import torch

from pytorch_models import choosing
from pytorch_models.base import EXPLAINED, Best, NotFittedError, OnEpoch, Scored, ignore, top_k
from pytorch_models.cosine import cosine_weights
from pytorch_models.datasets.id_map import UNKNOWN
from pytorch_models.datasets.interactions import Interactions
from pytorch_models.datasets.splits import Visitor
from pytorch_models.epochs import ByEpochs
from pytorch_models.evaluation.metrics import ndcg_at
from pytorch_models.history import History, Read, Visit
from pytorch_models.ngcf import explain
from pytorch_models.ngcf.config import NGCFConfig
from pytorch_models.ngcf.edges import Edges
from pytorch_models.ngcf.full import SumFirst
from pytorch_models.ngcf.model import NGCF, NGCFLayer
from pytorch_models.ngcf.reference import PerEdge
from pytorch_models.ngcf.scoring import Narrow, Scoring, cosine_for, scale_for
from pytorch_models.ngcf.tower import Retrained, Tables, Tower, retrain
from pytorch_models.ngcf.train import graph_with_visitors, train
from pytorch_models.ngcf.whole import Propagation, retrain_whole
from pytorch_models.relation import Relation, item_item_weights

PROPAGATIONS: dict[str, Callable[[Edges], Propagation]] = {"full": SumFirst, "reference": PerEdge}
MODES = ("visitor", *PROPAGATIONS)
"""What a request re-trains: the visitor's own part, over cached movies; or every weight, over the whole graph, with
messages summed first, or sent edge by edge for comparison."""


class NGCFRecommender(ByEpochs):
    """Re-trains for each history, in one of MODES, on a copy; what is shared is never written."""

    name = "ngcf"
    config: NGCFConfig

    def __init__(self, config: NGCFConfig | None = None, *, mode: str = "visitor") -> None:
        super().__init__(config or NGCFConfig())
        self.mode = _known(mode)
        self.tables: Tables | None = None
        self.scoring: Scoring | None = None
        self.asking = choosing.Rule()

    def fit(
        self,
        interactions: Interactions,
        *,
        rng: np.random.Generator,
        validation: Sequence[Visitor] = (),
        on_epoch: OnEpoch = ignore,
    ) -> Self:
        """Train on `interactions`; epochs and the relation's scale are chosen on `validation`, where there is one.

        Its visitors count twice, with all their clicks and with FEW, where training shows few too. Validation NDCG@10
        is the mean of both.

        Raises KeyboardInterrupt where Ctrl-C comes before the first epoch's end.
        """
        few = [visitor.with_clicks(FEW, rng=rng) for visitor in validation] if self.config.few_share else []
        visitors = [*validation, *few]
        trained = train(
            interactions, self.config, rng=rng, validation=visitors, on_epoch=on_epoch, scratch=self.scratch
        )
        if trained.interrupted and trained.epoch == 0:
            raise KeyboardInterrupt
        self.epoch, self.interrupted = trained.epoch, trained.interrupted
        self.curve, self.resumed_seconds = trained.curve, trained.resumed_seconds
        self._know(interactions)
        self.tables, users = tables_of(trained.network, interactions)
        narrow = Narrow.of(self.tables.item, users, width=self.config.narrow_width)
        self.scoring = Scoring(self.tables.item, self.tables.bias, *_relations(interactions, self.config), narrow)
        if visitors and self.config.choose_scales:
            self.config = self._best_scales(visitors, rng=rng)
        return self

    def with_index(self) -> Self:
        """This one with an approximate index in place of a pass over all movies, which takes minutes to build for a
        million of them. Raises NotFittedError before `fit` or `load`, MissingLibraryError without the library."""
        if self.scoring is None:
            raise NotFittedError(f"{self.name} has no weights")
        other = copy.copy(self)
        other.scoring = self.scoring.indexed()
        return other

    def _best_scales(self, visitors: Sequence[Visitor], *, rng: np.random.Generator) -> NGCFConfig:
        """Of SCALES, DOUBTS and COSINE_SCALES those with the highest NDCG@10, visitors re-trained as in a request.

        The settings' own stay where none is better by CLEARLY.
        """
        assert self.tables is not None and self.scoring is not None
        tried = [self.config] + [
            replace(self.config, relation_scale=scale, relation_doubt=doubt, cosine_scale=cosine)
            for scale, doubt, cosine in product(SCALES, DOUBTS, COSINE_SCALES)
        ]
        ndcg = np.zeros((len(visitors), len(tried)))
        for row, visitor in enumerate(visitors):
            clicks = np.sort(visitor.clicks)
            representation = self._retrained(Visit.of_clicks(clicks), rng=rng).representation
            network = self.tables.item @ representation + self.tables.bias
            network[clicks] = -np.inf
            relation, cosine = self.scoring.relation.scores(clicks), self.scoring.cosine.scores(clicks)
            truth = visitor.truth.tolist()
            weights = [(scale_for(len(clicks), config), cosine_for(len(clicks), config)) for config in tried]
            found = {
                (a, b): ndcg_at(10, top_k(network + a * relation + b * cosine, 10).tolist(), truth)
                for a, b in set(weights)
            }
            ndcg[row] = [found[each] for each in weights]
        return tried[_clearly_best(ndcg)]

    def in_mode(self, mode: str) -> Self:
        """This one in another mode, sharing what was fitted. Raises ValueError for an unknown one."""
        other = copy.copy(self)
        other.mode = _known(mode)
        return other

    def with_epochs(self, epochs: int) -> Self:
        fresh = type(self)(replace(self.config, epochs=epochs), mode=self.mode)
        fresh.scratch = self.scratch
        return fresh

    def _best(self, visit: Visit, excluded: np.ndarray, k: int, *, rng: np.random.Generator) -> Best:
        assert self.tables is not None and self.scoring is not None
        visit = visit.by_row()  # the order of clicks means nothing to NGCF
        if self.mode == "visitor":
            retrained = self._retrained(visit, rng=rng)
            rows = self.scoring.best(retrained.representation, visit.clicks, excluded, k, self.config)
            return Best(*rows, retrained.losses)
        scores, losses = retrain_whole(self.tables, visit, self.config, PROPAGATIONS[self.mode], rng=rng)
        scores = scores + self.scoring.related(visit.clicks, self.config)
        scores[excluded] = -np.inf
        best = top_k(scores, k)
        return Best(best, scores[best], losses)

    def _scores(self, clicks: np.ndarray, *, rng: np.random.Generator) -> Scored:
        """At full width, in the visitor mode: what the narrow pass of `_best` is held to."""
        assert self.scoring is not None
        visit = Visit.of_clicks(np.sort(clicks))
        retrained = self._retrained(visit, rng=rng)
        return Scored(self.scoring.exact(retrained.representation, visit.clicks, self.config), retrained.losses)

    def _lost(self, visit: Visit, rows: np.ndarray, *, rng: np.random.Generator) -> np.ndarray:
        """Of the visitor mode's score, whatever the mode: the others' weights are a request's own and gone with it.

        The same seed finds the same free part as in the list.
        """
        assert self.tables is not None and self.scoring is not None
        free = self._retrained(visit.by_row(), rng=rng).free
        return explain.lost(self.tables, self.scoring, visit.clicks, rows, free, self.config, most=EXPLAINED)

    def _together(self, clicks: np.ndarray, rows: np.ndarray) -> np.ndarray | None:
        assert self.tables is not None
        return self.tables.edges.together(clicks, rows)

    def _retrained(self, visit: Visit, *, rng: np.random.Generator) -> Retrained:
        assert self.tables is not None
        with torch.inference_mode():
            tower = Tower(self.tables, visit.clicks, self.config)
        return retrain(tower, self.tables, visit, rng=rng)

    def to_ask(self, history: History, *, k: int, beside: Sequence[int] = (), rng: np.random.Generator) -> list[int]:
        if self.movies is None or self.tables is None:
            raise NotFittedError(f"{self.name} has no weights")
        read = Read.of(history, self.movies)
        near = self.movies.idx_of(list(beside))
        found = choosing.to_ask(
            self.tables.movie_degree / max(int(self.facts["n_users"]), 1),
            self._scores(read.visit.clicks, rng=rng).scores if len(read.visit.clicks) else None,
            self.tables.item,
            k=k,
            beside=near[near != UNKNOWN],
            excluded=read.excluded,
            rule=self.asking,
        )
        return self.movies.id_at(found).tolist()

    def _item_vectors(self) -> np.ndarray:
        assert self.tables is not None
        return self.tables.item

    def _tensors(self) -> dict[str, np.ndarray]:
        assert self.tables is not None and self.scoring is not None
        tensors = {name: getattr(self.tables, name) for name in _SINGLE}
        for name in _EACH_LAYER:
            tensors |= {f"{name}.{layer}": tensor for layer, tensor in enumerate(getattr(self.tables, name))}
        tensors |= self.scoring.relation.tensors("relation") | self.scoring.cosine.tensors("cosine")
        for part, arrays in {"edges": self.tables.edges, "narrow": self.scoring.narrow}.items():
            tensors |= {f"{part}.{name}": tensor for name, tensor in vars(arrays).items()}
        return tensors

    def _restore(self, tensors: dict[str, np.ndarray]) -> None:
        found: dict[str, Any] = {name: tensors[name] for name in _SINGLE}
        for name in _EACH_LAYER:
            found[name] = [tensors[f"{name}.{layer}"] for layer in range(len(self.config.layers))]
        self.tables = Tables(**found, edges=Edges(*(tensors[f"edges.{name}"] for name in _EDGES)))
        relation, cosine = (Relation.of_tensors(tensors, name) for name in ("relation", "cosine"))
        narrow = Narrow(tensors["narrow.item"], tensors["narrow.user"])
        self.scoring = Scoring(self.tables.item, self.tables.bias, relation, cosine, narrow)


SCALES = (0.0, *(2.0**n for n in range(2, 12)))
DOUBTS = (0.0, 5.0, 20.0, 60.0)
COSINE_SCALES = (0.0, 4.0, 8.0, 16.0, 32.0)
CLEARLY = 2.0
"""Standard errors. Of two hundred scales the best one on a hundred visitors is mostly the luckiest (as in the rule of
one standard error, Breiman et al., Classification and Regression Trees, 1984, 3.4.3)."""
FEW = 5
"""How many clicks stand for a visitor who has just come."""
_SINGLE = ("heard", "item", "bias", "movie_degree", "w0", "doubt", "scale")
_EACH_LAYER = ("w1", "b1", "w2", "b2")
_EDGES = ("user_start", "movie", "movie_start", "user")


def _known(mode: str) -> str:
    if mode not in MODES:
        raise ValueError(f"Expected 'mode' among {', '.join(MODES)} (got '{mode}')")
    return mode


def _clearly_best(figures: np.ndarray) -> int:
    """The column of `figures`, (n visitors, m), with the highest mean; 0 where that is less than CLEARLY above the
    first, by the standard error of the paired difference."""
    better = figures - figures[:, :1]
    best = int(np.argmax(better.mean(axis=0)))
    error = better[:, best].std() / np.sqrt(len(figures))
    return best if better[:, best].mean() > CLEARLY * error else 0


def _relations(interactions: Interactions, config: NGCFConfig) -> tuple[Relation, Relation]:
    """The relation and the co-click cosine."""
    weights = item_item_weights(
        interactions,
        l2=config.relation_l2,
        keep=config.relation_keep,
        largest_side=config.relation_side,
    )
    cosine = cosine_weights(
        interactions,
        shrink=config.cosine_shrink,
        keep=config.cosine_keep,
        user_power=config.cosine_user_power,
        scored_power=config.cosine_scored_power,
    )
    return Relation.of(weights), Relation.of(cosine)


@torch.inference_mode()
def tables_of(network: NGCF, interactions: Interactions) -> tuple[Tables, np.ndarray]:
    """Propagate once over the training graph and keep what visitors need, beside the users' representations.

    `network` is in eval mode. The second is (n_users, D) float32.
    """
    layers = network(graph_with_visitors(interactions, ()))

    def each(field: str) -> list[np.ndarray]:
        module, parameter = field.split(".")
        return [getattr(getattr(layer, module), parameter).numpy().copy() for layer in _layers(network)]

    tables = Tables(
        heard=torch.cat(layers.movie[:-1], dim=1).numpy(),
        item=network.representation(layers.movie).numpy(),
        bias=network.movie_bias.numpy().copy(),
        movie_degree=interactions.movie_degree.astype(np.int64),
        w0=network.user_of_movies.weight.numpy().copy(),
        w1=each("w1.weight"),
        b1=each("w1.bias"),
        w2=each("w2.weight"),
        b2=each("w2.bias"),
        doubt=network.log_doubt.exp().reshape(1).numpy().copy(),
        scale=network.layer_weight.abs().sqrt().numpy().copy(),
        edges=Edges.of(interactions),
    )
    return tables, network.users(layers).numpy()


def _layers(network: NGCF) -> list[NGCFLayer]:
    return [layer for layer in network.layers if isinstance(layer, NGCFLayer)]
