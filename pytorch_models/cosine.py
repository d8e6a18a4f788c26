"""How often two movies have the same users: a shrunk cosine of their columns of clicks (Sarwar et al., WWW 2001)."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from pytorch_models.datasets.interactions import Interactions

ROWS_AT_ONCE = 1024


def cosine_weights(interactions: Interactions, *, shrink: float, keep: int) -> sparse.csr_matrix:
    """(n_movies, n_movies) float32, row = clicked movie, zero diagonal; the `keep` largest of each row stay.

    shrink: added to the denominator, so that two movies with few users are not taken for twins.
    """
    clicked = interactions.matrix()  # (n_users, n_movies)
    by_movie = clicked.T.tocsr()
    length = np.sqrt(interactions.movie_degree)
    blocks = []
    for start in range(0, interactions.n_movies, ROWS_AT_ONCE):
        together = (by_movie[start : start + ROWS_AT_ONCE] @ clicked).tocoo()
        row, col = together.row + start, together.col
        similarity = together.data / (length[row] * length[col] + shrink)
        blocks.append(_strongest(together.row, col, similarity * (row != col), together.shape, keep=keep))
    return sparse.vstack(blocks, format="csr")


def _strongest(
    row: np.ndarray, col: np.ndarray, value: np.ndarray, shape: tuple[int, int], *, keep: int
) -> sparse.csr_matrix:
    order = np.lexsort((-value, row))
    row, col, value = row[order], col[order], value[order]
    place = np.arange(len(row)) - np.searchsorted(row, row)
    kept = (place < keep) & (value > 0)
    return sparse.csr_matrix((value[kept].astype(np.float32), (row[kept], col[kept])), shape)
