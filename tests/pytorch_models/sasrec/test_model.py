from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from pytorch_models.sasrec.model import PAD, SASRec
from tests.worlds import SMALL_SASREC

N_MOVIES = 30
CONFIG = replace(SMALL_SASREC, embedding_size=12, heads=3, blocks=3)


@pytest.fixture
def network() -> SASRec:
    """With weights large enough for attention to prefer some clicks to others."""
    torch.manual_seed(0)
    made = SASRec(CONFIG, n_movies=N_MOVIES)
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.3)
    return made.requires_grad_(False).eval()


CLICKS = torch.tensor([[4, 9, 1, 22, 17, 8]])


def test_a_later_click_changes_no_earlier_output(network: SASRec) -> None:
    before = network(CLICKS)
    for place in range(1, CLICKS.shape[1]):
        changed = CLICKS.clone()
        changed[0, place:] = torch.arange(place, CLICKS.shape[1]) + 10
        after = network(changed)
        assert torch.equal(after[0, :place], before[0, :place])
        assert not torch.allclose(after[0, place], before[0, place])


def test_what_stands_behind_a_rows_end_changes_nothing(network: SASRec) -> None:
    padded = torch.cat([CLICKS[:, :3], torch.full((1, 3), PAD)], dim=1)
    assert torch.allclose(network(padded)[:, :3], network(CLICKS[:, :3]), atol=1e-6)


def test_the_last_place_alone_is_the_last_of_all_places(network: SASRec) -> None:
    assert torch.allclose(network.last(CLICKS), network(CLICKS)[:, -1], atol=1e-5)


def test_the_order_of_earlier_clicks_matters(network: SASRec) -> None:
    swapped = CLICKS[:, [1, 0, 2, 3, 4, 5]]
    assert not torch.allclose(network.last(CLICKS), network.last(swapped), atol=1e-3)


def test_attention_weights_sum_to_one_and_none_lies_on_what_comes_later(network: SASRec) -> None:
    x = network.embed(CLICKS)
    for block in network._blocks():
        out, weights = block.every(x)
        assert torch.allclose(weights.sum(dim=-1), torch.ones(1, 3, 6), atol=1e-6)
        assert torch.equal(weights.triu(1), torch.zeros_like(weights))
        assert torch.allclose(out, block(x), atol=1e-5)
        only, last = block.last(x)
        assert torch.allclose(last[:, :, 0], weights[:, :, -1], atol=1e-6)
        assert torch.allclose(only[:, 0], out[:, -1], atol=1e-5)
        x = out


def test_one_block_of_one_head_worked_out_by_hand() -> None:
    network = SASRec(replace(CONFIG, embedding_size=2, heads=1, blocks=1), n_movies=3).requires_grad_(False).eval()
    block = network._blocks()[0]
    for linear in (block.query, block.key, block.value):
        linear.weight.copy_(torch.eye(2))
    block.dense1.weight.zero_(), block.dense1.bias.zero_(), block.dense2.weight.zero_(), block.dense2.bias.zero_()
    x = torch.tensor([[[3.0, 1.0], [0.0, 2.0]]])
    # LayerNorm of two numbers is (1, −1) where the first is larger, (−1, 1) where the second is (up to its 1e-5).
    # The second place: scores (1,−1)·(−1,1)/√2 = −√2 for the first place, √2 for its own.
    own = torch.sigmoid(torch.tensor(2 * 2**0.5))
    expected = torch.tensor([[3 + 1.0, 1 - 1.0], [0 + (1 - 2 * own), 2 - (1 - 2 * own)]])
    assert torch.allclose(block(x)[0], expected, atol=1e-4)


def test_what_is_attended_is_a_share_for_each_movie_and_differs_between_movies(network: SASRec) -> None:
    shares = network.attended(CLICKS[0], torch.arange(N_MOVIES))
    assert shares.shape == (N_MOVIES, 6) and (shares >= 0).all()
    total = shares.sum(dim=1)
    assert torch.allclose(total[total > 0], torch.ones(int((total > 0).sum())), atol=1e-5)
    assert (total > 0).sum() > N_MOVIES / 2
    assert not torch.allclose(shares[0], shares[1], atol=1e-2)


def test_what_is_attended_is_attention_times_its_effect_in_a_network_of_one_block() -> None:
    torch.manual_seed(3)
    network = SASRec(replace(CONFIG, blocks=1, heads=1), n_movies=N_MOVIES).eval().requires_grad_(False)
    movie, step = 5, 1e-3
    block, x = network._blocks()[0], network.embed(CLICKS)
    _, _, values = block._heads(block.attention_norm(x))
    _, weights = block.last(x)

    def score(attention: torch.Tensor) -> torch.Tensor:
        return network.norm(block._dense(x[:, -1:] + (attention @ values)[:, 0])) @ network.movie_embedding[movie]

    spread = torch.zeros(6)
    for place in range(6):
        more = weights.clone()
        more[..., place] += step
        less = weights.clone()
        less[..., place] -= step
        effect = (score(more) - score(less))[0, 0] / (2 * step)
        spread[place] = (weights[0, 0, 0, place] * effect).clamp(min=0)
    shares = network.attended(CLICKS[0], torch.tensor([movie]))[0]
    assert torch.allclose(shares, spread / spread.sum(), atol=5e-3)


def test_biases_begin_with_popularity_unless_there_are_none() -> None:
    degree = torch.tensor([1, 3])
    with_bias, without = (SASRec(replace(CONFIG, bias=bias), n_movies=2) for bias in (True, False))
    for network in (with_bias, without):
        network.start_from_popularity(degree)
    assert torch.allclose(with_bias.movie_bias, torch.log(torch.tensor([2 / 6, 4 / 6])))
    assert torch.equal(without.movie_bias, torch.zeros(2)) and not without.movie_bias.requires_grad
