from __future__ import annotations

import numpy as np
import pytest

from pytorch_models.choosing import Rule, likely, to_ask, traits, unit, varied

NOTHING = np.empty(0, np.int64)


def test_without_variety_the_likeliest_come_in_order() -> None:
    chance, alike = np.array([0.2, 1.0, 0.5, 0.4]), np.ones((4, 2))
    assert varied(chance, unit(alike), k=3, variety=0.0, beside=np.empty((0, 2))).tolist() == [1, 2, 3]


def test_what_is_like_one_before_it_comes_later() -> None:
    """By hand, variety ½: first 1 (½·1). Then 2 is worth ½·.9 − ½·1 = −.05, and 0 ½·.3 − 0 = .15."""
    chance, vectors = np.array([0.3, 1.0, 0.9]), np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 0.0]])
    assert varied(chance, vectors, k=2, variety=0.5, beside=np.empty((0, 2))).tolist() == [1, 0]
    beside = np.array([[0.0, 1.0]])  # and beside one like 0, that is worth −.35
    assert varied(chance, vectors, k=2, variety=0.5, beside=beside).tolist() == [1, 2]


def test_scores_change_who_is_likely_by_standard_deviations() -> None:
    share = np.array([0.5, 0.25])
    assert likely(share, None, trust=1.0).tolist() == pytest.approx([1.0, 0.5])
    found = likely(share, np.array([-7.0, 7.0]), trust=1.0)  # z = −1 and 1: e²/2 times as likely
    assert found.tolist() == pytest.approx([2 / np.e**2, 1.0])
    assert likely(share, np.array([3.0, 3.0]), trust=1.0).tolist() == pytest.approx([1.0, 0.5])
    assert likely(share, np.array([-7.0, 7.0]), trust=0.0).tolist() == pytest.approx([1.0, 0.5])


def test_nothing_comes_twice_nor_what_is_left_out_nor_from_beyond_the_pool() -> None:
    rng = np.random.default_rng(0)
    share, vectors = np.linspace(1, 0.1, 40), rng.normal(size=(40, 5))
    found = to_ask(share, None, vectors, k=12, beside=np.array([0, 3]), excluded=np.array([1]), rule=Rule(pool=20))
    assert len(set(found.tolist())) == 12 and not {0, 1, 3} & set(found.tolist()) and found.max() < 20
    assert len(to_ask(share, None, vectors, k=12, beside=NOTHING, excluded=np.arange(35))) == 5
    assert len(to_ask(share, None, vectors, k=12, beside=NOTHING, excluded=np.arange(40))) == 0


def test_movies_that_share_traits_are_alike() -> None:
    found = unit(traits([["Drama", "1990s"], ["Drama", "1980s"], ["Horror", "1970s"], []]))
    assert (found @ found.T)[0].tolist() == pytest.approx([1.0, 0.5, 0.0, 0.0])
