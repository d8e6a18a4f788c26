from __future__ import annotations

import numpy as np
import torch

from pytorch_models.datasets.interactions import Interactions
from pytorch_models.lightgcn.config import LightGCNConfig
from pytorch_models.lightgcn.model import LightGCN, MeanOfLayers, adjacency
from tests.worlds import planted

CONFIG = LightGCNConfig(embedding_size=4, layers=3, l2=0.1)


def dense_adjacency(world: Interactions) -> np.ndarray:
    """Ã edge by edge, as eq. 3 of the paper has it."""
    n_users = world.n_users
    a = np.zeros((n_users + world.n_movies,) * 2)
    for user, movie in zip(world.user_idx, world.movie_idx, strict=True):
        weight = 1 / np.sqrt(world.user_degree[user] * world.movie_degree[movie])
        a[user, n_users + movie] = a[n_users + movie, user] = weight
    return a


def test_the_adjacency_is_normalised_by_both_degrees() -> None:
    world = planted()
    assert np.allclose(adjacency(world).to_dense().numpy(), dense_adjacency(world), atol=1e-6)


def test_the_representations_are_the_mean_of_propagated_layers() -> None:
    world = planted()
    network = LightGCN(world, CONFIG)
    layer = network.embedding.detach().numpy().astype(np.float64)
    layers = [layer]
    for _ in range(3):
        layer = dense_adjacency(world) @ layer
        layers.append(layer)
    assert np.allclose(network().detach().numpy(), np.mean(layers, axis=0), atol=1e-6)


def test_its_gradient_is_that_of_autograd() -> None:
    world = planted().of_users(np.arange(6))
    a = adjacency(world).to(torch.float64)
    e = torch.randn(world.n_users + world.n_movies, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: MeanOfLayers.apply(x, a, 2), (e,))  # type: ignore[no-untyped-call]


def test_the_loss_is_worked_out_by_hand() -> None:
    # One user, one clicked and one other movie, no layers: −ln σ(u·p − u·n) + λ/2 (‖u‖² + ‖p‖² + ‖n‖²).
    world = Interactions.of(np.array([1, 2]), np.array([1, 2]))
    network = LightGCN(world, LightGCNConfig(embedding_size=2, layers=0, l2=0.1))
    with torch.no_grad():
        network.embedding.copy_(torch.tensor([[1.0, 2.0], [0.0, 0.0], [0.5, 0.5], [1.0, -1.0]]))
    loss = network.loss(torch.tensor([0]), torch.tensor([0]), torch.tensor([1]))
    assert np.isclose(loss.item(), np.log1p(np.exp(-(1.5 - -1.0))) + 0.05 * (5 + 0.5 + 2))


def test_movies_without_users_keep_a_finite_representation() -> None:
    world = planted().of_users(np.arange(2))
    assert (world.movie_degree == 0).any()
    assert LightGCN(world, CONFIG)().isfinite().all()
