"""Every number that matrix factorisation takes, saved beside its weights."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class MFConfig:
    embedding_size: int = 64
    """Width of the rows of users and movies, without the movies' bias."""
    learning_rate: float = 0.01
    """Step size of Adam in training; folding in solves and needs none."""
    l2: float = 0.02
    """Weight of ½‖·‖² of the rows that a pair names, per pair."""
    negatives: int = 4
    """Movies passed over that each click is held against, in one step of training."""
    damping: float = 0.5
    """A movie is drawn as passed over by its clicks to this power: 1 as often as it is clicked, 0 all alike."""
    batch_size: int = 4096
    """Most clicks a step."""
    epochs: int = 60
    """Most epochs of training; one takes each click once."""
    patience: int = 8
    """Epochs without a better validation NDCG@10 before training stops."""
    fold_in_epochs: int = 10
    """Solves that a visitor's row takes, each of the loss's quadratic bound at the row before."""
    fold_in_pairs: int = 1024
    """About how many pairs a visitor's row is solved on, at least one a click."""
    fold_in_l2: float = 0.03
    """Weight of ½‖·‖² of a visitor's row, per pair; chosen on validation, where there is one."""
