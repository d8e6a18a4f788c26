"""What is known of movies beside who saw them: who directed, wrote and played, and of which genre they are."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np

RELATIONS = ("director", "writer", "cast", "genre")
"""What a name can be to a movie."""


@dataclass(frozen=True)
class Knowledge:
    """Triples (movie, relation, name), each once, in the order of their parts.

    movie_id: (n,) int64; relation: (n,) int8, rows of RELATIONS; name: (n,) str.
    """

    movie_id: np.ndarray
    relation: np.ndarray
    name: np.ndarray

    @classmethod
    def of(cls, triples: Iterable[tuple[int, str, str]]) -> Self:
        """From (id, one of RELATIONS, name). Raises ValueError for another relation."""
        distinct = set(triples)
        if unknown := {relation for _, relation, _ in distinct} - {*RELATIONS}:
            raise ValueError(f"Expected relations among {', '.join(RELATIONS)} (got {', '.join(sorted(unknown))})")
        rows = sorted((movie_id, RELATIONS.index(relation), name) for movie_id, relation, name in distinct)
        movie_id, relation, name = zip(*rows, strict=True) if rows else ((), (), ())
        return cls(np.array(movie_id, np.int64), np.array(relation, np.int8), np.array(name, np.str_))

    def __len__(self) -> int:
        return len(self.movie_id)

    def fingerprint(self) -> str:
        """SHA-256 over the triples: the same ones, and only they, give the same."""
        digest = hashlib.sha256(self.movie_id.tobytes() + self.relation.tobytes())
        digest.update("\0".join(self.name.tolist()).encode())
        return digest.hexdigest()


NOTHING = Knowledge.of(())
"""Where nothing is known."""
