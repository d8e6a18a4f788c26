from __future__ import annotations

import numpy as np
import pytest

from pytorch_models.datasets.interactions import Interactions
from pytorch_models.datasets.synthetic import LEFT_OUT, power_law

USERS, MOVIES, PAIRS = 2_000, 3_000, 60_000


def made(seed: int = 0, **sizes: int) -> Interactions:
    return power_law(
        sizes.get("users", USERS),
        sizes.get("movies", MOVIES),
        sizes.get("pairs", PAIRS),
        rng=np.random.default_rng(seed),
    )


def test_the_sizes_are_those_asked_for() -> None:
    world = made()
    assert (world.n_users, world.n_movies) == (USERS, MOVIES)
    assert (1 - LEFT_OUT) * PAIRS <= len(world) <= PAIRS
    assert world.user_degree.min() >= 1


def test_each_pair_stands_once_and_in_order() -> None:
    world = made()
    pairs = world.user_idx * MOVIES + world.movie_idx
    assert np.all(np.diff(pairs) > 0)


def test_a_seed_gives_the_same_world_and_another_one_another() -> None:
    assert made(3).fingerprint() == made(3).fingerprint() != made(4).fingerprint()


def test_few_have_most_of_the_clicks() -> None:
    world = made()
    for degree in (world.user_degree, world.movie_degree):
        top_tenth = np.sort(degree)[::-1][: len(degree) // 10].sum()
        assert top_tenth > 0.3 * len(world)


def test_users_stay_with_their_taste() -> None:
    # Users who share a movie of middling popularity share more of the others than chance would have it.
    world = made()
    clicked = world.matrix()
    together = (clicked.T @ clicked).tocoo()
    other = together.row != together.col
    expected = world.movie_degree[together.row] * world.movie_degree[together.col] / USERS
    lift = together.data[other] / expected[other]
    assert np.percentile(lift, 90) > 3


@pytest.mark.parametrize("sizes", [{"pairs": 1_000}, {"users": 0}, {"pairs": USERS * MOVIES // 2}])
def test_sizes_that_do_not_fit_are_refused(sizes: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="Expected 'n_interactions'"):
        made(**sizes)
