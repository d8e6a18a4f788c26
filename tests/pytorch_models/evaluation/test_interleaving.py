"""Team-draft interleaving: what the paper promises of it, for any two rankings."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytorch_models.evaluation.interleaving import drafted, team_draft, winner

rankings = st.lists(st.integers(0, 30), max_size=20, unique=True)
seeds = st.integers(0, 2**63)


def rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


class Coins(np.random.Generator):
    """Falls as told."""

    def __init__(self, *falls: int) -> None:
        super().__init__(np.random.PCG64(0))
        self.falls = list(falls)

    def integers(self, *args: object, **kwargs: object) -> int:  # type: ignore[override]
        return self.falls.pop(0)


def test_a_draft_worked_out_by_hand() -> None:
    """First round: the second captain picks 2, the first 1. Second round: the first 3, the second, whose 1 and 3 are
    gone, 5. Third round: the first 4, the second 6."""
    picks = team_draft([1, 2, 3, 4, 7], [2, 1, 3, 5, 6], k=6, rng=Coins(1, 0, 0))
    assert [tuple(pick) for pick in picks] == [(2, 1), (1, 0), (3, 0), (5, 1), (4, 0), (6, 1)]


@given(rankings, rankings, st.integers(1, 25), seeds)
def test_no_movie_twice_and_each_is_the_best_of_its_team_that_was_left(
    first: list[int], second: list[int], k: int, seed: int
) -> None:
    picks = team_draft(first, second, k=k, rng=rng(seed))
    taken: set[int] = set()
    for movie_id, team in picks:
        assert movie_id == next(each for each in (first, second)[team] if each not in taken)
        taken.add(movie_id)
    assert len(taken) == len(picks) <= k


@given(rankings, rankings, st.integers(1, 25), seeds)
def test_the_teams_are_as_large_as_each_other_after_every_round(
    first: list[int], second: list[int], k: int, seed: int
) -> None:
    teams = [pick.team for pick in team_draft(first, second, k=k, rng=rng(seed))]
    for n in range(len(teams) + 1):
        assert abs(2 * sum(teams[:n]) - n) <= n % 2


@given(rankings, rankings, st.integers(1, 25), st.integers(0, 25), seeds)
def test_a_shorter_list_is_the_beginning_of_a_longer_one(
    first: list[int], second: list[int], k: int, more: int, seed: int
) -> None:
    shorter = team_draft(first, second, k=k, rng=rng(seed))
    assert team_draft(first, second, k=k + more, rng=rng(seed))[: len(shorter)] == shorter


@given(rankings, rankings, st.integers(1, 25), seeds)
def test_it_is_as_long_as_asked_unless_a_ranking_ends(first: list[int], second: list[int], k: int, seed: int) -> None:
    picks = team_draft(first, second, k=k, rng=rng(seed))
    taken = {pick.movie_id for pick in picks}
    assert len(picks) == k or set(first) <= taken or set(second) <= taken


@given(rankings, st.integers(1, 25), seeds)
def test_two_that_agree_keep_their_order(ranking: list[int], k: int, seed: int) -> None:
    assert [pick.movie_id for pick in team_draft(ranking, ranking, k=k, rng=rng(seed))] == ranking[:k]


@given(rankings, rankings, st.integers(1, 25))
def test_neither_captain_has_an_advantage(first: list[int], second: list[int], k: int) -> None:
    """With every coin turned round, the captains' roles are exchanged."""
    one = team_draft(first, second, k=k, rng=Coins(*[0, 1] * 25))
    other = team_draft(second, first, k=k, rng=Coins(*[1, 0] * 25))
    assert [pick.movie_id for pick in one] == [pick.movie_id for pick in other]
    assert [pick.team for pick in one] == [1 - pick.team for pick in other]


def test_who_clicks_without_looking_at_quality_credits_both_alike() -> None:
    """Also where one ranking's movies are all clicked by position alone: the first rank goes to each half the time."""
    first, second = list(range(10)), list(range(100, 110))
    at_the_top = [team_draft(first, second, k=10, rng=rng(seed))[0].team for seed in range(2000)]
    assert abs(np.mean(at_the_top) - 0.5) < 0.04


def test_a_list_is_drafted_by_its_seed_alone() -> None:
    two = {"ngcf": [1, 2, 3], "ease": [4, 5, 6]}
    drafts = {tuple(drafted(two, k=4, seed=seed)) for seed in range(20)}
    assert drafted(two, k=4, seed=7) == drafted(two, k=4, seed=7) and len(drafts) == 4
    assert all({team for _, team in draft} == {"ngcf", "ease"} for draft in drafts)


@pytest.mark.parametrize(
    ("clicked", "won"),
    [(set(), ""), ({1}, "a"), ({2}, "b"), ({1, 2}, ""), ({1, 3}, "a"), ({1, 2, 4}, "b"), ({1, 2, 3, 4}, "")],
)
def test_the_team_with_more_clicks_wins(clicked: set[int], won: str) -> None:
    assert winner(["a", "b", "a", "b"], clicked) == won
