"""Every number that KPRN takes, saved beside its weights."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class KPRNConfig:
    embedding_size: int = 32
    """Width of a node's embedding; those of types and relations are half as wide."""
    hidden_size: int = 32
    """Width of the LSTM's state, and of the layer behind it."""
    gamma: float = 1.0
    """γ of the weighted pooling (eq. 6): small, and the best path decides; large, and all paths count."""
    everybody: float = 0.8
    """Where the weight begins that a movie which all users have has without any path. It is learnt. With few clicks
    it keeps popular movies before those that share an actor with one of them."""
    longest: int = 6
    """Most nodes of a path, 4 or 6: the visitor and two movies or three, with an entity between each two."""
    most_between: int = 4
    """Paths of six nodes lead over so many movies between, the most strongly tied to the clicks."""
    most_users: int = 400
    """Of a movie with more users, so many drawn ones stand for all."""
    most_movies: int = 3000
    """Of a user with more movies, so many drawn ones count."""
    most_clicks: int = 100
    """Paths begin at so many clicks, the newest."""
    candidates: int = 400
    """So many movies, the most strongly tied to the clicks, have their paths read."""
    folds: int = 5
    """Training takes a part of the users, one of so many, out of the graph at a time, and lets them be visitors."""
    most_visitors: int = 2000
    """Most users who are visitors in training, drawn where there are more."""
    few_share: float = 0.3
    """Share of these who show 1 to MOST_FEW clicks, small numbers more often."""
    input_share: tuple[float, float] = (0.3, 0.9)
    """Range of the share of their clicks that the others show."""
    positives: int = 4
    """Most hidden movies that such a visitor is to find."""
    negatives: int = 16
    """Candidates that the user does not have, drawn for each of them."""
    learning_rate: float = 0.003
    """Step size of Adam."""
    embedding_rate: float = 0.0002
    """That of the embeddings of single movies and entities, which few paths teach and much memorises."""
    weight_decay: float = 1e-5
    """L2 on all weights."""
    weight_average: float = 0.95
    """Decay of the moving average of the weights, a step; the average is what serves."""
    visitors_a_step: int = 8
    """Visitors in a training step."""
    epochs: int = 5
    """Most epochs; one shows each visitor once."""
    patience: int = 2
    """Epochs without a better validation NDCG@10 before training stops."""
