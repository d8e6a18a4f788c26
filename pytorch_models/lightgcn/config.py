"""Every number that LightGCN takes, saved beside its weights."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LightGCNConfig:
    embedding_size: int = 64
    """Width of the embeddings of users and movies, and of every layer."""
    layers: int = 1
    """How often the embeddings are propagated; the paper has 3, which here took longer and ranked no better."""
    learning_rate: float = 0.01
    """Step size of Adam, in training and in folding in; ten times the paper's, for larger batches."""
    l2: float = 1e-4
    """Weight of ½‖·‖² of the embeddings that a pair names, per pair."""
    batch_size: int = 16_384
    """Most pairs a step. A step propagates over the whole graph, so few and large ones are fast."""
    least_steps: int = 16
    """Fewest steps an epoch: small data take smaller batches."""
    epochs: int = 100
    """Most epochs of training; one takes each interaction once."""
    patience: int = 10
    """Epochs without a better validation NDCG@10 before training stops."""
    fold_in_epochs: int = 30
    """Steps that a visitor's own row takes, each on as many pairs as there are clicks."""
