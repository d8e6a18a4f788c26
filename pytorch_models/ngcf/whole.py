"""Ten epochs of BPR on every weight, with the visitor a user of the whole graph, who listens and speaks.

What the visitor mode is held to: nothing of the network stands still, so no layer is cached, and each request trains
a private copy from the checkpoint. How messages travel is left to a `Propagation`: `full` sums them first,
`reference` sends them edge by edge. Both compute the same function, as long as nothing is dropped out; all else is
written here, once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pytorch_models.history import Visit
from pytorch_models.ngcf.config import NGCFConfig
from pytorch_models.ngcf.edges import Edges
from pytorch_models.ngcf.model import NGCF, Layers
from pytorch_models.ngcf.tower import Tables, draw_pairs

Drop = Callable[[Tensor], Tensor]
"""What becomes of a layer's outputs, (N, D), on their way up."""


class Propagation(Protocol):
    """Layers of a visitor and of movies, over a graph whose last user is the visitor."""

    def __call__(self, network: NGCF, free: Tensor, movies: Tensor | None, drop: Drop) -> Layers:
        """user: L+1 tensors (1, D_l), the visitor's; movie: L+1 tensors (len(movies), D_l), those of rows `movies`.

        free: (D_0,), what the visitor's h^0 has beside W0 · mean. movies: int64, may repeat; None for all.
        """


class Retrained(NamedTuple):
    scores: np.ndarray  # (n_movies,)
    losses: tuple[float, ...]


def retrain_whole(
    tables: Tables,
    visit: Visit,
    config: NGCFConfig,
    propagation_over: Callable[[Edges], Propagation],
    *,
    rng: np.random.Generator,
    dtype: torch.dtype = torch.float32,
) -> Retrained:
    """Append a visitor who clicked |C| ≥ 1 movies, rows ascending, train on their pairs, and score all movies.

    Pairs and losses are those of the visitor mode with the same `rng`: each epoch is one step of Adam on |C| pairs;
    without a movie left to draw, or without epochs, there is none. Nothing of `tables` is written.
    """
    clicks = visit.clicks
    copy = Copy(tables, clicks, config, dtype)
    propagate = propagation_over(tables.edges.with_visitor(clicks))
    n_movies = len(tables.bias)
    if len(clicks) == n_movies or not config.retrain_epochs:
        return Retrained(copy.scores(propagate), ())
    pairs = draw_pairs(visit, n_movies, config, rng=rng)
    liked, passed = (torch.from_numpy(rows) for rows in pairs)
    losses = _train(copy, propagate, (liked, passed), dropout(config.full_dropout, rng))
    scores = copy.scores(propagate)
    reached = torch.from_numpy(scores)
    return Retrained(scores, (*losses, float(copy.loss(reached[liked] - reached[passed]))))


def _train(copy: Copy, propagate: Propagation, pairs: tuple[Tensor, Tensor], drop: Drop) -> list[float]:
    """An epoch a set of pairs, of (epochs, |C|); returns the loss on all of them together, before each epoch."""
    liked, passed = pairs
    optimizer = torch.optim.Adam(copy.parameters(), lr=copy.config.full_rate, fused=True)
    losses = []
    for epoch in range(len(liked)):
        optimizer.zero_grad()
        margins = copy.margins(propagate, liked, passed, drop)
        loss = copy.loss(margins[epoch]) + copy.penalty(liked[epoch], passed[epoch])
        watched = margins if drop is keep else copy.margins_as_served(propagate, liked, passed)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        losses.append(float(copy.loss(watched.detach())))
    optimizer.zero_grad()  # what scoring does not need is let go of
    return losses


class Copy(nn.Module):
    """A request's own network, as the checkpoint has it, and the visitor's free part, in lengths of h_u^0."""

    def __init__(self, tables: Tables, clicks: np.ndarray, config: NGCFConfig, dtype: torch.dtype) -> None:
        super().__init__()
        self.config = config
        self.network = network_of(tables, config, dtype)
        self.free = nn.Parameter(torch.zeros(config.embedding_size, dtype=dtype))
        with torch.no_grad():
            start = self.network.user_of_movies(self.network.movie_embedding[torch.from_numpy(clicks)].mean(dim=0))
        self.unit = start.norm().clamp(min=1e-12)

    def margins(self, propagate: Propagation, liked: Tensor, passed: Tensor, drop: Drop) -> Tensor:
        """How far each movie of `liked` scores above its pair in `passed`, all of one shape."""
        network = self.network
        rows = torch.cat([liked.flatten(), passed.flatten()])
        layers = propagate(network, self.unit * self.free, rows, drop)
        user, movie = network.users(layers), network.representation(layers.movie)
        scores = (movie @ user.T).squeeze(1) + network.movie_bias.index_select(0, rows)
        above, below = scores.chunk(2)
        return (above - below).view_as(liked)

    @torch.no_grad()
    def margins_as_served(self, propagate: Propagation, liked: Tensor, passed: Tensor) -> Tensor:
        """`margins` with nothing dropped."""
        return self.margins(propagate, liked, passed, keep)

    def loss(self, margin: Tensor) -> Tensor:
        """Mean BPR loss −ln σ(margin / τ) (Rendle et al., UAI 2009)."""
        return -F.logsigmoid(margin / self.config.retrain_temperature).mean()

    def penalty(self, liked: Tensor, passed: Tensor) -> Tensor:
        """L2 on the batch: the free part, and the mean over pairs of their movies' embeddings."""
        pairs = self.network.movie_embedding.index_select(0, torch.cat([liked, passed]))
        return self.config.retrain_l2 / 2 * (self.free.square().sum() + pairs.square().sum() / len(liked))

    @torch.inference_mode()
    def scores(self, propagate: Propagation) -> np.ndarray:
        """(n_movies,) scores for the visitor."""
        layers = propagate(self.network, self.unit * self.free, None, keep)
        user, movie = self.network.users(layers), self.network.representation(layers.movie)
        scores: np.ndarray = self.network.score(user, movie)[0].numpy()
        return scores


def network_of(tables: Tables, config: NGCFConfig, dtype: torch.dtype = torch.float32) -> NGCF:
    """The network that `tables` were made of, its weights copied."""
    network = NGCF(config, n_movies=1).eval()  # every weight is replaced below
    weights = {
        "movie_embedding": tables.heard[:, : config.embedding_size],
        "movie_bias": tables.bias,
        "user_of_movies.weight": tables.w0,
        "log_doubt": np.log(tables.doubt[0]),
        "layer_weight": tables.scale**2,
    }
    for layer in range(len(config.layers)):
        weights |= {
            f"layers.{layer}.w1.weight": tables.w1[layer],
            f"layers.{layer}.w1.bias": tables.b1[layer],
            f"layers.{layer}.w2.weight": tables.w2[layer],
            f"layers.{layer}.w2.bias": tables.b2[layer],
        }
    for name, weight in weights.items():
        module, _, parameter = name.rpartition(".")
        setattr(network.get_submodule(module), parameter, nn.Parameter(torch.tensor(weight, dtype=dtype)))
    return network


def keep(h: Tensor) -> Tensor:
    """The `Drop` that drops nothing."""
    return h


def dropout(share: float, rng: np.random.Generator) -> Drop:
    """A `Drop` that sets a random `share` of the outputs to zero and scales up the rest.

    Its draws are its own: torch's one generator belongs to every thread of the process.
    """
    if not share:
        return keep
    generator = torch.Generator().manual_seed(int(rng.integers(2**63)))

    def drop(h: Tensor) -> Tensor:
        kept = torch.empty_like(h).bernoulli_(1 - share, generator=generator)
        return h * kept / (1 - share)

    return drop
