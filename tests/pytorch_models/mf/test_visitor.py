from __future__ import annotations

import time
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy.optimize import minimize
from torch import Tensor

from pytorch_models.mf.config import MFConfig
from pytorch_models.mf.visitor import Tables, _curvature, _drawn, _solved, draw_passed, fold_in, without_each

RNG = np.random.default_rng(0)
TABLES = Tables(RNG.normal(size=(200, 9)).astype(np.float32), np.cumsum(RNG.random(200)))
CONFIG = replace(MFConfig(), embedding_size=8, fold_in_l2=0.05)
CLICKS = np.array([3, 8, 20, 90])


def pairs(clicks: np.ndarray = CLICKS) -> tuple[Tensor, Tensor]:
    apart, counts = _drawn(TABLES, clicks, CONFIG, rng=np.random.default_rng(5))
    counts[::7] = 0
    return apart, counts


def solved(apart: Tensor, counts: Tensor, *, epochs: int = 10) -> tuple[np.ndarray, list[float]]:
    config = replace(CONFIG, fold_in_epochs=epochs)
    rows, losses = _solved(apart, counts[None], _curvature(apart, counts)[None], config)
    return rows[0].numpy(), losses[:, 0].tolist()


def loss(row: np.ndarray, apart: Tensor, counts: Tensor) -> float:
    """Mean −ln σ of the margins, written out; row: (D,)."""
    margin = apart.double().numpy() @ np.append(row, 1)
    return float((np.logaddexp(0, -margin) * counts.numpy()).sum() / counts.numpy().sum())


def objective(row: np.ndarray, apart: Tensor, counts: Tensor) -> float:
    return loss(row, apart, counts) + CONFIG.fold_in_l2 / 2 * float(row @ row)


def test_each_solve_goes_downhill_and_they_end_at_the_minimum() -> None:
    drawn = pairs()
    values = [objective(solved(*drawn, epochs=n)[0][:-1].astype(float), *drawn) for n in range(11)]
    assert all(later <= before + 1e-7 for before, later in pairwise(values))
    least = minimize(objective, np.zeros(8), args=drawn).fun
    assert objective(solved(*drawn, epochs=300)[0][:-1].astype(float), *drawn) == pytest.approx(least, abs=1e-5)
    assert values[-1] - least < 0.1 * (values[0] - least)


def test_the_losses_told_are_those_of_the_rows() -> None:
    drawn = pairs()
    row, told = solved(*drawn)
    assert told[0] == pytest.approx(loss(np.zeros(8), *drawn), rel=1e-5)
    assert told[-1] == pytest.approx(loss(row[:-1].astype(float), *drawn), rel=1e-5)


def test_a_visitor_none_of_whose_pairs_counts_keeps_the_row_at_zero() -> None:
    apart, counts = pairs()
    row, told = solved(apart, torch.zeros_like(counts))
    assert np.array_equal(row, [0] * 8 + [1]) and set(told) == {0.0}


def test_without_a_click_the_row_is_that_of_the_other_clicks_and_their_pairs() -> None:
    apart, counts = _drawn(TABLES, CLICKS, CONFIG, rng=np.random.default_rng(5))
    click = np.repeat(CLICKS, len(counts) // len(CLICKS))
    whole, rows = without_each(TABLES, CLICKS, np.array([2, 0]), CONFIG, rng=np.random.default_rng(5))
    assert np.allclose(whole, fold_in(TABLES, CLICKS, CONFIG, rng=np.random.default_rng(5))[0], atol=1e-5)
    for row, but in zip(rows, (20, 3), strict=True):
        kept = torch.from_numpy(click != but)
        assert np.allclose(row, solved(apart[kept], counts[kept])[0], atol=1e-4)
        assert not np.allclose(row, whole, atol=1e-2)


@pytest.mark.parametrize(("clicks", "most"), [(1, 64), (20, 1024), (500, 1024)])
def test_pairs_are_bounded_and_every_click_has_as_many(clicks: int, most: int) -> None:
    tables = Tables(RNG.normal(size=(1000, 9)).astype(np.float32), np.arange(1.0, 1001))
    apart, counts = _drawn(tables, np.arange(clicks), CONFIG, rng=np.random.default_rng(0))
    assert clicks <= len(apart) == len(counts) <= most and len(counts) % clicks == 0


def test_a_movie_is_drawn_by_its_chance() -> None:
    drawn = draw_passed(np.cumsum([1.0, 0.0, 3.0]), (100, 40), rng=np.random.default_rng(0))
    assert np.bincount(drawn.ravel()) == pytest.approx([1000, 0, 3000], abs=150)


def test_it_takes_milliseconds_at_the_size_of_the_default_data() -> None:
    tables = Tables(RNG.normal(size=(9_066, 65)).astype(np.float32), np.arange(1.0, 9_067))
    times = []
    for n in (1, 20, 500) * 7:
        started = time.perf_counter()
        row, _ = fold_in(tables, np.arange(n), MFConfig(), rng=np.random.default_rng(0))
        assert len(tables.scores(row)) == 9_066
        times.append((time.perf_counter() - started) * 1000)
    assert np.median(times) <= 5
