"""What a place learns from the movie that came next: three losses, of which validation chose one."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from pytorch_models.sasrec.config import SASRecConfig
from pytorch_models.sasrec.model import SASRec


def next_movie_loss(network: SASRec, expected: Tensor, target: Tensor, clicked: Tensor) -> Tensor:
    """The mean loss of N places, by `network.config.loss`.

    expected: (N, D), what each place expects; target: (N,) int64, the movie that came; clicked: (N, T) int64, the
    movies clicked by then, of which none comes again, as `clicked_by` has them. Negatives are drawn uniformly from
    all movies by torch's own random state.
    """
    config = network.config
    if config.loss == "softmax":
        chosen = torch.randperm(len(target))[: config.positions]
        scores = network.score(expected[chosen])
        if config.unclicked:
            scores = scores.scatter(1, clicked[chosen], -torch.inf)
        return F.cross_entropy(scores, target[chosen])
    n_movies = len(network.movie_bias)
    passed = torch.randint(n_movies, (len(target), n_negatives(config)))
    positive = _scores(network, expected, target[:, None])[:, 0]
    return binary_loss(positive, _scores(network, expected, passed), power=_power(config, n_movies))


def n_negatives(config: SASRecConfig) -> int:
    return config.negatives if config.loss == "gbce" else 1


def _power(config: SASRecConfig, n_movies: int) -> float:
    if config.loss == "bce":
        return 1.0
    return gbce_power(min(config.negatives / max(n_movies - 1, 1), 1.0), config.calibration)


def _scores(network: SASRec, expected: Tensor, movies: Tensor) -> Tensor:
    """(N, K) scores of each place's own `movies`, (N, K)."""
    embedded = network.movie_embedding[movies]  # (N, K, D)
    return (embedded @ expected[:, :, None])[:, :, 0] + network.movie_bias[movies]


def binary_loss(positive: Tensor, negative: Tensor, *, power: float = 1.0) -> Tensor:
    """Mean over places of −ln σ(s⁺)^β − Σ ln(1 − σ(s⁻)).

    With β = 1 and one negative the paper's binary cross-entropy; with more negatives and β from `gbce_power`
    gSASRec's generalised one (Petrov & Macdonald, RecSys 2023). positive: (N,); negative: (N, K).
    """
    return (power * F.softplus(-positive) + F.softplus(negative).sum(dim=1)).mean()


def gbce_power(sampled: float, calibration: float) -> float:
    """β = α (t (1 − 1/α) + 1/α), α the share of the negatives that is sampled, t the calibration.

    t = 0 gives 1; t = 1 gives α, with which a place's σ(s⁺) is the probability that the movie comes, whatever α.
    """
    return sampled * (calibration * (1 - 1 / sampled) + 1 / sampled)
