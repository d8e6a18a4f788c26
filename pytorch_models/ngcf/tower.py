"""A visitor's NGCF, and its ten epochs of BPR, without the graph of everybody else.

The visitor listens and does not speak, so no movie changes when they come. With the movies' layers cached, a
visitor's layer is LeakyReLU(M h + c), M = W1 + W2 diag(n), c = W1 n + b1 + s (b1 + b2): the whole network is a
small perceptron of the visitor's own, whatever the number of users. Gradients are written out (tests hold them
to autograd), because at this size a step of autograd costs more than the mathematics.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np

from pytorch_models.history import Visit
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

    @cached_property
    def layers(self) -> list[slice]:
        """Where each layer stands in a representation."""
        ends = accumulate([len(self.w0), *(len(w1) for w1 in self.w1)])
        return [slice(*each) for each in pairwise([0, *ends])]

    @cached_property
    def spread(self) -> np.ndarray:
        """(D,): `scale` at each place of a representation."""
        return np.repeat(self.scale, [each.stop - each.start for each in self.layers])


class Pass(NamedTuple):
    """One way up the tower: L+1 layers' outputs h, divided by their lengths where the model normalises."""

    slope: list[np.ndarray]  # L vectors (D_{l+1},), LeakyReLU's slope at each unit
    length: list[float]  # L+1
    unit: np.ndarray  # (D,), D = ΣD_0…D_L: h / length, layer behind layer
    scale: np.ndarray  # (D,), the weight of each layer

    @property
    def representation(self) -> np.ndarray:
        return self.unit * self.scale


class Tower:
    """The perceptron of one visitor who clicked the movies of rows `clicks`, (|C|,) int64, |C| ≥ 1, distinct."""

    def __init__(self, tables: Tables, clicks: np.ndarray, config: NGCFConfig) -> None:
        self.config = config
        sure = len(clicks) / (len(clicks) + float(tables.doubt[0]))
        n, s, mean = graphs.hear(tables.movie_degree[clicks], tables.heard[clicks])  # of all layers at once
        self.start: np.ndarray = tables.w0 @ mean[: config.embedding_size]  # h_u^0 before its free part
        self.weight, self.offset = [], []
        at = 0
        for w1, b1, w2, b2 in zip(tables.w1, tables.b1, tables.w2, tables.b2, strict=True):
            n_l = n[at : at + w1.shape[1]]
            at += w1.shape[1]
            self.weight.append(w1 + w2 * n_l)  # M = W1 + W2 diag(n)
            self.offset.append(w1 @ n_l + b1 + F32(s) * (b1 + b2))
        self.layers = tables.layers
        self.scale: np.ndarray = tables.spread * F32(sure)

    def forward(self, free: np.ndarray) -> Pass:
        """Up from h_u^0 = start + `free`, (D_0,)."""
        negative = F32(self.config.negative_slope)
        unit = np.empty_like(self.scale)
        h = self.start + free
        slopes, lengths = [], [self._unit(h, unit[self.layers[0]])]
        for weight, offset, layer in zip(self.weight, self.offset, self.layers[1:], strict=True):
            z = weight @ h + offset
            slope = np.where(z > 0, F32(1), negative)
            h = z * slope
            slopes.append(slope)
            lengths.append(self._unit(h, unit[layer]))
        return Pass(slopes, lengths, unit, self.scale)

    def backward(self, up: Pass, gradient: np.ndarray) -> np.ndarray:
        """From ∂loss/∂unit, (D,), to ∂loss/∂free, (D_0,)."""
        down: np.ndarray | None = None
        for at in range(len(self.layers) - 1, -1, -1):
            own = gradient[self.layers[at]]
            if self.config.normalise:
                h = up.unit[self.layers[at]]
                own = (own - h * (h @ own)) / up.length[at]
            down = own if down is None else own + (up.slope[at] * down) @ self.weight[at]
        assert down is not None
        return down

    def _unit(self, h: np.ndarray, out: np.ndarray) -> float:
        """The length of `h`, and `h` divided by it into `out`; 1 where the model does not normalise."""
        # torch.nn.functional.normalize has the same floor.
        length = max(math.sqrt(h @ h), 1e-12) if self.config.normalise else 1.0
        np.divide(h, length, out=out)
        return length


class Retrained(NamedTuple):
    representation: np.ndarray  # (D,)
    losses: tuple[float, ...]
    free: np.ndarray  # (D_0,), the visitor's part of h_u^0 that the epochs found


def retrain(tower: Tower, tables: Tables, visit: Visit, *, rng: np.random.Generator) -> Retrained:
    """Ten epochs of BPR on the visitor's free part (Rendle et al., UAI 2009), from the trained weights.

    visit: |C| ≥ 1 clicks, rows ascending. Each epoch is one step of gradient descent on |C| pairs of `draw_pairs`.
    losses: mean BPR loss on the pairs of all epochs together, before and after each; empty without epochs, and
    where every movie was clicked and no pair exists.
    """
    config = tower.config
    n_movies, n_clicks = len(tables.bias), len(visit.clicks)
    free: np.ndarray = np.zeros(config.embedding_size, F32)
    up = tower.forward(free)
    if n_clicks == n_movies or not config.retrain_epochs:
        return Retrained(up.representation, (), free)
    half, half_bias = _halves(tower, tables, draw_pairs(visit, n_movies, config, rng=rng), visit)
    # Rate and regulariser are of the free part in lengths of h_u^0. 2 · half = ∂x/∂unit, and of a pair −½/|C| is the
    # gradient of its loss at x → −∞.
    rate = F32(config.retrain_rate * max(float(tower.start @ tower.start), 1e-24) / n_clicks)
    keep = F32(1 - config.retrain_rate * config.retrain_l2)
    seen = [up.unit]
    for epoch in range(config.retrain_epochs):
        # ∂(−ln σ(x)) / ∂x = −σ(−x) = (tanh(x/2) − 1) / 2
        pull = np.tanh(half[epoch] @ up.unit + half_bias[epoch]) - F32(1)
        free = free * keep - rate * tower.backward(up, pull @ half[epoch])
        up = tower.forward(free)
        seen.append(up.unit)
    margins = np.stack(seen) @ half.reshape(-1, half.shape[-1]).T + half_bias.ravel()  # (epochs + 1, epochs · |C|)
    losses = np.logaddexp(0, -2 * margins).mean(axis=1)
    return Retrained(up.representation, tuple(losses.tolist()), free)


def _halves(tower: Tower, tables: Tables, pairs: Pairs, visit: Visit) -> tuple[np.ndarray, np.ndarray]:
    """(epochs, |C|, D) and (epochs, |C|): first · unit + second = x / 2, x a pair's margin by temperature."""
    own = tables.item[visit.clicks]  # few rows, and near each other: half of what follows is read from them
    half = own[np.searchsorted(visit.clicks, pairs.liked)] - tables.item[pairs.passed]
    cool = F32(0.5 / tower.config.retrain_temperature)
    half *= cool * tower.scale
    return half, (tables.bias[pairs.liked] - tables.bias[pairs.passed]) * cool


class Pairs(NamedTuple):
    """Movie rows, (retrain_epochs, |C|) each: `liked` should score above `passed`."""

    liked: np.ndarray
    passed: np.ndarray


def draw_pairs(visit: Visit, n_movies: int, config: NGCFConfig, *, rng: np.random.Generator) -> Pairs:
    """A random click before a uniformly drawn movie that was not clicked, |C| < n_movies, some of them among those
    passed over (`retrain_passed`).

    Where the visitor spoke for and against movies, some pairs are one of the former before one of the latter
    (`retrain_opinions`).
    """
    clicks = visit.clicks
    size = (config.retrain_epochs, len(clicks))
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
