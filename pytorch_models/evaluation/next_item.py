"""The protocol of the sequential papers: each user's last movie is the test, the one before it the validation.

As SASRec's paper does it (Kang & McAuley, ICDM 2018, section IV.A), all users are trained on, without their last two
movies, and a model is judged with all movies but the last as clicks; except that the movie is sought among all that
the user does not have, where the paper sought it among 100 sampled ones, which may turn an order of models around
(Krichene & Rendle, KDD 2020). With one movie to find, HR@10 is Recall@10, and NDCG@10 is 1 / log₂(1 + its rank).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pytorch_models.datasets.interactions import Interactions
from pytorch_models.datasets.splits import Split, Visitor

LEAST = 3
"""Movies that a user has who is asked for: one to train on and show, one to choose and one to judge by."""


def leave_last_out(interactions: Interactions, *, seed: int = 0) -> Split:
    """All users to train on, without their last two movies, and each as a visitor for the last but one and the last.

    A user with fewer than LEAST movies is trained on, and asked for nothing. Clicks of one moment stand in an order
    drawn by `seed`: by their ids a model could learn it, and would look the better for it. The visitors are the same
    users for every seed, in the same order, and what is sought differs where the last moment has several clicks.
    Raises ValueError where no two clicks of a user differ in time, or nobody has LEAST movies.
    """
    drawn = shuffle_ties(interactions, rng=np.random.default_rng(seed))
    degree = drawn.user_degree
    users = np.flatnonzero(degree >= LEAST)
    if not len(users):
        raise ValueError(f"Expected a user with at least {LEAST} movies (got {drawn.n_users} users without)")
    from_end = np.repeat(np.cumsum(degree), degree) - np.arange(len(drawn))  # the last movie of a user is 1
    train = drawn.where((from_end > 2) | (degree[drawn.user_idx] < LEAST))
    return Split(train, _visitors(drawn, users, last=2), _visitors(drawn, users, last=1))


def shuffle_ties(interactions: Interactions, *, rng: np.random.Generator) -> Interactions:
    """The same with each user's clicks of one moment in a random order. Raises ValueError where all are of one."""
    user, at = interactions.user_idx, interactions.at
    if not np.any((user[1:] == user[:-1]) & (at[1:] != at[:-1])):
        raise ValueError("Expected times of clicks, to know which came last (got none that differ)")
    order = np.lexsort((rng.random(len(interactions)), at, user))
    return replace(
        interactions,
        movie_idx=interactions.movie_idx[order],
        star=interactions.star[order],
        at=interactions.at[order],
    )


def _visitors(interactions: Interactions, users: np.ndarray, *, last: int) -> list[Visitor]:
    """Each of `users` with what came before their last but `last` − 1 movie, which is the truth."""
    visitors = []
    for user in users.tolist():
        own = interactions.rows_of(user)
        movies, star = interactions.movie_idx[own], interactions.star[own]
        seen = slice(-last - 1, None, -1)  # newest first
        visitors.append(Visitor(movies[seen], star[seen], movies[[-last]], star[[-last]], ahead=True))
    return visitors
