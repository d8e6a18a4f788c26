"""The paths that carried a movie into a list: each is taken away, and shown where that would have been noticed."""

from __future__ import annotations

import numpy as np

from pytorch_models.base import EXPLAINED
from pytorch_models.datasets.id_map import IdMap
from pytorch_models.kprn.graph import KINDS
from pytorch_models.kprn.paths import NONE
from pytorch_models.kprn.serving import Reader
from pytorch_models.reasons import Carried, Node, NodeKind, Reason, ReasonPath

NOTICED = 0.05
"""A path carries something where the score loses this share of the spread of the list's scores without it."""
MOST_PATHS = 4
"""Paths shown for a movie: the strongest of each kind, then the strongest of the rest."""
MOST_SHARE = 1 - 1e-6
"""No path is more of a score than this: rounding must not make it all, whose loss would be infinite."""


def reasons_of(reader: Reader, clicks: np.ndarray, rows: np.ndarray, movies: IdMap) -> tuple[Reason, ...]:
    """Why each of the movie rows `rows`, which make up a list, for `clicks`, rows, newest first.

    A path is a reason where the movie's rank in the list changes without it, or its score loses NOTICED of the spread
    of the list's scores. A movie that loses all its paths would stand by how many have it.
    """
    return _Reasons(reader, clicks, rows, movies).all()


class _Reasons:
    """What the reasons of one list are read from."""

    def __init__(self, reader: Reader, clicks: np.ndarray, rows: np.ndarray, movies: IdMap) -> None:
        self.graph, self.rows, self.movies = reader.graph, rows, movies
        self.tied = reader.tied(clicks)
        self.paths = reader.paths(self.tied, rows)
        self.parts, self.g = reader.read(self.paths)
        self.noticed = NOTICED * float(np.ptp(self.g))

    def all(self) -> tuple[Reason, ...]:
        ids = self.movies.id_at(self.rows).tolist()
        return tuple(Reason(ids[at], "paths", self._carried(at), self._shown(at)) for at in range(len(ids)))

    def _shown(self, at: int) -> tuple[ReasonPath, ...]:
        own = np.flatnonzero(self.paths.target == at)
        lost = _lost(self.g[at], self.parts[own])
        moved = _moved(self.g, at, self.g[at] - lost)
        carrying = np.flatnonzero((lost > 0) & (moved | (lost >= self.noticed)))
        strongest = carrying[np.argsort(-lost[carrying], kind="stable")]
        chosen = np.sort(_of_each_kind_first(self._kinds(own[strongest]))[:MOST_PATHS])
        return tuple(ReasonPath(self._nodes(own[n]), float(lost[n]), bool(moved[n])) for n in strongest[chosen])

    def _kinds(self, paths: np.ndarray) -> np.ndarray:
        """(n,): equal numbers for paths over the same kinds of entities."""
        stem, kind = self.paths.stem[paths], self.graph.kind.astype(np.int64)
        second = np.where(self.paths.between[stem] == NONE, 0, 1 + kind[self.paths.entity2[stem]])
        return kind[self.paths.entity[stem]] * (1 + len(KINDS)) + second

    def _carried(self, at: int) -> tuple[Carried, ...]:
        """The clicks by what the score loses without all their paths."""
        own = np.flatnonzero(self.paths.target == at)
        if not len(own):
            return ()
        clicks, of = np.unique(self.paths.click[self.paths.stem[own]], return_inverse=True)
        order = np.argsort(of, kind="stable")
        of_click = np.logaddexp.reduceat(self.parts[own][order], np.searchsorted(of[order], np.arange(len(clicks))))
        lost = _lost(self.g[at], of_click)
        together = dict(zip(self.tied.clicks.tolist(), self.tied.together[:, self.rows[at]].tolist(), strict=True))
        strongest = [n for n in np.argsort(-lost, kind="stable")[:EXPLAINED] if lost[n] > 0]
        ids = self.movies.id_at(clicks).tolist()
        return tuple(Carried(ids[n], float(lost[n]), round(together[int(clicks[n])])) for n in strongest)

    def _nodes(self, path: int) -> tuple[Node, ...]:
        stem = self.paths.stem[path]
        stops = [self.paths.click[stem], self.paths.entity[stem]]
        if self.paths.between[stem] != NONE:
            stops += [self.paths.between[stem], self.paths.entity2[stem]]
        stops.append(self.paths.movie[self.paths.target[path]])
        nodes = [Node("visitor", "")]
        for place, stop in enumerate(map(int, stops)):
            if place % 2 == 0:
                nodes.append(Node("movie", int(self.movies.ids[stop])))
            else:
                nodes.append(self._entity(stop, int(stops[place - 1]), int(stops[place + 1])))
        return tuple(nodes)

    def _entity(self, entity: int, before: int, behind: int) -> Node:
        kind: NodeKind = KINDS[self.graph.kind[entity]]  # type: ignore[assignment]
        if kind == "user":
            return Node(kind, self.graph.users_of_both(before, behind))
        return Node(kind, self.graph.names[entity])


def _of_each_kind_first(kinds: np.ndarray) -> np.ndarray:
    """Places in `kinds`, (n,): first those where a kind stands for the first time, then the others, in order."""
    _, first = np.unique(kinds, return_index=True)
    return np.concatenate([np.sort(first), np.setdiff1d(np.arange(len(kinds)), first)])


def _lost(g: float, parts: np.ndarray) -> np.ndarray:
    """(n,) float64: what g, the logarithm of a sum of exp(parts) and others, loses without each of `parts`, (n,)."""
    share = np.exp(parts.astype(np.float64) - float(g))
    return -np.log1p(-np.minimum(share, MOST_SHARE))


def _moved(g: np.ndarray, at: int, without: np.ndarray) -> np.ndarray:
    """(n,) bool: whether the movie `at` falls behind another one of the list with a score of `without`, (n,)."""
    behind = np.append(g[(g < g[at])], -np.inf).max()
    return without < behind
