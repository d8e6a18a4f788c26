"""Strong generalisation: whole users are held out of training (Liang et al., WWW 2018)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from pytorch_models.datasets.interactions import Interactions

INPUT_SHARE = 0.8
"""The part of a held-out visitor's history that plays the clicks; the rest is the truth."""


@dataclass(frozen=True)
class Visitor:
    """A held-out user. clicks: (c,) int64 movie rows, newest first; truth: (t,) int64 movie rows, hidden.

    star, truth_star: (c,) and (t,) int8, their stars, half stars doubled, 0 where none. passed: (p,) int64 movie
    rows, shown to the user and not clicked.
    """

    clicks: np.ndarray
    star: np.ndarray
    truth: np.ndarray
    truth_star: np.ndarray
    passed: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))

    def with_clicks(self, n: int, *, rng: np.random.Generator) -> Visitor:
        """The same visitor and truth with `n` clicks drawn from theirs (all where there are fewer)."""
        drawn = np.sort(rng.permutation(len(self.clicks))[:n])
        return replace(self, clicks=self.clicks[drawn], star=self.star[drawn])

    def after(self, shown: np.ndarray, *, has: np.ndarray) -> Visitor:
        """The same visitor after a list of the movie rows `shown`: of these they click what they have, `has`, which
        is no more of the truth then, and pass over the rest."""
        clicked = np.setdiff1d(np.intersect1d(shown, has), self.clicks)
        left = ~np.isin(self.truth, shown)
        return Visitor(
            np.concatenate([clicked, self.clicks]),
            np.concatenate([np.zeros(len(clicked), self.star.dtype), self.star]),
            self.truth[left],
            self.truth_star[left],
            np.setdiff1d(shown, has),
        )


@dataclass(frozen=True)
class Split:
    """Users to train on, and visitors for choosing (validation) and for judging (test)."""

    train: Interactions
    validation: list[Visitor]
    test: list[Visitor]


def hold_out_users(
    interactions: Interactions, *, validation: int, test: int, rng: np.random.Generator, min_clicks: int = 5
) -> Split:
    """Hold `validation` + `test` users with at least `min_clicks` movies out of `interactions`.

    At most half of the users are held out: the two counts shrink together where they ask for more.
    Raises ValueError where nobody is left to hold out.
    """
    eligible = np.flatnonzero(interactions.user_degree >= min_clicks)
    room = min(len(eligible), interactions.n_users // 2)
    if room < 2:
        raise ValueError(
            f"Expected at least 4 users, 2 of them with {min_clicks} movies or more, to hold visitors out "
            f"(got {interactions.n_users} users, {len(eligible)} with that many)"
        )
    shrink = min(1.0, room / (validation + test))
    n_validation, n_test = max(1, int(validation * shrink)), max(1, int(test * shrink))
    drawn = rng.permutation(eligible)[: n_validation + n_test]
    visitors = [_visitor(interactions, user, rng=rng) for user in drawn]
    train = np.setdiff1d(np.arange(interactions.n_users), drawn)
    return Split(interactions.of_users(train), visitors[:n_validation], visitors[n_validation:])


def _visitor(interactions: Interactions, user_idx: int, *, rng: np.random.Generator) -> Visitor:
    rows = interactions.rows_of(user_idx)
    movies, star = interactions.movie_idx[rows], interactions.star[rows]
    order = rng.permutation(len(movies))
    n_input = min(len(movies) - 1, max(1, round(INPUT_SHARE * len(movies))))
    clicks = np.sort(order[:n_input])[::-1]  # rows ascend in time, so this is newest first
    hidden = order[n_input:]
    return Visitor(movies[clicks], star[clicks], movies[hidden], star[hidden])
