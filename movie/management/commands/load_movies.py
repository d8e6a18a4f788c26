"""Load movies and ratings into the site's tables."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from movie.catalogue.base import DataError
from movie.catalogue.load import load
from movie.catalogue.sources import catalogue_of


class Command(BaseCommand):
    help = "Replace the catalogue by that of a source. Visitors' clicks stay. All is loaded, or nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--source",
            default="movielens-small",
            help="movielens-small (default, fetched), daum, or a folder with ratings and, if there, titles",
        )
        parser.add_argument(
            "--database",
            default="",
            metavar="URL",
            help="with --source daum: where daum_movies and daum_ratings are, written as DATABASE_URL is",
        )

    def handle(self, *args: Any, source: str, database: str, **options: Any) -> None:
        try:
            catalogue = catalogue_of(source, data_dir=settings.DATA_DIR, database=database)
            for reason, n in catalogue.passed_over.items():
                self.stdout.write(f"  passed over: {n:,} {reason}")
            done = load(catalogue, on_step=lambda step: self.stdout.write(f"  writing {step}"))
        except DataError as error:
            raise CommandError(str(error)) from error
        except DatabaseError as error:
            raise CommandError(f"The database refused: {error}. Nothing was loaded.") from error
        except OSError as error:
            raise CommandError(f"{error}. Nothing was loaded; make room or fix it, then run again.") from error
        self.stdout.write(f"Loaded {done.n_movies:,} movies and {done.n_ratings:,} ratings ({done.source}).")
