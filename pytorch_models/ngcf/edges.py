"""The training graph as index arrays: small enough to stand in a checkpoint, ready to have a visitor appended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy import sparse

from pytorch_models.datasets.interactions import Interactions


@dataclass(frozen=True)
class Edges:
    """Each click once, listed from both ends, all int32.

    User u clicked movie[user_start[u] : user_start[u + 1]]; movie i was clicked by
    user[movie_start[i] : movie_start[i + 1]]. user_start: (n_users + 1,); movie_start: (n_movies + 1,);
    movie, user: (E,).
    """

    user_start: np.ndarray
    movie: np.ndarray
    movie_start: np.ndarray
    user: np.ndarray

    @classmethod
    def of(cls, interactions: Interactions) -> Self:
        by_movie = np.argsort(interactions.movie_idx, kind="stable")
        return cls(
            user_start=_starts(interactions.user_degree),
            movie=interactions.movie_idx.astype(np.int32),
            movie_start=_starts(interactions.movie_degree),
            user=interactions.user_idx[by_movie].astype(np.int32),
        )

    @property
    def n_users(self) -> int:
        return len(self.user_start) - 1

    @property
    def n_movies(self) -> int:
        return len(self.movie_start) - 1

    @property
    def user_degree(self) -> np.ndarray:
        """(n_users,) int32: how many movies each user clicked."""
        return np.diff(self.user_start)

    @property
    def movie_degree(self) -> np.ndarray:
        """(n_movies,) int32: how many users clicked each movie."""
        return np.diff(self.movie_start)

    def users_of(self, movies: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Part of the lists: the j-th of `movies`, (m,) rows that may repeat, has user[start[j] : start[j + 1]]."""
        degree = self.movie_degree[movies]
        start = _starts(degree)
        within = np.arange(start[-1], dtype=np.int32) - np.repeat(start[:-1], degree)
        return start, self.user[np.repeat(self.movie_start[movies], degree) + within]

    def together(self, movies: np.ndarray, others: np.ndarray) -> np.ndarray:
        """How many users clicked both movies of each pair: (len(movies), len(others)) int32."""

        def clicked(rows: np.ndarray) -> sparse.csr_matrix:
            start, users = self.users_of(rows)
            return sparse.csr_matrix((np.ones(len(users), np.int32), users, start), (len(rows), self.n_users))

        return (clicked(movies) @ clicked(others).T).toarray()

    def with_visitor(self, clicks: np.ndarray) -> Self:
        """A copy with one more user, the last, who clicked `clicks`: (|C|,) rows, distinct, ascending."""
        clicked = np.bincount(clicks + 1, minlength=len(self.movie_start)).cumsum(dtype=np.int32)
        return type(self)(
            user_start=np.append(self.user_start, np.int32(len(self.movie) + len(clicks))),
            movie=np.concatenate([self.movie, clicks.astype(np.int32)]),
            movie_start=self.movie_start + clicked,
            user=np.insert(self.user, self.movie_start[clicks + 1], np.int32(self.n_users)),
        )


def _starts(degree: np.ndarray) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(degree)]).astype(np.int32)
