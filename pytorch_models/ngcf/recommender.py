"""NGCF as the site serves it: cached movies, and ten epochs of BPR on the visitor in each request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Self

import numpy as np
import torch

from pytorch_models.base import OnEpoch, Recommender, Scored, ignore
from pytorch_models.datasets.interactions import Interactions
from pytorch_models.datasets.splits import Visitor
from pytorch_models.ngcf.config import NGCFConfig
from pytorch_models.ngcf.model import NGCF, NGCFLayer
from pytorch_models.ngcf.tower import Tables, Tower, retrain
from pytorch_models.ngcf.train import graph_with_visitors, train


class NGCFRecommender(Recommender):
    """Re-trains for each history, on a copy of the visitor's own part; what is shared is never written."""

    name = "ngcf"
    config: NGCFConfig

    def __init__(self, config: NGCFConfig | None = None) -> None:
        super().__init__(config or NGCFConfig())
        self.tables: Tables | None = None
        self.epoch = 0

    def fit(
        self,
        interactions: Interactions,
        *,
        rng: np.random.Generator,
        validation: Sequence[Visitor] = (),
        on_epoch: OnEpoch = ignore,
    ) -> Self:
        """Train on `interactions`. Raises KeyboardInterrupt where Ctrl-C comes before the first epoch's end."""
        trained = train(interactions, self.config, rng=rng, validation=validation, on_epoch=on_epoch)
        if trained.interrupted and trained.epoch == 0:
            raise KeyboardInterrupt
        self.tables = tables_of(trained.network, interactions)
        self._know(interactions)
        self.epoch, self.interrupted = trained.epoch, trained.interrupted
        return self

    def chosen(self) -> Self:
        return self.with_epochs(max(self.epoch, 1))

    def with_epochs(self, epochs: int) -> Self:
        return type(self)(replace(self.config, epochs=epochs))

    def _scores(self, clicks: np.ndarray, *, rng: np.random.Generator) -> Scored:
        assert self.tables is not None
        clicks = np.sort(clicks)  # the order of clicks means nothing to NGCF
        with torch.inference_mode():
            tower = Tower(self.tables, clicks, self.config)
        visitor, losses = retrain(tower, self.tables, clicks, rng=rng)
        return Scored(self.tables.item @ visitor + self.tables.bias, losses)  # (n_movies,)

    def _tensors(self) -> dict[str, np.ndarray]:
        assert self.tables is not None
        tensors = {name: getattr(self.tables, name) for name in _SINGLE}
        for name in _EACH_LAYER:
            tensors |= {f"{name}.{layer}": tensor for layer, tensor in enumerate(getattr(self.tables, name))}
        return tensors

    def _restore(self, tensors: dict[str, np.ndarray]) -> None:
        fields: dict[str, Any] = {name: tensors[name] for name in _SINGLE}
        for name in _EACH_LAYER:
            fields[name] = [tensors[f"{name}.{layer}"] for layer in range(len(self.config.layers))]
        self.tables = Tables(**fields)


_SINGLE = ("heard", "item", "bias", "movie_degree", "w0", "scale")
_EACH_LAYER = ("w1", "b1", "w2", "b2")


@torch.inference_mode()
def tables_of(network: NGCF, interactions: Interactions) -> Tables:
    """Propagate once over the training graph and keep what visitors need. `network` is in eval mode."""
    layers = network(graph_with_visitors(interactions, ()))

    def each(field: str) -> list[np.ndarray]:
        module, parameter = field.split(".")
        return [getattr(getattr(layer, module), parameter).numpy().copy() for layer in _layers(network)]

    return Tables(
        heard=torch.cat(layers.movie[:-1], dim=1).numpy(),
        item=network.representation(layers.movie).numpy(),
        bias=network.movie_bias.numpy().copy(),
        movie_degree=interactions.movie_degree.astype(np.int64),
        w0=network.user_of_movies.weight.numpy().copy(),
        w1=each("w1.weight"),
        b1=each("w1.bias"),
        w2=each("w2.weight"),
        b2=each("w2.bias"),
        scale=network.layer_weight.abs().sqrt().numpy().copy(),
    )


def _layers(network: NGCF) -> list[NGCFLayer]:
    return [layer for layer in network.layers if isinstance(layer, NGCFLayer)]
