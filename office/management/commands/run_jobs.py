"""Run what staff ask for on the dashboard."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from movie.events.loop import until_told
from movie.management import tied
from office import worker


class Command(BaseCommand):
    requires_system_checks = []
    help = (
        "Run trainings and rollbacks that staff asked for, one at a time. Several may be started: one works, the "
        "others stand by. Runs until SIGTERM; a training at work then goes on with the next one."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(tied.OPTION, action="store_true", help=tied.HELP)

    def handle(self, *args: Any, until_input_ends: bool, **options: Any) -> None:
        with until_told() as told:
            if until_input_ends:
                tied.end_with_input(told.set)
            worker.run(told)
