from __future__ import annotations

import numpy as np
import pytest
import torch

from pytorch_models.datasets.interactions import Interactions
from pytorch_models.fold_in import draw_pairs
from pytorch_models.lightgcn.config import LightGCNConfig
from pytorch_models.lightgcn.model import LightGCN
from pytorch_models.lightgcn.train import tables_of
from pytorch_models.lightgcn.visitor import Tables, fold_in
from tests.worlds import planted

CONFIG = LightGCNConfig(embedding_size=8, layers=2)


@pytest.fixture(scope="module")
def network() -> LightGCN:
    torch.manual_seed(0)
    return LightGCN(planted(), CONFIG)


@pytest.fixture(scope="module")
def tables(network: LightGCN) -> Tables:
    return tables_of(network, planted())


def test_a_visitor_is_a_last_user_who_listens_and_does_not_speak(network: LightGCN, tables: Tables) -> None:
    world, clicks = planted(), np.array([1, 7, 30])
    e = network.embedding.detach().numpy().astype(np.float64)
    a = network.adjacency.to_dense().numpy().astype(np.float64)
    own = np.zeros(8)
    visitor, hears = [own], e
    for _ in range(2):
        weight = 1 / np.sqrt(len(clicks) * world.movie_degree[clicks])
        visitor.append(weight @ hears[world.n_users + clicks])
        hears = a @ hears
    still = LightGCNConfig(embedding_size=8, layers=2, fold_in_epochs=0)
    got, losses = fold_in(tables, clicks, still, rng=np.random.default_rng(0))
    assert np.allclose(got, np.mean(visitor, axis=0), atol=1e-6)
    assert len(losses) == 1


def test_folding_in_takes_the_steps_of_torchs_adam(tables: Tables) -> None:
    clicks = np.array([1, 7, 30, 31])
    config = LightGCNConfig(embedding_size=8, layers=2, fold_in_epochs=4, l2=0.1, learning_rate=0.05)
    got, losses = fold_in(tables, clicks, config, rng=np.random.default_rng(7))

    rng = np.random.default_rng(7)
    pairs = draw_pairs(clicks, rng.integers(len(tables.item), size=(5, 4)), rng=rng)
    item = torch.from_numpy(tables.item)
    heard = torch.from_numpy(tables.spoken)[clicks].sum(dim=0) / 4**0.5
    row = torch.zeros(8, requires_grad=True)
    optimizer = torch.optim.Adam([row], lr=0.05)
    for epoch in range(4):
        optimizer.zero_grad()
        margin = (item[pairs.liked[epoch]] - item[pairs.passed[epoch]]) @ ((row + heard) / 3)
        counts = torch.from_numpy(pairs.counts[epoch])
        loss = (torch.nn.functional.softplus(-margin) * counts).sum() / counts.sum() + 0.05 * row.square().sum()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    assert np.allclose(got, ((row + heard) / 3).detach().numpy(), atol=1e-5)
    assert len(losses) == 5


def test_all_movies_clicked_leaves_nothing_to_learn(tables: Tables) -> None:
    clicks = np.arange(planted().n_movies)
    got, losses = fold_in(tables, clicks, CONFIG, rng=np.random.default_rng(0))
    assert np.allclose(got, tables.spoken.sum(axis=0) / np.sqrt(len(clicks)) / 3, atol=1e-6)
    assert set(losses) == {0.0}


def test_tables_hold_what_the_movies_say(network: LightGCN, tables: Tables) -> None:
    world: Interactions = planted()
    e = network.embedding.detach().numpy()
    heard = e + network.adjacency.to_dense().numpy() @ e
    expected = heard[world.n_users :] / np.sqrt(world.movie_degree)[:, None]
    assert np.allclose(tables.spoken, expected, atol=1e-6)
