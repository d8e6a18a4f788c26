from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from pytorch_models.datasets.splits import Visitor
from pytorch_models.evaluation.study import split_of
from pytorch_models.sasrec.model import PAD, SASRec
from pytorch_models.sasrec.train import LAST_CLICKS, draw_batch, seekers, validation_ndcg
from tests.worlds import SMALL_SASREC, planted


def visitor(clicks: list[int], truth: list[int], *, ahead: bool) -> Visitor:
    none = np.zeros(len(clicks), np.int8)
    return Visitor(np.array(clicks), none, np.array(truth), np.zeros(len(truth), np.int8), ahead=ahead)


def test_one_who_seeks_the_next_movie_is_asked_for_it() -> None:
    asked = visitor([3, 1, 2], [7], ahead=True)
    assert seekers([asked]) == [asked]


def test_one_whose_truth_lies_among_the_clicks_is_asked_for_the_last_of_these_each_by_those_before() -> None:
    found = seekers([visitor([3, 1, 2], [7, 8], ahead=False)])
    assert [(each.clicks.tolist(), each.truth.tolist()) for each in found] == [([1, 2], [3]), ([2], [1])]
    many = seekers([visitor(list(range(40)), [50], ahead=False)])
    assert len(many) == LAST_CLICKS and many[-1].clicks.tolist() == list(range(LAST_CLICKS, 40))
    assert not seekers([visitor([3], [7], ahead=False)])


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
    assert validation_ndcg(network, visitors) == pytest.approx(np.mean(own), abs=1e-6)


def test_a_step_is_as_long_as_its_longest_stretch() -> None:
    stretch = np.array([[1, 2, 3, PAD, PAD], [4, 5, PAD, PAD, PAD]])
    shown, target = draw_batch(stretch, replace(SMALL_SASREC, length=4), rng=np.random.default_rng(0))
    assert shown.tolist() == [[1, 2], [4, 5]]
    assert target.tolist() == [[2, 3], [5, PAD]]
