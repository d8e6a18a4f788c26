"""Everything between an installed checkout and a site that can serve, each step once."""

from __future__ import annotations

import errno
import shutil
import socket
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from movie import selectors
from movie.predictors.base import store_of
from movie.predictors.registry import OWN
from pytorch_models.checkpoint import CheckpointError, read_facts

ROOM_NEEDED = 500 * 2**20


class Command(BaseCommand):
    requires_system_checks = []
    help = "Make tables, load the default data, train the site's own model, gather static files. Safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        self._check_port()
        self._check_room()
        steps: list[tuple[str, Callable[[], None]]] = [
            ("database tables", self._tables),
            ("movies and ratings", self._catalogue),
            ("paper reviews", self._reviews),
            (f"weights of {OWN}", self._weights),
            ("static files", self._static),
        ]
        for number, (what, step) in enumerate(steps, start=1):
            self.stdout.write(f"[{number}/{len(steps)}] {what}")
            try:
                step()
            except OSError as error:
                raise CommandError(self._what_to_do(error)) from error
        self.stdout.write(f"Serving at http://{settings.HOST}:{settings.PORT} (Ctrl-C stops it)")

    def _tables(self) -> None:
        call_command("migrate", verbosity=0, interactive=False)

    def _catalogue(self) -> None:
        there = selectors.catalogue_load()
        if there:
            self.stdout.write(
                f"  there already: {there.n_movies:,} movies, {there.n_ratings:,} ratings ({there.source})"
            )
            call_command("index_movies", if_missing=True, stdout=self.stdout)
            return
        self.stdout.write("  fetching MovieLens latest-small and Wikidata's film facts (60 MB)")
        call_command("load_movies", stdout=self.stdout)

    def _reviews(self) -> None:
        call_command("load_reviews", stdout=self.stdout)

    def _weights(self) -> None:
        """The site's own model; the others are trained beside the site that serves (TRAIN_MISSING)."""
        current = store_of(OWN).current()
        try:
            if current and read_facts(current):
                self.stdout.write(f"  there already: {current.name}")
                return
        except CheckpointError as error:
            self.stdout.write(f"  {error}")
        call_command("train", OWN, stdout=self.stdout)

    def _static(self) -> None:
        call_command("collectstatic", verbosity=0, interactive=False)

    def _check_port(self) -> None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((settings.HOST, settings.PORT))
            except OSError as error:
                raise CommandError(
                    f"Port {settings.PORT} of {settings.HOST} cannot be used ({error.strerror}). Is the site running "
                    f"already? Else choose another: make run PORT={settings.PORT + 1}"
                ) from error

    def _check_room(self) -> None:
        free = shutil.disk_usage(settings.VAR_DIR).free
        if free < ROOM_NEEDED and not (settings.VAR_DIR / "site.sqlite3").exists():
            raise CommandError(
                f"{settings.VAR_DIR} has {free // 2**20} MB free; {ROOM_NEEDED // 2**20} MB are needed. Make room, "
                "or set VAR_DIR to another disk in .env, then run the same command again."
            )

    @staticmethod
    def _what_to_do(error: OSError) -> str:
        if error.errno == errno.ENOSPC:
            where = error.filename or settings.VAR_DIR
            return f"The disk is full ({where}). Make room, then run the same command again."
        return f"{error}. Put that right, then run the same command again: it goes on from here."
