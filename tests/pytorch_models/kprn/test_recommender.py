from __future__ import annotations

import time
from dataclasses import replace
from itertools import chain, combinations

import numpy as np
import pytest
import torch

from pytorch_models.base import EpochDone, Recommender, top_k
from pytorch_models.datasets.interactions import Interactions
from pytorch_models.datasets.knowledge import Knowledge
from pytorch_models.datasets.splits import hold_out_users
from pytorch_models.datasets.synthetic import power_law
from pytorch_models.history import History
from pytorch_models.kprn.config import KPRNConfig
from pytorch_models.kprn.graph import KINDS, KnowledgeGraph
from pytorch_models.kprn.recommender import KPRNRecommender
from pytorch_models.kprn.serving import Reader, network_of
from pytorch_models.kprn.train import pair_loss
from tests.pytorch_models.recommender_contract import RecommenderContract
from tests.worlds import BLOCKS, FIRST_ID, MOVIES_A_BLOCK, SMALL_KPRN, planted, planted_knowledge


class TestKPRN(RecommenderContract):
    """With what is known of the movies, which the loaded one does not need to be told again."""

    def make(self) -> KPRNRecommender:
        return KPRNRecommender(SMALL_KPRN)

    @pytest.fixture(scope="class")
    def fitted(self, world: Interactions) -> Recommender:
        made = self.make()
        made.knowledge = planted_knowledge()
        return made.fit(world, rng=np.random.default_rng(0))

    def test_all_movies_can_be_asked_for_and_those_without_a_path_stand_by_how_many_have_them(
        self, world: Interactions
    ) -> None:
        none = KPRNRecommender(replace(SMALL_KPRN, longest=4, epochs=1)).fit(world, rng=np.random.default_rng(0))
        answer = self.answer(none, [FIRST_ID], k=BLOCKS * MOVIES_A_BLOCK)
        assert none.reader is not None and len(answer.items) == world.n_movies - 1
        tied = none.reader.tied(world.movies.idx_of([FIRST_ID])).strength > 0
        rows = world.movies.idx_of(answer.movie_ids)
        alone = [(item.score, int(row)) for item, row in zip(answer.items, rows, strict=True) if not tied[row]]
        users = world.movie_degree[[row for _, row in alone]]
        assert len(alone) > 5 and (np.diff(users) <= 0).all()
        weight = float(none.reader.network.log_everybody.detach().exp())
        assert np.exp([score for score, _ in alone]) == pytest.approx(weight * users / world.n_users, rel=1e-4)

    def test_more_clicks_than_paths_begin_at_count_by_the_newest(self, world: Interactions) -> None:
        few = KPRNRecommender(replace(SMALL_KPRN, most_clicks=3, epochs=1)).fit(world, rng=np.random.default_rng(0))
        clicks = [FIRST_ID + 45, FIRST_ID + 46, FIRST_ID, FIRST_ID + 1, FIRST_ID + 2]
        answer = self.answer(few, clicks)
        history = History(History.of_clicks(clicks[2:]).events, frozenset(clicks))
        assert few.recommend(history, rng=np.random.default_rng(0)).items == answer.items


class TestKPRNWithoutKnowledge(RecommenderContract):
    def make(self) -> KPRNRecommender:
        return KPRNRecommender(SMALL_KPRN)


def by_director() -> tuple[Interactions, Knowledge]:
    """Twenty directors of four movies each, and casts drawn without regard to them. For each pair of a director's
    movies there is one user who has these two, so that no user who is left out has a twin."""
    rng = np.random.default_rng(0)
    cast = rng.permutation(80) // 4
    known = [(movie, "director", f"D{movie // 4}") for movie in range(80)]
    known += [(movie, "cast", f"C{cast[movie]}") for movie in range(80)]
    pairs = [(a, b) for first in range(0, 80, 4) for a, b in combinations(range(first, first + 4), 2)]
    users = np.repeat(np.arange(len(pairs)), 2)
    return Interactions.of(users, np.array(pairs).ravel()), Knowledge.of(known)


def test_it_learns_which_kind_of_path_tells() -> None:
    world, knowledge = by_director()
    made = KPRNRecommender(replace(SMALL_KPRN, longest=4, epochs=30, learning_rate=0.02))
    made.knowledge = knowledge
    reader = made.fit(world, rng=np.random.default_rng(0)).reader
    assert reader is not None
    by_kind: dict[str, list[float]] = {"director": [], "cast": []}
    for click in range(world.n_movies):
        paths = reader.paths(reader.tied(np.array([click])), np.delete(np.arange(world.n_movies), click))
        parts, _ = reader.read(paths)
        for kind, score in zip(reader.graph.kind[paths.entity[paths.stem]], parts - paths.log_weight, strict=True):
            if KINDS[kind] in by_kind:
                by_kind[KINDS[kind]].append(float(score))
    assert np.mean(by_kind["director"]) > np.mean(by_kind["cast"]) + 1


def test_validation_stops_training_and_the_chosen_one_trains_as_long() -> None:
    made = KPRNRecommender(replace(SMALL_KPRN, epochs=12, patience=1))
    made.knowledge = planted_knowledge()
    split = hold_out_users(planted(), validation=10, test=10, rng=np.random.default_rng(0))
    epochs: list[int] = []
    made.fit(
        split.train,
        rng=np.random.default_rng(0),
        validation=split.validation,
        on_epoch=lambda d: epochs.append(d.epoch),
    )
    assert epochs[-1] in (12, made.epoch + 1)
    chosen = made.chosen()
    assert chosen.config.epochs == made.epoch and chosen.knowledge is made.knowledge and chosen.movies is None


def test_ctrl_c_keeps_the_best_so_far_and_before_the_first_epoch_is_passed_on() -> None:
    def stop(done: EpochDone) -> None:
        raise KeyboardInterrupt

    def stop_at_once(done: int, of: int) -> None:
        raise KeyboardInterrupt

    made = KPRNRecommender(SMALL_KPRN).fit(planted(), rng=np.random.default_rng(0), on_epoch=stop)
    assert made.interrupted and made.epoch == 1 and made.movies is not None
    fresh = KPRNRecommender(SMALL_KPRN)
    fresh.on_step = stop_at_once
    with pytest.raises(KeyboardInterrupt):
        fresh.fit(planted(), rng=np.random.default_rng(0))


def test_the_pair_loss_by_hand() -> None:
    g, liked, clicks = torch.tensor([1.0, 0.5]), torch.tensor([1.0, 0.0]), torch.tensor([1.0, 4.0])
    first, second = 1 / (1 + np.exp(-1)), 1 / (1 + np.exp(-(0.5 - np.log(4))))
    assert float(pair_loss(g, liked, clicks)) == pytest.approx(-(np.log(first) + np.log(1 - second)) / 2, abs=1e-6)


def test_a_request_of_the_default_data_s_size_keeps_its_time() -> None:
    """20 clicks, 671 users, 9,066 movies, 100,000 ratings, with 150,000 facts: 300 ms, where some 20 are needed."""
    rng = np.random.default_rng(0)
    world = power_law(671, 9066, 100_000, rng=rng)
    people = (
        (int(m), "cast", f"P{n}")
        for m, n in zip(np.repeat(np.arange(9066), 14), rng.zipf(1.6, 9066 * 14), strict=True)
    )
    genres = ((movie, "genre", f"G{rng.integers(20)}") for movie in range(9066) for _ in range(2))
    graph = KnowledgeGraph.of(world, Knowledge.of(chain(people, genres)), KPRNConfig(), rng=rng)
    reader = Reader(graph, network_of(graph, KPRNConfig()).eval())
    milliseconds = []
    for _ in range(9):
        clicks = rng.choice(world.movie_idx, 20)
        started = time.thread_time()
        assert np.isfinite(top_k(reader.scores(np.unique(clicks), clicks), 10)).all()
        milliseconds.append((time.thread_time() - started) * 1000)
    assert np.median(milliseconds) < 300
