"""Neural Graph Collaborative Filtering (Wang et al., SIGIR 2019), with users made of the movies they clicked.

Layer, network and loss, to be read from top to bottom. Two departures from the paper, both for visitors who are
not in the training data: a user's h_u^0 is W0 · mean of the clicked movies' embeddings (inductive, cf. INMO,
SIGIR 2022), and a movie has a bias. With messages summed first (`NGCFLayer`), no tensor has an edge axis.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pytorch_models.ngcf import graph as graphs
from pytorch_models.ngcf.config import NGCFConfig
from pytorch_models.ngcf.graph import Graph

Pairs: TypeAlias = tuple[Tensor, Tensor]


class NGCFLayer(nn.Module):
    """One embedding propagation (NGCF eq. 7), for a node that hears n = Σ ĉ h from its neighbours.

    LeakyReLU( W1 h + b1 + Σ ĉ (W1 h_i + b1 + W2 (h_i ⊙ h) + b2) ), the sum taken first:
    LeakyReLU( W1 (h + n) + b1 + W2 (n ⊙ h) + s (b1 + b2) ) with s = Σ ĉ. Same function, same gradients.
    """

    def __init__(self, n_in: int, n_out: int, *, negative_slope: float, dropout: float) -> None:
        super().__init__()
        self.w1, self.w2 = nn.Linear(n_in, n_out), nn.Linear(n_in, n_out)
        self.negative_slope = negative_slope
        self.dropout = nn.Dropout(dropout)
        for linear in (self.w1, self.w2):
            nn.init.xavier_uniform_(linear.weight)
            nn.init.zeros_(linear.bias)

    def forward(self, h: Tensor, n: Tensor, s: Tensor) -> Tensor:
        """h, n: (N, n_in); s: (N, 1) → (N, n_out)."""
        # Added in place: over the nodes of a graph, each tensor more is megabytes and milliseconds.
        z = self.w1(h + n).addmm_(n * h, self.w2.weight.T).addcmul_(s, self.w1.bias + self.w2.bias)
        return self.dropout(F.leaky_relu_(z, self.negative_slope))


@dataclass(frozen=True)
class Layers:
    """h^0 … h^L of every node. user: L+1 tensors (n_users, D_l); movie: L+1 tensors (n_movies, D_l).

    heard: (n_users, 1), |N_u|, how many movies each user listens to.
    """

    user: list[Tensor]
    movie: list[Tensor]
    heard: Tensor

    def of_users(self, rows: Tensor | slice) -> Layers:
        """The same movies with the users of `rows` alone."""
        return Layers([h[rows] for h in self.user], self.movie, self.heard[rows])


class NGCF(nn.Module):
    """Embeddings, propagation layers, and the score of a user for every movie."""

    def __init__(self, config: NGCFConfig, *, n_movies: int) -> None:
        super().__init__()
        self.config = config
        self.movie_embedding = nn.Parameter(torch.empty(n_movies, config.embedding_size))
        self.movie_bias = nn.Parameter(torch.zeros(n_movies))
        self.user_of_movies = nn.Linear(config.embedding_size, config.embedding_size, bias=False)  # W0
        self.log_doubt = nn.Parameter(torch.tensor(math.log(config.doubt)))  # ln κ
        self.layer_weight = nn.Parameter(torch.full((len(config.layers) + 1,), float(config.layer_weight)))
        self.embedding_dropout = nn.Dropout(config.embedding_dropout)
        widths = (config.embedding_size, *config.layers)
        self.layers = nn.ModuleList(
            NGCFLayer(a, b, negative_slope=config.negative_slope, dropout=config.message_dropout)
            for a, b in pairwise(widths)
        )
        nn.init.xavier_uniform_(self.movie_embedding)
        nn.init.eye_(self.user_of_movies.weight)

    @torch.no_grad()
    def start_from_popularity(self, movie_degree: Tensor) -> None:
        """Let each movie's bias begin at ln(1 + |N_i|), which is what a visitor without clicks would go by."""
        self.movie_bias.copy_(movie_degree.to(self.movie_bias.dtype).log1p())

    def forward(self, graph: Graph) -> Layers:
        """Propagate over `graph`: every user's and every movie's h^0 … h^L."""
        movie = self.movie_embedding
        user = self.user_of_movies(graphs.mean_of_neighbours(graph, movie))
        s_user, s_movie = (graphs.weight_sum(graph, etype) for etype in (graphs.LISTENS, graphs.SPEAKS))
        dropout = self.embedding_dropout
        out = Layers([dropout(user)], [dropout(movie)], graphs.n_heard(graph))
        for layer in self.layers:
            n_user = graphs.weighted_sum(graph, graphs.LISTENS, movie)
            n_movie = graphs.weighted_sum(graph, graphs.SPEAKS, user)
            user, movie = layer(user, n_user, s_user), layer(movie, n_movie, s_movie)
            out.user.append(user)
            out.movie.append(movie)
        return out

    def representation(self, layers: list[Tensor]) -> Tensor:
        """The concatenation h^0 ‖ … ‖ h^L (NGCF eq. 9), each layer times √weight: (N, ΣD_l)."""
        if self.config.normalise:
            layers = [F.normalize(h, dim=1) for h in layers]
        scale = self.layer_weight.abs().sqrt()
        return torch.cat([h * w for h, w in zip(layers, scale, strict=True)], dim=1)

    def users(self, layers: Layers) -> Tensor:
        """Users' representations, (n_users, ΣD_l), times |N_u| / (|N_u| + κ): few clicks say little about a user.

        Where they do, the movies' biases decide. κ is learnt.
        """
        sure = layers.heard / (layers.heard + self.log_doubt.exp())
        return self.representation(layers.user) * sure

    def score(self, user: Tensor, movie: Tensor) -> Tensor:
        """Scores of representations `user` (B, D) for all of `movie` (n_movies, D): (B, n_movies)."""
        return user @ movie.T + self.movie_bias


def hidden_click_loss(scores: Tensor, shown: Pairs, hidden: Pairs) -> Tensor:
    """Mean cross-entropy of a softmax over all movies on each visitor's hidden clicks, the shown ones left out.

    scores: (B, n_movies), written into; shown, hidden: (rows of scores, movies), int64, at least one hidden in
    each row. A visitor counts once, whatever the number of hidden clicks.
    """
    scores.index_put_(shown, torch.tensor(-torch.inf, dtype=scores.dtype))
    log_p = scores[hidden] - scores.logsumexp(dim=1)[hidden[0]]  # one a hidden click
    weight = 1 / torch.bincount(hidden[0], minlength=len(scores)).to(log_p.dtype)
    return -(log_p * weight[hidden[0]]).sum() / len(scores)
