"""Every number that SASRec takes, saved beside its weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

LOSSES = ("bce", "gbce", "softmax")
"""The paper's, with one negative a position; gSASRec's, with several; and cross-entropy over all movies."""

DENSE: dict[str, Any] = {
    "blocks": 1,
    "heads": 1,
    "positions": 1600,
    "unclicked": True,
    "learning_rate": 0.005,
    "falling": True,
    "weight_decay": 0.1,
}
"""Other settings, better where movies have many clicks each: a comparison lets validation choose."""


@dataclass(frozen=True)
class SASRecConfig:
    embedding_size: int = 64
    """Width of the movie embeddings and of every layer."""
    blocks: int = 2
    """How many times attention and a feed-forward layer follow each other."""
    heads: int = 2
    """Parts of the width that attend on their own; the paper has 1."""
    length: int = 50
    """How many clicks are read, the newest."""
    dropout: float = 0.3
    """Share of the embeddings, attention weights and layers' outputs that training sets to zero."""
    click_dropout: float = 0.0
    """Share of the clicks whose embedding training sets to zero, the position's stays."""
    reach: int = 1
    """How far ahead the movie to be found may lie: each position's is one of its next `reach` clicks, drawn anew each
    epoch. 1 is the paper's next item."""
    loss: str = "softmax"
    """One of LOSSES."""
    negatives: int = 128
    """Of "gbce", how many movies each position is told to score low."""
    calibration: float = 0.75
    """Of "gbce", t: 0 is plain cross-entropy of many negatives, 1 is free of their overconfidence."""
    bias: bool = True
    """A learnt term for each movie, from its popularity on; the paper has none."""
    positions: int = 384
    """Of "softmax", most positions of a training step that are asked for their next movie; each takes a row of
    scores, one a movie, in memory."""
    unclicked: bool = False
    """Of "softmax", whether movies that were clicked by then are left out, as every list does that is shown."""
    batch_size: int = 32
    """Users in a training step, one stretch of `length` clicks each."""
    learning_rate: float = 0.01
    """Step size of Adam."""
    falling: bool = False
    """Whether the step size falls along half a cosine, to nothing behind the last of `epochs`."""
    weight_decay: float = 0.0
    """Decoupled decay of all weights, a step, in learning rates."""
    gradient_clip: float = 5.0
    """Largest norm of a training step's gradient."""
    weight_average: float = 0.98
    """Decay of the moving average of the weights, a step; the average is what serves."""
    epochs: int = 30
    """Most epochs of training; one epoch reads a stretch of each user once."""
    patience: int = 8
    """Epochs without a better validation NDCG@10 before training stops."""

    def __post_init__(self) -> None:
        if self.loss not in LOSSES:
            raise ValueError(f"Expected 'loss' among {', '.join(LOSSES)} (got '{self.loss}')")
        if self.embedding_size % self.heads:
            raise ValueError(
                f"Expected 'embedding_size' a multiple of {self.heads} heads (got {self.embedding_size})"
            )
