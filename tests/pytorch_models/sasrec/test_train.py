from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from pytorch_models.evaluation.study import split_of
from pytorch_models.sasrec.model import PAD, SASRec
from pytorch_models.sasrec.train import clicked_by, draw_batch, network_ndcg
from tests.worlds import SMALL_SASREC, planted


def test_validation_is_what_recommend_would_be_judged_by() -> None:
    torch.manual_seed(0)
    network = SASRec(SMALL_SASREC, n_movies=planted().n_movies).eval()
    visitors = split_of(planted(), seed=0).validation
    own = []
    for each in visitors:
        row = torch.from_numpy(each.clicks[: SMALL_SASREC.length][::-1].copy())
        with torch.inference_mode():
            scores = network.score(network.last(row[None]))[0].numpy()
        scores[each.clicks] = -np.inf
        order = np.argsort(-scores)[:10]
        gains = np.isin(order, each.truth) / np.log2(np.arange(2, 12))
        ideal = (1 / np.log2(np.arange(2, 2 + min(10, len(each.truth))))).sum()
        own.append(gains.sum() / ideal)
    assert network_ndcg(network, visitors) == pytest.approx(np.mean(own), abs=1e-6)


def test_a_step_is_as_long_as_its_longest_stretch() -> None:
    stretch = np.array([[1, 2, 3, PAD, PAD], [4, 5, PAD, PAD, PAD]])
    shown, target = draw_batch(stretch, replace(SMALL_SASREC, length=4), rng=np.random.default_rng(0))
    assert shown.tolist() == [[1, 2], [4, 5]]
    assert target.tolist() == [[2, 3], [5, PAD]]


def test_what_was_clicked_by_a_place_is_that_place_and_those_before_it() -> None:
    clicked = clicked_by(torch.tensor([[5, 6, 7], [8, 9, PAD]]))
    assert clicked[0].tolist() == [[5, 5, 5], [5, 6, 6], [5, 6, 7]]
    assert clicked[1, :2].tolist() == [[8, 8, 8], [8, 9, 9]]
