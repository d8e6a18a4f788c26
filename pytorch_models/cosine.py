"""How often two movies have the same users: a shrunk cosine of their columns of clicks (Sarwar et al., WWW 2001).

It may be asymmetric (Aiolli, RecSys 2013), and users may count by how few movies they have, as they do in a graph's
normalisation by degree, 1 / √(|N_u| |N_i|): who clicked everything says little about any two movies.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from pytorch_models.datasets.interactions import Interactions

ROWS_AT_ONCE = 1024


def cosine_weights(
    interactions: Interactions, *, shrink: float, keep: int, user_power: float = 0.0, scored_power: float = 0.5
) -> sparse.csr_matrix:
    """(n_movies, n_movies) float32, row = clicked movie, zero diagonal; the `keep` largest of each row stay.

    shrink: added to the denominator, so that two movies with few users are not taken for twins. user_power: a user of
    n movies counts n^−`user_power`, in a unit in which a click counts 1 on average. scored_power: the power of the
    scored movie's number of users in the denominator; the clicked one's is 1 less that. With 0 and 0.5 it is the
    plain cosine.
    """
    by_movie = interactions.matrix().T.tocsr()  # (n_movies, n_users)
    counts = np.maximum(interactions.user_degree, 1.0) ** -user_power
    counts *= len(interactions) / max(counts @ interactions.user_degree, 1e-12)
    clicked = sparse.diags_array(counts.astype(np.float32)) @ interactions.matrix()
    of_clicked = interactions.movie_degree ** (1 - scored_power)
    of_scored = interactions.movie_degree**scored_power
    blocks = []
    for start in range(0, interactions.n_movies, ROWS_AT_ONCE):
        together = (by_movie[start : start + ROWS_AT_ONCE] @ clicked).tocoo()
        row, col = together.row + start, together.col
        similarity = together.data / (of_clicked[row] * of_scored[col] + shrink)
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
