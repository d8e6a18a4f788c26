"""Drain the outbox."""

from __future__ import annotations

from argparse import ArgumentTypeError
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.timezone import is_naive, make_aware

from movie.events import loop, outbox
from movie.events.publisher import Publisher
from movie.events.stream import NoClientError, sink


class Command(BaseCommand):
    requires_system_checks = []
    help = (
        "Publish accepted clicks to Kafka (EVENTS=kafka), or to the training feed what a click could not write "
        "itself (EVENTS=database). Runs until SIGTERM."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="until nothing waits, then end")
        parser.add_argument(
            "--again-since",
            type=_time,
            metavar="TIME",
            help="first let everything wait again that was published at TIME (ISO 8601) or later, where Kafka has "
            "lost it; the outbox goes back eight days",
        )

    def handle(self, *args: Any, once: bool, again_since: datetime | None, **options: Any) -> None:
        if again_since:
            self.stdout.write(f"{outbox.publish_again(again_since):,} events are published once more.")
        publisher = Publisher(sink)
        try:
            (loop.drain if once else loop.run)(publisher, publisher.publish_some, name="publish_events")
        except NoClientError as error:
            raise CommandError(str(error)) from error
        except loop.FAILURES as error:
            raise CommandError(f"{error}. Nothing is lost: what was not published waits in the outbox.") from error


def _time(text: str) -> datetime:
    """Without a zone it is in the site's."""
    try:
        at = datetime.fromisoformat(text)
        return make_aware(at) if is_naive(at) else at
    except (ValueError, OverflowError) as error:
        raise ArgumentTypeError(f"Expected a time as 2026-01-31T03:00 (got '{text}')") from error
