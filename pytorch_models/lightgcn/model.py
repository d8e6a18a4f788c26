"""LightGCN (He et al., SIGIR 2020): embeddings, smoothed over the user–movie graph, and nothing else.

Embeddings, propagation and loss, to be read from top to bottom. Users stand before movies in every matrix.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from scipy import sparse
from torch import Tensor, nn

from pytorch_models.datasets.interactions import Interactions
from pytorch_models.lightgcn.config import LightGCNConfig

INITIAL_SPREAD = 0.1
"""Standard deviation of the embeddings before training, as in the authors' code."""


def adjacency(interactions: Interactions) -> Tensor:
    """Ã = D^−½ A D^−½ of the user–movie graph (LightGCN eq. 3 and 8): (N, N) sparse, N = n_users + n_movies."""
    n = interactions.n_users + interactions.n_movies
    user, movie = interactions.user_idx, interactions.movie_idx + interactions.n_users
    degree = interactions.user_degree[interactions.user_idx] * interactions.movie_degree[interactions.movie_idx]
    weight = np.tile(1 / np.sqrt(degree), 2).astype(np.float32)
    edges = np.concatenate([user, movie]), np.concatenate([movie, user])
    both_ways = sparse.csr_matrix((weight, edges), (n, n))
    starts, columns, values = (torch.from_numpy(a) for a in (both_ways.indptr, both_ways.indices, both_ways.data))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Sparse")  # CSR is "in beta"; what is used of it is tested here
        return torch.sparse_csr_tensor(starts, columns, values, (n, n))


class MeanOfLayers(torch.autograd.Function):
    """P E = 1/(L+1) Σ_l Ã^l E, one sparse product a layer.

    Ã is symmetric, so P is, and the gradient of E is P times the gradient of P E: no layer need be kept.
    """

    @staticmethod
    def forward(ctx: Any, embedding: Tensor, adjacency: Tensor, layers: int) -> Tensor:
        ctx.adjacency, ctx.layers = adjacency, layers
        return mean_of_layers(embedding, adjacency, layers)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        return mean_of_layers(gradient, ctx.adjacency, ctx.layers), None, None


def mean_of_layers(embedding: Tensor, adjacency: Tensor, layers: int) -> Tensor:
    """1/(L+1) Σ_{l=0…L} Ã^l E: (N, D) → (N, D)."""
    layer = total = embedding
    for _ in range(layers):
        layer = adjacency @ layer
        total = total + layer
    return total / (layers + 1)


class LightGCN(nn.Module):
    """The embeddings of one set of interactions, and the graph that they are propagated over."""

    def __init__(self, interactions: Interactions, config: LightGCNConfig) -> None:
        super().__init__()
        self.config = config
        self.n_users = interactions.n_users
        self.adjacency = adjacency(interactions)
        n = interactions.n_users + interactions.n_movies
        self.embedding = nn.Parameter(INITIAL_SPREAD * torch.randn(n, config.embedding_size))

    def forward(self) -> Tensor:
        """The representations of all users, then all movies: (N, D)."""
        return MeanOfLayers.apply(self.embedding, self.adjacency, self.config.layers)  # type: ignore[no-untyped-call]

    def loss(self, user: Tensor, liked: Tensor, passed: Tensor) -> Tensor:
        """Mean BPR loss −ln σ(u·p − u·n), plus L2 on the pairs' own embeddings (LightGCN eq. 15).

        user, liked, passed: (B,) int64 rows of users and of movies.
        """
        rows = torch.cat([user, liked + self.n_users, passed + self.n_users])
        u, p, n = F.embedding(rows, self()).chunk(3)  # (B, D) each
        own = F.embedding(rows, self.embedding)
        ranking = F.softplus((u * n).sum(dim=1) - (u * p).sum(dim=1)).mean()
        return ranking + self.config.l2 / 2 * own.square().sum() / max(len(user), 1)
