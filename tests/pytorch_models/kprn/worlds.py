"""A world small enough to count its paths by hand."""

from __future__ import annotations

import numpy as np

from pytorch_models.datasets.interactions import Interactions
from pytorch_models.datasets.knowledge import Knowledge
from pytorch_models.kprn.config import KPRNConfig
from pytorch_models.kprn.graph import CROWDS, KINDS, KnowledgeGraph
from pytorch_models.kprn.paths import NONE, Paths

HEAT, COLLATERAL, ALI, SCARFACE, TWINS = range(5)
KNOWN = [
    (HEAT, "director", "Mann"),
    (COLLATERAL, "director", "Mann"),
    (ALI, "director", "Mann"),
    (HEAT, "cast", "Pacino"),
    (SCARFACE, "cast", "Pacino"),
    (HEAT, "writer", "Mann"),
    (TWINS, "writer", "Nobody else's"),
]
SEEN = [(1, HEAT), (1, COLLATERAL), (2, HEAT), (2, COLLATERAL), (2, SCARFACE), (3, SCARFACE), (3, TWINS), (4, ALI)]
EXACT = KPRNConfig(most_between=10)


def world() -> Interactions:
    users, movies = zip(*SEEN, strict=True)
    return Interactions.of(np.array(users), np.array(movies))


def graph(config: KPRNConfig = EXACT) -> KnowledgeGraph:
    return KnowledgeGraph.of(world(), Knowledge.of(KNOWN), config, rng=np.random.default_rng(0))


def spelt(graph: KnowledgeGraph, paths: Paths) -> list[tuple[object, ...]]:
    """Each path as its movies' rows and (kind, name) between them; a crowd has no name."""

    def entity(number: int) -> tuple[str, str]:
        return KINDS[graph.kind[number]], "" if number < CROWDS else graph.names[number]

    found: list[tuple[object, ...]] = []
    for stem, target in zip(paths.stem, paths.target, strict=True):
        path: list[object] = [int(paths.click[stem]), entity(paths.entity[stem])]
        if paths.between[stem] != NONE:
            path += [int(paths.between[stem]), entity(paths.entity2[stem])]
        found.append((*path, int(paths.movie[target])))
    return found
