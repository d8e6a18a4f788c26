"""What every recommender must do. A model's tests inherit it and say how to make one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from pytorch_models.base import Answer, NotFittedError, Recommender, UnknownItemError
from pytorch_models.checkpoint import WEIGHTS, CheckpointError
from pytorch_models.datasets.interactions import Interactions
from pytorch_models.history import Event, History
from tests.worlds import BLOCKS, FIRST_ID, MOVIES_A_BLOCK, block_of, planted

UNKNOWN_ID = 10**9


class RecommenderContract:
    def make(self) -> Recommender:
        raise AssertionError("a model's tests say how to make it")

    @pytest.fixture(scope="class")
    def world(self) -> Interactions:
        return planted()

    @pytest.fixture(scope="class")
    def fitted(self, world: Interactions) -> Recommender:
        return self.make().fit(world, rng=np.random.default_rng(0))

    def answer(self, recommender: Recommender, clicks: list[int], *, k: int = 10, seed: int = 0) -> Answer:
        return recommender.recommend(History.of_clicks(clicks), k=k, rng=np.random.default_rng(seed))

    def test_it_finds_the_planted_block(self, fitted: Recommender) -> None:
        for block in range(BLOCKS):
            first = FIRST_ID + block * MOVIES_A_BLOCK
            found = self.answer(fitted, list(range(first, first + 6))).movie_ids
            assert sum(block_of(movie) == block for movie in found) >= 8

    def test_it_gives_k_movies_best_first(self, fitted: Recommender) -> None:
        answer = self.answer(fitted, [FIRST_ID, FIRST_ID + 1], k=7)
        scores = [item.score for item in answer.items]
        assert len(set(answer.movie_ids)) == 7
        assert scores == sorted(scores, reverse=True)

    def test_it_hides_what_was_seen(self, fitted: Recommender) -> None:
        clicks = list(range(FIRST_ID, FIRST_ID + 5))
        hidden = self.answer(fitted, clicks).movie_ids[0]
        history = History(History.of_clicks(clicks).events, frozenset([*clicks, hidden]))
        found = fitted.recommend(history, k=50, rng=np.random.default_rng(0)).movie_ids
        assert not {*clicks, hidden} & set(found)

    def test_it_skips_an_unknown_id_and_tells(self, fitted: Recommender) -> None:
        with_unknown = self.answer(fitted, [FIRST_ID, UNKNOWN_ID, FIRST_ID + 1])
        assert with_unknown.skipped == (UNKNOWN_ID,)
        assert with_unknown.clicks == 2
        assert with_unknown.movie_ids == self.answer(fitted, [FIRST_ID, FIRST_ID + 1]).movie_ids

    def test_it_has_nothing_to_add_where_all_was_seen(self, fitted: Recommender, world: Interactions) -> None:
        assert self.answer(fitted, world.movies.ids.tolist()).items == ()

    def test_a_duplicate_click_counts_once(self, fitted: Recommender) -> None:
        twice = self.answer(fitted, [FIRST_ID, FIRST_ID, FIRST_ID + 1])
        assert twice.clicks == 2
        assert twice.items == self.answer(fitted, [FIRST_ID, FIRST_ID + 1]).items

    def test_a_movie_starred_low_or_hidden_counts_as_no_click_and_stays_away(self, fitted: Recommender) -> None:
        liked, low, hidden = FIRST_ID, FIRST_ID + 30, FIRST_ID + 50
        events = (Event(hidden, "hide"), Event(low, "star", 3), Event(low), Event(hidden), Event(liked, "star", 9))
        answer = fitted.recommend(History(events, frozenset()), k=79, rng=np.random.default_rng(0))
        assert answer.clicks == 1
        assert not {liked, low, hidden} & set(answer.movie_ids)

    def test_the_newest_opinion_of_a_movie_counts(self, fitted: Recommender) -> None:
        events = (Event(FIRST_ID, "unstar"), Event(FIRST_ID, "star", 1), Event(FIRST_ID))
        answer = fitted.recommend(History(events, frozenset()), rng=np.random.default_rng(0))
        assert answer.clicks == 1

    def test_the_same_seed_gives_the_same_answer(self, fitted: Recommender) -> None:
        first, again = (self.answer(fitted, [FIRST_ID, FIRST_ID + 30], seed=3) for _ in range(2))
        assert (first.items, first.losses, first.receipt) == (again.items, again.losses, again.receipt)
        assert first.receipt.seed == 3

    def test_saving_and_loading_changes_nothing(self, fitted: Recommender, tmp_path: Path) -> None:
        fitted.save(tmp_path / "saved")
        loaded = self.make().load(tmp_path / "saved")
        before, after = (self.answer(each, [FIRST_ID, FIRST_ID + 30]) for each in (fitted, loaded))
        assert before.items == after.items
        assert after.receipt.checkpoint == fitted.checkpoint != ""

    def test_it_refuses_a_damaged_checkpoint(self, fitted: Recommender, tmp_path: Path) -> None:
        fitted.save(tmp_path / "saved")
        weights = tmp_path / "saved" / WEIGHTS
        weights.write_bytes(weights.read_bytes()[:-8])
        with pytest.raises(CheckpointError, match=WEIGHTS):
            self.make().load(tmp_path / "saved")

    def test_its_reasons_name_the_clicks_that_carried_each_movie(self, fitted: Recommender) -> None:
        own, other = list(range(FIRST_ID, FIRST_ID + 4)), [FIRST_ID + MOVIES_A_BLOCK, FIRST_ID + MOVIES_A_BLOCK + 1]
        history = History.of_clicks([*own, *other])
        best = [movie for movie in self.answer(fitted, [*own, *other]).movie_ids if block_of(movie) == 0]
        reasons = fitted.explain(history, best, rng=np.random.default_rng(0))
        assert [reason.movie_id for reason in reasons] == best and best
        if not fitted.personal:
            assert all(not reason.clicks and not reason.paths for reason in reasons)
            return
        for reason in reasons:
            weights = [click.weight for click in reason.clicks]
            assert {click.movie_id for click in reason.clicks} <= {*own, *other}
            assert weights == sorted(weights, reverse=True) and all(weight > 0 for weight in weights)
        strongest = [block_of(reason.clicks[0].movie_id) for reason in reasons if reason.clicks]
        assert len(strongest) > len(best) / 2 and np.mean(np.array(strongest) == 0) > 0.5

    def test_it_has_no_reason_for_a_movie_that_it_does_not_know(self, fitted: Recommender) -> None:
        with pytest.raises(UnknownItemError, match=str(UNKNOWN_ID)):
            fitted.explain(History.of_clicks([FIRST_ID]), [UNKNOWN_ID], rng=np.random.default_rng(0))

    def test_movies_like_one_are_of_its_block_and_not_itself(self, fitted: Recommender) -> None:
        if not fitted.compares_movies:
            with pytest.raises(NotImplementedError, match=fitted.name):
                fitted.similar(FIRST_ID)
            return
        of_block = []
        for movie in range(FIRST_ID, FIRST_ID + BLOCKS * MOVIES_A_BLOCK, 7):
            like = fitted.similar(movie, k=8)
            scores = [item.score for item in like]
            assert len({item.movie_id for item in like} - {movie}) == 8 and scores == sorted(scores, reverse=True)
            of_block += [block_of(item.movie_id) == block_of(movie) for item in like]
        assert np.mean(of_block) >= 0.8

    def test_nothing_is_like_a_movie_that_it_does_not_know(self, fitted: Recommender) -> None:
        with pytest.raises(UnknownItemError, match=str(UNKNOWN_ID)):
            fitted.similar(UNKNOWN_ID)
        with pytest.raises(ValueError, match="Expected 'k' between"):
            fitted.similar(FIRST_ID, k=0)

    def test_it_says_that_it_is_not_fitted(self) -> None:
        with pytest.raises(NotFittedError):
            self.answer(self.make(), [FIRST_ID])
        with pytest.raises(NotFittedError):
            self.make().similar(FIRST_ID)

    @pytest.mark.parametrize("k", [0, 101])
    def test_it_refuses_an_absurd_k(self, fitted: Recommender, k: int) -> None:
        with pytest.raises(ValueError, match="Expected 'k' between"):
            self.answer(fitted, [FIRST_ID], k=k)

    def test_eight_threads_get_what_each_gets_alone(self, fitted: Recommender) -> None:
        histories = [[FIRST_ID + 9 * i + j for j in range(1 + i)] for i in range(8)]
        alone = [self.answer(fitted, history).items for history in histories]
        with ThreadPoolExecutor(8) as pool:
            for _ in range(10):
                together = list(pool.map(lambda history: self.answer(fitted, history).items, histories))
                assert together == alone
