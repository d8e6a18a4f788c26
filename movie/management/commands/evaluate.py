"""Compare models on held-out visitors, each tuned on others, through the same predictor that the site uses."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from json import dumps
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from movie import reports
from movie.catalogue.base import DataError
from movie.catalogue.sources import interactions_of, short_name
from movie.management import paper
from movie.management.progress import EpochBar
from pytorch_models.checkpoint import versions_of
from pytorch_models.datasets.interactions import Interactions
from pytorch_models.evaluation import summary
from pytorch_models.evaluation.study import Case, Clicks, Contestant, Row, Tuned, Watch, study
from pytorch_models.libraries import MissingLibraryError
from pytorch_models.registry import MODELS, contestants, with_settings

CASES: tuple[Case, ...] = ("clicks", "stars")


class Command(BaseCommand):
    requires_system_checks = []
    help = "Tune models on validation visitors, judge them on test visitors, and write a table, JSON and a report."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("models", nargs="*", metavar="MODEL", help=f"of {', '.join(MODELS)} (default: all)")
        parser.add_argument(
            "--data", default="movielens-small", help="catalogue, movielens-small, movielens-100k, or a folder"
        )
        parser.add_argument(
            "--protocol",
            choices=("strong", "paper"),
            default="strong",
            help="strong (default): whole users are held out; paper: a folder's own train.txt and test.txt",
        )
        parser.add_argument(
            "--set",
            action="append",
            default=[],
            dest="told",
            metavar="NAME=VALUE",
            help="a setting of the one model that is fitted, as often as there are some",
        )
        parser.add_argument("--json", type=Path, help="file for all rows")
        strong = parser.add_argument_group("of the strong protocol")
        strong.add_argument("--clicks", default="all,1,3,5,10", help="how many clicks are told: all, or numbers")
        strong.add_argument("--seeds", type=int, default=3, help="how many splits")
        strong.add_argument(
            "--cases", default="clicks", help="clicks; stars (told, and the truth is the liked movies)"
        )
        strong.add_argument("--html", type=Path, help="file for the report (default: VAR_DIR/reports/DATA.html)")
        paper_only = parser.add_argument_group("of the papers' protocol")
        paper_only.add_argument(
            "--svg", type=Path, help="file for the curve (default: VAR_DIR/reports/DATA-paper.svg)"
        )

    def handle(
        self,
        *args: Any,
        models: list[str],
        data: str,
        protocol: str,
        told: list[str],
        clicks: str,
        seeds: int,
        cases: str,
        json: Path | None,
        html: Path | None,
        svg: Path | None,
        **options: Any,
    ) -> None:
        names, counts, asked = models or list(MODELS), _clicks(clicks), _cases(cases)
        if seeds < 1:
            raise CommandError(f"Expected '--seeds' of at least 1 (got {seeds})")
        if unknown := sorted({*names} - MODELS.keys()):
            raise CommandError(f"Expected models among {', '.join(MODELS)} (got {', '.join(unknown)})")
        try:
            compared = with_settings(contestants(names), told)
            if protocol == "paper":
                self._paper(compared, data, json=json, svg=svg)
                return
            interactions = interactions_of(data, data_dir=settings.DATA_DIR)
            self._run(compared, interactions, counts, range(seeds), asked)
        except (DataError, MissingLibraryError, ValueError) as error:
            raise CommandError(str(error)) from error
        if not self.rows:
            raise CommandError("Stopped before there was anything to keep.")
        reference = "ngcf" if "ngcf" in names else names[0]
        found = summary.lines(self.rows), summary.differences(self.rows, reference)
        self._print(*found)
        if json:
            self._write(json, dumps([row.to_json(short_name(data)) for row in self.rows], indent=1))
        report = reports.Report(
            short_name(data), self._command(), interactions.fingerprint(), *found, self.tuned, versions_of()
        )
        self._write(html or settings.VAR_DIR / "reports" / f"{short_name(data)}.html", reports.html(report))

    def _paper(self, compared: Sequence[Contestant], data: str, *, json: Path | None, svg: Path | None) -> None:
        try:
            rows = paper.run(compared, paper.data_of(data), folder=data, say=self.stdout.write)
        except KeyboardInterrupt:
            raise CommandError("Stopped; the same command goes on from the last epoch.") from None
        for line in paper.table(rows):
            self.stdout.write(line)
        if json:
            self._write(json, dumps([row.to_json(short_name(data)) for row in rows], indent=1))
        curves = {row.model: row.curve for row in rows if row.curve}
        if curves:
            self._write(svg or settings.VAR_DIR / "reports" / f"{short_name(data)}-paper.svg", reports.curve(curves))

    def _run(
        self,
        compared: Sequence[Contestant],
        interactions: Interactions,
        clicks: Sequence[Clicks],
        seeds: Sequence[int],
        cases: Sequence[Case],
    ) -> None:
        """Fill `rows` and `tuned`; Ctrl-C keeps what is done."""
        self.rows: list[Row] = []
        self.tuned: dict[tuple[str, int], Tuned] = {}
        try:
            for row in study(compared, interactions, clicks=clicks, seeds=seeds, cases=cases, watch=self._watch()):
                self.rows.append(row)
        except KeyboardInterrupt:
            self.stdout.write("  Stopped by Ctrl-C: what is done so far is kept.")

    def _watch(self) -> Watch:
        bars: list[EpochBar] = []

        def on_model(name: str, seed: int) -> None:
            self.stdout.write(f"  split {seed}: {name}")
            bars.append(EpochBar(name))

        def on_candidate(number: int, of: int) -> None:
            if of > 1:
                self.stderr.write(f"    candidate {number} of {of}")

        def on_tuned(name: str, seed: int, tuned: Tuned) -> None:
            self.tuned[name, seed] = tuned
            settings, ndcg = max(tuned.tried, key=lambda each: each[1])
            chosen = ", ".join(f"{key} {value}" for key, value in settings.items())
            self.stdout.write(f"    validation NDCG@10 {ndcg:.4f}" + (f" with {chosen}" if chosen else ""))

        return Watch(on_model, on_candidate, lambda done: bars[-1](done), on_tuned)

    def _print(self, lines: list[summary.Line], differences: list[summary.Difference]) -> None:
        self.stdout.write(f"\n  {'model':<14}{'case':<8}{'clicks':>6}" + "".join(f"{n:>14}" for n in reports.COLUMNS))
        for line in lines:
            cells = "".join(f"{cell:>14}" for cell in reports.cells(line))
            self.stdout.write(f"  {line.model:<14}{line.case:<8}{line.clicks:>6}{cells}")
        for each in differences:
            d = each.interval
            self.stdout.write(
                f"  {each.reference} less {each.model:<14}{each.case:<8}{each.clicks:>6}  "
                f"{d.mean:+.4f} ({d.low:+.4f} … {d.high:+.4f})  {d.verdict}"
            )

    def _write(self, path: Path, text: str) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{path}: cannot be written ({error})") from error
        self.stdout.write(f"  written: {path}")

    @staticmethod
    def _command() -> str:
        return shlex.join(["python", "manage.py", *sys.argv[1:]])


def _clicks(text: str) -> list[Clicks]:
    words = text.split(",")
    if not all(word == "all" or (word.isdigit() and 0 < int(word) < 1000) for word in words):
        raise CommandError(f"Expected '--clicks' to be all or numbers from 1, with commas between (got '{text}')")
    return ["all" if word == "all" else int(word) for word in words]


def _cases(text: str) -> list[Case]:
    cases: list[Case] = [case for case in CASES if case in text.split(",")]
    if unknown := sorted({*text.split(",")} - {*CASES}):
        raise CommandError(f"Expected '--cases' among {', '.join(CASES)} (got {', '.join(unknown)})")
    return cases
