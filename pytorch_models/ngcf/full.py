"""The whole graph with messages summed first: what `reference` computes, without a tensor that has an edge axis."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from pytorch_models.ngcf import graph as graphs
from pytorch_models.ngcf.edges import Edges
from pytorch_models.ngcf.graph import LISTENS, SPEAKS, weighted_sum
from pytorch_models.ngcf.model import NGCF, Layers
from pytorch_models.ngcf.whole import Drop


class SumFirst:
    """A `Propagation` of sparse sums (DGL). The last layer is computed for the nodes that are asked for alone."""

    def __init__(self, edges: Edges) -> None:
        self.edges = edges
        self.graph = graphs.of_edges(edges)
        clicks = edges.movie[edges.user_start[-2] :]  # of the last user, the visitor
        self.clicks = torch.from_numpy(clicks)
        c = (len(clicks) * edges.movie_degree[clicks].astype(np.float64)) ** -0.5
        self.c = torch.from_numpy(c).unsqueeze(1)  # (|C|, 1), the weights of the visitor's own edges
        self.s_user, self.s_movie = (
            graphs.weight_sum(self.graph, etype, torch.float64) for etype in (LISTENS, SPEAKS)
        )

    def __call__(self, network: NGCF, free: Tensor, movies: Tensor | None, drop: Drop) -> Layers:
        movie: Tensor = network.movie_embedding
        start = network.user_of_movies(graphs.mean_of_neighbours(self.graph, movie))
        user = torch.cat([start[:-1], start[-1:] + free])
        s_user, s_movie = self.s_user.to(movie.dtype), self.s_movie.to(movie.dtype)
        n_heard = torch.full((1, 1), float(len(self.clicks)), dtype=movie.dtype)
        layers = Layers([user[-1:]], [_rows(movie, movies)], n_heard)
        for layer in network.layers[:-1]:
            n_user, n_movie = weighted_sum(self.graph, LISTENS, movie), weighted_sum(self.graph, SPEAKS, user)
            user, movie = drop(layer(user, n_user, s_user)), drop(layer(movie, n_movie, s_movie))
            layers.user.append(user[-1:])
            layers.movie.append(_rows(movie, movies))
        for last in network.layers[-1:]:
            n_visitor = self.c.to(movie.dtype).T @ movie.index_select(0, self.clicks)  # (1, D)
            near = self.graph if movies is None else graphs.speaking_to(movies.numpy(), self.edges)
            n_movie = weighted_sum(near, SPEAKS, user)
            layers.user.append(drop(last(layers.user[-1], n_visitor, s_user[-1:])))
            layers.movie.append(drop(last(layers.movie[-1], n_movie, _rows(s_movie, movies))))
        return layers


def _rows(h: Tensor, rows: Tensor | None) -> Tensor:
    return h if rows is None else h.index_select(0, rows)
