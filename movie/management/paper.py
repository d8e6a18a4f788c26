"""`evaluate --protocol paper`: a published split, from its folder to a table, JSON and the curve of training."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from django.conf import settings

from movie.catalogue.base import DataError
from movie.catalogue.sources import short_name
from movie.management.progress import CountBar, EpochBar
from pytorch_models.datasets.readers import RatingFileError
from pytorch_models.evaluation.paper import PaperData, PaperRow, PaperWatch, Stage, paper_study, read_paper
from pytorch_models.evaluation.study import Contestant, Tuned

STAGES: dict[Stage, str] = {
    "choose": "without a tenth of each user's training movies, to choose settings by",
    "fit": "on all training movies, with what was chosen",
    "judge": "twenty movies for each user with test movies",
}


def data_of(folder: str) -> PaperData:
    """The split in `folder`. Raises DataError."""
    try:
        return read_paper(Path(folder))
    except (FileNotFoundError, RatingFileError) as error:
        raise DataError(f"{error}. --protocol paper reads a published split: a folder with both files.") from error


def scratch_of(folder: str) -> Path:
    """Where trainings on `folder` keep how far they are."""
    return Path(settings.VAR_DIR / "evaluations" / f"{short_name(folder)}-paper")


def run(
    contestants: Sequence[Contestant], data: PaperData, *, folder: str, say: Callable[[str], object]
) -> list[PaperRow]:
    """All rows, told as they are done. Raises KeyboardInterrupt; what was trained is then gone on from."""
    scratch = scratch_of(folder)
    say(
        f"  {data.train.n_users:,} users, {data.train.n_movies:,} movies, "
        f"{len(data.train):,} clicks to train on, {len(data.test):,} to find"
    )
    rows = []
    for row in paper_study(contestants, data, scratch=scratch, watch=_watch(say)):
        rows.append(row)
        say(f"    test recall@20 {row.test.recall:.4f}, ndcg@20 {row.test.ndcg:.4f}")
    shutil.rmtree(scratch, ignore_errors=True)
    return rows


def table(rows: Sequence[PaperRow]) -> list[str]:
    """Lines to print."""
    head = f"\n  {'model':<14}{'Recall@20':>11}{'NDCG@20':>10}{'users':>9}{'training':>10}   validation"
    return [head] + [
        f"  {row.model:<14}{row.test.recall:>11.4f}{row.test.ndcg:>10.4f}{row.test.users:>9,}"
        f"{_minutes(row.seconds['choose'] + row.seconds['fit']):>10}"
        f"   {row.validation.recall:.4f} / {row.validation.ndcg:.4f}"
        for row in rows
    ]


def _minutes(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"


def _watch(say: Callable[[str], object]) -> PaperWatch:
    epochs: list[EpochBar] = []
    users: list[CountBar] = []

    def on_stage(model: str, stage: Stage, n_users: int) -> None:
        say(f"  {model}, {stage}: {STAGES[stage]} ({n_users:,} users)")
        epochs.append(EpochBar(model))
        users.append(CountBar(model, n_users))

    def on_tuned(name: str, seed: int, tuned: Tuned) -> None:
        changed, ndcg = max(tuned.tried, key=lambda each: each[1])
        chosen = ", ".join(f"{key} {value}" for key, value in changed.items())
        say(f"    validation NDCG@10 {ndcg:.4f}" + (f" with {chosen}" if chosen else ""))

    return PaperWatch(
        on_epoch=lambda done: epochs[-1](done),
        on_tuned=on_tuned,
        on_stage=on_stage,
        on_user=lambda: users[-1](),
    )
