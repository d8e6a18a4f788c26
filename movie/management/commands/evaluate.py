"""Compare models on held-out visitors, each tuned on others, through the same predictor that the site uses."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from json import dumps
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from movie import reports
from movie.catalogue.base import DataError
from movie.catalogue.knowledge import knowledge_of
from movie.catalogue.sources import interactions_of, short_name
from movie.management import paper, study_table
from movie.management.progress import StudyBar
from movie.management.study_options import cases_of, clicks_of
from pytorch_models.checkpoint import CheckpointError, versions_of
from pytorch_models.evaluation import summary
from pytorch_models.evaluation.next_item import leave_last_out
from pytorch_models.evaluation.paper import PaperRow
from pytorch_models.evaluation.study import (
    Contestant,
    JudgeOn,
    Row,
    Tried,
    Tuned,
    Watch,
    split_of,
    study,
    with_checkpoint,
)
from pytorch_models.libraries import MissingLibraryError, library
from pytorch_models.registry import GROUPS, MODELS, PAPER, contestants, with_knowledge, with_settings

RESULTS = {"--json", "--markdown", "--html", "--svg"}
NEXT_ITEM_MODELS = ("sasrec", "markov", "item_knn_newest", "item_knn", "popularity")
"""What is compared where the next item is asked for, unless models are named."""


class Command(BaseCommand):
    requires_system_checks = []
    help = "Tune models on validation visitors, judge them on test visitors, and write a table, JSON and a report."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("models", nargs="*", metavar="MODEL", help=f"of {', '.join(MODELS)} (default: all)")
        parser.add_argument(
            "--group",
            choices=GROUPS,
            default="models",
            help="whose names these are: models; ablation: NGCF with one thing changed; epochs: its ten epochs; "
            "sasrec: SASRec with one thing changed",
        )
        parser.add_argument(
            "--on", choices=("test", "validation"), default="test", help="the held-out visitors to judge on"
        )
        parser.add_argument(
            "--data", default="movielens-small", help="catalogue, movielens-small, movielens-100k, or a folder"
        )
        parser.add_argument(
            "--protocol",
            choices=("strong", "next-item", "paper"),
            default="strong",
            help="strong (default): whole users are held out; next-item: each user's last movie is sought, by those "
            "before; paper: a folder's own train.txt and test.txt",
        )
        parser.add_argument(
            "--set",
            action="append",
            default=[],
            dest="told",
            metavar="NAME=VALUE",
            help="a setting of the one model that is fitted, as often as there are some",
        )
        parser.add_argument(
            "--checkpoint",
            type=Path,
            help="folder of one fitted model, judged where it has not seen the held-out users",
        )
        parser.add_argument("--json", type=Path, help="file for all rows")
        parser.add_argument("--markdown", type=Path, help="file for the tables, as documentation has them")
        parser.add_argument("--html", type=Path, help="file for the report (default: VAR_DIR/reports/DATA.html)")
        parser.add_argument(
            "--seeds",
            type=int,
            default=3,
            help="how many splits; of next-item, orders of clicks of one moment, each with a training of its own",
        )
        strong = parser.add_argument_group("of the strong protocol")
        strong.add_argument("--clicks", default="all,1,3,5,10", help="how many clicks are told: all, or numbers")
        strong.add_argument(
            "--cases",
            default="clicks",
            help="clicks; stars (told, and the truth is the liked movies); passed (over, in a simulated list)",
        )
        paper_only = parser.add_argument_group("of the papers' protocol")
        paper_only.add_argument(
            "--svg", type=Path, help="file for the curve (default: VAR_DIR/reports/DATA-paper.svg)"
        )

    def handle(
        self,
        *args: Any,
        models: list[str],
        group: str,
        on: JudgeOn,
        data: str,
        protocol: str,
        told: list[str],
        clicks: str,
        seeds: int,
        cases: str,
        checkpoint: Path | None,
        json: Path | None,
        html: Path | None,
        markdown: Path | None,
        svg: Path | None,
        **options: Any,
    ) -> None:
        next_item = protocol == "next-item"
        among = PAPER if protocol == "paper" and group == "models" else GROUPS[group]
        by_default = NEXT_ITEM_MODELS if next_item and among is MODELS else among
        names, counts, asked = models or list(by_default), clicks_of(clicks), cases_of(cases)
        if next_item:
            counts, asked = ["all"], ["next"]
            if checkpoint:
                raise CommandError("Expected no '--checkpoint' with '--protocol next-item': it has seen every user.")
        if seeds < 1:
            raise CommandError(f"Expected '--seeds' of at least 1 (got {seeds})")
        if unknown := sorted({*names} - among.keys()):
            raise CommandError(f"Expected models among {', '.join(among)} (got {', '.join(unknown)})")
        compared, splits = contestants(names, among), list(range(seeds))
        try:
            library("matplotlib")  # told before the hours, not after them
            compared = with_settings(compared, told)
            if protocol == "paper":
                self._paper(compared, data, json=json, svg=svg)
                return
            interactions = interactions_of(data, data_dir=settings.DATA_DIR)
            compared = with_knowledge(compared, partial(knowledge_of, data, data_dir=settings.DATA_DIR))
            self.keep = partial(_keep, json, short_name(data))
            if checkpoint:
                compared, splits = with_checkpoint(compared, checkpoint, interactions, splits)
            self._run(
                partial(
                    study,
                    compared,
                    interactions,
                    clicks=counts,
                    seeds=splits,
                    cases=asked,
                    judge_on=on,
                    splitting=leave_last_out if next_item else split_of,
                )
            )
        except (CheckpointError, DataError, MissingLibraryError, ValueError) as error:
            raise CommandError(str(error)) from error
        if not self.rows:
            raise CommandError("Stopped before there was anything to keep.")
        own = "sasrec" if next_item else "ngcf"
        reference = own if own in (row.model for row in self.rows) else self.rows[0].model
        found = summary.lines(self.rows), summary.differences(self.rows, reference)
        for line in study_table.table(*found):
            self.stdout.write(line)
        if json:
            self.stdout.write(f"  written: {json}")
        report = reports.Report(
            short_name(data),
            self._command(),
            interactions.fingerprint(),
            *found,
            self.tried,
            versions_of(),
            {name: entry.about for name, entry in among.items()},
        )
        if markdown:
            self._write(markdown, reports.markdown(report))
        name = short_name(data) + ("-next-item" if next_item else "")
        self._write(html or settings.VAR_DIR / "reports" / f"{name}.html", reports.html(report))

    def _paper(self, compared: Sequence[Contestant], data: str, *, json: Path | None, svg: Path | None) -> None:
        try:
            rows = paper.run(compared, paper.data_of(data), folder=data, say=self.stdout.write)
        except KeyboardInterrupt:
            raise CommandError("Stopped; the same command goes on from the last epoch.") from None
        for line in paper.table(rows):
            self.stdout.write(line)
        if json:
            _keep(json, short_name(data), rows)
            self.stdout.write(f"  written: {json}")
        fitted = {each.name for each in compared if not each.of}  # the others share a training, and its curve
        curves = {row.model: row.curve for row in rows if row.curve and row.model in fitted}
        if curves:
            self._write(svg or settings.VAR_DIR / "reports" / f"{short_name(data)}-paper.svg", reports.curve(curves))

    def _run(self, rows: Callable[..., Iterator[Row]]) -> None:
        """Fill `rows` and `tried`; Ctrl-C keeps what is done."""
        self.rows: list[Row] = []
        self.tried: dict[tuple[str, int], Tried] = {}
        bar = StudyBar()
        try:
            for row in rows(watch=self._watch(bar)):
                self.rows.append(row)
                self.keep(self.rows)
        except KeyboardInterrupt:
            self.stdout.write("  Stopped by Ctrl-C: what is done so far is kept.")
        finally:
            bar.close()

    def _watch(self, bar: StudyBar) -> Watch:
        def on_tuned(name: str, seed: int, tuned: Tuned) -> None:
            bar.close()
            if not any(tried == seed for _, tried in self.tried):
                self.stdout.write(f"\n  split {seed:<12}NDCG@10 on validation, and the settings chosen by it")
            self.tried[name, seed] = tuned.tried
            settings, ndcg = max(tuned.tried, key=lambda each: each[1])
            chosen = ", ".join(f"{key} {value}" for key, value in settings.items())
            self.stdout.write(f"  {name:<18}{ndcg:.4f}  {chosen}".rstrip())

        return Watch(lambda name, seed: bar.start(name), bar.candidate, bar, on_tuned)

    def _write(self, path: Path, text: str) -> None:
        _write(path, text)
        self.stdout.write(f"  written: {path}")

    @staticmethod
    def _command() -> str:
        """What was typed, without where the results go."""
        words = sys.argv[1:]
        kept = [
            word
            for before, word in zip(["", *words], words, strict=False)
            if not {before.partition("=")[0], word.partition("=")[0]} & RESULTS
        ]
        return shlex.join(["python", "manage.py", *kept])


def _keep(path: Path | None, data: str, rows: Sequence[Row | PaperRow]) -> None:
    """Write the rows so far, so that hours of them outlive a crash."""
    if path:
        _write(path, dumps([row.to_json(data) for row in rows], indent=1))


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{path}: cannot be written ({error})") from error
