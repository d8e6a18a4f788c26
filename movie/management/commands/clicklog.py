"""Make the click log's store."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

from movie.clicks import click_log
from movie.clicks.base import ClickLogError


class Command(BaseCommand):
    requires_system_checks = []
    help = "create: make the store that CLICKLOG chooses where it is missing. Safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["create"])

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            for sentence in click_log().create():
                self.stdout.write(sentence)
        except (ClickLogError, ImproperlyConfigured) as error:
            raise CommandError(str(error)) from error
