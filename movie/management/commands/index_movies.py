"""Make the search index anew."""

from __future__ import annotations

from time import perf_counter
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from movie.search.index import is_missing, rebuild


class Command(BaseCommand):
    help = "Make the search index anew from the movies and people there are; load_movies does so by itself."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--if-missing", action="store_true", help="only where there are movies and no index")

    def handle(self, *args: Any, if_missing: bool, **options: Any) -> None:
        if if_missing and not is_missing():
            return
        began = perf_counter()
        self.stdout.write(f"Indexed {rebuild():,} names in {perf_counter() - began:.1f} s.")
