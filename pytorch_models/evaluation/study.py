"""Models compared: each tuned on validation, fitted without the held-out users, judged on the same test visitors.

Strong generalisation (Liang et al., WWW 2018): whole users are held out; 80 % of a held-out user's history plays the
clicks, the rest is the truth; 1, 3, 5, 10 clicks are drawn from those 80 %, and the truth stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np

from pytorch_models.base import OnEpoch, Recommender, ignore, top_k
from pytorch_models.datasets.interactions import Interactions
from pytorch_models.datasets.splits import Split, Visitor, hold_out_users
from pytorch_models.evaluation.protocol import (
    LIKED_STAR,
    HistoryOf,
    Judged,
    clicks_alone,
    judge,
    with_passed,
    with_stars,
)

VALIDATION, TEST = 1000, 1500
"""Most users held out to choose by and to judge by; of a small world, HELD_OUT_SHARE each."""
HELD_OUT_SHARE = 0.15
SHOWN = 40
"""Of the case "passed", how many of the most popular movies a visitor is shown, and passes over or clicks."""

Clicks = int | Literal["all"]
Case = Literal["clicks", "stars", "passed", "next"]
JudgeOn = Literal["test", "validation"]
HISTORY_OF: dict[Case, HistoryOf] = {
    "clicks": clicks_alone,
    "stars": with_stars,
    "passed": with_passed,
    "next": clicks_alone,
}
Tried = list[tuple[dict[str, Any], float]]
"""Each candidate of a grid: where its settings differ from the others', and its validation NDCG@10."""


@dataclass(frozen=True)
class Contestant:
    """One row of a comparison: how to make it, or (`of`) whose fitted weights it shares under other `settings`."""

    name: str
    make: Callable[[], Recommender]
    of: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    fitted: Recommender | None = None
    """One that was fitted before, to be judged as it is."""


@dataclass(frozen=True)
class Tuned:
    """The best candidate of a grid on validation, and every one tried."""

    recommender: Recommender
    tried: Tried


@dataclass(frozen=True)
class Row:
    """One model on one split with one number of clicks."""

    model: str
    seed: int
    clicks: Clicks
    judged: Judged
    settings: dict[str, Any]
    case: Case = "clicks"

    def to_json(self, data: str) -> dict[str, Any]:
        keys = {"model": self.model, "data": data, "clicks": self.clicks, "seed": self.seed, "case": self.case}
        told = keys | self.judged.facts() | {"settings": self.settings}
        if self.case == "next":  # of one movie to find, recall is the hit rate
            told |= {"protocol": "next-item", "hr@10": told["recall@10"]}
        return told


@dataclass(frozen=True)
class Watch:
    """What a study tells while it runs."""

    on_model: Callable[[str, int], None] = lambda name, seed: None
    on_candidate: Callable[[int, int], None] = lambda number, of: None
    on_epoch: OnEpoch = ignore
    on_tuned: Callable[[str, int, Tuned], None] = lambda name, seed, tuned: None


class Splitting(Protocol):
    """Who is trained on, and who is asked for what."""

    def __call__(self, interactions: Interactions, *, seed: int) -> Split: ...


def split_of(interactions: Interactions, *, seed: int) -> Split:
    """The users of `seed` held out: at most VALIDATION and TEST, at most HELD_OUT_SHARE each."""
    most = max(1, int(HELD_OUT_SHARE * interactions.n_users))
    rng = np.random.default_rng(seed)
    return hold_out_users(interactions, validation=min(VALIDATION, most), test=min(TEST, most), rng=rng)


def fitted_on(recommender: Recommender, train: Interactions) -> bool:
    """Whether it has seen the users of `train`, nobody else, and knows the same movies."""
    return (
        recommender.movies is not None
        and recommender.facts.get("users") == train.users_fingerprint()
        and np.array_equal(recommender.movies.ids, train.movies.ids)
    )


def with_checkpoint(
    compared: Sequence[Contestant], folder: Path, interactions: Interactions, seeds: Sequence[int]
) -> tuple[list[Contestant], list[int]]:
    """`compared` with the weights of `folder`, and those of `seeds` whose held-out users these have not seen.

    Raises CheckpointError, and ValueError where there are none, or several models are compared.
    """
    own, *others = (each for each in compared if not each.of)
    if others:
        raise ValueError(
            f"Expected one model, that of '--checkpoint' (got {', '.join(each.name for each in (own, *others))})"
        )
    recommender = own.make().load(folder)
    unseen = [seed for seed in seeds if fitted_on(recommender, split_of(interactions, seed=seed).train)]
    if not unseen:
        raise ValueError(
            f"{folder}: expected a checkpoint fitted on the {interactions.n_movies:,} movies of the data without the "
            f"users that one of the seeds 0–{seeds[-1]} holds out (got one of {len(recommender.movies or ()):,} "
            f"movies and {recommender.facts.get('n_users', 0):,} of {interactions.n_users:,} users, not those)"
        )
    return [replace(each, fitted=recommender) if each is own else each for each in compared], unseen


def tune(recommender: Recommender, split: Split, *, seed: int, watch: Watch | None = None) -> Tuned:
    """Fit every candidate of the recommender's grid on the training users; validation keeps the best."""
    watch = watch or Watch()
    grid = list(recommender.grid())
    differing = [name for name, values in _columns(grid).items() if len(set(map(repr, values))) > 1]
    best: tuple[float, Recommender] | None = None
    tried: Tried = []
    of = len(grid)
    for number in range(1, of + 1):
        candidate = grid.pop(0)  # a list would keep what all of them were fitted to
        watch.on_candidate(number, of)
        rng = np.random.default_rng(seed)
        candidate.fit(split.train, rng=rng, validation=split.validation, on_epoch=watch.on_epoch)
        if candidate.interrupted:
            raise KeyboardInterrupt
        ndcg = judge(candidate, split.validation, seed=seed).ndcg(10)
        tried.append(({name: asdict(candidate.config)[name] for name in differing}, ndcg))
        if best is None or ndcg > best[0]:
            best = ndcg, candidate
    assert best is not None
    return Tuned(best[1], tried)


def _columns(grid: Sequence[Recommender]) -> dict[str, list[Any]]:
    settings = [asdict(candidate.config) for candidate in grid]
    return {name: [each[name] for each in settings] for name in settings[0]}


def study(
    contestants: Sequence[Contestant],
    interactions: Interactions,
    *,
    clicks: Sequence[Clicks] = ("all",),
    seeds: Sequence[int] = (0,),
    cases: Sequence[Case] = ("clicks",),
    judge_on: JudgeOn = "test",
    splitting: Splitting = split_of,
    watch: Watch | None = None,
) -> Iterator[Row]:
    """Rows as they are done, split by split. A contestant `of` another follows it, and is not fitted again.

    Raises ValueError for one `fitted` before on other users than a split's training users, and KeyboardInterrupt.

    judge_on: "validation" is for choosing settings. Of the case "stars", the visitors' stars are told, and the truth
    is what they gave LIKED_STAR or more; a visitor without such a movie does not count. Of the case "passed", a
    simulation, they are first shown the SHOWN most popular movies, click those that they have, and pass over the
    others; none of these is recommended again, and the truth is what is left. The case "next" goes with the
    `splitting` of `next_item`.
    """
    watch = watch or Watch()
    for seed in seeds:
        split = splitting(interactions, seed=seed)
        fitted: dict[str, Recommender] = {}
        for contestant in contestants:
            watch.on_model(contestant.name, seed)
            recommender = fitted[contestant.name] = _fitted(contestant, fitted, split, seed=seed, watch=watch)
            for case in cases:
                for n in clicks:
                    judged = _judged(recommender, split, judge_on, n, case, seed=seed)
                    yield Row(contestant.name, seed, n, judged, asdict(recommender.config), case)


def _fitted(
    contestant: Contestant, others: Mapping[str, Recommender], split: Split, *, seed: int, watch: Watch
) -> Recommender:
    if contestant.of:
        return others[contestant.of].with_settings(**contestant.settings)
    if contestant.fitted is not None:
        if not fitted_on(contestant.fitted, split.train):
            raise ValueError(f"Expected {contestant.name} fitted without the users that seed {seed} holds out")
        return contestant.fitted
    tuned = tune(contestant.make(), split, seed=seed, watch=watch)
    watch.on_tuned(contestant.name, seed, tuned)
    return tuned.recommender


def _judged(
    recommender: Recommender, split: Split, judge_on: JudgeOn, clicks: Clicks, case: Case, *, seed: int
) -> Judged:
    held_out = split.test if judge_on == "test" else split.validation
    visitors = visitors_with(held_out, clicks, seed=seed)
    degree = split.train.movie_degree
    if case == "stars":
        visitors = [_liked_alone(visitor) for visitor in visitors]
    if case == "passed":
        shown = top_k(degree, SHOWN)
        has = [np.concatenate([whole.clicks, whole.truth]) for whole in held_out]
        visitors = [visitor.after(shown, has=own) for visitor, own in zip(visitors, has, strict=True)]
    asked = [visitor for visitor in visitors if len(visitor.truth)]
    return judge(recommender, asked, seed=seed, movie_degree=degree, history_of=HISTORY_OF[case])


def _liked_alone(visitor: Visitor) -> Visitor:
    liked = visitor.truth_star >= LIKED_STAR
    return replace(visitor, truth=visitor.truth[liked], truth_star=visitor.truth_star[liked])


def visitors_with(visitors: Sequence[Visitor], clicks: Clicks, *, seed: int) -> list[Visitor]:
    """The same visitors and truths with so many clicks, drawn from theirs by `seed`."""
    if clicks == "all":
        return list(visitors)
    rng = np.random.default_rng([seed, clicks])
    return [visitor.with_clicks(clicks, rng=rng) for visitor in visitors]
