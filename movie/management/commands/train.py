"""Train a model and keep its checkpoint."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from movie import training
from movie.catalogue.base import DataError
from movie.catalogue.sources import CATALOGUE, short_name
from movie.management import tied
from movie.management.progress import EpochBar, StepBar
from movie.management.train_all import TrainAll
from movie.predictors.base import store_of
from movie.predictors.registry import trained
from movie.predictors.training_state import AlreadyTrainingError
from pytorch_models.checkpoint import CheckpointError, CheckpointStore
from pytorch_models.evaluation.holdout import Stage

ALL = "all"
STAGES: dict[Stage, str] = {
    "choose": "without the held-out visitors, to choose the number of epochs",
    "judge": "ten movies for each held-out visitor, by the model and its peers",
    "fit": "on everyone, for the epochs chosen",
}


class Command(BaseCommand):
    requires_system_checks = []
    help = "Train a model: epochs chosen on held-out visitors, then fitted on everyone. Ctrl-C keeps the best so far."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("model", choices=[*trained(), ALL], help="a model, or all of them, several at a time")
        parser.add_argument(
            "--data",
            default=CATALOGUE,
            help="catalogue (default: the site's ratings), feed (these and what visitors did), movielens-small, "
            "movielens-100k, or a folder",
        )
        parser.add_argument("--epochs", type=int, help="most epochs (default: the model's own)")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument(
            "--jobs", type=int, default=os.cpu_count() or 1, help="of all: how many at a time (default: a core each)"
        )
        parser.add_argument(
            "--out", type=Path, help="folder of checkpoints (default: VAR_DIR/checkpoints/DATA/MODEL)"
        )
        parser.add_argument(
            "--rollback", action="store_true", help="train nothing: let the checkpoint serve that served before"
        )
        parser.add_argument(tied.OPTION, action="store_true", help=tied.HELP)

    def handle(
        self,
        *args: Any,
        model: str,
        data: str,
        epochs: int | None,
        seed: int,
        out: Path | None,
        rollback: bool,
        jobs: int,
        until_input_ends: bool,
        **options: Any,
    ) -> None:
        if until_input_ends:
            tied.end_with_input()
        if epochs is not None and epochs < 1:
            raise CommandError(f"Expected '--epochs' of at least 1 (got {epochs})")
        if model == ALL:
            if rollback or out:
                raise CommandError("Expected one model with '--rollback' and '--out' (got all)")
            self._train_all(data, epochs, seed, jobs)
            return
        if rollback:
            self._roll_back(CheckpointStore(out) if out else store_of(model))
            return
        started = time.monotonic()
        bars: list[EpochBar] = []

        def on_stage(stage: Stage) -> None:
            self.stdout.write(f"  {stage}: {STAGES[stage]}")
            bars.append(EpochBar(model))

        try:
            trained = training.train(
                model,
                data=data,
                epochs=epochs,
                seed=seed,
                out=out,
                on_stage=on_stage,
                on_epoch=lambda done: bars[-1](done),
                on_step=StepBar(f"{model}: preparing"),
                on_note=lambda note: self.stdout.write(f"  {note}"),
            )
        except (AlreadyTrainingError, DataError, ValueError) as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{error}. No checkpoint was written; the one that serves is untouched.") from error
        except KeyboardInterrupt:
            raise CommandError("Stopped before there was anything to keep.") from None
        self._report(trained, time.monotonic() - started)

    def _train_all(self, data: str, epochs: int | None, seed: int, jobs: int) -> None:
        if jobs < 1:
            raise CommandError(f"Expected '--jobs' of at least 1 (got {jobs})")
        started = time.monotonic()
        options = ["--data", data, "--seed", str(seed), *(["--epochs", str(epochs)] if epochs else [])]
        stored = CATALOGUE if data in training.SERVED else short_name(data)
        outcomes = TrainAll(trained(), options, data=stored, jobs=jobs, say=self.stdout.write).run()
        self.stdout.write(f"\n  {'model':<12}{'seconds':>8}{'NDCG@10':>9}{'Recall@10':>11}{'ms':>8}")
        for each in outcomes:
            figures = "".join(
                f"{each.metrics[name]:>{width}.{digits}f}" if name in each.metrics else f"{'–':>{width}}"
                for name, width, digits in (("ndcg@10", 9, 4), ("recall@10", 11, 4), ("milliseconds", 8, 2))
            )
            failed = f"  failed: {each.said}" if each.failed else ""
            self.stdout.write(f"  {each.model:<12}{each.seconds:>8.0f}{figures}{failed}")
        self.stdout.write(f"All in {time.monotonic() - started:.0f} s, {jobs} at a time.")
        if failed_ones := [each.model for each in outcomes if each.failed]:
            raise CommandError(f"{len(failed_ones)} of {len(outcomes)} failed: {', '.join(failed_ones)}")

    def _roll_back(self, store: CheckpointStore) -> None:
        try:
            folder = store.roll_back()
        except CheckpointError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{folder} serves again; running servers take it up.")

    def _report(self, trained: training.Trained, seconds: float) -> None:
        if trained.fitted.judged:
            self.stdout.write(
                f"\n  {'held-out visitors':<20}{'NDCG@10':>9}{'Recall@10':>11}{'coverage':>10}{'ms':>8}"
            )
        for each in trained.fitted.judged:
            self.stdout.write(
                f"  {each.model:<20}{each.ndcg(10):>9.4f}{each.recall(10):>11.4f}"
                f"{each.coverage:>10.3f}{each.milliseconds:>8.2f}"
            )
        if trained.fitted.interrupted:
            self.stdout.write("  Stopped by Ctrl-C: the best so far is kept.")
        if trained.against_served:
            d = trained.against_served
            found = f"{d.mean:+.4f} ({d.low:+.4f} … {d.high:+.4f}), {d.verdict}"
            self.stdout.write(f"  NDCG@10 less that of the one that served: {found}")
        served = "running servers take it up" if trained.serves else "kept apart from the site's own"
        if trained.held_back:
            served = f"kept, but not promoted: {trained.held_back}"
        self.stdout.write(f"Trained in {seconds:.0f} s: {trained.folder} ({served}).")
