"""Where training may begin: movies that the same users click lie close, before the first step."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from pytorch_models.datasets.interactions import Interactions

ROUNDS, MORE = 4, 16
"""Power iterations, and directions carried beside those that are wanted (Halko et al., SIAM Review 2011)."""


def spectral_embedding(interactions: Interactions, size: int, *, rng: np.random.Generator) -> np.ndarray:
    """(n_movies, size) float32, mean length 1, columns beyond the rank of the clicks 0.

    The right singular vectors of the clicks scaled by ĉ, a graph's smoothest signals (GF-CF, Shen et al., CIKM 2021),
    each row over √|N_i|: so that the mean over a visitor's movies is the visitor's place among them.
    """
    clicks = interactions.matrix()
    movie_scale = np.maximum(interactions.movie_degree, 1).astype(np.float32) ** -0.5
    user_scale = np.maximum(interactions.user_degree, 1).astype(np.float32) ** -0.5
    scaled = (sparse.diags_array(user_scale) @ clicks @ sparse.diags_array(movie_scale)).tocsr()
    across = scaled.T.tocsr()
    width = min(size + MORE, *scaled.shape)
    directions = rng.standard_normal((scaled.shape[1], width)).astype(np.float32)
    for _ in range(ROUNDS):
        directions, _ = np.linalg.qr(across @ (scaled @ directions))
    _, _, right = np.linalg.svd(scaled @ directions, full_matrices=False)
    rows = (directions @ right[:size].T) * movie_scale[:, None]
    rows /= max(float(np.linalg.norm(rows, axis=1).mean()), 1e-12)
    embedding = np.zeros((interactions.n_movies, size), np.float32)
    embedding[:, : rows.shape[1]] = rows
    return embedding
