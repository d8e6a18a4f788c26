"""Train a model and keep its checkpoint."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from movie import training
from movie.catalogue.base import DataError
from movie.catalogue.sources import CATALOGUE
from movie.management.progress import EpochBar
from movie.predictors.base import store_of
from movie.predictors.registry import trained
from pytorch_models.checkpoint import CheckpointError, CheckpointStore
from pytorch_models.evaluation.holdout import Stage

STAGES: dict[Stage, str] = {
    "choose": "without the held-out visitors, to choose the number of epochs",
    "judge": "ten movies for each held-out visitor, by the model and its peers",
    "fit": "on everyone, for the epochs chosen",
}


class Command(BaseCommand):
    requires_system_checks = []
    help = "Train a model: epochs chosen on held-out visitors, then fitted on everyone. Ctrl-C keeps the best so far."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("model", choices=sorted(trained()))
        parser.add_argument(
            "--data",
            default=CATALOGUE,
            help="catalogue (default: the site's ratings), feed (these and what visitors did), movielens-small, "
            "movielens-100k, or a folder",
        )
        parser.add_argument("--epochs", type=int, help="most epochs (default: the model's own)")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument(
            "--out", type=Path, help="folder of checkpoints (default: VAR_DIR/checkpoints/DATA/MODEL)"
        )
        parser.add_argument(
            "--rollback", action="store_true", help="train nothing: let the checkpoint serve that served before"
        )

    def handle(
        self,
        *args: Any,
        model: str,
        data: str,
        epochs: int | None,
        seed: int,
        out: Path | None,
        rollback: bool,
        **options: Any,
    ) -> None:
        if rollback:
            self._roll_back(CheckpointStore(out) if out else store_of(model))
            return
        if epochs is not None and epochs < 1:
            raise CommandError(f"Expected '--epochs' of at least 1 (got {epochs})")
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
            )
        except (DataError, ValueError) as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{error}. No checkpoint was written; the one that serves is untouched.") from error
        except KeyboardInterrupt:
            raise CommandError("Stopped before there was anything to keep.") from None
        self._report(trained, time.monotonic() - started)

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
