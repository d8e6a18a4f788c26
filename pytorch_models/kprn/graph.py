"""The knowledge graph: users, movies, and who made them, as index arrays, with a bound on what hubs lead to.

Kinds of entities are what a name is to a movie, as in the paper; one who directs and plays is two entities. Every
link joins a movie and another kind, so paths go movie → entity → movie. All users who have two movies are one node
between these, a crowd: as nobody who comes to the site was trained, a user's name tells nothing, but how close the
crowd binds the two movies does, and that is what a crowd's embedding stands for.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Self

import numpy as np
from scipy import sparse

from pytorch_models.datasets.id_map import UNKNOWN, IdMap
from pytorch_models.datasets.interactions import Interactions
from pytorch_models.datasets.knowledge import RELATIONS, Knowledge
from pytorch_models.kprn.config import KPRNConfig

KINDS = ("user", *RELATIONS)
"""The kinds of entities between two movies."""
PLACES = (10, 25, 50, 100, 200, 400, 800)
"""A crowd is of the first class where the movie before it is among the ten closest of the movie behind it, …"""
CROWDS = len(PLACES) + 1
"""The first entities are the crowds, the closest first."""
SHRINK = 10.0
"""Added to what a tie is divided by, so that two movies with one user in common are not taken for twins."""
_ROWS_AT_ONCE = 256


@dataclass(frozen=True)
class KnowledgeGraph:
    """Index arrays, all of them a checkpoint's.

    heard_start, heard_user: CSR (n_movies, n_users); told_start, told_movie: CSR (n_users, n_movies); both thinned.
    has_start, has_entity: CSR (n_movies, n_entities), without crowds. kind: (n_entities,) int8 rows of KINDS. degree:
    (n_movies,) int64, users of each movie, all of them. bar: (n_movies, len(PLACES)) float32, the cosine that a movie
    must have with this one to be at that place. name: UTF-8 of the entities' names but the crowds', zeros between.
    """

    heard_start: np.ndarray
    heard_user: np.ndarray
    told_start: np.ndarray
    told_movie: np.ndarray
    has_start: np.ndarray
    has_entity: np.ndarray
    kind: np.ndarray
    degree: np.ndarray
    bar: np.ndarray
    name: np.ndarray

    @classmethod
    def of(
        cls, interactions: Interactions, knowledge: Knowledge, config: KPRNConfig, *, rng: np.random.Generator
    ) -> Self:
        """Index `interactions` and what is known of their movies. Of hubs, `rng` draws the links that stay.

        An entity of one movie leads nowhere and is left out. Entities are the same, whoever the users are.
        """
        liked = interactions.matrix()
        heard, told = (
            thinned(liked.T.tocsr(), config.most_users, rng=rng),
            thinned(liked, config.most_movies, rng=rng),
        )
        movie, entity, kind, names = _entities(knowledge, interactions.movies)
        order = np.lexsort((entity, movie))
        graph = cls(
            *(heard.indptr, heard.indices, told.indptr, told.indices),
            np.searchsorted(movie[order], np.arange(interactions.n_movies + 1)).astype(np.int32),
            entity[order].astype(np.int32),
            np.concatenate([np.zeros(CROWDS), kind]).astype(np.int8),
            interactions.movie_degree.astype(np.int64),
            np.zeros((interactions.n_movies, len(PLACES)), np.float32),
            np.frombuffer("\0".join(names).encode(), np.uint8),
        )
        graph._set_bars()
        return graph

    def _set_bars(self) -> None:
        places = [max(self.n_movies - place, 0) for place in PLACES]
        for start in range(0, self.n_movies, _ROWS_AT_ONCE):
            rows = np.arange(start, min(start + _ROWS_AT_ONCE, self.n_movies))
            cosine = self.cosine(self.together(rows), rows)
            cosine[np.arange(len(rows)), rows] = 0
            self.bar[rows] = np.partition(cosine, places, axis=1)[:, places]

    @classmethod
    def of_tensors(cls, tensors: dict[str, np.ndarray]) -> Self:
        return cls(**{field.name: tensors[f"graph.{field.name}"] for field in fields(cls)})

    def tensors(self) -> dict[str, np.ndarray]:
        return {f"graph.{field.name}": getattr(self, field.name) for field in fields(self)}

    @property
    def n_movies(self) -> int:
        return len(self.degree)

    @property
    def n_users(self) -> int:
        return len(self.told_start) - 1

    @property
    def n_entities(self) -> int:
        return len(self.kind)

    @cached_property
    def heard(self) -> sparse.csr_matrix:
        """(n_movies, n_users), 1 for each user of a movie who counts."""
        return _ones(self.heard_start, self.heard_user, self.n_users)

    @cached_property
    def told(self) -> sparse.csr_matrix:
        """(n_users, n_movies), 1 for each movie of a user that counts."""
        return _ones(self.told_start, self.told_movie, self.n_movies)

    @cached_property
    def has(self) -> sparse.csr_matrix:
        """(n_movies, n_entities), 1 for each entity of a movie."""
        return _ones(self.has_start, self.has_entity, self.n_entities)

    @cached_property
    def of_entity(self) -> sparse.csr_matrix:
        """(n_entities, n_movies)."""
        return self.has.T.tocsr()

    @cached_property
    def entity_weight(self) -> np.ndarray:
        """(n_entities,) float32: what a path over an entity weighs, the less the more movies it leads to."""
        size = np.bincount(self.has_entity, minlength=self.n_entities)
        return (1 / (size + SHRINK)).astype(np.float32)

    @cached_property
    def names(self) -> list[str]:
        """Of all entities, "" for a crowd."""
        return [""] * CROWDS + self.name.tobytes().decode().split("\0")

    def together(self, movies: np.ndarray) -> np.ndarray:
        """(m, n_movies) float32: how many users have each of `movies` and every other one. Of a movie with more users
        than count, an estimate."""
        return (self.heard[movies] @ self.told).toarray() * self._stands_for[movies][:, None]

    def users_of_both(self, movie: int, other: int) -> int:
        """The same of one pair."""
        heard = self.heard_user[self.heard_start[movie] : self.heard_start[movie + 1]]
        both = np.isin(heard, self._told_of.indices[self._told_of.indptr[other] : self._told_of.indptr[other + 1]])
        return round(float(both.sum() * self._stands_for[movie]))

    @cached_property
    def _stands_for(self) -> np.ndarray:
        """(n_movies,) float32: how many users of a movie each one who counts stands for."""
        counting = np.maximum(np.diff(self.heard_start), 1)
        return np.maximum(self.degree / counting, 1).astype(np.float32)

    @cached_property
    def _told_of(self) -> sparse.csc_matrix:
        return self.told.tocsc()

    def cosine(self, together: np.ndarray, movies: np.ndarray) -> np.ndarray:
        """(m, n_movies) float32, by what `together` says of `movies`: users in common by the mean number of users.

        PathSim (Sun et al., VLDB 2011) weighs paths in this way, so that hubs do not drown the rest.
        """
        length = np.sqrt(self.degree).astype(np.float32)
        return together / (length[movies][:, None] * length + np.float32(SHRINK))


def thinned(matrix: sparse.csr_matrix, most: int, *, rng: np.random.Generator) -> sparse.csr_matrix:
    """`matrix` with at most `most` drawn entries a row, column indices ascending."""
    length = np.diff(matrix.indptr)
    row = np.repeat(np.arange(matrix.shape[0]), length)
    order = np.lexsort((rng.random(len(row)), row))
    place = np.empty(len(row), np.int64)  # each entry's place in its row's random order
    place[order] = np.arange(len(row)) - np.repeat(matrix.indptr[:-1], length)
    kept = place < most
    thin = sparse.csr_matrix((matrix.data[kept], (row[kept], matrix.indices[kept])), matrix.shape)
    thin.sort_indices()
    return thin


def _ones(start: np.ndarray, column: np.ndarray, width: int) -> sparse.csr_matrix:
    return sparse.csr_matrix((np.ones(len(column), np.float32), column, start), (len(start) - 1, width))


def _entities(knowledge: Knowledge, movies: IdMap) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[str]]:
    """Links as movie rows and entities, (L,) each; kind and name of the entities, which are counted behind CROWDS."""
    row = movies.idx_of(knowledge.movie_id)
    known = row != UNKNOWN
    distinct, name = np.unique(knowledge.name[known], return_inverse=True)
    pair = name * len(RELATIONS) + knowledge.relation[known]
    pairs, entity, times = np.unique(pair, return_inverse=True, return_counts=True)
    several = times > 1
    number = CROWDS + np.cumsum(several) - 1
    linked = several[entity]
    kept = pairs[several]
    names = distinct[kept // len(RELATIONS)].tolist()
    return row[known][linked], number[entity][linked], kept % len(RELATIONS) + 1, names
