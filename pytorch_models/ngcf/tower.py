"""A visitor's NGCF, and its ten epochs of BPR, without the graph of everybody else.

The visitor listens and does not speak, so no movie changes when they come. With the movies' layers cached, a
visitor's layer is LeakyReLU(M h + c), M = W1 + W2 diag(n), c = W1 n + b1 + s (b1 + b2): the whole network is a
small perceptron of the visitor's own, whatever the number of users. Gradients are written out (tests hold them
to autograd), because at this size a step of autograd costs more than the mathematics.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pytorch_models.base import Visit
from pytorch_models.ngcf import graph as graphs
from pytorch_models.ngcf.config import NGCFConfig
from pytorch_models.ngcf.edges import Edges

F32 = np.float32


@dataclass(frozen=True)
class Tables:
    """What serving needs of a trained network, all float32 but `movie_degree`.

    heard: (n_movies, ΣD_0…D_{L−1}), the layers h_i^0 … h_i^{L−1} that a visitor hears. item: (n_movies, ΣD_0…D_L),
    the movies' representations. bias, movie_degree: (n_movies,). w0: (D_0, D_0). w1, w2: L matrices
    (D_{l+1}, D_l); b1, b2: L vectors (D_{l+1},). doubt: (1,), κ. scale: (L+1,), √ of the layer weights. edges: the
    training graph.
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
    doubt: np.ndarray
    scale: np.ndarray
    edges: Edges


class Pass(NamedTuple):
    """One way up the tower: L+1 layers' outputs h, divided by their lengths where the model normalises."""

    slope: list[np.ndarray]  # L vectors (D_{l+1},), LeakyReLU's slope at each unit
    length: list[float]  # L+1
    scaled: list[np.ndarray]  # L+1 vectors (D_l,): h / length
    representation: np.ndarray  # (D,)


class Tower:
    """The perceptron of one visitor who clicked the movies of rows `clicks`, (|C|,) int64, |C| ≥ 1, distinct."""

    def __init__(self, tables: Tables, clicks: np.ndarray, config: NGCFConfig) -> None:
        self.config = config
        sure = len(clicks) / (len(clicks) + float(tables.doubt[0]))
        self.scale: np.ndarray = tables.scale * F32(sure)
        n, s, mean = graphs.hear(tables.movie_degree[clicks], tables.heard[clicks])  # of all layers at once
        self.start: np.ndarray = tables.w0 @ mean[: config.embedding_size]  # h_u^0 before its free part
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
        h = self.start + free
        slopes, lengths, scaled = [], [self._length(h)], [h]
        for weight, offset in zip(self.weight, self.offset, strict=True):
            z = weight @ h + offset
            slope = np.where(z > 0, F32(1), negative)
            h = z * slope
            slopes.append(slope)
            lengths.append(self._length(h))
            scaled.append(h)
        scaled = [h / length for h, length in zip(scaled, lengths, strict=True)]
        representation = np.concatenate([h * w for h, w in zip(scaled, self.scale, strict=True)])
        return Pass(slopes, lengths, scaled, representation)

    def backward(self, up: Pass, gradient: np.ndarray) -> np.ndarray:
        """From ∂loss/∂representation, (D,), to ∂loss/∂free, (D_0,)."""
        down: np.ndarray | None = None
        end = len(gradient)
        for layer in range(len(up.scaled) - 1, -1, -1):
            h = up.scaled[layer]
            own = gradient[end - len(h) : end] * self.scale[layer]
            end -= len(h)
            if self.config.normalise:
                own = (own - h * (h @ own)) / up.length[layer]
            down = own if down is None else own + self.weight[layer].T @ (up.slope[layer] * down)
        assert down is not None
        return down

    def _length(self, h: np.ndarray) -> float:
        # torch.nn.functional.normalize has the same floor.
        return max(math.sqrt(h @ h), 1e-12) if self.config.normalise else 1.0


class Retrained(NamedTuple):
    representation: np.ndarray  # (D,)
    losses: tuple[float, ...]
    free: np.ndarray  # (D_0,), what the epochs added to h_u^0


def retrain(tower: Tower, tables: Tables, visit: Visit, *, rng: np.random.Generator) -> Retrained:
    """Ten epochs of BPR on the visitor's free part (Rendle et al., UAI 2009), from the trained weights.

    visit: |C| ≥ 1 clicks, rows ascending. Each epoch is one step of gradient descent on |C| pairs of `draw_pairs`.
    losses: mean BPR loss on one fixed set of |C| pairs, before and after each epoch; empty where every movie was
    clicked and no pair exists.
    """
    config = tower.config
    n_movies, n_clicks = len(tables.bias), len(visit.clicks)
    free: np.ndarray = np.zeros(config.embedding_size, F32)  # in units of the length of h_u^0
    unit = max(math.sqrt(tower.start @ tower.start), 1e-12)
    up = tower.forward(free)
    if n_clicks == n_movies:
        return Retrained(up.representation, (), free)
    liked, passed = draw_pairs(visit, n_movies, config, rng=rng)
    own = tables.item[visit.clicks]  # few rows, and near each other: half of what follows is read from them
    difference = own[np.searchsorted(visit.clicks, liked)] - tables.item[passed]  # (epochs + 1, |C|, D)
    bias = tables.bias[liked] - tables.bias[passed]
    cool = F32(1 / config.retrain_temperature)
    step = F32(-config.retrain_rate)
    seen = [up.representation]
    for epoch in range(config.retrain_epochs):
        margin = difference[epoch] @ up.representation + bias[epoch]
        # ∂ mean(−ln σ(margin / τ)) / ∂margin
        pull = (-cool / F32(n_clicks)) / (1 + np.exp(np.minimum(margin * cool, F32(80))))
        gradient = unit * tower.backward(up, pull @ difference[epoch]) + F32(config.retrain_l2) * free
        free = free + step * gradient
        up = tower.forward(unit * free)
        seen.append(up.representation)
    margins = np.stack(seen) @ difference[-1].T + bias[-1]  # (epochs + 1, |C|)
    losses = np.logaddexp(0, -margins * cool).mean(axis=1)
    return Retrained(up.representation, tuple(losses.tolist()), unit * free)


class Pairs(NamedTuple):
    """Movie rows, (retrain_epochs + 1, |C|) each: `liked` should score above `passed`; the last set is the fixed one
    of the losses."""

    liked: np.ndarray
    passed: np.ndarray


def draw_pairs(visit: Visit, n_movies: int, config: NGCFConfig, *, rng: np.random.Generator) -> Pairs:
    """A random click before a uniformly drawn movie that was not clicked, |C| < n_movies, some of them among those
    passed over (`retrain_passed`).

    Where the visitor spoke for and against movies, some pairs are one of the former before one of the latter
    (`retrain_opinions`).
    """
    clicks = visit.clicks
    size = (config.retrain_epochs + 1, len(clicks))
    liked = clicks[rng.integers(len(clicks), size=size)]
    passed = not_in(clicks, rng.integers(n_movies - len(clicks), size=size))
    if config.retrain_passed and len(visit.passed):
        told = rng.random(size) < config.retrain_passed
        passed = np.where(told, visit.passed[rng.integers(len(visit.passed), size=size)], passed)
    above, below = visit.opposed()
    if config.retrain_opinions and len(below):
        n = len(above) + len(below)
        spoken = rng.random(size) < config.retrain_opinions * n / (n + config.retrain_opinions_doubt)
        liked = np.where(spoken, above[rng.integers(len(above), size=size)], liked)
        passed = np.where(spoken, below[rng.integers(len(below), size=size)], passed)
    return Pairs(liked, passed)


def not_in(clicks: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """Movie rows outside `clicks` from numbers in [0, n_movies − |C|): the r-th movie that was not clicked.

    Exactly uniform where `drawn` is, without drawing again. clicks: (|C|,) distinct; drawn: any shape.
    """
    ordered = np.sort(clicks)
    return drawn + np.searchsorted(ordered - np.arange(len(ordered)), drawn, side="right")
