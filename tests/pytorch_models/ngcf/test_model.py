from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from pytorch_models.datasets.interactions import Interactions
from pytorch_models.datasets.splits import Visitor
from pytorch_models.ngcf import graph as graphs
from pytorch_models.ngcf.config import NGCFConfig
from pytorch_models.ngcf.model import NGCF, hidden_click_loss
from pytorch_models.ngcf.recommender import tables_of
from pytorch_models.ngcf.tower import Tower
from pytorch_models.ngcf.train import graph_with_visitors
from tests.pytorch_models.ngcf import oracle

N_MOVIES = 12


def small_world() -> Interactions:
    rng = np.random.default_rng(4)
    pairs = {(int(u), int(m)) for u, m in zip(rng.integers(0, 9, 40), rng.integers(0, N_MOVIES - 1, 40), strict=True)}
    pairs |= {(movie % 9, movie) for movie in range(N_MOVIES - 1)} | {(0, N_MOVIES - 1)}
    users, movies = np.array(sorted(pairs)).T
    return Interactions.of(users, movies)


def small_network(*, layers: tuple[int, ...] = (7, 5, 6), normalise: bool = True, n_movies: int = N_MOVIES) -> NGCF:
    torch.manual_seed(1)
    config = replace(NGCFConfig(), embedding_size=8, layers=layers, normalise=normalise, layer_weight=2.0)
    network = NGCF(config, n_movies=n_movies).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter is not network.log_doubt:
                parameter.add_(torch.randn_like(parameter) * 0.3)
    return network


def edges_of(world: Interactions) -> oracle.Edges:
    return list(zip(world.user_idx.tolist(), world.movie_idx.tolist(), strict=True))


def test_summed_first_equals_per_edge_messages_and_so_do_the_gradients() -> None:
    world, network = small_world(), small_network()
    edges = edges_of(world)
    layers = network(graph_with_visitors(world, ()))
    users, movies = oracle.propagate(network, edges, edges, n_users=world.n_users)
    for fast, slow in zip([*layers.user, *layers.movie], [*users, *movies], strict=True):
        assert torch.allclose(fast, slow, atol=1e-5)

    def gradients(tensors: list[torch.Tensor]) -> list[torch.Tensor]:
        loss = sum((tensor.sin().sum() for tensor in tensors), torch.zeros(()))
        return list(torch.autograd.grad(loss, [*network.layers.parameters(), network.movie_embedding]))

    for fast, slow in zip(gradients([*layers.user, *layers.movie]), gradients([*users, *movies]), strict=True):
        assert torch.allclose(fast, slow, atol=1e-4)


def test_dropout_on_the_embeddings_is_seen_by_scores_and_not_by_what_is_propagated() -> None:
    world = small_world()
    config = replace(NGCFConfig(), embedding_size=8, layers=(8,), message_dropout=0.0, embedding_dropout=0.5)
    network = NGCF(config, n_movies=N_MOVIES)
    graph = graph_with_visitors(world, ())
    whole, dropped = network.eval()(graph), network.train()(graph)
    for side in ("user", "movie"):
        assert not (getattr(whole, side)[0] == 0).any()
        assert (getattr(dropped, side)[0] == 0).any()
        assert torch.equal(getattr(whole, side)[1], getattr(dropped, side)[1])


@pytest.mark.parametrize("normalise", [True, False])
@pytest.mark.parametrize("clicks", [[3], [0, 3, 5, 8], list(range(N_MOVIES))])
def test_the_tower_equals_the_training_heterograph_plus_a_visitor_who_listens(
    clicks: list[int], normalise: bool
) -> None:
    world, network = small_world(), small_network(normalise=normalise)
    training = edges_of(world)
    listens = training + [(world.n_users, movie) for movie in clicks]
    with torch.inference_mode():
        users, movies = oracle.propagate(network, listens, training, n_users=world.n_users + 1)
        sure = len(clicks) / (len(clicks) + network.config.doubt)
        expected = sure * network.representation([h[-1:] for h in users])[0].numpy()
        tables, _ = tables_of(network, world)
        tower = Tower(tables, np.array(clicks), network.config)
        expected_items = network.representation(movies).numpy()
    up = tower.forward(np.zeros(8, np.float32))
    for layer, length, slow in zip(tower.layers, up.length, users, strict=True):
        assert np.allclose(up.unit[layer] * length, slow[-1].numpy(), atol=1e-5)
    assert np.allclose(up.representation, expected, atol=1e-5)
    assert np.allclose(tables.item, expected_items, atol=1e-5)


def test_a_listening_visitor_changes_no_movie() -> None:
    world, network = small_world(), small_network()
    alone = network(graph_with_visitors(world, ())).movie
    visitor = Visitor(np.array([1, 2, 3]), np.zeros(3, np.int8), np.array([4]), np.zeros(1, np.int8))
    together = network(graph_with_visitors(world, [visitor])).movie
    assert all(torch.equal(a, b) for a, b in zip(alone, together, strict=True))


@pytest.mark.parametrize("normalise", [True, False])
def test_the_towers_gradient_is_autograds_on_the_heterograph(normalise: bool) -> None:
    world, network = small_world(), small_network(normalise=normalise)
    clicks = np.array([0, 3, 5])
    tower = Tower(tables_of(network, world)[0], clicks, network.config)
    rng = np.random.default_rng(2)
    free = rng.normal(size=8).astype(np.float32)
    target = rng.normal(size=8 + sum(network.config.layers)).astype(np.float32)
    by_hand = tower.backward(tower.forward(free), target * tower.scale)

    h = torch.tensor(free, requires_grad=True)
    visitor = Visitor(clicks, np.zeros(3, np.int8), np.array([4]), np.zeros(1, np.int8))
    graph = graph_with_visitors(world, [visitor])
    movies = network(graph).movie
    user = network.user_of_movies(graphs.mean_of_neighbours(graph, movies[0]))
    layers = [user[-1:] + h]
    s = graphs.weight_sum(graph, graphs.LISTENS)[-1:]
    for layer, movie in zip(network.layers, movies[:-1], strict=True):
        n = graphs.weighted_sum(graph, graphs.LISTENS, movie)[-1:]
        layers.append(layer(layers[-1], n, s))
    sure = len(clicks) / (len(clicks) + network.config.doubt)
    (sure * network.representation(layers)[0] @ torch.from_numpy(target)).backward()  # type: ignore[no-untyped-call]
    assert h.grad is not None
    assert np.allclose(by_hand, h.grad.numpy(), atol=1e-4, rtol=1e-3)


def test_a_movie_that_nobody_clicked_gets_a_finite_score() -> None:
    world = small_world()
    without = world.of_users(np.arange(1, world.n_users))  # only user 0 had the last movie
    assert without.movie_degree[-1] == 0
    network = small_network()
    tables, _ = tables_of(network, without)
    tower = Tower(tables, np.array([N_MOVIES - 1]), network.config)
    assert np.isfinite(tables.item).all()
    assert np.isfinite(tower.forward(np.zeros(8, np.float32)).representation).all()


def test_the_loss_is_the_mean_over_visitors_of_the_hidden_clicks_cross_entropy() -> None:
    scores = torch.tensor([[9.0, 0.0, 0.0], [1.0, 2.0, 0.0]])
    shown = torch.tensor([0]), torch.tensor([0])
    hidden = torch.tensor([0, 0, 1]), torch.tensor([1, 2, 1])
    first = np.log(2)  # the shown movie is out of the softmax, the other two are alike
    second = -2 + np.log(np.exp(1) + np.exp(2) + 1)
    assert float(hidden_click_loss(scores, shown, hidden)) == pytest.approx((first + second) / 2, rel=1e-5)
