"""The layer as its equation is written: one message an edge. Slow on purpose, to be compared with."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from pytorch_models.ngcf.edges import Edges
from pytorch_models.ngcf.model import NGCF, Layers, NGCFLayer
from pytorch_models.ngcf.whole import Drop


class PerEdge:
    """A `Propagation` that gathers, for each edge, the two ends, and adds up the messages (NGCF eq. 3, 7)."""

    def __init__(self, edges: Edges) -> None:
        user_degree, movie_degree = edges.user_degree, edges.movie_degree
        user = np.repeat(np.arange(edges.n_users), user_degree)
        self.user, self.movie = torch.from_numpy(user), torch.from_numpy(edges.movie.astype(np.int64))  # (E,)
        c = 1 / np.sqrt(np.float64(user_degree[user]) * movie_degree[edges.movie])
        self.c = torch.from_numpy(c).unsqueeze(1)  # (E, 1)
        self.user_degree = torch.from_numpy(user_degree).unsqueeze(1)  # (n_users, 1)

    def __call__(self, network: NGCF, free: Tensor, movies: Tensor | None, drop: Drop) -> Layers:
        movie: Tensor = network.movie_embedding
        heard = movie.index_select(0, self.movie)  # (E, D)
        mean = _sum_at(self.user, heard, len(self.user_degree)) / self.user_degree.clamp(min=1)
        start = network.user_of_movies(mean)
        user = torch.cat([start[:-1], start[-1:] + free])
        layers = Layers([user], [movie], self.user_degree.to(movie.dtype))
        for layer in network.layers:
            assert isinstance(layer, NGCFLayer)
            user, movie = (
                drop(self._hear(layer, user, self.user, movie, self.movie)),
                drop(self._hear(layer, movie, self.movie, user, self.user)),
            )
            layers.user.append(user)
            layers.movie.append(movie)
        wanted = torch.arange(len(movie)) if movies is None else movies
        movies_alone = [h.index_select(0, wanted) for h in layers.movie]
        return Layers([h[-1:] for h in layers.user], movies_alone, layers.heard[-1:])

    def _hear(self, layer: NGCFLayer, h: Tensor, at: Tensor, source: Tensor, of: Tensor) -> Tensor:
        """LeakyReLU( W1 h + b1 + Σ ĉ (W1 h_i + b1 + W2 (h_i ⊙ h) + b2) ), each edge from `source[of]` to `h[at]`."""
        sender, hearer = source.index_select(0, of), h.index_select(0, at)  # (E, D_l)
        message = self.c.to(h.dtype) * (layer.w1(sender) + layer.w2(sender * hearer))  # (E, D_{l+1})
        return F.leaky_relu(layer.w1(h) + _sum_at(at, message, len(h)), layer.negative_slope)


def _sum_at(at: Tensor, message: Tensor, n: int) -> Tensor:
    """(n, D): the sum of the messages, (E, D), that arrive at each node."""
    return torch.zeros(n, message.shape[1], dtype=message.dtype).index_add(0, at, message)
