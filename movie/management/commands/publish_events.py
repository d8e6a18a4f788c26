"""Drain the outbox."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from movie.events import loop
from movie.events.publisher import Publisher
from movie.events.stream import NoClientError, sink


class Command(BaseCommand):
    help = (
        "Publish accepted clicks to Kafka (EVENTS=kafka), or to the training feed what a click could not write "
        "itself (EVENTS=database). Runs until SIGTERM."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="until nothing waits, then end")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        publisher = Publisher(sink)
        try:
            (loop.drain if once else loop.run)(publisher, publisher.publish_some, name="publish_events")
        except NoClientError as error:
            raise CommandError(str(error)) from error
        except loop.FAILURES as error:
            raise CommandError(f"{error}. Nothing is lost: what was not published waits in the outbox.") from error
