"""Strong generalisation: whole users are held out of training (Liang et al., WWW 2018)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from pytorch_models.datasets.interactions import Interactions

INPUT_SHARE = 0.8
"""The part of a held-out visitor's history that plays the clicks; the rest is the truth."""
LAST_CLICKS = 10
"""How many of a visitor's clicks, the last, `next_movies` asks for."""


@dataclass(frozen=True)
class Visitor:
    """A held-out user. clicks: (c,) int64 movie rows, newest first; truth: (t,) int64 movie rows, hidden.

    star, truth_star: (c,) and (t,) int8, their stars, half stars doubled, 0 where none. passed: (p,) int64 movie
    rows, shown to the user and not clicked. ahead: whether the truth is what came next, after every click, and not
    movies from among them; clicks have an order where the data has times, else they stand by row.
    """

    clicks: np.ndarray
    star: np.ndarray
    truth: np.ndarray
    truth_star: np.ndarray
    passed: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    ahead: bool = False

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


def next_movies(visitors: Sequence[Visitor]) -> list[Visitor]:
    """Whoever of `visitors` seeks the next movie. One whose truth lies among the clicks is asked another question:
    each of their LAST_CLICKS clicks becomes the truth of a visitor with those before it."""
    asked = []
    for visitor in visitors:
        if visitor.ahead:
            asked.append(visitor)
            continue
        clicks, star = visitor.clicks, visitor.star
        for at in range(min(LAST_CLICKS, len(clicks) - 1)):
            own = slice(at, at + 1)
            asked.append(Visitor(clicks[at + 1 :], star[at + 1 :], clicks[own], star[own], ahead=True))
    return asked


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


def hold_out_by_id(
    interactions: Interactions, *, validation: int, test: int, share: float, seed: int, min_clicks: int = 5
) -> Split:
    """Hold about `share` of the users, at most `validation` and `test`, out of `interactions`: who, their ids say.

    New users and new clicks move nobody from training to those held out, so a model of last month has not seen the
    visitors of today either, and the two can be compared. Users with fewer than `min_clicks` movies who are held out
    are asked for nothing. Raises ValueError where nobody is left.
    """
    n = interactions.n_users
    draws = np.array([_draw(user_id, seed) for user_id in interactions.users.ids.tolist()])
    asked = np.flatnonzero(interactions.user_degree >= min_clicks)
    if len(asked) < 2 or n < 4:
        raise ValueError(
            f"Expected at least 4 users, 2 of them with {min_clicks} movies or more, to hold visitors out "
            f"(got {n} users, {len(asked)} with that many)"
        )
    by_draw = asked[np.argsort(draws[asked], kind="stable")]
    held_test = np.union1d(np.flatnonzero(draws < min(share, test / n)), by_draw[:1])
    held_validation = np.union1d(np.flatnonzero(draws >= 1 - min(share, validation / n)), by_draw[-1:])

    def visitors(held: np.ndarray) -> list[Visitor]:
        return [
            _visitor(interactions, user, rng=np.random.default_rng([seed, int(draws[user] * 2**53)]))
            for user in np.intersect1d(held, asked)
        ]

    train = np.setdiff1d(np.arange(n), np.union1d(held_test, held_validation))
    if not len(train):
        raise ValueError(f"Expected users to train on beside those held out (got {n} users)")
    return Split(interactions.of_users(train), visitors(held_validation), visitors(held_test))


def _draw(user_id: int | str, seed: int) -> float:
    """A number in [0, 1) that stays with an id."""
    digest = hashlib.blake2b(f"{seed}:{user_id}".encode(), digest_size=8).digest()
    return (int.from_bytes(digest) >> 11) / 2**53


def _visitor(interactions: Interactions, user_idx: int, *, rng: np.random.Generator) -> Visitor:
    rows = interactions.rows_of(user_idx)
    movies, star = interactions.movie_idx[rows], interactions.star[rows]
    order = rng.permutation(len(movies))
    n_input = min(len(movies) - 1, max(1, round(INPUT_SHARE * len(movies))))
    clicks = np.sort(order[:n_input])[::-1]  # rows ascend in time, so this is newest first
    hidden = order[n_input:]
    return Visitor(movies[clicks], star[clicks], movies[hidden], star[hidden])
