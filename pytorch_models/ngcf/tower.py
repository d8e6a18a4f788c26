"""A visitor's NGCF, and its ten epochs of BPR, without the graph of everybody else.

The visitor listens and does not speak, so no movie changes when they come. With the movies' layers cached, a
visitor's layer is LeakyReLU(M h + c), M = W1 + W2 diag(n), c = W1 n + b1 + s (b1 + b2): the whole network is a
small perceptron of the visitor's own, whatever the number of users. Gradients are written out (tests hold them
to autograd), because at this size a step of autograd costs more than the mathematics.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch

from pytorch_models.ngcf import graph as graphs
from pytorch_models.ngcf.config import NGCFConfig

F32 = np.float32


@dataclass(frozen=True)
class Tables:
    """What serving needs of a trained network, all float32 but `movie_degree`.

    heard: (n_movies, ΣD_0…D_{L−1}), the layers h_i^0 … h_i^{L−1} that a visitor hears. item: (n_movies, ΣD_0…D_L),
    the movies' representations. bias, movie_degree: (n_movies,). w0: (D_0, D_0). w1, w2: L matrices
    (D_{l+1}, D_l); b1, b2: L vectors (D_{l+1},). scale: (L+1,), √ of the layer weights.
    """

    heard: np.ndarray
    item: np.ndarray
    bias: np.ndarray
    movie_degree: np.ndarray
    w0: np.ndarray
    w1: list[np.ndarray]
    b1: list[np.ndarray]
    w2: list[np.ndarray]
    b2: list[np.ndarray]
    scale: np.ndarray


class Pass(NamedTuple):
    """One way up the tower. h: L+1 vectors (D_l,); slope: L vectors, LeakyReLU's slope at each unit."""

    h: list[np.ndarray]
    slope: list[np.ndarray]
    representation: np.ndarray  # (D,)


class Tower:
    """The perceptron of one visitor who clicked the movies of rows `clicks`, (|C|,) int64, |C| ≥ 1, distinct."""

    def __init__(self, tables: Tables, clicks: np.ndarray, config: NGCFConfig) -> None:
        self.config = config
        self.scale = tables.scale
        rows = torch.from_numpy(tables.heard[clicks])  # (|C|, ΣD)
        visitor = graphs.visitor_graph(torch.from_numpy(tables.movie_degree[clicks]))
        n = graphs.weighted_sum(visitor, graphs.LISTENS, rows)[0].numpy()
        s = float(graphs.weight_sum(visitor, graphs.LISTENS))
        width = config.embedding_size
        mean = graphs.mean_of_neighbours(visitor, rows[:, :width])[0].numpy()
        self.start: np.ndarray = tables.w0 @ mean  # h_u^0 before its free part
        self.weight, self.offset = [], []
        at = 0
        for w1, b1, w2, b2 in zip(tables.w1, tables.b1, tables.w2, tables.b2, strict=True):
            n_l = n[at : at + w1.shape[1]]
            at += w1.shape[1]
            self.weight.append(w1 + w2 * n_l)  # M = W1 + W2 diag(n)
            self.offset.append(w1 @ n_l + b1 + F32(s) * (b1 + b2))

    def forward(self, free: np.ndarray) -> Pass:
        """Up from h_u^0 = start + `free`, (D_0,)."""
        negative = F32(self.config.negative_slope)
        h = [self.start + free]
        slope = []
        for weight, offset in zip(self.weight, self.offset, strict=True):
            z = weight @ h[-1] + offset
            slope.append(np.where(z > 0, F32(1), negative))
            h.append(z * slope[-1])
        parts = [x * (w / self._length(x)) for x, w in zip(h, self.scale, strict=True)]
        return Pass(h, slope, np.concatenate(parts))

    def backward(self, up: Pass, gradient: np.ndarray) -> np.ndarray:
        """From ∂loss/∂representation, (D,), to ∂loss/∂free, (D_0,)."""
        down = np.zeros_like(up.h[-1])
        end = len(gradient)
        for layer in range(len(up.h) - 1, -1, -1):
            h = up.h[layer]
            own = gradient[end - len(h) : end] * self.scale[layer]
            end -= len(h)
            if self.config.normalise:
                length = self._length(h)
                own = (own - h * (h @ own) / length**2) / length
            down = down + own
            if layer:
                down = self.weight[layer - 1].T @ (up.slope[layer - 1] * down)
        return down

    def _length(self, h: np.ndarray) -> np.floating:
        # torch.nn.functional.normalize has the same floor.
        return np.maximum(np.sqrt(h @ h), F32(1e-12)) if self.config.normalise else F32(1)


class Retrained(NamedTuple):
    representation: np.ndarray  # (D,)
    losses: tuple[float, ...]


def retrain(tower: Tower, tables: Tables, clicks: np.ndarray, *, rng: np.random.Generator) -> Retrained:
    """Ten epochs of BPR on the visitor's free part (Rendle et al., UAI 2009), from the trained weights.

    Each epoch is one step of gradient descent on |C| pairs: a random click before a uniformly drawn movie that
    was not clicked. losses: mean BPR loss on one fixed set of |C| pairs, before and after each epoch; empty
    where every movie was clicked and no pair exists.
    """
    config = tower.config
    n_movies = len(tables.bias)
    free = np.zeros(config.embedding_size, F32)  # in units of the length of h_u^0
    unit = np.maximum(np.sqrt(tower.start @ tower.start), F32(1e-12))
    cool = F32(1 / config.retrain_temperature)
    up = tower.forward(free)
    if len(clicks) == n_movies:
        return Retrained(up.representation, ())
    size = (config.retrain_epochs + 1, len(clicks))
    liked = clicks[rng.integers(len(clicks), size=size)]
    passed = not_in(clicks, rng.integers(n_movies - len(clicks), size=size))
    seen = [up.representation]
    for epoch in range(config.retrain_epochs):
        difference = tables.item[liked[epoch]] - tables.item[passed[epoch]]  # (|C|, D)
        margin = difference @ up.representation + tables.bias[liked[epoch]] - tables.bias[passed[epoch]]
        pull = -_sigmoid(-margin * cool) * (cool / F32(len(clicks)))  # ∂ mean(−ln σ(margin / τ)) / ∂margin
        gradient = unit * tower.backward(up, pull @ difference) + F32(config.retrain_l2) * free
        free = free - F32(config.retrain_rate) * gradient
        up = tower.forward(unit * free)
        seen.append(up.representation)
    difference = tables.item[liked[-1]] - tables.item[passed[-1]]
    bias = tables.bias[liked[-1]] - tables.bias[passed[-1]]
    margins = np.stack(seen) @ difference.T + bias  # (epochs + 1, |C|)
    losses = np.logaddexp(0, -margins * cool).mean(axis=1)
    return Retrained(up.representation, tuple(losses.tolist()))


def not_in(clicks: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """Movie rows outside `clicks` from numbers in [0, n_movies − |C|): the r-th movie that was not clicked.

    Exactly uniform where `drawn` is, without drawing again. clicks: (|C|,) distinct; drawn: any shape.
    """
    ordered = np.sort(clicks)
    return drawn + np.searchsorted(ordered - np.arange(len(ordered)), drawn, side="right")


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))
