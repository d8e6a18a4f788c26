from __future__ import annotations

import pytest
import torch
from torch import Tensor

from pytorch_models.ngcf import loss as losses
from pytorch_models.ngcf.loss import softmax_loss
from pytorch_models.ngcf.model import Pairs, hidden_click_loss


@pytest.fixture(params=[3, 128])
def few_at_once(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(losses, "VISITORS_AT_ONCE", request.param)


def world(visitors: int = 8, movies: int = 30) -> tuple[list[Tensor], Pairs, Pairs]:
    """Parameters in float64, and each visitor's shown and hidden movies, in uneven numbers; some show none."""
    generator = torch.Generator().manual_seed(0)
    sizes = ((visitors, 5), (movies, 5), (movies,))
    parameters = [torch.randn(size, generator=generator, dtype=torch.float64).requires_grad_() for size in sizes]
    kind = torch.rand(visitors, movies, generator=generator)
    kind[0, :] = 0.5
    kind[:, 0] = 0.0
    shown, hidden = (kind > 0.8).nonzero(as_tuple=True), (kind < 0.2).nonzero(as_tuple=True)
    return parameters, (shown[0], shown[1]), (hidden[0], hidden[1])


@pytest.mark.usefixtures("few_at_once")
def test_it_is_the_softmax_over_all_movies_and_so_are_its_gradients() -> None:
    (user, movie, bias), shown, hidden = world()
    expected = hidden_click_loss(user @ movie.T + bias, shown, hidden)
    found = softmax_loss(user, movie, bias, shown, hidden)
    assert float(found.detach()) == pytest.approx(float(expected.detach()), rel=1e-12)
    for own, autograds in zip(
        torch.autograd.grad(3 * found, [user, movie, bias]),
        torch.autograd.grad(3 * expected, [user, movie, bias]),
        strict=True,
    ):
        torch.testing.assert_close(own, autograds, rtol=1e-10, atol=1e-12)


def test_scores_far_apart_overflow_nothing() -> None:
    (user, movie, bias), shown, hidden = world()
    loss = softmax_loss(1e3 * user, movie, bias, shown, hidden)
    assert torch.isfinite(loss)
    assert all(torch.isfinite(each).all() for each in torch.autograd.grad(loss, [user, movie, bias]))
