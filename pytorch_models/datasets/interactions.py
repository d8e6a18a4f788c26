"""User–movie interactions as four arrays, and the maps that name their rows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from pytorch_models.datasets.id_map import IdMap

NO_STAR = 0


@dataclass(frozen=True)
class Interactions:
    """Each user's movies, one interaction a pair, ordered by user, then time.

    user_idx, movie_idx: (n,) int64 rows. star: (n,) int8, half stars doubled (1–10), NO_STAR
    where none was given. at: (n,) int64 milliseconds UTC, 0 where unknown.
    """

    user_idx: np.ndarray
    movie_idx: np.ndarray
    star: np.ndarray
    at: np.ndarray
    users: IdMap
    movies: IdMap

    @classmethod
    def of(
        cls,
        user_ids: np.ndarray,
        movie_ids: np.ndarray,
        *,
        star: np.ndarray | None = None,
        at: np.ndarray | None = None,
    ) -> Interactions:
        """From raw ids, aligned arrays of length n. Of a pair that stands twice the last counts."""
        n = len(user_ids)
        star = np.zeros(n, np.int8) if star is None else np.asarray(star, np.int8)
        at = np.zeros(n, np.int64) if at is None else np.asarray(at, np.int64)
        users, movies = IdMap.of(np.asarray(user_ids)), IdMap.of(np.asarray(movie_ids))
        user_idx, movie_idx = users.idx_of(user_ids), movies.idx_of(movie_ids)

        order = np.lexsort((at, movie_idx, user_idx))
        user_idx, movie_idx, star, at = (a[order] for a in (user_idx, movie_idx, star, at))
        last = np.ones(n, bool)
        last[:-1] = (user_idx[1:] != user_idx[:-1]) | (movie_idx[1:] != movie_idx[:-1])
        user_idx, movie_idx, star, at = (a[last] for a in (user_idx, movie_idx, star, at))
        order = np.lexsort((at, user_idx))
        return cls(user_idx[order], movie_idx[order], star[order], at[order], users, movies)

    def __len__(self) -> int:
        return len(self.user_idx)

    @property
    def n_users(self) -> int:
        return len(self.users)

    @property
    def n_movies(self) -> int:
        return len(self.movies)

    @cached_property
    def _starts(self) -> np.ndarray:
        return np.searchsorted(self.user_idx, np.arange(self.n_users + 1))

    def rows_of(self, user_idx: int) -> slice:
        """Where the interactions of one user stand in the four arrays."""
        return slice(int(self._starts[user_idx]), int(self._starts[user_idx + 1]))

    @property
    def user_degree(self) -> np.ndarray:
        """(n_users,) int64: how many movies each user interacted with."""
        return np.diff(self._starts)

    @cached_property
    def movie_degree(self) -> np.ndarray:
        """(n_movies,) int64: how many users each movie has."""
        return np.bincount(self.movie_idx, minlength=self.n_movies)

    def matrix(self) -> sparse.csr_matrix:
        """(n_users, n_movies) float32, 1 where the user interacted with the movie."""
        ones = np.ones(len(self), np.float32)
        return sparse.csr_matrix((ones, (self.user_idx, self.movie_idx)), (self.n_users, self.n_movies))

    def of_users(self, keep: np.ndarray) -> Interactions:
        """The same movies with the users of rows `keep` alone, their rows renumbered."""
        keep = np.unique(keep)
        new_row = np.full(self.n_users, -1, np.int64)
        new_row[keep] = np.arange(len(keep))
        kept = new_row[self.user_idx] >= 0
        return Interactions(
            new_row[self.user_idx[kept]],
            self.movie_idx[kept],
            self.star[kept],
            self.at[kept],
            IdMap(self.users.ids[keep]),
            self.movies,
        )

    def where(self, keep: np.ndarray) -> Interactions:
        """The interactions of `keep`, (n,) bool, alone; the rows of users and movies stay."""
        user_idx, movie_idx, star, at = (a[keep] for a in (self.user_idx, self.movie_idx, self.star, self.at))
        return Interactions(user_idx, movie_idx, star, at, self.users, self.movies)

    def fingerprint(self) -> str:
        """SHA-256 over the ids and the arrays: the same data, and only it, gives the same one."""
        return _sha256(
            [
                self.users.ids.astype(str),
                self.movies.ids.astype(str),
                self.user_idx,
                self.movie_idx,
                self.star,
                self.at,
            ]
        )

    def users_fingerprint(self) -> str:
        """SHA-256 over the user ids: tells whose histories a checkpoint has seen."""
        return _sha256([self.users.ids.astype(str)])


def _sha256(arrays: Iterable[np.ndarray]) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        text = array.dtype.kind == "U"
        digest.update("\n".join(array.tolist()).encode() if text else np.ascontiguousarray(array).tobytes())
        digest.update(b"\0")
    return digest.hexdigest()
