"""Measure what a re-training request costs, how faithful the fast way is, and how both grow."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from json import dumps
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from movie import training
from movie.catalogue.base import DataError
from movie.catalogue.sources import CATALOGUE, interactions_of, short_name
from movie.management.progress import CountBar, EpochBar
from pytorch_models.benchmarks import retrain, scaling
from pytorch_models.benchmarks.fidelity import Fidelity, fidelity
from pytorch_models.benchmarks.measure import Timing, one_thread, why_no_peak
from pytorch_models.checkpoint import CheckpointError, versions_of
from pytorch_models.datasets.interactions import Interactions
from pytorch_models.evaluation.intervals import Interval
from pytorch_models.libraries import MissingLibraryError, library
from pytorch_models.ngcf.config import NGCFConfig

PERCENTILES = (50, 90, 99)
BUSY = 1.1
"""Seconds of processor time a second of measuring, from which on it was not one thread."""


class Command(BaseCommand):
    requires_system_checks = []
    help = "Benchmarks: retrain (what a request costs), fidelity (visitor against full), scaling (users and movies)."

    def add_arguments(self, parser: CommandParser) -> None:
        which = parser.add_subparsers(dest="which", required=True, metavar="retrain|fidelity|scaling")
        one = which.add_parser("retrain", help="time requests in each mode beside a floor and peers, on one thread")
        _data_arguments(one)
        one.add_argument("--modes", default="visitor", help=f"of {','.join(retrain.MODES)}")
        one.add_argument("--clicks", type=_count, default=20, help="clicks of each visitor")
        one.add_argument("--requests", type=_count, default=200)
        one.add_argument("--slow-requests", type=_count, default=3, help="requests of full and of reference")
        one.add_argument("--peers", action="store_true", help="implicit's ALS and item-kNN beside")
        one.add_argument("--reasons", action="store_true", help="why each of the ten, as a row of its own")
        one.add_argument("--profile", action="store_true", help="where the time of a visitor request goes")
        one.set_defaults(run=self._retrain)

        two = which.add_parser("fidelity", help="visitor and full for held-out visitors: overlap and NDCG@10")
        _data_arguments(two)
        two.add_argument("--visitors", type=_count, default=200)
        two.add_argument("--modes", default="visitor,full", help=f"two of {','.join(retrain.MODES)}")
        two.set_defaults(run=self._fidelity)

        three = which.add_parser("scaling", help="a visitor's request on made-up worlds, growing")
        three.add_argument("--users", type=_counts, default=[1, 4, 16], help="times Daum's users (default: 1,4,16)")
        three.add_argument("--movies", type=_counts, default=[10_000, 100_000, 1_000_000], help="numbers of movies")
        three.add_argument("--clicks", type=_count, default=20)
        three.add_argument("--requests", type=_count, default=200)
        three.add_argument("--seed", type=int, default=0)
        three.add_argument("--index", action="store_true", help="the approximate index beside, with its recall")
        three.add_argument("--json", type=Path)
        three.set_defaults(run=self._scaling)

    def handle(self, *args: Any, run: Callable[..., dict[str, Any]], json: Path | None, **options: Any) -> None:
        try:
            found = run(**options)
        except (DataError, CheckpointError, MissingLibraryError, ValueError, RuntimeError) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError("Stopped before it was done; nothing was written.") from None
        if json is not None:
            self._write(json, found | {"versions": _versions(), "processors": os.cpu_count()})

    def _write(self, path: Path, found: dict[str, Any]) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dumps(found, indent=1) + "\n")
        except OSError as error:
            raise CommandError(f"{path}: cannot be written ({error})") from error
        self.stdout.write(f"  written: {path}")

    def _retrain(
        self,
        *,
        data: str,
        checkpoint: Path | None,
        epochs: int | None,
        modes: str,
        clicks: int,
        requests: int,
        slow_requests: int,
        peers: bool,
        reasons: bool,
        profile: bool,
        seed: int,
        **options: Any,
    ) -> dict[str, Any]:
        asked = _modes(modes)
        interactions = interactions_of(data, data_dir=settings.DATA_DIR)
        rng = np.random.default_rng(seed)
        visitors = retrain.clicks_of_visitors(interactions, visitors=requests, clicks=clicks, rng=rng)
        recommender, folder = training.load_or_train(
            data=data,
            interactions=interactions,
            checkpoint=checkpoint,
            epochs=epochs,
            on_stage=lambda stage: self.stdout.write(f"  training ngcf: {stage}"),
            on_epoch=EpochBar("ngcf"),
        )
        assert recommender.tables is not None
        self.stdout.write(f"  {folder}, {_size(interactions)}, {clicks} clicks, one thread")
        with one_thread():
            width = recommender.tables.item.shape[1]
            contenders = [
                retrain.floor(interactions.n_movies, each, requests=requests, rng=rng)
                for each in sorted({retrain.FLOOR_WIDTH, width})
            ]
            for name in asked:
                often = slow_requests if name in retrain.SLOW_MODES else requests
                contenders.append(retrain.mode(recommender, name, visitors, requests=often))
            if reasons:
                contenders.append(retrain.reasons(recommender, visitors, requests=requests))
            if peers:
                self.stdout.write("  fitting the peers")
                contenders += retrain.peers(interactions, visitors, requests=requests)
            with CountBar("bench", sum(each.requests for each in contenders)) as bar:
                costs = retrain.costs(contenders, profile=profile, on_request=bar)
        self._print_costs(costs)
        floors = {name: each for name, each in costs.race.timings.items() if name.startswith("floor")}
        of = {
            name: _with_peak(each, costs.peaks[name])
            for name, each in costs.race.timings.items()
            if name not in floors
        }
        told = of.pop(retrain.REASONS, None)
        return {
            "data": short_name(data),
            "users": interactions.n_users,
            "movies": interactions.n_movies,
            "interactions": len(interactions),
            "clicks": clicks,
            "floor_ms": round(floors[f"floor, {retrain.FLOOR_WIDTH} wide"].p50, 4),
            "floor_own_ms": round(floors[f"floor, {width} wide"].p50, 4),
            "floor_own_width": width,
            "modes": {name: of[name] for name in asked},
            "reasons": told,
            "peers": {name: each for name, each in of.items() if name not in asked},
            "checkpoint": recommender.checkpoint,
            "requests": {each.name: each.requests for each in contenders},
            "processor_seconds_a_second": round(costs.race.threads, 3),
            "profile": [stage.to_json() for stage in costs.stages],
        }

    def _print_costs(self, costs: retrain.Costs) -> None:
        floor = costs.race.timings[f"floor, {retrain.FLOOR_WIDTH} wide"].p50
        self.stdout.write(
            f"\n  {'':<20}" + "".join(f"{f'p{p} ms':>10}" for p in PERCENTILES) + f"{'peak MB':>10}{'× floor':>10}"
        )
        for name, timing in costs.race.timings.items():
            cells = "".join(f"{timing.percentile(p):>10.3f}" for p in PERCENTILES)
            peak = costs.peaks.get(name)
            self.stdout.write(
                f"  {name:<20}{cells}{'' if peak is None else f'{peak:.1f}':>10}{timing.p50 / floor:>10.2f}"
            )
        if reason := why_no_peak():
            self.stdout.write(f"  No peaks: {reason}.")
        if costs.race.threads > BUSY:
            self.stdout.write(f"  Not one thread: {costs.race.threads:.2f} processor seconds a second.")
        if costs.stages:
            self.stdout.write(f"\n  {'a visitor request':<48}{'calls':>8}{'ms':>9}{'own ms':>9}")
        for stage in costs.stages:
            self.stdout.write(f"  {stage.name:<48}{stage.calls:>8.1f}{stage.milliseconds:>9.3f}{stage.own:>9.3f}")

    def _fidelity(
        self,
        *,
        data: str,
        checkpoint: Path | None,
        epochs: int | None,
        visitors: int,
        modes: str,
        seed: int,
        **options: Any,
    ) -> dict[str, Any]:
        asked = _modes(modes)
        if len(asked) != 2:
            raise CommandError(f"Expected two '--modes' to compare (got '{modes}')")
        interactions = interactions_of(data, data_dir=settings.DATA_DIR)
        recommender, split, folder = training.held_out(
            data=data,
            interactions=interactions,
            checkpoint=checkpoint,
            epochs=epochs,
            seed=seed,
            on_epoch=EpochBar("ngcf"),
        )
        self.stdout.write(f"  {folder} (for the same again: --checkpoint {folder})")
        test = split.test[:visitors]
        with CountBar("visitors", len(test)) as bar:
            compared = {name: recommender.in_mode(name) for name in asked}
            found = fidelity(compared, test, seed=seed, on_visitor=bar)
        self._print_fidelity(found)
        return {"data": short_name(data), "seed": seed, "checkpoint": recommender.checkpoint, **found.to_json()}

    def _print_fidelity(self, found: Fidelity) -> None:
        self.stdout.write(f"  {found.visitors} held-out visitors, means with 95 % intervals")
        self.stdout.write(f"  {'overlap of the ten':<24}{_interval(found.overlap)}")
        for name, ndcg in found.ndcg.items():
            self.stdout.write(f"  {'NDCG@10 ' + name:<24}{_interval(ndcg)}   p50 {found.p50_ms[name]:.2f} ms")
        first, second = found.ndcg
        difference = f"{_interval(found.difference)}   {found.difference.verdict}"
        self.stdout.write(f"  {f'{first} less {second}':<24}{difference}")

    def _scaling(
        self,
        *,
        users: list[int],
        movies: list[int],
        clicks: int,
        requests: int,
        seed: int,
        index: bool,
        **options: Any,
    ) -> dict[str, Any]:
        if index:
            library("usearch")  # missed before the worlds are made, not after
        sizes = [*scaling.by_users(users), *scaling.by_movies(movies)]
        worlds = []
        with CountBar("worlds made", len(sizes)) as bar:
            for size in sizes:
                worlds.append(scaling.world_of(size, NGCFConfig(), clicks=clicks, index=index, seed=seed))
                bar()
        total = requests * scaling.contestants_of(worlds)
        with one_thread(), CountBar("bench", total) as bar:
            found = scaling.grown(worlds, requests=requests, on_request=bar)
        self._print_scaling(found)
        return {"clicks": clicks, "seed": seed, "sizes": [each.to_json() for each in found]}

    def _print_scaling(self, found: Iterable[scaling.Grown]) -> None:
        head = (
            "users",
            "movies",
            "clicks",
            "p50 ms",
            "p99 ms",
            "floor ms",
            "recall",
            "index ms",
            "recall",
            "built s",
        )
        self.stdout.write("\n  " + f"{'':<18}" + "".join(f"{each:>11}" for each in head))
        for each in found:
            sizes = "".join(f"{n:>11,}" for n in (each.size.users, each.size.movies, each.size.interactions))
            times = "".join(f"{ms:>11.3f}" for ms in (each.p50, each.p99, each.floor_p50, each.narrow_recall))
            of_index = (each.index_p50, each.index_recall, each.index_seconds)
            cells = "".join(f"{'' if value is None else f'{value:.3f}':>11}" for value in of_index)
            self.stdout.write(f"  {each.size.name:<18}{sizes}{times}{cells}")
        self.stdout.write("  floor: one pass over the model's own table. recall: of the ten best by exact scores.")


def _data_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", default=CATALOGUE, help="catalogue, movielens-small, movielens-100k, or a folder")
    parser.add_argument("--checkpoint", type=Path, help="folder of weights (default: the newest for the data)")
    parser.add_argument("--epochs", type=_count, help="most epochs, where it has to be trained")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)


def _count(text: str) -> int:
    if not (text.isdigit() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"expected a whole number from 1 (got '{text}')")
    return int(text)


def _counts(text: str) -> list[int]:
    return [_count(word) for word in text.split(",")]


def _modes(text: str) -> list[str]:
    asked = list(dict.fromkeys(text.split(",")))
    if not set(asked) <= set(retrain.MODES):
        raise CommandError(f"Expected '--modes' among {','.join(retrain.MODES)} (got '{text}')")
    return asked


def _size(interactions: Interactions) -> str:
    n_users, n_movies = interactions.n_users, interactions.n_movies
    return f"{n_users:,} users, {n_movies:,} movies, {len(interactions):,} interactions"


def _with_peak(timing: Timing, peak: float | None) -> dict[str, float | None]:
    return {**timing.to_json(*PERCENTILES), "peak_mb": None if peak is None else round(peak, 2)}


def _interval(found: Interval) -> str:
    return f"{found.mean:.4f} ({found.low:.4f} … {found.high:.4f})"


def _versions() -> dict[str, str]:
    found = versions_of()
    for name in ("scipy", "implicit", "usearch"):
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found
