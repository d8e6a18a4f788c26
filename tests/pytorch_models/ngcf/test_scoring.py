from __future__ import annotations

from dataclasses import replace

import numpy as np

from pytorch_models.base import top_k
from pytorch_models.ngcf.config import NGCFConfig
from pytorch_models.ngcf.scoring import Narrow, Scoring, largest
from pytorch_models.relation import Relation
from tests.worlds import random_weights

N, D = 3000, 24


def made(*, width: int, seed: int = 0) -> tuple[Scoring, np.ndarray]:
    """Movies and users whose representations lie near a few directions, as trained ones do."""
    rng = np.random.default_rng(seed)
    spread = 0.7 ** np.arange(D)
    item = (rng.normal(size=(N, D)) * spread + 1.5).astype(np.float32)
    users = (rng.normal(size=(400, D)) * spread).astype(np.float32)
    weights = random_weights(N, 0.01)
    bias = rng.normal(size=N).astype(np.float32)
    cosine = Relation.of(abs(random_weights(N, 0.005)))
    return Scoring(item, bias, Relation.of(weights), cosine, Narrow.of(item, users, width=width)), users


def test_at_full_width_the_narrow_scores_are_the_exact_ones_but_for_a_constant() -> None:
    scoring, users = made(width=D)
    for user in users[:5]:
        near = (scoring.narrow.user @ user) @ scoring.narrow.item
        difference = near - scoring.item @ user
        assert np.ptp(difference) < 1e-3


def test_no_other_projection_of_that_width_is_nearer_to_the_users_scores() -> None:
    scoring, users = made(width=4)
    centred = scoring.item - scoring.item.mean(axis=0)
    scores = users @ centred.T
    error = np.linalg.norm(users @ scoring.narrow.user.T @ scoring.narrow.item - scores)
    left = np.linalg.svd(scores, compute_uv=False)[4:]
    assert error <= 1.02 * np.linalg.norm(left)


def test_the_best_are_those_of_the_exact_scores() -> None:
    scoring, users = made(width=12)
    config = replace(NGCFConfig(), candidates=200, relation_scale=0.5, cosine_scale=0.5)
    rng = np.random.default_rng(2)
    overlap = []
    for user in users[:40]:
        clicks = rng.permutation(N)[:10]
        scores = scoring.exact(user, clicks, config)
        scores[clicks] = -np.inf
        expected = top_k(scores, 10)
        rows, values = scoring.best(user, clicks, clicks, 10, config)
        overlap.append(len(set(rows) & set(expected)) / 10)
        assert np.allclose(values, scores[rows], atol=1e-4)
    assert np.mean(overlap) >= 0.99


def test_the_largest_are_found_whatever_the_sample_says() -> None:
    rng = np.random.default_rng(0)
    unlucky = np.zeros(N, np.float32)
    unlucky[::8] = 1 + rng.random(N // 8)  # all that the sample sees are the largest ones
    hidden = -unlucky  # and here the least
    for scores in (rng.normal(size=N).astype(np.float32), unlucky, hidden, np.where(unlucky > 1.5, -np.inf, unlucky)):
        for n in (1, 10, 148, N // 2, N):
            found = largest(scores, n)
            assert len(set(found.tolist())) == n
            assert np.array_equal(np.sort(scores[found]), np.sort(scores)[N - n :])


def test_what_is_excluded_never_comes_not_even_when_almost_all_is() -> None:
    scoring, users = made(width=12)
    config = replace(NGCFConfig(), candidates=200)
    excluded = np.arange(3, N)
    rows, _ = scoring.best(users[0], np.array([5]), excluded, 10, config)
    assert sorted(rows.tolist()) == [0, 1, 2]
