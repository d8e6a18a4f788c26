"""A trained KPRN over its graph, as requests read it: nothing here changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

import numpy as np
import torch
from torch import Tensor

from pytorch_models.kprn.config import KPRNConfig
from pytorch_models.kprn.graph import KnowledgeGraph
from pytorch_models.kprn.model import KPRN
from pytorch_models.kprn.paths import Paths, Ties, extract, ties


def network_of(graph: KnowledgeGraph, config: KPRNConfig) -> KPRN:
    """A network for the paths of `graph`, not trained."""
    return KPRN(config, torch.from_numpy(graph.kind), torch.from_numpy(graph.degree), n_users=graph.n_users)


@dataclass(frozen=True)
class Reader:
    """network: in eval mode. ends: (n_movies, 4H), what each movie does to the LSTM at a path's end; pathless:
    (n_movies,) float32, its score where no path leads to it."""

    graph: KnowledgeGraph
    network: KPRN
    ends: Tensor = field(init=False)
    pathless: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        with torch.inference_mode():
            every = torch.arange(self.graph.n_movies)
            object.__setattr__(self, "ends", self.network.ends(every))
            object.__setattr__(self, "pathless", self.network.pathless(every).numpy())

    @property
    def config(self) -> KPRNConfig:
        return self.network.config

    def scores(self, clicks: np.ndarray, excluded: np.ndarray, *, at_least: int = 0) -> np.ndarray:
        """(n_movies,) float32: g for `clicks`, rows, newest first, by the paths to the candidates alone; −inf for the
        rows `excluded`. at_least: candidates, where there are so many."""
        tied = self.tied(clicks)
        candidates = tied.strongest(max(self.config.candidates, at_least), excluded=excluded)
        scores = self.pathless.copy()
        scores[candidates] = self.read(self.paths(tied, candidates))[1]
        scores[excluded] = -np.inf
        return scores

    def tied(self, clicks: np.ndarray) -> Ties:
        return ties(self.graph, clicks[: self.config.most_clicks])

    def paths(self, tied: Ties, targets: np.ndarray) -> Paths:
        return extract(self.graph, tied, targets, self.config)

    @torch.inference_mode()
    def read(self, paths: Paths) -> tuple[np.ndarray, np.ndarray]:
        """The logarithm of what each path adds, (N,), and g of each target, (T,)."""
        scores = self.network.scores_in_parts(paths, self.ends)
        return self.network.parts(paths, scores).numpy(), self.network.pooled(paths, scores).numpy()

    def tensors(self) -> dict[str, np.ndarray]:
        state = {f"network.{name}": tensor.numpy() for name, tensor in self.network.state_dict().items()}
        return state | self.graph.tensors()

    @classmethod
    def of_tensors(cls, tensors: dict[str, np.ndarray], config: KPRNConfig) -> Self:
        """The reverse of `tensors`. Raises KeyError or ValueError where they do not fit `config`."""
        graph = KnowledgeGraph.of_tensors(tensors)
        own = {name.removeprefix("network."): t for name, t in tensors.items() if name.startswith("network.")}
        with torch.device("meta"):  # the weights come from the file alone
            network = network_of(graph, config)
        try:
            # Copied, for torch's products are not the same bit for bit wherever a tensor begins in memory.
            network.load_state_dict({name: torch.from_numpy(t.copy()) for name, t in own.items()}, assign=True)
        except RuntimeError as error:
            raise ValueError(str(error)) from error
        return cls(graph, network.eval())
