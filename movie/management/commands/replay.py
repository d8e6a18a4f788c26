"""Make a list that was shown once more, from its receipt."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from movie import selectors
from movie.clicks.base import ClickLogError
from movie.receipts import ListReceipt, ReceiptError
from movie.replaying import CannotReplayError, Replayed, replay


class Command(BaseCommand):
    requires_system_checks = []
    help = (
        "Make a list again from its receipt: the same movies and scores, to the last bit, or what is missing for it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "receipt", metavar="RECEIPT|LIST_ID", help="a file with the page's receipt, - for stdin, or a list's id"
        )

    def handle(self, *args: Any, receipt: str, **options: Any) -> None:
        try:
            replayed = replay(_read(receipt))
        except CannotReplayError as error:
            lines = "".join(f"\n  {each}" for each in error.missing)
            raise CommandError(f"The list cannot be made again:{lines}") from error
        except (ClickLogError, RuntimeError) as error:
            raise CommandError(str(error)) from error
        self._print(replayed)

    def _print(self, replayed: Replayed) -> None:
        receipt = replayed.receipt
        self.stdout.write(f"{receipt.list_id}: {receipt.model}, shown {receipt.at.isoformat(timespec='seconds')}")
        then = zip(receipt.movie_ids, receipt.scores, strict=True)
        now = zip(replayed.movie_ids, replayed.scores, strict=True)
        for rank, (was, made) in enumerate(zip(then, now, strict=False), start=1):
            sign = "=" if was == made else "≠"
            self.stdout.write(f"  {rank:>3}  {_told(*was)}  {sign}  {_told(*made)}")
        for each in replayed.differences:
            self.stdout.write(f"  Note: {each}.")
        if not replayed.same:
            raise CommandError("The list comes out otherwise.")
        self.stdout.write(f"The same {len(replayed.movie_ids)} movies, with the same scores to the last bit.")


def _told(movie_id: int, score: str) -> str:
    return f"{movie_id:>9} {float.fromhex(score):>14.8g} {score:<22}"


def _read(receipt: str) -> ListReceipt:
    try:
        list_id = UUID(receipt)
    except ValueError:
        return _from_file(receipt)
    found = selectors.list_receipt(list_id=list_id)
    if found is None:
        raise CommandError(f"The site keeps no list {list_id}: it was deleted with its visitor's history, or expired")
    return found


def _from_file(path: str) -> ListReceipt:
    try:
        return ListReceipt.of_json(json.loads(sys.stdin.read() if path == "-" else Path(path).read_text()))
    except (OSError, ValueError) as error:
        problem = error if isinstance(error, ReceiptError) else f"expected a receipt's file or a list's id ({error})"
        raise CommandError(f"{path}: {problem}") from error
