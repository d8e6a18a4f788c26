"""Delete clicks, and lists that were shown, that are older than the settings keep them, sessions that are over, and
what killed trainings left. To be run every night."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from movie import services
from movie.clicks.base import ClickLogError
from movie.predictors.registry import trained
from movie.predictors.training_state import forget_killed


class Command(BaseCommand):
    help = "Delete clicks and lists older than CLICKLOG_VISITOR_DAYS (not signed in) and CLICKLOG_DAYS (everybody's)."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            removed = services.events_expire()
        except ClickLogError as error:
            raise CommandError(f"{error}. What is left is deleted by the next run.") from error
        call_command("clearsessions")
        for model in trained():
            forget_killed(model)
        kept = f"{settings.CLICKLOG_VISITOR_DAYS} days of visitors, {settings.CLICKLOG_DAYS} of signed-in users"
        self.stdout.write(f"Deleted {removed:,} clicks; kept are {kept}.")
