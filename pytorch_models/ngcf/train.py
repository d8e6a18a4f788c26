"""Training NGCF as it is served: visitors out of the graph, part of their clicks shown, the rest to be found."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from pytorch_models.base import CurvePoint, EpochDone, OnEpoch, ignore, top_k
from pytorch_models.datasets.interactions import Interactions
from pytorch_models.datasets.splits import Visitor
from pytorch_models.evaluation.metrics import ndcg_at, whole_recall_at
from pytorch_models.ngcf import graph as graphs
from pytorch_models.ngcf.config import NGCFConfig
from pytorch_models.ngcf.graph import Graph
from pytorch_models.ngcf.loss import VISITORS_AT_ONCE, softmax_loss
from pytorch_models.ngcf.model import NGCF, Pairs
from pytorch_models.ngcf.run import Run

MOST_FEW = 12


@dataclass(frozen=True)
class Trained:
    network: NGCF
    """The averaged weights of the best epoch, in eval mode."""
    epoch: int
    """That epoch, counted from 1; 0 where training ended before the first."""
    ndcg: float | None
    interrupted: bool
    """True where Ctrl-C ended it."""
    curve: list[CurvePoint]
    """Validation epoch by epoch, those before a kill among them; empty without visitors."""
    resumed_seconds: float
    """What epochs took that were done before, by a training that was killed."""


def train(
    interactions: Interactions,
    config: NGCFConfig,
    *,
    rng: np.random.Generator,
    validation: Sequence[Visitor] = (),
    on_epoch: OnEpoch = ignore,
    scratch: Path | None = None,
) -> Trained:
    """Train on `interactions` for `config.epochs` epochs, or until validation stops getting better.

    Without `validation` all epochs run and the last weights are the answer. Ctrl-C ends it cleanly with the
    best so far. With `scratch`, a folder, each epoch's end is kept there, and a training that was killed goes on
    from the last of them, to the same weights as without the kill.
    """
    run = Run(interactions, config, rng=rng, scratch=scratch)
    done = run.progress
    evaluation_graph = graph_with_visitors(interactions, validation)
    started, begun_at, before = time.monotonic(), done.epoch, done.seconds
    interrupted = False
    try:
        while not done.finished:
            loss = _train_epoch(run, interactions)
            figures = validation_figures(run.averaged, evaluation_graph, validation) if validation else {}
            ndcg = figures.get("ndcg@10")
            run.epoch_done(ndcg)
            done.seconds = before + time.monotonic() - started
            if figures:
                done.curve.append({"epoch": done.epoch, "seconds": round(done.seconds, 1), "loss": loss} | figures)
            left = config.epochs - done.epoch
            if validation:
                left = min(left, done.best_epoch + config.patience - done.epoch)
            done.finished = left <= 0
            run.save()
            an_epoch = (time.monotonic() - started) / (done.epoch - begun_at)
            on_epoch(EpochDone(done.epoch, config.epochs, loss, ndcg, done.best_ndcg, an_epoch * left))
    except KeyboardInterrupt:
        interrupted = True
    return Trained(run.best.eval(), done.best_epoch, done.best_ndcg, interrupted, done.curve, before)


def _train_epoch(run: Run, interactions: Interactions) -> float:
    """Steps until each user has been a visitor once, on average; returns the mean loss a visitor."""
    network = run.network.train()
    seen, total = 0, 0.0
    while seen < interactions.n_users:
        batch = draw_batch(interactions, network.config, rng=run.rng)
        run.optimizer.zero_grad(set_to_none=True)
        layers = network(batch.graph)
        user = network.users(layers.of_users(batch.visitors))
        movie = network.representation(layers.movie)
        loss = softmax_loss(user, movie, network.movie_bias, batch.shown, batch.hidden)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(network.parameters(), network.config.gradient_clip)
        run.optimizer.step()
        run.average.update_parameters(network)
        seen += max(len(batch.visitors), 1)
        total += float(loss.detach()) * len(batch.visitors)
    return total / max(seen, 1)


@dataclass(frozen=True)
class Batch:
    """One step's graph, its B visitors (user rows), and which movies each was shown and must find."""

    graph: Graph
    visitors: Tensor  # (B,) int64
    shown: Pairs  # (visitors 0 … B−1, movies)
    hidden: Pairs


def draw_batch(interactions: Interactions, config: NGCFConfig, *, rng: np.random.Generator) -> Batch:
    """Take a random share of the users out of the graph and let them listen to a random part of their clicks.

    Raises ValueError where no user has two movies, one to show and one to hide.
    """
    degree = interactions.user_degree
    able = np.flatnonzero(degree >= 2)
    if not len(able):
        raise ValueError("Expected a user with at least 2 movies to train on (got none)")
    n = round(rng.uniform(*config.visitor_share) * len(able))
    n = min(max(n, 1), config.most_visitors)
    visitors = np.sort(rng.permutation(able)[:n])

    visitor_of = np.full(interactions.n_users, -1)
    visitor_of[visitors] = np.arange(n)
    edge_visitor = visitor_of[interactions.user_idx]
    out = np.flatnonzero(edge_visitor >= 0)  # user_idx ascends, so these stand user by user
    row, movie = edge_visitor[out], interactions.movie_idx[out]
    shown = _draw_shown(row, degree[visitors], config, rng=rng)

    stays = (edge_visitor < 0) & (rng.random(len(interactions)) >= config.edge_dropout)
    speaks = (interactions.user_idx[stays], interactions.movie_idx[stays])
    listens = (
        np.concatenate([speaks[0], interactions.user_idx[out[shown]]]),
        np.concatenate([speaks[1], movie[shown]]),
    )
    graph = graphs.build(
        _tensors(listens), _tensors(speaks), n_users=interactions.n_users, n_movies=interactions.n_movies
    )
    return Batch(
        graph,
        torch.from_numpy(visitors),
        _tensors((row[shown], movie[shown])),
        _tensors((row[~shown], movie[~shown])),
    )


def _draw_shown(row: np.ndarray, degree: np.ndarray, config: NGCFConfig, *, rng: np.random.Generator) -> np.ndarray:
    """(E,) bool: which clicks each visitor shows; at least one, never all. row: (E,) ascending; degree: (B,)."""
    many = rng.uniform(*config.input_share, len(degree)) * degree
    few = np.exp(rng.uniform(0, np.log(MOST_FEW), len(degree)))
    n_shown = np.where(rng.random(len(degree)) < config.few_share, few, many)
    n_shown = np.clip(np.round(n_shown), 1, degree - 1)
    order = np.lexsort((rng.random(len(row)), row))
    place = np.empty(len(row), np.int64)  # each click's place in its visitor's random order
    place[order] = np.arange(len(row)) - np.repeat(np.cumsum(degree) - degree, degree)
    return place < n_shown[row]


def graph_with_visitors(interactions: Interactions, visitors: Sequence[Visitor]) -> Graph:
    """The training graph with `visitors` as its last users, who listen to their clicks and do not speak."""
    speaks = (interactions.user_idx, interactions.movie_idx)
    rows = [np.full(len(v.clicks), interactions.n_users + i) for i, v in enumerate(visitors)]
    listens = (
        np.concatenate([speaks[0], *rows]),
        np.concatenate([speaks[1], *(v.clicks for v in visitors)]),
    )
    n_users = interactions.n_users + len(visitors)
    return graphs.build(_tensors(listens), _tensors(speaks), n_users=n_users, n_movies=interactions.n_movies)


@torch.inference_mode()
def validation_figures(network: NGCF, graph: Graph, visitors: Sequence[Visitor]) -> dict[str, float]:
    """Means over `visitors`, the last users of `graph`, without re-training: "ndcg@10", "ndcg@20", "recall@20".

    The recall is over the whole truth, as papers have it.
    """
    network.eval()
    layers = network(graph)
    user, movie = network.users(layers.of_users(slice(-len(visitors), None))), network.representation(layers.movie)
    each = []
    for start in range(0, len(visitors), VISITORS_AT_ONCE):
        scores = network.score(user[start : start + VISITORS_AT_ONCE], movie).numpy()  # (B, n_movies)
        for visitor, row in zip(visitors[start : start + VISITORS_AT_ONCE], scores, strict=True):
            row[visitor.clicks] = -np.inf
            best, truth = top_k(row, 20).tolist(), visitor.truth.tolist()
            each.append((ndcg_at(10, best, truth), ndcg_at(20, best, truth), whole_recall_at(20, best, truth)))
    return dict(zip(("ndcg@10", "ndcg@20", "recall@20"), np.mean(each, axis=0).tolist(), strict=True))


def _tensors(edges: tuple[np.ndarray, np.ndarray]) -> tuple[Tensor, Tensor]:
    return torch.from_numpy(edges[0]), torch.from_numpy(edges[1])
