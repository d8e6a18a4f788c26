"""NGCF written edge by edge, slow and plain: what the fast versions are held to (Wang et al., SIGIR 2019, eq. 3, 7)."""

from __future__ import annotations

import torch
from torch import Tensor

from pytorch_models.ngcf.model import NGCF, NGCFLayer

Edges = list[tuple[int, int]]  # (user, movie)


def degree(edges: Edges, end: int, node: int) -> int:
    return sum(edge[end] == node for edge in edges)


def propagate(
    network: NGCF, listens: Edges, speaks: Edges, *, n_users: int, free: Tensor | None = None
) -> tuple[list[Tensor], list[Tensor]]:
    """All users' and movies' h^0 … h^L. listens: edges by which users hear movies; speaks: the other direction.

    free: (D_0,), added to the last user's h^0.
    """
    movie: Tensor = network.movie_embedding
    n_movies = len(movie)
    heard = [[m for u, m in listens if u == user] for user in range(n_users)]
    zero = torch.zeros(movie.shape[1], dtype=movie.dtype)
    starts = [network.user_of_movies(movie[h].mean(dim=0) if h else zero) for h in heard]
    if free is not None:
        starts[-1] = starts[-1] + free
    user = torch.stack(starts)
    users: list[Tensor] = [user]
    movies: list[Tensor] = [movie]
    for layer in network.layers:
        assert isinstance(layer, NGCFLayer)
        user, movie = (
            torch.stack(
                [
                    _node(layer, user[u], movie, [(m, _c(listens, speaks, u, m)) for m in heard[u]])
                    for u in range(n_users)
                ]
            ),
            torch.stack(
                [
                    _node(layer, movie[m], user, [(u, _c(listens, speaks, u, m)) for u, m2 in speaks if m2 == m])
                    for m in range(n_movies)
                ]
            ),
        )
        users.append(user)
        movies.append(movie)
    return users, movies


def _c(listens: Edges, speaks: Edges, user: int, movie: int) -> float:
    return float((degree(listens, 0, user) * max(degree(speaks, 1, movie), 1)) ** -0.5)


def _node(layer: NGCFLayer, h: Tensor, neighbours: Tensor, edges: list[tuple[int, float]]) -> Tensor:
    """LeakyReLU of the node's own message W1 h + b1 and of one message an edge."""
    total = layer.w1(h)
    for neighbour, c in edges:
        other = neighbours[neighbour]
        total = total + c * (layer.w1(other) + layer.w2(other * h))
    return torch.nn.functional.leaky_relu(total, layer.negative_slope)
