"""Make the search index anew."""

from __future__ import annotations

from time import perf_counter
from typing import Any

from django.core.management.base import BaseCommand

from movie.search.index import rebuild


class Command(BaseCommand):
    help = "Make the search index anew from the movies and people there are; load_movies does so by itself."

    def handle(self, *args: Any, **options: Any) -> None:
        began = perf_counter()
        self.stdout.write(f"Indexed {rebuild():,} names in {perf_counter() - began:.1f} s.")
