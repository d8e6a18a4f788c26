from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from pytorch_models.mf.config import MFConfig
from pytorch_models.mf.train import MF, Batch, bpr_loss, draw_batches
from tests.worlds import planted

SMALL = replace(MFConfig(), embedding_size=4, batch_size=300)


def test_each_click_comes_once_an_epoch_before_movies_that_its_user_did_not_click() -> None:
    world = planted()
    clicked = set(zip(world.user_idx.tolist(), world.movie_idx.tolist(), strict=True))
    chances = np.cumsum(world.movie_degree.astype(float))
    seen: list[tuple[int, int]] = []
    for batch in draw_batches(world, SMALL, chances, rng=np.random.default_rng(0)):
        assert batch.passed.shape == batch.counts.shape == (len(batch.user), SMALL.negatives)
        seen += zip(batch.user.tolist(), batch.liked.tolist(), strict=True)
        for user, passed, counts in zip(
            batch.user.tolist(), batch.passed.tolist(), batch.counts.tolist(), strict=True
        ):
            assert [(user, movie) not in clicked for movie in passed] == [count == 1 for count in counts]
    assert sorted(seen) == sorted(clicked)


@pytest.mark.parametrize("damping", [0.0, 0.5, 1.0])
def test_a_movie_is_passed_over_as_often_as_its_damped_clicks(damping: float) -> None:
    world = planted()
    chances = world.movie_degree.astype(float) ** damping
    config = replace(SMALL, negatives=40)
    drawn = np.zeros(world.n_movies)
    for batch in draw_batches(world, config, np.cumsum(chances), rng=np.random.default_rng(0)):
        np.add.at(drawn, batch.passed.numpy(), 1)
    expected = chances / chances.sum() * drawn.sum()
    assert np.abs(drawn - expected).max() < 6 * np.sqrt(expected.max())


def test_the_loss_worked_out_by_hand() -> None:
    network = MF(planted(), SMALL)
    rows = {
        "user": [[1.0, 0, 0, 0]],
        "movie": [[2.0, 0, 0, 0], [0.0, 1, 0, 0], [1.0, 0, 0, 0]],
        "bias": [0.5, 0, 3.0],
    }
    with torch.no_grad():
        network.user[:1] = torch.tensor(rows["user"])
        network.movie[:3] = torch.tensor(rows["movie"])
        network.bias[:3] = torch.tensor(rows["bias"])
    batch = Batch(torch.tensor([0]), torch.tensor([0]), torch.tensor([[1, 2, 0]]), torch.tensor([[1.0, 1, 0]]))
    # Margins 2.5 − 0 and 2.5 − 4; the third movie was clicked. Squares: 1 of the user, 4 of the liked movie, and
    # (1 + 1 + 4) / 3 of those passed over.
    expected = (np.log1p(np.exp(-2.5)) + np.log1p(np.exp(1.5))) / 2 + 0.1 / 2 * (1 + 4 + 2)
    assert bpr_loss(network, batch, l2=0.1).item() == pytest.approx(expected, rel=1e-5)
