from __future__ import annotations

import time
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy.optimize import minimize

from pytorch_models.fold_in import Pairs
from pytorch_models.mf.config import MFConfig
from pytorch_models.mf.visitor import Tables, _drawn, _solved, draw_passed, fold_in, without_each

RNG = np.random.default_rng(0)
MOVIES = RNG.normal(size=(200, 9)).astype(np.float32)
TABLES = Tables(MOVIES, np.cumsum(RNG.random(200)))
CONFIG = replace(MFConfig(), embedding_size=8, fold_in_l2=0.05)


def objective(row: np.ndarray, pairs: Pairs) -> float:
    """What folding in minimises, written out."""
    margin = (MOVIES[pairs.liked] - MOVIES[pairs.passed]).astype(float) @ np.append(row, 1)
    return float((np.logaddexp(0, -margin) * pairs.counts).sum() / pairs.counts.sum() + 0.025 * row @ row)


def some_pairs() -> Pairs:
    counts = (RNG.random(300) < 0.9).astype(np.float32)
    return Pairs(RNG.integers(0, 20, 300), RNG.integers(20, 200, 300), counts)


def test_each_solve_goes_downhill_and_they_end_at_the_minimum() -> None:
    pairs = some_pairs()
    values = [objective(row[:-1].astype(float), pairs) for row in _solved(MOVIES, pairs, CONFIG)]
    assert all(later <= before + 1e-7 for before, later in pairwise(values))
    least = minimize(objective, np.zeros(8), args=(pairs,)).fun
    [*_, end] = _solved(MOVIES, pairs, replace(CONFIG, fold_in_epochs=200))
    assert objective(end[:-1].astype(float), pairs) == pytest.approx(least, abs=1e-5)
    assert values[-1] - least < 0.1 * (values[0] - least)


def test_a_visitor_of_one_click_whose_every_pair_was_clicked_keeps_the_row_at_zero() -> None:
    pairs = Pairs(np.array([0, 0]), np.array([1, 2]), np.zeros(2, np.float32))
    assert np.array_equal(_solved(MOVIES, pairs, CONFIG)[-1], [0] * 8 + [1])


@pytest.mark.parametrize(("clicks", "most"), [(1, 64), (20, 1024), (500, 1024)])
def test_pairs_are_bounded_and_every_click_has_one(clicks: int, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Pairs] = []

    def solved(movies: np.ndarray, pairs: Pairs, config: MFConfig) -> list[np.ndarray]:
        asked.append(pairs)
        return _solved(movies, pairs, config)

    monkeypatch.setattr("pytorch_models.mf.visitor._solved", solved)
    tables = Tables(RNG.normal(size=(1000, 9)).astype(np.float32), np.arange(1.0, 1001))
    fold_in(tables, np.arange(clicks), CONFIG, rng=np.random.default_rng(0))
    assert len(asked[0].liked) <= most and set(asked[0].liked.tolist()) == set(range(clicks))


def test_without_a_click_the_row_is_that_of_the_other_clicks_and_their_pairs() -> None:
    clicks = np.array([3, 8, 20, 90])
    rng = [np.random.default_rng(5) for _ in range(2)]
    pairs = _drawn(TABLES, clicks, CONFIG, rng=rng[0])
    whole, rows = without_each(TABLES, clicks, np.array([2, 0]), CONFIG, rng=rng[1])
    assert np.array_equal(whole, _solved(MOVIES, pairs, CONFIG)[-1])
    for row, but in zip(rows, (20, 3), strict=True):
        kept = pairs.liked != but
        others = Pairs(pairs.liked[kept], pairs.passed[kept], pairs.counts[kept])
        assert np.allclose(row, _solved(MOVIES, others, CONFIG)[-1], atol=1e-5)


def test_a_movie_is_drawn_by_its_chance() -> None:
    drawn = draw_passed(np.cumsum([1.0, 0.0, 3.0]), (100, 40), rng=np.random.default_rng(0))
    assert np.bincount(drawn.ravel()) == pytest.approx([1000, 0, 3000], abs=150)


def test_it_takes_milliseconds_at_the_size_of_the_default_data() -> None:
    tables = Tables(RNG.normal(size=(9_066, 65)).astype(np.float32), np.arange(1.0, 9_067))
    times = []
    for n in (1, 20, 500) * 7:
        started = time.perf_counter()
        row, _ = fold_in(tables, np.arange(n), MFConfig(), rng=np.random.default_rng(0))
        assert len(tables.movies @ row) == 9_066
        times.append((time.perf_counter() - started) * 1000)
    assert np.median(times) <= 5
