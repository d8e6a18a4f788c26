"""Write the stream into the training feed."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from movie.events import loop
from movie.events.consumer import Consumer
from movie.events.stream import NoClientError, source


class Command(BaseCommand):
    requires_system_checks = []
    help = "Write what was published to Kafka into the training feed (EVENTS=kafka). Runs until SIGTERM."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="to the end of the stream, then end")
        parser.add_argument("--name", default="1", help="where several run on one machine: each its own (default: 1)")

    def handle(self, *args: Any, once: bool, name: str, **options: Any) -> None:
        if settings.EVENTS != "kafka":
            raise CommandError("With EVENTS=database clicks are in the training feed at once: nothing to consume.")
        consumer = Consumer(lambda: source(name))
        try:
            (loop.drain if once else loop.run)(consumer, consumer.consume_some, name="consume_events")
        except NoClientError as error:
            raise CommandError(str(error)) from error
        except loop.FAILURES as error:
            raise CommandError(f"{error}. Nothing is lost: it goes on from what was committed.") from error
