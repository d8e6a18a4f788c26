from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from pytorch_models.datasets.interactions import Interactions
from pytorch_models.relation import Relation, _invert, item_item_weights
from tests.worlds import planted, random_weights


def ease(clicks: np.ndarray, l2: float) -> np.ndarray:
    """B as the paper has it, dense."""
    p = np.linalg.inv(clicks.T @ clicks + l2 * np.eye(clicks.shape[1]))
    b = p / -np.diag(p)
    np.fill_diagonal(b, 0)
    return b


def worlds() -> dict[str, Interactions]:
    more_users = planted()
    return {"more users than movies": more_users, "more movies than users": more_users.of_users(np.arange(40))}


@pytest.mark.parametrize("name", worlds())
def test_all_weights_are_those_of_ease(name: str) -> None:
    world = worlds()[name]
    b = item_item_weights(world, l2=3.0, keep=world.n_movies)
    assert np.allclose(b.toarray(), ease(world.matrix().toarray().astype(np.float64), 3.0), atol=1e-5)


@pytest.mark.parametrize("name", worlds())
def test_the_strongest_weights_of_all_stay_as_they_are(name: str) -> None:
    world = worlds()[name]
    whole = ease(world.matrix().toarray().astype(np.float64), 3.0)
    b = item_item_weights(world, l2=3.0, keep=5).toarray()
    kept = b != 0
    assert abs(kept.sum() - 5 * world.n_movies) <= 2  # ties
    assert np.allclose(b[kept], whole[kept], atol=1e-5)
    assert np.abs(whole[kept]).min() >= np.abs(whole[~kept]).max() - 1e-6


def test_of_a_world_too_large_the_most_clicked_movies_have_a_relation() -> None:
    world = planted()
    b = item_item_weights(world, l2=3.0, keep=4, largest_side=30)
    head = np.sort(np.argsort(-world.movie_degree, kind="stable")[:30])
    assert set(np.unique(b.nonzero()[0])) <= set(head.tolist())
    whole = ease(world.matrix().toarray()[:, head].astype(np.float64), 3.0)
    of_head = b.toarray()[np.ix_(head, head)]
    assert np.allclose(of_head[of_head != 0], whole[of_head != 0], atol=1e-5)
    assert abs(b.nnz - 4 * world.n_movies) <= world.n_movies


def test_a_movie_that_nobody_clicked_has_no_relation() -> None:
    world = planted().of_users(np.array([0, 1]))
    b = item_item_weights(world, l2=1.0, keep=world.n_movies)
    nobody = world.movie_degree == 0
    assert nobody.any()
    assert b[nobody].nnz == b[:, nobody].nnz == 0


def test_a_large_square_is_inverted_in_pieces_of_itself() -> None:
    rng = np.random.default_rng(0)
    clicks = (rng.random((40, 23)) < 0.3).astype(np.float32)
    gram = clicks.T @ clicks + 2 * np.eye(23, dtype=np.float32)
    for piece in (23, 12, 5):
        square = np.asfortranarray(gram)
        _invert(square, piece=piece)
        assert np.allclose(square, np.linalg.inv(gram), atol=1e-5)
    with pytest.raises(ValueError, match="Expected 'l2' large enough"):
        _invert(np.asfortranarray(gram - 40 * np.eye(23, dtype=np.float32)), piece=5)


def test_too_little_l2_is_an_error() -> None:
    with pytest.raises(ValueError, match="Expected 'l2' large enough"):
        item_item_weights(planted(), l2=-1e4, keep=3)


def test_the_relation_sums_the_rows_of_the_clicks() -> None:
    weights = random_weights(50, 0.2)
    relation = Relation.of(weights)
    for clicks in ([3], [0, 7, 49], list(range(50))):
        expected = weights.toarray()[clicks].sum(axis=0)
        assert np.allclose(relation.scores(np.array(clicks)), expected, atol=1e-5)


def test_the_neighbours_of_clicks_are_the_movies_that_the_relation_scores() -> None:
    relation = Relation.of(random_weights(50, 0.05))
    for clicks in ([3], [0, 7, 49], list(range(50))):
        movies, scores = relation.neighbours(np.array(clicks))
        every = relation.scores(np.array(clicks))
        assert np.array_equal(movies, np.flatnonzero(every))
        assert np.allclose(scores, every[movies])


def test_a_movie_without_relations_adds_nothing() -> None:
    assert not Relation.of(random_weights(4, 0.0)).scores(np.array([1, 2])).any()


def test_the_tensors_of_a_checkpoint_give_the_relation_back() -> None:
    relation = Relation.of(random_weights(20, 0.3))
    again = Relation.of_tensors(relation.tensors())
    assert np.array_equal(again.matrix().toarray(), relation.matrix().toarray())


def test_between_gives_the_weights_of_some_movies_alone() -> None:
    weights = random_weights(40, 0.3)
    clicks, movies = np.array([7, 0, 31]), np.array([39, 2, 7, 2])
    assert np.array_equal(Relation.of(weights).between(clicks, movies), weights.toarray()[np.ix_(clicks, movies)])
    none = sparse.csr_matrix(np.zeros((40, 40), np.float32))
    assert not Relation.of(none).between(clicks, movies).any()
