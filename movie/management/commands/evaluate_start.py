"""Measure the first visit's grid: held-out visitors pick from it, and from grids of the most popular movies."""

from __future__ import annotations

from dataclasses import replace
from json import dumps
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from movie import training
from movie.catalogue.base import DataError
from movie.catalogue.popularity import popularity
from movie.catalogue.sources import interactions_of, short_name
from movie.management.progress import CountBar, EpochBar
from movie.predictors.base import store_of
from pytorch_models.checkpoint import CheckpointError
from pytorch_models.datasets.interactions import Interactions
from pytorch_models.datasets.splits import Visitor
from pytorch_models.evaluation.intervals import interval, paired
from pytorch_models.evaluation.picking import MOST, Ask, Picked, most_popular, ndcg_after, of_recommender, try_grid
from pytorch_models.evaluation.study import split_of
from pytorch_models.ngcf.recommender import NGCFRecommender

SETTINGS = ("pool", "trust", "variety", "variety_after")
OURS, MOST_SEEN = "varied, adaptive", "most seen"


class Command(BaseCommand):
    requires_system_checks = []
    help = (
        "Let held-out visitors pick five movies from the first visit's grid and from popularity grids, and compare."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--data", default="movielens-small", help="catalogue, movielens-small, or a folder")
        parser.add_argument("--seeds", type=int, default=3, help="how many splits, each with a training of its own")
        parser.add_argument("--epochs", type=int, help="most epochs of a training")
        parser.add_argument("--json", type=Path)
        for name in SETTINGS:
            parser.add_argument(
                f"--{name.replace('_', '-')}", dest=name, type=float, help="see pytorch_models.choosing.Rule"
            )

    def handle(
        self, *args: Any, data: str, seeds: int, epochs: int | None, json: Path | None, **options: Any
    ) -> None:
        told = {name: options[name] for name in SETTINGS if options[name] is not None}
        try:
            interactions = interactions_of(data, data_dir=settings.DATA_DIR)
        except DataError as error:
            raise CommandError(str(error)) from error
        found: dict[str, list[Picked]] = {}
        for seed in range(seeds):
            for name, picked in self._of_split(data, interactions, seed, epochs, told).items():
                found.setdefault(name, []).append(picked)
        whole = {name: _joined(parts) for name, parts in found.items()}
        rows = [_row(name, each, whole[MOST_SEEN]) for name, each in whole.items()]
        self._print(rows)
        if json is not None:
            json.parent.mkdir(parents=True, exist_ok=True)
            json.write_text(dumps({"data": data, "seeds": seeds, "rule": told, "rows": rows}, indent=1) + "\n")

    def _of_split(
        self, data: str, interactions: Interactions, seed: int, epochs: int | None, told: dict[str, float]
    ) -> dict[str, Picked]:
        checkpoint = _held_out_before(data, seed, interactions)
        try:
            recommender, split, folder = training.held_out(
                data=data,
                interactions=interactions,
                checkpoint=checkpoint,
                epochs=epochs,
                seed=seed,
                on_epoch=EpochBar("ngcf"),
            )
        except (CheckpointError, ValueError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"  split {seed}: {folder}, {len(split.test)} visitors")
        recommender.asking = replace(recommender.asking, **_whole(told))
        grids = _grids(recommender, split.train)
        with CountBar("visitors", len(grids) * len(split.test)) as bar:
            picked = {
                name: try_grid(ask, recommender, split.test, seed=seed, on_visitor=bar) for name, ask in grids.items()
            }
        return picked | {"five at random": _at_random(recommender, split.test, seed=seed)}

    def _print(self, rows: list[dict[str, Any]]) -> None:
        self.stdout.write(
            f"\n  {'grid':<20}{'picks':>7}{'first':>7}{'five':>7}   {'NDCG@10 after them':<28}less than most seen"
        )
        for row in rows:
            of, less = row["ndcg"], row["less"]
            self.stdout.write(
                f"  {row['grid']:<20}{row['picks']:>7.2f}{row['first']:>7.2f}{row['five']:>7.0%}   "
                f"{of[0]:.4f} ({of[1]:.4f} … {of[2]:.4f})   {less[0]:+.4f} ({less[1]:+.4f} … {less[2]:+.4f})"
            )
        self.stdout.write(f"  picks: in two screens, {MOST} at most; first: in the first; five: who found {MOST}.")


def _grids(recommender: NGCFRecommender, train: Interactions) -> dict[str, Ask]:
    """The site's grid, and the same with one thing less."""
    ids = train.movies.ids

    def by(value: np.ndarray) -> Ask:
        return most_popular(ids[np.argsort(-value, kind="stable")].tolist())

    stars = np.bincount(train.movie_idx, train.star, len(ids))
    rated = np.bincount(train.movie_idx, train.star > 0, len(ids))
    return {
        MOST_SEEN: by(train.movie_degree),
        "home page": by(popularity(stars, rated, train.movie_degree)),
        OURS: of_recommender(recommender),
        "varied alone": of_recommender(_with(recommender, trust=0.0, variety_after=recommender.asking.variety)),
        "adaptive alone": of_recommender(_with(recommender, variety=0.0, variety_after=0.0)),
    }


def _with(recommender: NGCFRecommender, **changes: float) -> NGCFRecommender:
    other = recommender.in_mode(recommender.mode)
    other.asking = replace(other.asking, **changes)  # type: ignore[arg-type]
    return other


def _at_random(recommender: NGCFRecommender, visitors: list[Visitor], *, seed: int) -> Picked:
    """Five clicks drawn from all that each visitor has, as `evaluate` draws them."""
    rng = np.random.default_rng(seed)
    assert recommender.movies is not None
    drawn = [recommender.movies.id_at(each.with_clicks(MOST, rng=rng).clicks).tolist() for each in visitors]
    ndcg = [ndcg_after(own, recommender, each, seed=seed) for own, each in zip(drawn, visitors, strict=True)]
    picks = np.array([len(own) for own in drawn], float)
    return Picked(picks, np.zeros(len(picks)), np.array(ndcg))


def _held_out_before(data: str, seed: int, interactions: Interactions) -> Path | None:
    """A training of this split that was made before."""
    users = split_of(interactions, seed=seed).train.users_fingerprint()
    for folder in store_of("ngcf", f"{short_name(data)}-held-out").folders():
        if NGCFRecommender().load(folder).facts.get("users") == users:
            return folder
    return None


def _whole(told: dict[str, float]) -> dict[str, Any]:
    return {name: int(value) if name == "pool" else value for name, value in told.items()}


def _joined(parts: list[Picked]) -> Picked:
    return Picked(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("picks", "first", "ndcg")))


def _row(name: str, each: Picked, other: Picked) -> dict[str, Any]:
    return {
        "grid": name,
        "picks": float(each.picks.mean()),
        "first": float(each.first.mean()),
        "five": float((each.picks == MOST).mean()),
        "ndcg": interval(each.ndcg),
        "less": paired(each.ndcg, other.ndcg),
    }
