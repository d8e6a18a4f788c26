"""The paths that carried a movie into a list: each is taken away, and shown where that would have been noticed."""

from __future__ import annotations

import numpy as np

from pytorch_models.base import EXPLAINED
from pytorch_models.datasets.id_map import IdMap
from pytorch_models.kprn.graph import KINDS, KnowledgeGraph
from pytorch_models.kprn.paths import NONE, Paths
from pytorch_models.kprn.serving import Reader
from pytorch_models.reasons import Carried, Node, NodeKind, Reason, ReasonPath

NOTICED = 0.05
"""A path carries something where the score loses this share of the spread of the list's scores without it."""
MOST_PATHS = 5
"""Paths shown for a movie, the strongest."""
ALONE = 1e-6
"""Where others add less than this share, a path was alone."""


def reasons_of(reader: Reader, clicks: np.ndarray, rows: np.ndarray, movies: IdMap) -> tuple[Reason, ...]:
    """Why each of the movie rows `rows`, which make up a list, for `clicks`, rows, newest first.

    A path is a reason where the movie's rank in the list changes without it, or its score loses NOTICED of the spread
    of the list's scores. A movie that loses its only path would stand 1 below the list's last.
    """
    tied = reader.tied(clicks)
    paths = reader.paths(tied, rows)
    parts, g = reader.read(paths)
    reached = g[np.isfinite(g)]
    without_any = float(reached.min(initial=0.0)) - 1
    spread = float(np.ptp(reached)) if len(reached) else 0.0
    reasons = []
    for at, movie_id in enumerate(movies.id_at(rows).tolist()):
        own = np.flatnonzero(paths.target == at)
        lost = _lost(g[at], parts[own], without_any)
        moved = _moved(g, at, g[at] - lost)
        noticed = (lost > 0) & (moved | (lost >= NOTICED * spread))
        best = np.flatnonzero(noticed)[np.argsort(-lost[noticed], kind="stable")][:MOST_PATHS]
        shown = tuple(
            ReasonPath(_nodes(reader.graph, paths, int(own[n]), movies), float(lost[n]), bool(moved[n])) for n in best
        )
        carried = _carried(reader.graph, paths, own, g[at], parts[own], without_any, movies)
        reasons.append(Reason(movie_id, "paths", carried, shown))
    return tuple(reasons)


def _lost(g: float, parts: np.ndarray, without_any: float) -> np.ndarray:
    """(n,) float64: what g = log Σ exp(parts) loses without each part; g − `without_any` without the only one."""
    share = np.exp(parts.astype(np.float64) - float(g))
    left = float(g) + np.log1p(-np.minimum(share, 1 - ALONE))
    return float(g) - np.where(share >= 1 - ALONE, without_any, left)


def _moved(g: np.ndarray, at: int, without: np.ndarray) -> np.ndarray:
    """(n,) bool: whether the movie `at` falls behind another one of the list with a score of `without`, (n,)."""
    behind = np.append(g[(g < g[at])], -np.inf).max()
    return without < behind


def _carried(
    graph: KnowledgeGraph,
    paths: Paths,
    own: np.ndarray,
    g: float,
    parts: np.ndarray,
    without_any: float,
    movies: IdMap,
) -> tuple[Carried, ...]:
    """The clicks by what the score loses without all their paths."""
    if not len(own):
        return ()
    clicks, of = np.unique(paths.click[paths.stem[own]], return_inverse=True)
    order = np.argsort(of, kind="stable")
    of_click = np.logaddexp.reduceat(parts[order], np.searchsorted(of[order], np.arange(len(clicks))))
    lost = _lost(g, of_click, without_any)
    users = np.rint(graph.together(clicks)[:, paths.movie[paths.target[own[0]]]]).astype(int)
    strongest = np.argsort(-lost, kind="stable")[:EXPLAINED]
    ids = movies.id_at(clicks)
    return tuple(Carried(int(ids[n]), float(lost[n]), int(users[n])) for n in strongest if lost[n] > 0)


def _nodes(graph: KnowledgeGraph, paths: Paths, path: int, movies: IdMap) -> tuple[Node, ...]:
    stem, last = int(paths.stem[path]), int(paths.movie[paths.target[path]])
    stops = [int(paths.click[stem]), int(paths.entity[stem])]
    if paths.between[stem] != NONE:
        stops += [int(paths.between[stem]), int(paths.entity2[stem])]
    stops.append(last)
    nodes = [Node("visitor", "")]
    for place, stop in enumerate(stops):
        if place % 2 == 0:
            nodes.append(Node("movie", int(movies.ids[stop])))
        else:
            nodes.append(_entity(graph, stop, stops[place - 1], stops[place + 1]))
    return tuple(nodes)


def _entity(graph: KnowledgeGraph, entity: int, before: int, behind: int) -> Node:
    kind: NodeKind = KINDS[graph.kind[entity]]  # type: ignore[assignment]
    if kind == "user":
        return Node(kind, round(float(graph.together(np.array([before]))[0, behind])))
    return Node(kind, graph.names[entity])
