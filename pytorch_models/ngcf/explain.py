"""Why NGCF ranks a movie where it does: what the score loses without each click, exactly, all of them in one batch.

A tower (`tower.py`) hears its clicks through sums alone: Σ ĉ h, Σ ĉ and the mean. So the visitor and the visitor
without each click are rows of one matrix that says who keeps which click, and go up together.
"""

from __future__ import annotations

import numpy as np

from pytorch_models.ngcf.config import NGCFConfig
from pytorch_models.ngcf.scoring import Scoring
from pytorch_models.ngcf.tower import Tables

F32 = np.float32


def lost(
    tables: Tables,
    scoring: Scoring,
    clicks: np.ndarray,
    movies: np.ndarray,
    free: np.ndarray,
    config: NGCFConfig,
    *,
    most: int,
) -> np.ndarray:
    """What the score of each of `movies`, (m,) rows, loses without each of the first `most` of `clicks`, (|C|,) rows.

    free: (D_0,), what h_u^0 has beside W0 · mean; it stays as the ten epochs on all clicks left it. Without its
    only click a visitor has the movies' biases. Returns (min(|C|, most), m) float32.
    """
    keeping: np.ndarray = np.ones((min(len(clicks), most) + 1, len(clicks)), F32)
    np.fill_diagonal(keeping[1:], 0)
    visitor = _representations(tables, clicks, keeping, free, config)  # (V, D), the whole visitor first
    scores: np.ndarray = visitor @ tables.item[movies].T + tables.bias[movies]
    scores += scoring.between(keeping, clicks, movies, config)
    return scores[0] - scores[1:]


def _representations(
    tables: Tables, clicks: np.ndarray, keeping: np.ndarray, free: np.ndarray, config: NGCFConfig
) -> np.ndarray:
    """(V, D): `Tower.forward(free)` of V visitors, each of whom clicked those of `clicks` where their row of
    `keeping`, (V, |C|), has a one."""
    size = _sizes(keeping)
    heard = tables.heard[clicks]  # (|C|, ΣD_0…D_{L−1})
    speaks = 1 / np.sqrt(np.maximum(tables.movie_degree[clicks], 1)).astype(F32)
    weight = keeping * speaks / np.sqrt(size)  # ĉ
    n, s = weight @ heard, weight.sum(axis=1, keepdims=True)
    mean = keeping @ heard[:, : config.embedding_size] / size
    h = mean @ tables.w0.T + free
    layers = [h]
    at = 0
    for w1, b1, w2, b2 in zip(tables.w1, tables.b1, tables.w2, tables.b2, strict=True):
        n_l = n[:, at : at + w1.shape[1]]
        at += w1.shape[1]
        z = (h + n_l) @ w1.T + (n_l * h) @ w2.T + b1 + s * (b1 + b2)
        h = np.where(z > 0, z, F32(config.negative_slope) * z)
        layers.append(h)
    if config.normalise:
        layers = [h / np.maximum(np.linalg.norm(h, axis=1, keepdims=True), F32(1e-12)) for h in layers]
    kept = keeping.sum(axis=1, keepdims=True)
    sure = kept / (kept + tables.doubt)
    return np.concatenate(layers, axis=1) * (sure * tables.spread)


def _sizes(keeping: np.ndarray) -> np.ndarray:
    """(V, 1): |C| of each visitor; 1 for one without a click, whose sums are zero."""
    return np.maximum(keeping.sum(axis=1, keepdims=True), F32(1))
