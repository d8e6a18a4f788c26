"""The modes that train every weight, held to messages sent edge by edge in plain Python."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from pytorch_models.history import Visit
from pytorch_models.ngcf.config import NGCFConfig
from pytorch_models.ngcf.edges import Edges
from pytorch_models.ngcf.full import SumFirst
from pytorch_models.ngcf.model import NGCF, Layers
from pytorch_models.ngcf.recommender import tables_of
from pytorch_models.ngcf.reference import PerEdge
from pytorch_models.ngcf.tower import Tables, Tower, draw_pairs, retrain
from pytorch_models.ngcf.whole import Copy, Drop, Propagation, Retrained, dropout, keep, network_of, retrain_whole
from tests.pytorch_models.ngcf import oracle
from tests.pytorch_models.ngcf.test_model import N_MOVIES, edges_of, small_network, small_world

BOTH = pytest.mark.parametrize("propagation", [SumFirst, PerEdge])
LAYERS = pytest.mark.parametrize("layers", [(7,), (7, 5, 6)])
CLICKS = np.array([0, 3, 5, 8])
ASKED = torch.tensor([11, 3, 3, 0])
"""Movies whose layers are asked for: clicked and not, one of them twice."""


def trained_tables(layers: tuple[int, ...] = (7, 5, 6), *, normalise: bool = True) -> tuple[NGCFConfig, Tables]:
    network = small_network(layers=layers, normalise=normalise)
    return network.config, tables_of(network, small_world())[0]


def by_hand(network: NGCF, free: Tensor, movies: Tensor | None, drop: Drop) -> Layers:
    """A `Propagation` over the small world with a visitor who clicked CLICKS, out of the oracle."""
    edges = edges_of(small_world()) + [(small_world().n_users, int(movie)) for movie in CLICKS]
    users, all_movies = oracle.propagate(network, edges, edges, n_users=small_world().n_users + 1, free=free)
    heard = torch.full((1, 1), float(len(CLICKS)), dtype=free.dtype)
    return Layers([h[-1:] for h in users], [h if movies is None else h[movies] for h in all_movies], heard)


def fast(propagation: Callable[[Edges], Propagation]) -> Propagation:
    return propagation(Edges.of(small_world()).with_visitor(CLICKS))


@BOTH
@LAYERS
@pytest.mark.parametrize("movies", [ASKED, None])
def test_a_speaking_visitor_is_heard_as_the_oracle_says(
    propagation: Callable[[Edges], Propagation], layers: tuple[int, ...], movies: Tensor | None
) -> None:
    network = small_network(layers=layers).double()
    free = torch.linspace(-1, 1, 8, dtype=torch.float64)
    got, expected = (each(network, free, movies, keep) for each in (fast(propagation), by_hand))
    for ours, slow in zip([*got.user, *got.movie], [*expected.user, *expected.movie], strict=True):
        assert torch.allclose(ours, slow, atol=1e-10)


@BOTH
@LAYERS
def test_its_gradients_are_autograds_on_the_oracle(
    propagation: Callable[[Edges], Propagation], layers: tuple[int, ...]
) -> None:
    network = small_network(layers=layers).double()
    free = torch.linspace(-1, 1, 8, dtype=torch.float64, requires_grad=True)

    def gradients(propagate: Propagation) -> list[Tensor]:
        out = propagate(network, free, ASKED, keep)
        loss = (network.representation(out.movie) @ network.users(out).T).sin().sum()
        weights = [weight for name, weight in network.named_parameters() if name != "movie_bias"]
        return list(torch.autograd.grad(loss, [free, *weights]))

    for ours, slow in zip(gradients(fast(propagation)), gradients(by_hand), strict=True):
        assert slow.abs().max() > 1e-6
        assert torch.allclose(ours, slow, atol=1e-10, rtol=1e-8)


def test_a_speaking_visitor_changes_the_movies_they_clicked() -> None:
    network = small_network()
    silent = torch.from_numpy(tables_of(network, small_world())[0].item)
    spoken = network.representation(fast(SumFirst)(network, torch.zeros(8), None, keep).movie)
    assert not torch.isclose(spoken, silent, atol=1e-3).all(dim=1)[CLICKS].any()


def retrained(
    propagation: Callable[[Edges], Propagation],
    config: NGCFConfig,
    tables: Tables,
    *,
    clicks: np.ndarray = CLICKS,
    seed: int = 3,
) -> Retrained:
    rng = np.random.default_rng(seed)
    return retrain_whole(tables, Visit.of_clicks(clicks), config, propagation, rng=rng, dtype=torch.float64)


@LAYERS
@pytest.mark.parametrize("normalise", [True, False])
@pytest.mark.parametrize("clicks", [CLICKS, CLICKS[:1], np.arange(N_MOVIES - 1)])
def test_full_and_reference_agree_after_ten_epochs(
    layers: tuple[int, ...], normalise: bool, clicks: np.ndarray
) -> None:
    config, tables = trained_tables(layers, normalise=normalise)
    config = replace(config, full_rate=0.01)
    full, reference = (retrained(each, config, tables, clicks=clicks) for each in (SumFirst, PerEdge))
    still = retrained(SumFirst, replace(config, full_rate=0.0), tables, clicks=clicks)
    assert np.abs(full.scores - reference.scores).max() < 1e-6
    assert np.allclose(full.losses, reference.losses, atol=1e-9)
    assert np.abs(full.scores - still.scores).max() > 0.01  # ten epochs went somewhere


@BOTH
def test_an_epoch_is_a_step_of_adam_on_bpr_of_the_visitor_modes_pairs(
    propagation: Callable[[Edges], Propagation],
) -> None:
    # One epoch by hand: Adam's first step is the rate, towards where the gradient falls.
    config, tables = trained_tables()
    config = replace(config, full_rate=0.01, retrain_epochs=1, retrain_l2=0.1)
    got = retrained(propagation, config, tables)

    liked, passed = draw_pairs(Visit.of_clicks(CLICKS), N_MOVIES, config, rng=np.random.default_rng(3))
    network = network_of(tables, config, torch.float64)
    start = network.user_of_movies(network.movie_embedding[CLICKS].mean(dim=0)).detach()
    free = torch.zeros(8, dtype=torch.float64, requires_grad=True)
    weights = [free, *network.parameters()]

    def scores() -> Tensor:
        layers = by_hand(network, start.norm() * free, None, keep)
        return network.score(network.users(layers), network.representation(layers.movie))[0]

    def bpr(scores: Tensor, pairs: int) -> Tensor:
        margin = scores[liked[pairs]] - scores[passed[pairs]]
        return torch.log1p(torch.exp(-margin / config.retrain_temperature)).mean()

    before = float(bpr(scores(), -1).detach())
    embeddings = network.movie_embedding[np.concatenate([liked[0], passed[0]])]
    loss = bpr(scores(), 0) + 0.05 * (free.square().sum() + embeddings.square().sum() / len(CLICKS))
    gradients = torch.autograd.grad(loss, weights)
    with torch.no_grad():
        for weight, gradient in zip(weights, gradients, strict=True):
            weight -= 0.01 * gradient / (gradient.abs() + 1e-8)
        after = scores()
    assert np.abs(got.scores - after.numpy()).max() < 1e-6
    assert got.losses == pytest.approx((before, float(bpr(after, -1))), abs=1e-8)


@BOTH
def test_nothing_shared_is_written(propagation: Callable[[Edges], Propagation]) -> None:
    config, tables = trained_tables()
    _, untouched = trained_tables()
    first, again = (retrained(propagation, config, tables) for _ in range(2))
    assert np.array_equal(first.scores, again.scores)
    for name in ("heard", "item", "bias", "w0", "scale", "movie_degree"):
        assert np.array_equal(getattr(tables, name), getattr(untouched, name))
    for name in ("w1", "b1", "w2", "b2"):
        assert all(map(np.array_equal, getattr(tables, name), getattr(untouched, name)))


def test_the_rebuilt_network_is_the_one_the_tables_were_made_of() -> None:
    network, world = small_network(), small_world()
    tables, _ = tables_of(network, world)
    again, _ = tables_of(network_of(tables, network.config), world)
    assert np.allclose(again.item, tables.item, atol=1e-5)


def test_every_mode_sees_the_same_pairs() -> None:
    config, tables = trained_tables()
    alone, whole = np.random.default_rng(5), np.random.default_rng(5)
    retrain(Tower(tables, CLICKS, config), tables, Visit.of_clicks(CLICKS), rng=alone)
    retrain_whole(tables, Visit.of_clicks(CLICKS), config, SumFirst, rng=whole)
    assert alone.bit_generator.state == whole.bit_generator.state


@BOTH
def test_dropout_is_drawn_from_the_requests_own_seed(propagation: Callable[[Edges], Propagation]) -> None:
    config, tables = trained_tables()
    config = replace(config, full_rate=0.01)
    plain = retrained(propagation, config, tables)
    config = replace(config, full_dropout=0.5)
    torch.manual_seed(1)
    first = retrained(propagation, config, tables)
    torch.manual_seed(2)
    again, other = retrained(propagation, config, tables), retrained(propagation, config, tables, seed=4)
    assert np.array_equal(first.scores, again.scores)
    assert not np.allclose(first.scores, other.scores)
    assert not np.allclose(first.scores, plain.scores)
    assert first.losses[0] == pytest.approx(plain.losses[0])  # what is shown is measured with nothing dropped


def test_dropout_keeps_its_share_and_the_mean() -> None:
    h = dropout(0.25, np.random.default_rng(0))(torch.ones(200, 100))
    assert float((h == 0).double().mean()) == pytest.approx(0.25, abs=0.01)
    assert float(h.mean()) == pytest.approx(1, abs=0.01)


@BOTH
def test_with_all_movies_clicked_there_is_no_pair_and_no_loss(propagation: Callable[[Edges], Propagation]) -> None:
    config, tables = trained_tables()
    got = retrain_whole(
        tables, Visit.of_clicks(np.arange(N_MOVIES)), config, propagation, rng=np.random.default_rng(0)
    )
    assert got.losses == () and np.isfinite(got.scores).all()


def test_the_free_part_starts_at_nothing_and_is_measured_in_lengths() -> None:
    config, tables = trained_tables()
    copy = Copy(tables, CLICKS, config, torch.float64)
    start = tables.w0 @ tables.heard[CLICKS, :8].mean(axis=0)
    assert not copy.free.any()
    assert float(copy.unit) == pytest.approx(float(np.linalg.norm(start)), rel=1e-5)
