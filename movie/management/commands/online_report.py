"""Which model visitors click, and which wins where two share a list."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from movie.online import Tally, online
from pytorch_models.evaluation.online import Duel

HEADER = (
    f"  {'model':<10}{'lists':>7}{'stood in':>10}{'clicked':>9}"
    f"{'visitors':>10}{'impressions':>13}{'clicks':>8}{'CTR':>9}  95 %"
)
LEGEND = """
  Intervals draw whole visitors anew; those with * have too few for that: they are Wilson's, and too narrow.
  stood in: lists that popularity made in the model's place; they count for nothing else here.
"""


class Command(BaseCommand):
    requires_system_checks = []
    help = "Lists shown, clicks and click-through rate of each model, and who wins the lists of the Mix page."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--days", type=int, default=30, metavar="N", help="lists of the last N days (default: 30)"
        )
        parser.add_argument("--json", type=Path, metavar="FILE", help="the figures, for programs")

    def handle(self, *args: Any, days: int, json: Path | None, **options: Any) -> None:
        if days < 1:
            raise CommandError(f"Expected '--days' of at least 1 (got {days})")
        found = online(since=datetime.now(UTC) - timedelta(days=days))
        if json:
            _write(json, found.to_json())
        self.stdout.write(f"Lists shown in the last {days} days. CTR: clicks an impression, a movie in a list.\n\n")
        self.stdout.write(HEADER)
        for name, tally in found.tallies.items():
            self.stdout.write(_line(name, tally))
        if not found.tallies:
            self.stdout.write("  no list yet")
        self.stdout.write(LEGEND)
        for duel in found.duels:
            self.stdout.write(_told(duel))
        if not found.duels:
            self.stdout.write("  No list of the Mix page was clicked yet, so none of two models has won.")


def _line(model: str, tally: Tally) -> str:
    start = f"  {model:<10}{tally.lists:>7,}{tally.stood_in:>10,}{tally.clicked:>9,}"
    of_all = tally.rate()
    if of_all is None:
        return start
    mean, low, high = of_all.interval
    star = "" if of_all.by_visitor else " *"
    return (
        f"{start}{of_all.visitors:>10,}{of_all.impressions:>13,}{of_all.clicks:>8,}"
        f"{mean:>9.4f}  {low:.4f} … {high:.4f}{star}"
    )


def _told(duel: Duel) -> str:
    lists = f"{duel.one} {duel.lists[0]:,} : {duel.lists[1]:,} {duel.other}, {duel.ties:,} ties"
    said = [f"  {duel.one} against {duel.other}, team-draft interleaving", f"    clicked lists won: {lists}"]
    if duel.preference is not None:
        said[-1] += f" (Δ {duel.preference:+.3f})"
    if duel.share is None:
        return "\n".join([*said, "    no visitor preferred one of the two yet"])
    visitors = f"{duel.visitors[0]:,} : {duel.visitors[1]:,}, {duel.visitors_tied:,} undecided"
    mean, low, high = duel.share
    said.append(
        f"    visitors: {visitors}; {mean:.3f} ({low:.3f} … {high:.3f}) for {duel.one}, sign test p = {duel.p:.3g}"
    )
    return "\n".join([*said, f"    winner: {duel.winner or 'not decided yet'}"])


def _write(path: Path, found: dict[str, Any]) -> None:
    try:
        path.write_text(json.dumps(found, indent=1) + "\n")
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error
