from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from pytorch_models.sasrec.loss import binary_loss, gbce_power, next_movie_loss
from pytorch_models.sasrec.model import SASRec
from tests.worlds import SMALL_SASREC

NONE = torch.empty(1, 0, dtype=torch.int64)
"""No movie was clicked."""
LN2, LN3 = torch.log(torch.tensor(2.0)), torch.log(torch.tensor(3.0))


def test_the_papers_loss_worked_out_by_hand() -> None:
    # σ(ln 3) = 3/4, σ(0) = 1/2: place one −ln 3/4 − ln 1/2, place two −ln 1/2 − ln(1 − 3/4)
    positive, negative = torch.stack([LN3, LN2 * 0]), torch.stack([LN2 * 0, LN3])[:, None]
    expected = (-torch.log(torch.tensor(3 / 8)) - torch.log(torch.tensor(1 / 8))) / 2
    assert torch.allclose(binary_loss(positive, negative), expected)


def test_the_generalised_loss_weighs_the_positive_and_sums_the_negatives() -> None:
    positive, negative = LN3[None], torch.stack([LN2 * 0, LN3])[None]
    expected = (
        -0.25 * torch.log(torch.tensor(3 / 4)) - torch.log(torch.tensor(1 / 2)) - torch.log(torch.tensor(1 / 4))
    )
    assert torch.allclose(binary_loss(positive, negative, power=0.25), expected)


def test_its_gradient_is_what_the_formula_says() -> None:
    positive = LN3[None].clone().requires_grad_()
    negative = torch.stack([LN2 * 0, LN3])[None].clone().requires_grad_()
    binary_loss(positive, negative, power=0.5).backward()  # type: ignore[no-untyped-call]
    assert positive.grad is not None and negative.grad is not None
    assert torch.allclose(positive.grad, torch.tensor([-0.5 * (1 - 3 / 4)]))  # −β (1 − σ(s⁺))
    assert torch.allclose(negative.grad, torch.tensor([[1 / 2, 3 / 4]]))  # σ(s⁻)


@pytest.mark.parametrize(
    ("sampled", "calibration", "power"), [(0.1, 0.0, 1.0), (0.1, 1.0, 0.1), (0.1, 0.75, 0.325), (1.0, 0.4, 1.0)]
)
def test_the_power_of_the_positive_worked_out_by_hand(sampled: float, calibration: float, power: float) -> None:
    assert gbce_power(sampled, calibration) == pytest.approx(power)


def test_with_full_calibration_the_best_score_is_the_probability_that_the_movie_comes() -> None:
    # One of four movies comes with probability p, else one of the three others, and one negative of three is drawn.
    p = 0.3
    score = torch.logit(torch.tensor(p)).requires_grad_()
    other = torch.zeros(1, 1)
    comes = binary_loss(score[None], other, power=gbce_power(1 / 3, 1.0))
    passed = binary_loss(other[0], score[None, None])
    (p * comes + (1 - p) / 3 * passed).backward()  # type: ignore[no-untyped-call]
    assert score.grad is not None and float(score.grad) == pytest.approx(0, abs=1e-6)


def network(loss: str, *, positions: int = 100) -> SASRec:
    torch.manual_seed(0)
    config = replace(SMALL_SASREC, embedding_size=2, heads=1, loss=loss, positions=positions, negatives=3)
    made = SASRec(config, n_movies=3)
    with torch.no_grad():
        made.movie_embedding.copy_(torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]))
        made.movie_bias.copy_(torch.stack([LN2 * 0, LN2 * 0, LN2]))
    return made


def test_cross_entropy_over_all_movies_worked_out_by_hand() -> None:
    made, expected = network("softmax"), torch.stack([torch.stack([LN3, LN2 * 0])])
    # e^scores are 3, 1 and, by its bias, 2: the first movie has half of it, and without the third three quarters.
    clicked = torch.tensor([[2, 2]])
    assert torch.allclose(next_movie_loss(made, expected, torch.tensor([0]), clicked), LN2)
    made.config = replace(made.config, unclicked=True)
    without = next_movie_loss(made, expected, torch.tensor([0]), clicked)
    assert torch.allclose(without, -torch.log(torch.tensor(3 / 4)))
    loss = next_movie_loss(made, expected, torch.tensor([0]), NONE)
    assert torch.allclose(loss, LN2)
    loss.backward()  # type: ignore[no-untyped-call]
    assert made.movie_bias.grad is not None
    assert torch.allclose(made.movie_bias.grad, torch.tensor([1 / 2 - 1, 1 / 6, 1 / 3]))


def test_so_many_places_as_told_are_asked() -> None:
    expected, target = torch.stack([torch.zeros(2), torch.stack([LN3, LN2 * 0])]), torch.tensor([2, 0])
    each = {next_movie_loss(network("softmax"), expected[[i]], target[[i]], NONE).item() for i in range(2)}
    torch.manual_seed(1)
    made, none = network("softmax", positions=1), NONE.expand(2, 0)
    found = [next_movie_loss(made, expected, target, none).item() for _ in range(8)]
    assert {round(value, 5) for value in found} <= {round(value, 5) for value in each}


@pytest.mark.parametrize("loss", ["bce", "gbce"])
def test_a_sampled_loss_pulls_towards_what_came_and_away_from_others(loss: str) -> None:
    made = network(loss)
    expected = torch.zeros(60, 2)
    loss_of_all = next_movie_loss(made, expected, torch.zeros(60, dtype=torch.int64), NONE.expand(60, 0))
    loss_of_all.backward()  # type: ignore[no-untyped-call]
    assert made.movie_bias.grad is not None
    assert (made.movie_bias.grad[1:] > 0).all()
    assert made.movie_bias.grad[0] < made.movie_bias.grad[1:].min()
