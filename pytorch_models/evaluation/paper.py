"""The papers' protocol: every user is known, and part of their movies is the test (Wang et al., SIGIR 2019).

A folder has the published split, train.txt and test.txt. Settings are chosen on a hidden tenth of each user's
training movies: the newest, where the lists tell an order, for a published split may be cut by it. Gowalla's test
goes on where each training list ends, and what helps on a random tenth need not help there. Then the model is fitted
on all of them, and the test is looked at once, through the same `recommend` that the site calls: a known user is a
visitor with all their training movies.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from pytorch_models.base import CurvePoint, Recommender
from pytorch_models.datasets.id_map import IdMap
from pytorch_models.datasets.interactions import Interactions
from pytorch_models.datasets.readers import read_adjacency
from pytorch_models.datasets.splits import Split, Visitor
from pytorch_models.evaluation.metrics import ndcg_at, whole_recall_at
from pytorch_models.evaluation.protocol import clicks_alone
from pytorch_models.evaluation.study import Contestant, Watch, tune

CUT = 20
HIDDEN_SHARE = 0.1
"""The part of a user's training movies that is hidden to choose settings by."""
VALIDATION_USERS = 2000
"""Most users who are asked for it; everyone's tenth is hidden all the same."""

Stage = Literal["choose", "fit", "judge"]


@dataclass(frozen=True)
class PaperData:
    """A published split. The rows of users and movies are the same in both, and each has all of both files."""

    train: Interactions
    test: Interactions


def read_paper(folder: Path) -> PaperData:
    """The split in `folder`. Raises FileNotFoundError where a file is missing, RatingFileError for a bad row."""
    files = [folder / "train.txt", folder / "test.txt"]
    for file in files:
        if not file.is_file():
            raise FileNotFoundError(f"{file}: expected adjacency lists, lines of 'user movie movie …' (got no file)")
    both = read_adjacency(files)
    return PaperData(*(_in_rows_of(both, read_adjacency([file], in_order=True)) for file in files))


def _in_rows_of(both: Interactions, part: Interactions) -> Interactions:
    user_idx = both.users.idx_of(part.users.id_at(part.user_idx))  # ids ascend, so the order stays
    movie_idx = both.movies.idx_of(part.movies.id_at(part.movie_idx))
    return Interactions(user_idx, movie_idx, part.star, part.at, both.users, both.movies)


def hide_part(train: Interactions, *, rng: np.random.Generator) -> PaperData:
    """Of each user the newest HIDDEN_SHARE of the movies as test, one at least and never all; the rest as train.

    Of movies of the same moment, as all are where no order is known, `rng` draws which.
    """
    degree = train.user_degree
    n_hidden = np.clip(np.rint(HIDDEN_SHARE * degree), 1, np.maximum(degree - 1, 0))
    order = np.lexsort((rng.random(len(train)), -train.at, train.user_idx))
    place = np.empty(len(train), np.int64)  # each movie's place, its user's newest first
    place[order] = np.arange(len(train)) - np.repeat(np.cumsum(degree) - degree, degree)
    hidden = place < n_hidden[train.user_idx]
    return PaperData(train.where(~hidden), train.where(hidden))


def known_users(data: PaperData, *, most: int | None = None, rng: np.random.Generator | None = None) -> list[Visitor]:
    """Users who have test movies, as visitors with all their training movies; `most` of them drawn by `rng`."""
    users = np.flatnonzero(data.test.user_degree)
    if most is not None and rng is not None:
        users = np.sort(rng.permutation(users)[:most])
    visitors = []
    for user in users.tolist():
        shown, hidden = data.train.rows_of(user), data.test.rows_of(user)
        clicks, star = data.train.movie_idx[shown][::-1], data.train.star[shown][::-1]  # newest first
        visitors.append(Visitor(clicks, star, data.test.movie_idx[hidden], data.test.star[hidden]))
    return visitors


@dataclass(frozen=True)
class Score:
    """recall: hits over |truth|; ndcg: the ideal list has min(CUT, |truth|) hits. Means over `users`, both at CUT."""

    recall: float
    ndcg: float
    users: int


def judge_known(
    recommender: Recommender, users: Sequence[Visitor], *, seed: int = 0, on_user: Callable[[], None] = lambda: None
) -> Score:
    """CUT movies for each of `users`, one at least, their training movies left out. Raises NotFittedError."""
    movies = recommender.movies or IdMap(np.empty(0, np.int64))
    figures = []
    for user in users:
        history = clicks_alone(user, movies)
        answer = recommender.recommend(history, k=CUT, rng=np.random.default_rng(seed))
        ranked, truth = movies.idx_of(answer.movie_ids).tolist(), user.truth.tolist()
        figures.append((whole_recall_at(CUT, ranked, truth), ndcg_at(CUT, ranked, truth)))
        on_user()
    recall, ndcg = np.mean(figures, axis=0).tolist()
    return Score(recall, ndcg, len(users))


@dataclass(frozen=True)
class PaperRow:
    """One model on one published split.

    seconds: of the trainings that chose and fitted it, whichever process ran them; curve: see Recommender, of the
    training that chose.
    """

    model: str
    test: Score
    validation: Score
    seconds: dict[Stage, float]
    settings: dict[str, Any]
    curve: Sequence[CurvePoint]

    def to_json(self, data: str) -> dict[str, Any]:
        trained = self.seconds["choose"] + self.seconds["fit"]
        return {
            "model": self.model,
            "data": data,
            "protocol": "paper",
            **_figures(self.test),
            "users": self.test.users,
            "seconds": round(trained, 1),
            "seconds_of": {stage: round(seconds, 1) for stage, seconds in self.seconds.items()},
            "settings": self.settings,
            "validation": _figures(self.validation) | {"users": self.validation.users},
            "curve": list(self.curve),
        }


def _figures(score: Score) -> dict[str, float]:
    return {f"recall@{CUT}": round(score.recall, 5), f"ndcg@{CUT}": round(score.ndcg, 5)}


@dataclass(frozen=True)
class PaperWatch(Watch):
    """What is told beside. on_stage: the model, what begins, and how many users it asks; on_user: one is done."""

    on_stage: Callable[[str, Stage, int], None] = lambda model, stage, users: None
    on_user: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class _Fitted:
    """A model fitted without what is hidden, the same fitted on all, and what both took."""

    chose: Recommender
    final: Recommender
    seconds: dict[Stage, float]

    def with_settings(self, **settings: Any) -> _Fitted:
        chose, final = (model.with_settings(**settings) for model in (self.chose, self.final))
        return _Fitted(chose, final, self.seconds)


def paper_study(
    contestants: Sequence[Contestant],
    data: PaperData,
    *,
    seed: int = 0,
    scratch: Path | None = None,
    watch: PaperWatch | None = None,
) -> Iterator[PaperRow]:
    """Rows as they are done. A contestant `of` another follows it, and is not fitted again.

    With `scratch`, a folder, a training that was killed goes on from its last epoch. Raises KeyboardInterrupt where
    Ctrl-C stops a training.
    """
    watch = watch or PaperWatch()
    hidden = hide_part(data.train, rng=np.random.default_rng(seed))
    asked = known_users(hidden, most=VALIDATION_USERS, rng=np.random.default_rng(seed))
    tested = known_users(data)
    split = Split(hidden.train, asked, [])
    done: dict[str, _Fitted] = {}
    for contestant in contestants:
        name = contestant.name
        if contestant.of:
            fitted = done[contestant.of].with_settings(**contestant.settings)
        else:
            fitted = _choose_and_fit(contestant, split, data.train, seed=seed, scratch=scratch, watch=watch)
        done[name] = fitted
        validation = judge_known(fitted.chose, asked, seed=seed)
        watch.on_stage(name, "judge", len(tested))
        started = time.monotonic()
        test = judge_known(fitted.final, tested, seed=seed, on_user=watch.on_user)
        seconds: dict[Stage, float] = fitted.seconds | {"judge": time.monotonic() - started}
        yield PaperRow(name, test, validation, seconds, asdict(fitted.final.config), fitted.chose.curve)


def _choose_and_fit(
    contestant: Contestant, split: Split, train: Interactions, *, seed: int, scratch: Path | None, watch: PaperWatch
) -> _Fitted:
    watch.on_stage(contestant.name, "choose", len(split.validation))
    started = time.monotonic()
    unfitted = contestant.make()
    unfitted.scratch = scratch
    tuned = tune(unfitted, split, seed=seed, watch=watch)
    watch.on_tuned(contestant.name, seed, tuned)
    chosen_at = time.monotonic()
    watch.on_stage(contestant.name, "fit", train.n_users)
    final = tuned.recommender.chosen()
    final.scratch = scratch
    final.fit(train, rng=np.random.default_rng(seed), on_epoch=watch.on_epoch)
    if final.interrupted:
        raise KeyboardInterrupt
    seconds: dict[Stage, float] = {
        "choose": chosen_at - started + tuned.recommender.resumed_seconds,
        "fit": time.monotonic() - chosen_at + final.resumed_seconds,
    }
    return _Fitted(tuned.recommender, final, seconds)
