"""An item–item relation: how much a click on one movie speaks for another (EASE, Steck, WWW 2019), sparse.

EASE's weights are B_ij = −P_ij / P_jj off the diagonal, P = (XᵀX + λI)⁻¹, X the users' clicks. P has a row and a
column for each movie; where there are fewer users than movies it is had from their side, P = (I − Xᵀ K X) / λ with
K = (XXᵀ + λI)⁻¹ (Woodbury), so what stands in memory is the smaller of two squares. Only the strongest weights stay.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy import sparse
from scipy.linalg import lapack

from pytorch_models.datasets.interactions import Interactions

LARGEST_SIDE = 16_384
"""Of the square that is inverted, 1 GiB, where nothing else is said."""
ROWS_AT_ONCE = 512
SAMPLED_ROWS = 2048


@dataclass(frozen=True)
class Relation:
    """Item–item weights B as the three arrays of a CSR matrix, (n_movies, n_movies) float32, row = clicked movie."""

    data: np.ndarray
    indices: np.ndarray
    indptr: np.ndarray

    @classmethod
    def of(cls, weights: sparse.csr_matrix) -> Relation:
        return cls(weights.data, weights.indices.astype(np.int32), weights.indptr.astype(np.int64))

    def tensors(self, called: str = "relation") -> dict[str, np.ndarray]:
        """The arrays by name, as a checkpoint holds them."""
        return {f"{called}.{name}": array for name, array in vars(self).items()}

    @classmethod
    def of_tensors(cls, tensors: dict[str, np.ndarray], called: str = "relation") -> Relation:
        """The reverse. Raises KeyError."""
        return cls(*(tensors[f"{called}.{name}"] for name in ("data", "indices", "indptr")))

    def matrix(self) -> sparse.csr_matrix:
        n = len(self.indptr) - 1
        return sparse.csr_matrix((self.data, self.indices, self.indptr), (n, n))

    def scores(self, clicks: np.ndarray) -> np.ndarray:
        """Σ_{c ∈ clicks} B_ci for every movie i: (n_movies,) float32, from the entries of the clicked rows alone."""
        at = self._entries(clicks)
        summed = np.bincount(self.indices[at], self.data[at], minlength=len(self.indptr) - 1)
        return summed.astype(np.float32)

    def between(self, clicks: np.ndarray, movies: np.ndarray) -> np.ndarray:
        """B_ci for c of `clicks` and i of `movies`: (len(clicks), len(movies)) float32."""
        distinct, column_of = np.unique(movies, return_inverse=True)
        at = self._entries(clicks)
        row = np.repeat(np.arange(len(clicks)), self.indptr[clicks + 1] - self.indptr[clicks])
        column = np.searchsorted(distinct, self.indices[at])
        meant = np.isin(self.indices[at], distinct)
        found: np.ndarray = np.zeros((len(clicks), len(distinct)), np.float32)
        found[row[meant], column[meant]] = self.data[at[meant]]
        return found[:, column_of]

    def neighbours(self, clicks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The movies with a weight in a clicked row, (m,) ascending, and their scores; no array has every movie."""
        at = self._entries(clicks)
        movies, place = np.unique(self.indices[at], return_inverse=True)
        summed = np.bincount(place, self.data[at], minlength=len(movies))
        return movies.astype(np.int64), summed.astype(np.float32)

    def _entries(self, clicks: np.ndarray) -> np.ndarray:
        """Where the entries of the clicked rows stand in `data` and `indices`."""
        starts = self.indptr[clicks]
        counts = self.indptr[clicks + 1] - starts
        ends = np.cumsum(counts)
        return np.arange(ends[-1] if len(ends) else 0) + np.repeat(starts - (ends - counts), counts)


class _Inverse(Protocol):
    """P = (XᵀX + λI)⁻¹, some rows at a time."""

    diagonal: np.ndarray  # (n_movies,) float32

    def rows(self, movies: np.ndarray) -> np.ndarray:
        """(m, n_movies) float32."""


def item_item_weights(
    interactions: Interactions, *, l2: float, keep: int, largest_side: int = LARGEST_SIDE
) -> sparse.csr_matrix:
    """(n_movies, n_movies) float32, row = clicked movie, column = scored movie, zero diagonal.

    l2: λ, in squared clicks. keep: how many weights stay, a movie on average, the largest magnitudes of all.
    largest_side: of the square that is inverted; of a larger world, so many of the most clicked movies alone have a
    relation. Memory: one square of min(n_users, n_movies, largest_side) float32 beside the result.
    """
    clicks = interactions.matrix()
    n_movies = interactions.n_movies
    if min(clicks.shape) <= largest_side:
        return _strongest(clicks, l2=l2, keep=keep)
    head = np.sort(np.argsort(-interactions.movie_degree, kind="stable")[:largest_side])
    of_head = _strongest(clicks[:, head].tocsr(), l2=l2, keep=keep * n_movies // largest_side).tocoo()
    whole = sparse.coo_matrix((of_head.data, (head[of_head.row], head[of_head.col])), (n_movies, n_movies))
    return whole.tocsr()


def _strongest(clicks: sparse.csr_matrix, *, l2: float, keep: int) -> sparse.csr_matrix:
    n_movies = clicks.shape[1]
    by_movies = n_movies <= clicks.shape[0]
    inverse: _Inverse = _MovieSide(clicks, l2) if by_movies else _UserSide(clicks, l2)
    sample = np.sort(np.random.default_rng(0).permutation(n_movies)[:SAMPLED_ROWS])
    threshold = _threshold(inverse, sample, keep)
    blocks = []
    for start in range(0, n_movies, ROWS_AT_ONCE):
        weights = _weights(inverse, np.arange(start, min(start + ROWS_AT_ONCE, n_movies)))
        weights[np.abs(weights) < threshold] = 0
        blocks.append(sparse.csr_matrix(weights))
    return sparse.vstack(blocks, format="csr")


def _threshold(inverse: _Inverse, sample: np.ndarray, keep: int) -> float:
    """The magnitude that `keep` weights a movie reach, on average over the movies `sample`."""
    largest = np.empty(0, np.float32)
    n_kept = keep * len(sample)
    for block in np.array_split(sample, -(-len(sample) // ROWS_AT_ONCE)):
        magnitudes = np.concatenate([largest, np.abs(_weights(inverse, block)).ravel()])
        largest = -np.partition(-magnitudes, n_kept)[:n_kept] if len(magnitudes) > n_kept else magnitudes
    least = float(largest.min(initial=np.inf))
    return max(least, float(np.finfo(np.float32).tiny))


def _weights(inverse: _Inverse, movies: np.ndarray) -> np.ndarray:
    """Rows `movies` of B."""
    weights = inverse.rows(movies) / -inverse.diagonal
    weights[np.arange(len(movies)), movies] = 0
    return weights


class _MovieSide:
    def __init__(self, clicks: sparse.csr_matrix, l2: float) -> None:
        self.square = _inverse_of_gram(clicks.T.tocsr(), l2)
        self.diagonal = np.diag(self.square).copy()

    def rows(self, movies: np.ndarray) -> np.ndarray:
        rows: np.ndarray = self.square[movies]
        return rows


class _UserSide:
    def __init__(self, clicks: sparse.csr_matrix, l2: float) -> None:
        self.clicks, self.by_movie, self.l2 = clicks, clicks.T.tocsr(), np.float32(l2)
        self.square = _inverse_of_gram(clicks, l2)  # K
        n_movies = clicks.shape[1]
        self.diagonal = np.empty(n_movies, np.float32)
        for start in range(0, n_movies, ROWS_AT_ONCE):
            block = self.by_movie[start : start + ROWS_AT_ONCE]
            self.diagonal[start : start + ROWS_AT_ONCE] = block.multiply(block @ self.square).sum(axis=1).ravel()
        self.diagonal = (1 - self.diagonal) / self.l2

    def rows(self, movies: np.ndarray) -> np.ndarray:
        rows = (self.by_movie[movies] @ self.square) @ self.clicks  # (m, n_movies)
        rows *= -1
        rows[np.arange(len(movies)), movies] += 1
        rows /= self.l2
        return np.asarray(rows)


def _inverse_of_gram(rows: sparse.csr_matrix, l2: float) -> np.ndarray:
    """(R Rᵀ + λI)⁻¹ for sparse `rows` (n, m): (n, n) float32, made and inverted in one piece of memory."""
    n = rows.shape[0]
    square = np.empty((n, n), np.float32, order="F")
    across = rows.T.tocsr()
    for start in range(0, n, ROWS_AT_ONCE):
        square[:, start : start + ROWS_AT_ONCE] = (rows[start : start + ROWS_AT_ONCE] @ across).toarray().T
    square[np.diag_indices(n)] += np.float32(l2)
    _invert(square)
    return square.T  # the same, and row by row in memory


def _invert(square: np.ndarray, *, piece: int = LARGEST_SIDE) -> None:
    """A symmetric positive definite (n, n) float32, column by column in memory, becomes its inverse.

    In pieces of at most `piece` by the Schur complement: OpenBLAS' one-threaded spotrf writes beyond its buffer and
    ends the process where the side is much larger. Raises ValueError where it is not positive definite.
    """
    n = len(square)
    if n <= piece:
        _invert_at_once(square)
        return
    first, last = slice(n // 2), slice(n // 2, n)
    corner = np.asfortranarray(square[first, first])
    _invert(corner, piece=piece)
    across = square[last, first] @ corner
    rest = np.asfortranarray(square[last, last] - across @ square[first, last])
    _invert(rest, piece=piece)
    square[last, last] = rest
    square[last, first] = -(rest @ across)
    square[first, last] = square[last, first].T
    square[first, first] = corner - across.T @ square[last, first]


def _invert_at_once(square: np.ndarray) -> None:
    factor, failed = lapack.spotrf(square, lower=1, overwrite_a=1)
    inverse, also_failed = lapack.spotri(factor, lower=1, overwrite_c=1)
    if failed or also_failed:
        raise ValueError("Expected 'l2' large enough to invert the co-clicks")
    for start in range(0, len(square), ROWS_AT_ONCE):  # the lower triangle to the upper one
        end = start + ROWS_AT_ONCE
        block = np.tril(inverse[start:end, start:end])
        square[start:end, start:end] = block + np.tril(block, -1).T
        square[end:, start:end] = inverse[end:, start:end]
        square[start:end, end:] = inverse[end:, start:end].T
