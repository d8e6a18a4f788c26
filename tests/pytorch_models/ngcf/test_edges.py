from __future__ import annotations

import numpy as np
import pytest

from pytorch_models.datasets.interactions import Interactions
from pytorch_models.ngcf.edges import Edges
from tests.worlds import planted


def pairs_of(edges: Edges) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """(user, movie) as listed from the users' end and from the movies' end."""
    by_user = [(u, int(m)) for u in range(edges.n_users) for m in edges.movie[slice(*edges.user_start[u : u + 2])]]
    by_movie = [(int(u), m) for m in range(edges.n_movies) for u in edges.user[slice(*edges.movie_start[m : m + 2])]]
    return by_user, by_movie


def pairs_in(world: Interactions) -> list[tuple[int, int]]:
    return list(zip(world.user_idx.tolist(), world.movie_idx.tolist(), strict=True))


def test_each_click_stands_once_in_either_list() -> None:
    world = planted()
    edges = Edges.of(world)
    by_user, by_movie = pairs_of(edges)
    assert sorted(by_user) == sorted(by_movie) == sorted(pairs_in(world))
    assert edges.user_degree.tolist() == world.user_degree.tolist()
    assert edges.movie_degree.tolist() == world.movie_degree.tolist()


@pytest.mark.parametrize("clicks", [[0], [3, 17, 79], list(range(80))])
def test_a_visitor_is_one_more_user_and_nobody_elses_edges_change(clicks: list[int]) -> None:
    world = planted()
    before = Edges.of(world)
    kept = [array.copy() for array in (before.user_start, before.movie, before.movie_start, before.user)]
    edges = before.with_visitor(np.array(clicks))
    by_user, by_movie = pairs_of(edges)
    assert sorted(by_user) == sorted(by_movie) == sorted(pairs_in(world) + [(world.n_users, m) for m in clicks])
    for array, was in zip((before.user_start, before.movie, before.movie_start, before.user), kept, strict=True):
        assert np.array_equal(array, was)
    assert {array.dtype for array in (edges.user_start, edges.movie, edges.movie_start, edges.user)} == {
        np.dtype(np.int32)
    }


def test_part_of_the_lists_is_the_users_of_the_movies_asked_for() -> None:
    edges = Edges.of(planted())
    start, user = edges.users_of(np.array([5, 2, 5]))
    lists = [user[start[j] : start[j + 1]].tolist() for j in range(3)]
    assert lists == [edges.user[slice(*edges.movie_start[m : m + 2])].tolist() for m in (5, 2, 5)]
    assert len(user) == start[-1]


def test_together_counts_the_users_who_clicked_both() -> None:
    clicked = planted().matrix().toarray().astype(int)
    movies, others = np.array([5, 60]), np.array([2, 5, 44])
    found = Edges.of(planted()).together(movies, others)
    assert np.array_equal(found, clicked[:, movies].T @ clicked[:, others])
    assert found[0, 1] == clicked[:, 5].sum()
