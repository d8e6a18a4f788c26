from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from pytorch_models.datasets.knowledge import NOTHING, Knowledge
from pytorch_models.kprn.graph import CROWDS, KINDS, SHRINK, KnowledgeGraph, thinned
from tests.pytorch_models.kprn.worlds import ALI, COLLATERAL, EXACT, HEAT, KNOWN, SCARFACE, TWINS, graph, world
from tests.worlds import planted


def test_entities_are_what_a_name_is_to_several_movies() -> None:
    found = graph()
    entities = [(KINDS[found.kind[e]], found.names[e]) for e in range(CROWDS, found.n_entities)]
    assert sorted(entities) == [("cast", "Pacino"), ("director", "Mann")]  # who wrote a single movie leads nowhere
    assert {KINDS[kind] for kind in found.kind[:CROWDS]} == {"user"}
    director = CROWDS + entities.index(("director", "Mann"))
    assert found.of_entity[director].indices.tolist() == [HEAT, COLLATERAL, ALI]
    assert found.entity_weight[director] == pytest.approx(1 / (3 + SHRINK))


def test_users_in_common_are_counted() -> None:
    together = graph().together(np.array([HEAT, SCARFACE]))
    assert together[0].tolist() == [2, 2, 0, 1, 0]
    assert together[1].tolist() == [1, 1, 0, 2, 1]


def test_the_cosine_is_shrunk() -> None:
    found = graph()
    cosine = found.cosine(found.together(np.array([HEAT])), np.array([HEAT]))
    assert cosine[0, COLLATERAL] == pytest.approx(2 / (2 + SHRINK))
    assert cosine[0, SCARFACE] == pytest.approx(1 / (2 + SHRINK))
    assert cosine[0, TWINS] == 0


def test_movies_that_the_interactions_do_not_have_are_left_out() -> None:
    more = Knowledge.of([*KNOWN, (99, "director", "Mann"), (99, "cast", "Cruise"), (98, "cast", "Cruise")])
    found = KnowledgeGraph.of(world(), more, EXACT, rng=np.random.default_rng(0))
    assert found.names == graph().names


def test_without_knowledge_there_are_crowds_alone() -> None:
    found = KnowledgeGraph.of(world(), NOTHING, EXACT, rng=np.random.default_rng(0))
    assert found.n_entities == CROWDS and found.has.nnz == 0


def test_a_hub_is_bounded_by_draws_that_the_seed_decides() -> None:
    rng = np.random.default_rng(1)
    dense = sparse.csr_matrix((rng.random((6, 50)) < 0.8).astype(np.float32))
    first, again = (thinned(dense, 7, rng=np.random.default_rng(3)) for _ in range(2))
    other = thinned(dense, 7, rng=np.random.default_rng(4))
    assert np.diff(first.indptr).tolist() == [7] * 6
    assert np.array_equal(first.indices, again.indices) and not np.array_equal(first.indices, other.indices)
    assert first.multiply(dense).nnz == first.nnz


def test_the_count_of_a_bounded_movie_is_an_estimate_of_the_whole() -> None:
    config = replace(EXACT, most_users=1)
    counts = [
        KnowledgeGraph.of(world(), NOTHING, config, rng=np.random.default_rng(seed)).together(np.array([HEAT]))[0]
        for seed in range(200)
    ]
    assert np.mean(counts, axis=0)[[COLLATERAL, SCARFACE]] == pytest.approx([2, 1], abs=0.2)


def test_what_a_checkpoint_keeps_is_the_whole_graph() -> None:
    before = graph()
    after = KnowledgeGraph.of_tensors(before.tensors())
    assert after.names == before.names
    assert np.array_equal(after.together(np.arange(5)), before.together(np.arange(5)))
    assert np.array_equal(after.has.toarray(), before.has.toarray())


def test_a_class_of_crowds_is_a_place_among_the_closest() -> None:
    found = KnowledgeGraph.of(planted(), NOTHING, EXACT, rng=np.random.default_rng(0))
    rows = np.arange(found.n_movies)
    cosine = found.cosine(found.together(rows), rows)
    np.fill_diagonal(cosine, 0)
    closer = (cosine[5] > found.bar[5, 0]).sum()
    assert closer <= 9 and (cosine[5] >= found.bar[5, 0]).sum() >= 10
