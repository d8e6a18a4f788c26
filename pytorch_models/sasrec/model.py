"""SASRec's network (Kang & McAuley, ICDM 2018): causal self-attention over clicks in their order.

A row of clicks stands oldest first, in places 0, 1, …, with PAD behind its end: no place sees a later one, so what
stands behind changes nothing, and needs no mask.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pytorch_models.sasrec.config import SASRecConfig

PAD = -1
"""Where a row has no click."""


class Block(nn.Module):
    """x + Dropout(g(LayerNorm(x))) for g attention, then for g two dense layers (the paper's section III.B)."""

    def __init__(self, config: SASRecConfig) -> None:
        super().__init__()
        width = config.embedding_size
        self.heads, self.dropout = config.heads, config.dropout
        self.attention_norm, self.dense_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.query = nn.Linear(width, width, bias=False)
        self.key = nn.Linear(width, width, bias=False)
        self.value = nn.Linear(width, width, bias=False)
        self.dense1, self.dense2 = nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """x: (B, T, D), every place looks at itself and those before."""
        q, k, v = self._heads(self.attention_norm(x))
        share = self.dropout if self.training else 0.0
        attended = F.scaled_dot_product_attention(q, k, v, is_causal=True, dropout_p=share)
        return self._dense(x + self._drop(_together(attended)))

    def last(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """What `forward` gives for the last place of x, (B, T, D) without PAD: (B, 1, D), and its attention weights,
        (B, heads, 1, T)."""
        normed = self.attention_norm(x)
        _, k, v = self._heads(normed)
        weights = _weights(self._split(self.query(normed[:, -1:])), k)
        return self._dense(x[:, -1:] + _together(weights @ v)), weights

    def every(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """What `forward` gives, and the attention weights: (B, T, D), (B, heads, T, T). Without dropout."""
        q, k, v = self._heads(self.attention_norm(x))
        weights = _weights(q, k)
        return self._dense(x + _together(weights @ v)), weights

    def _heads(self, normed: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return self._split(self.query(normed)), self._split(self.key(normed)), self._split(self.value(normed))

    def _split(self, x: Tensor) -> Tensor:
        return x.view(*x.shape[:2], self.heads, -1).transpose(1, 2)  # (B, heads, T, D / heads)

    def _dense(self, x: Tensor) -> Tensor:
        inner = self._drop(F.relu(self.dense1(self.dense_norm(x))))
        return x + self._drop(self.dense2(inner))

    def _drop(self, x: Tensor) -> Tensor:
        return F.dropout(x, self.dropout, self.training)


def _weights(q: Tensor, k: Tensor) -> Tensor:
    """softmax(q kᵀ / √d) over the places up to each query's own; the queries are the last of the keys' places."""
    scores = q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5  # (B, heads, queries, T)
    later = torch.ones(scores.shape[-2:], dtype=torch.bool).triu(1 + k.shape[-2] - q.shape[-2])
    return scores.masked_fill(later, -torch.inf).softmax(dim=-1)


def _together(heads: Tensor) -> Tensor:
    return heads.transpose(1, 2).flatten(2)  # (B, T, D)


class SASRec(nn.Module):
    """Embeds clicks and places, and runs the blocks; a movie's score is its embedding times the last output."""

    def __init__(self, config: SASRecConfig, *, n_movies: int) -> None:
        super().__init__()
        self.config = config
        self.movie_embedding = nn.Parameter(torch.randn(n_movies, config.embedding_size) * 0.02)
        self.place_embedding = nn.Parameter(torch.randn(config.length, config.embedding_size) * 0.02)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.blocks))
        self.norm = nn.LayerNorm(config.embedding_size)
        self.movie_bias = nn.Parameter(torch.zeros(n_movies), requires_grad=config.bias)

    @torch.no_grad()
    def start_from_popularity(self, movie_degree: Tensor) -> None:
        """Let a movie's bias begin as the logarithm of its share of the clicks, where there are biases."""
        if self.config.bias:
            self.movie_bias.copy_(torch.log((movie_degree + 1) / (movie_degree + 1).sum()))

    def embed(self, clicks: Tensor) -> Tensor:
        """clicks: (B, T ≤ length) int64 rows of movies or PAD. Returns (B, T, D)."""
        movies = self.movie_embedding[clicks.clamp(min=0)] * self.config.embedding_size**0.5
        if self.training and self.config.click_dropout:
            movies = movies * (torch.rand(*clicks.shape, 1) >= self.config.click_dropout)
        return F.dropout(movies + self.place_embedding[: clicks.shape[1]], self.config.dropout, self.training)

    def forward(self, clicks: Tensor) -> Tensor:
        """What each place expects to come next: (B, T, D). clicks: (B, T ≤ length) int64, PAD behind a row's end."""
        x = self.embed(clicks)
        for block in self.blocks:
            x = block(x)
        return self.norm(x)

    def last(self, clicks: Tensor) -> Tensor:
        """`forward` for the last place alone, (B, D), in eval mode. clicks: (B, 1 ≤ T ≤ length) without PAD."""
        x = self.embed(clicks)
        for block in self._blocks()[:-1]:
            x = block(x)
        return self.norm(self._blocks()[-1].last(x)[0])[:, 0]

    def score(self, expected: Tensor) -> Tensor:
        """(B, n_movies) for `expected`, (B, D)."""
        return torch.addmm(self.movie_bias, expected, self.movie_embedding.T)

    def attended(self, clicks: Tensor, movies: Tensor) -> Tensor:
        """How much of what speaks for each movie lies on each click, by attention: (M, T), no entry below zero.

        Attention times its effect (Chefer, Gur & Wolf, ICCV 2021, eqs. 5 and 6, of one kind of token): of each layer
        Ā = mean over heads of (∂score/∂A ⊙ A)⁺, and R ← R + Ā R from R = I. The row of the last place, less the place
        itself in I, which stands for the residual path and is no attention. A row sums to 1, or is 0 where no
        attention speaks for the movie. clicks: (T,) without PAD; movies: (M,) rows. In eval mode.
        """
        with torch.enable_grad():
            x = self.embed(clicks[None]).detach().expand(len(movies), -1, -1).requires_grad_()  # (M, T, D)
            layers = []
            for block in self._blocks()[:-1]:
                x, weights = block.every(x)
                layers.append(weights)
            x, weights = self._blocks()[-1].last(x)
            layers.append(weights)
            score = (self.norm(x[:, 0]) * self.movie_embedding[movies]).sum()
            effects = torch.autograd.grad(score, layers)
        n = len(clicks)
        relevance = torch.eye(n).expand(len(movies), n, n)
        for weights, effect in zip(layers, effects, strict=True):
            spread = (weights.detach() * effect).clamp(min=0).mean(dim=1)  # (M, T, T), of the last layer (M, 1, T)
            relevance = relevance[:, -spread.shape[1] :] + spread @ relevance
        row = relevance[:, -1].clone()
        row[:, -1] -= 1
        row = row.clamp(min=0)
        total = row.sum(dim=1, keepdim=True)
        return torch.where(total > 0, row / total, 0)

    def _blocks(self) -> list[Block]:
        return [block for block in self.blocks if isinstance(block, Block)]
