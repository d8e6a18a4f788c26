"""Ranking metrics over one visitor's list; a protocol averages them over visitors."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import numpy as np

from pytorch_models.base import top_k
from pytorch_models.datasets.splits import Visitor
from pytorch_models.history import NEWEST_MOVIES


def recall_at(k: int, ranked: Sequence[int], truth: Collection[int]) -> float:
    """Hits among the first `k` of `ranked`, over min(k, |truth|) (Liang et al., WWW 2018). `truth` not empty."""
    hits = len(set(ranked[:k]) & set(truth))
    return hits / min(k, len(truth))


def whole_recall_at(k: int, ranked: Sequence[int], truth: Collection[int]) -> float:
    """Hits among the first `k` of `ranked`, over |truth| even where `k` places cannot hold it, as NGCF and LightGCN
    report it (He et al., SIGIR 2020). `truth` not empty."""
    return len(set(ranked[:k]) & set(truth)) / len(truth)


def ndcg_at(k: int, ranked: Sequence[int], truth: Collection[int]) -> float:
    """Discounted gain of the first `k` of `ranked`, over that of the best possible list.

    The best possible list has min(k, |truth|) hits in front; taking only the hits retrieved would flatter
    every model. `truth` not empty.
    """
    wanted = set(truth)
    gains = 1 / np.log2(np.arange(2, k + 2))
    gained = sum(gain for gain, movie in zip(gains, ranked, strict=False) if movie in wanted)
    return float(gained / gains[: min(k, len(wanted))].sum())


def coverage_at(k: int, lists: Sequence[Sequence[int]], n_movies: int) -> float:
    """The share of all movies that stand in somebody's first `k`."""
    return len({movie for ranked in lists for movie in ranked[:k]}) / n_movies


def novelty_at(k: int, ranked: Sequence[int], surprise: np.ndarray) -> float:
    """Mean self-information of the first `k`, in bits (Zhou et al., PNAS 2010); 0 for an empty list.

    surprise: (n_movies,) −log2 of the share of the training users who have the movie.
    """
    first = list(ranked[:k])
    return float(surprise[first].mean()) if first else 0.0


def validation_ndcg(scores_of: Callable[[np.ndarray], np.ndarray], visitors: Sequence[Visitor]) -> float:
    """Mean NDCG@10 of `visitors`, their own clicks left out, as `recommend` does it.

    scores_of: from a visitor's newest clicks, movie rows, to (n_movies,) scores, which are written into.
    """
    each = []
    for visitor in visitors:
        scores = scores_of(visitor.clicks[:NEWEST_MOVIES])
        scores[visitor.clicks] = -np.inf
        each.append(ndcg_at(10, top_k(scores, 10).tolist(), visitor.truth.tolist()))
    return float(np.mean(each))
