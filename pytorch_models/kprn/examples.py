"""What KPRN trains on: users taken out of the graph as visitors, with the paths to movies they hide and to others."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np

from pytorch_models.base import OnStep
from pytorch_models.datasets.interactions import Interactions
from pytorch_models.datasets.knowledge import Knowledge
from pytorch_models.kprn import shards
from pytorch_models.kprn.config import KPRNConfig
from pytorch_models.kprn.graph import KnowledgeGraph
from pytorch_models.kprn.paths import extract, ties
from pytorch_models.kprn.shards import Example

MOST_FEW = 12


def build(
    interactions: Interactions,
    knowledge: Knowledge,
    config: KPRNConfig,
    *,
    seed: int,
    scratch: Path | None = None,
    on_step: OnStep,
) -> list[Example]:
    """The users with two movies, or `config.most_visitors` drawn ones, as visitors, a fold of them at a time.

    While a fold is built, its users are out of the graph, as those are who will come to the site. With `scratch`, a
    folder, each fold's examples are kept there, and found again by a call for the same data, settings and seed.
    on_step: told how many visitors of how many are done. Raises ValueError where nobody can be a visitor.
    """
    able = np.flatnonzero(interactions.user_degree >= 2)
    drawn = np.random.default_rng(seed).permutation(able)[: config.most_visitors]
    key = _key(interactions, knowledge, config, seed)
    examples: list[Example] = []
    done = 0
    for fold in range(config.folds):
        users = np.sort(drawn[fold :: config.folds])
        path = scratch / f"paths-{key}-{fold}.safetensors" if scratch else None
        found = shards.load(path) if path else None
        if found is None:
            found = []
            rng = np.random.default_rng([seed, fold])
            for number, example in enumerate(_fold(interactions, knowledge, config, users, rng), start=1):
                found += [example] if example else []
                on_step(done + number, len(drawn))
            if path:
                shards.save(path, found)
        done += len(users)
        on_step(done, len(drawn))
        examples += found
    if not examples:
        raise ValueError("Expected users with movies that others have too, to train on (got none)")
    return examples


def _fold(
    interactions: Interactions,
    knowledge: Knowledge,
    config: KPRNConfig,
    users: np.ndarray,
    rng: np.random.Generator,
) -> Iterator[Example | None]:
    if not len(users):
        return
    graph = KnowledgeGraph.of(interactions.where(~np.isin(interactions.user_idx, users)), knowledge, config, rng=rng)
    for user in users.tolist():
        yield draw(graph, interactions.movie_idx[interactions.rows_of(user)], config, rng=rng)


def draw(graph: KnowledgeGraph, own: np.ndarray, config: KPRNConfig, *, rng: np.random.Generator) -> Example | None:
    """A visitor who has the movie rows `own`, two at least, and shows a random part of them.

    Their targets are candidates as in a request: some that they hide, and of the others `config.negatives` for each.
    None where no candidate is hidden, or all are.
    """
    own = rng.permutation(own)
    shown = own[: _n_shown(len(own), config, rng=rng)]
    tied = ties(graph, shown[: config.most_clicks])
    candidates = rng.permutation(tied.strongest(config.candidates, excluded=shown))
    has = np.isin(candidates, own)
    hidden = candidates[has][: config.positives]
    others = candidates[~has][: config.negatives * len(hidden)]
    if not len(others):
        return None
    paths = extract(graph, tied, np.concatenate([hidden, others]), config)
    return Example(paths, np.repeat([1, 0], [len(hidden), len(others)]).astype(np.float32), len(tied.clicks))


def _n_shown(n: int, config: KPRNConfig, *, rng: np.random.Generator) -> int:
    few, many = np.exp(rng.uniform(0, np.log(MOST_FEW))), rng.uniform(*config.input_share) * n
    return int(np.clip(round(few if rng.random() < config.few_share else many), 1, n - 1))


def _key(interactions: Interactions, knowledge: Knowledge, config: KPRNConfig, seed: int) -> str:
    told = json.dumps([interactions.fingerprint(), knowledge.fingerprint(), asdict(config), seed])
    return hashlib.sha256(told.encode()).hexdigest()[:16]
