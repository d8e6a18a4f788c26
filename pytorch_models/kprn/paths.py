"""Paths from a visitor's clicks to movies: visitor → movie → entity → movie, and over one more movie between.

A path is a stem, which is all of it but its last movie, and that movie. Many paths share a stem, so the LSTM reads
each stem once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import NamedTuple, Self

import numpy as np

from pytorch_models.base import top_k
from pytorch_models.kprn.config import KPRNConfig
from pytorch_models.kprn.graph import KnowledgeGraph

NONE = -1
"""Where a stem has no movie between."""


@dataclass(frozen=True)
class Paths:
    """S stems, and N paths from them to T targets.

    click, entity, between, entity2: (S,) int32; a stem is visitor → click → entity, and where there is a movie
    between → between → entity2, else both are NONE. stem, target: (N,) int32, rows of the stems and of `movie`;
    log_weight: (N,) float32, how much each weighs in the pooling before anything is learnt. movie: (T,) int32 rows.
    """

    click: np.ndarray
    entity: np.ndarray
    between: np.ndarray
    entity2: np.ndarray
    stem: np.ndarray
    target: np.ndarray
    log_weight: np.ndarray
    movie: np.ndarray

    def __len__(self) -> int:
        return len(self.stem)

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """All of `parts`, whose stems and targets stay apart."""
        arrays = {field.name: [getattr(part, field.name) for part in parts] for field in fields(cls)}
        for name, rows in (("stem", "click"), ("target", "movie")):
            starts = np.cumsum([0, *(len(each) for each in arrays[rows])])
            arrays[name] = [each + np.int32(start) for each, start in zip(arrays[name], starts, strict=False)]
        return cls(**{name: np.concatenate(each) for name, each in arrays.items()})


class Ties(NamedTuple):
    """What binds movies to clicks. clicks: (c,) rows; cosine: (c, n_movies) float32; strength: (n_movies,) float32,
    the weights of all short paths to each movie, 0 for the clicks themselves."""

    clicks: np.ndarray
    cosine: np.ndarray
    strength: np.ndarray

    def strongest(self, n: int, *, excluded: np.ndarray | None = None) -> np.ndarray:
        """At most `n` movie rows with a tie, the strongest first, none of the rows `excluded`."""
        strength = np.where(self.strength > 0, self.strength, -np.inf)
        if excluded is not None:
            strength[excluded] = -np.inf
        return top_k(strength, n)


def ties(graph: KnowledgeGraph, clicks: np.ndarray) -> Ties:
    """Of `clicks`: (c,) movie rows."""
    cosine = graph.cosine(graph.together(clicks), clicks)
    entities, times = np.unique(graph.has[clicks].indices, return_counts=True)
    weight = graph.entity_weight[entities] * times.astype(np.float32)
    strength = cosine.sum(axis=0) + graph.of_entity[entities].T @ weight
    strength[clicks] = 0
    return Ties(clicks, cosine, strength)


def extract(graph: KnowledgeGraph, tied: Ties, targets: np.ndarray, config: KPRNConfig) -> Paths:
    """The distinct paths of up to `config.longest` nodes from `tied.clicks` to the movie rows `targets`.

    No path ends at the movie that it came over last. Those of six nodes lead over the `config.most_between` movies
    most strongly tied to the clicks, and reach each of these by its strongest tie alone.
    """
    parts = [_short(_legs(graph, tied.clicks, tied.cosine[:, targets], targets), tied.clicks)]
    over = tied.strongest(config.most_between) if config.longest >= 6 else np.empty(0, np.int64)
    if len(over):
        cosine = graph.cosine(graph.together(over), over)[:, targets]
        parts.append(_long(_legs(graph, over, cosine, targets), over, _ways(graph, tied, over)))
    firsts = np.cumsum([0] + [len(part.click) for part in parts])

    def column(name: str) -> np.ndarray:
        return np.concatenate([getattr(part, name) for part in parts]).astype(np.int32)

    return Paths(
        **{name: column(name) for name in ("click", "entity", "between", "entity2", "target")},
        stem=np.concatenate([part.stem + n for part, n in zip(parts, firsts, strict=False)]).astype(np.int32),
        log_weight=np.concatenate([part.log_weight for part in parts]).astype(np.float32),
        movie=targets.astype(np.int32),
    )


class _Legs(NamedTuple):
    """The last two steps of paths: (N,) each. start: where, of those asked, it begins; entity: over what; target:
    where, of those asked, it ends; log_weight: float32."""

    start: np.ndarray
    entity: np.ndarray
    target: np.ndarray
    log_weight: np.ndarray


def _legs(graph: KnowledgeGraph, starts: np.ndarray, cosine: np.ndarray, targets: np.ndarray) -> _Legs:
    """From the movie rows `starts` to other ones, `targets`. cosine: (len(starts), len(targets))."""
    begins, reached = np.nonzero((cosine > 0) & (starts[:, None] != targets))
    close = cosine[begins, reached]
    crowd = (close[:, None] < graph.bar[targets[reached]]).sum(axis=1)

    of_start = graph.has[starts]
    shared = graph.has[targets].T.tocsr()[of_start.indices].tocoo()  # (entities of all starts, targets)
    start = np.repeat(np.arange(len(starts)), np.diff(of_start.indptr))[shared.row]
    entity = of_start.indices[shared.row]
    other = starts[start] != targets[shared.col]
    return _Legs(
        np.concatenate([begins, start[other]]),
        np.concatenate([crowd, entity[other]]),
        np.concatenate([reached, shared.col[other]]),
        np.log(np.concatenate([close, graph.entity_weight[entity[other]]])),
    )


class _Ways(NamedTuple):
    """From a click to a movie between: (b,) each."""

    click: np.ndarray
    entity: np.ndarray
    log_weight: np.ndarray


def _ways(graph: KnowledgeGraph, tied: Ties, over: np.ndarray) -> _Ways:
    """The strongest way to each of `over`, movie rows with a tie."""
    legs = _legs(graph, tied.clicks, tied.cosine[:, over], over)
    order = np.lexsort((legs.log_weight, legs.target))
    best = order[np.searchsorted(legs.target[order], np.arange(len(over)), side="right") - 1]
    return _Ways(tied.clicks[legs.start[best]], legs.entity[best], legs.log_weight[best])


class _Part(NamedTuple):
    """Paths of one length, as Paths has them."""

    click: np.ndarray
    entity: np.ndarray
    between: np.ndarray
    entity2: np.ndarray
    stem: np.ndarray
    target: np.ndarray
    log_weight: np.ndarray


def _short(legs: _Legs, clicks: np.ndarray) -> _Part:
    start, entity, stem = _distinct(legs)
    none = np.full(len(start), NONE)
    return _Part(clicks[start], entity, none, none, stem, legs.target, legs.log_weight)


def _long(legs: _Legs, over: np.ndarray, way: _Ways) -> _Part:
    start, entity2, stem = _distinct(legs)
    log_weight = legs.log_weight + way.log_weight[legs.start]
    return _Part(way.click[start], way.entity[start], over[start], entity2, stem, legs.target, log_weight)


def _distinct(legs: _Legs) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The distinct pairs of start and entity, (S,) each, and the row of each leg's pair, (N,)."""
    n_entities = int(legs.entity.max(initial=0)) + 1
    pair, row = np.unique(legs.start * np.int64(n_entities) + legs.entity, return_inverse=True)
    return pair // n_entities, pair % n_entities, row
