"""Bring the reviews in the database up to their files."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from paper_review import services, texts
from paper_review.rendering import RenderError, review_html

SAID = {
    "new": "loaded",
    "changed": "loaded anew",
    "same": "there already",
    "kept": "edited on the site, kept as it is (--overwrite takes the file's)",
}


class Command(BaseCommand):
    help = "Load the paper reviews of paper_review/texts. What an editor changed on the site stays. Safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--overwrite", action="store_true", help="also what was edited on the site since")

    def handle(self, *args: Any, overwrite: bool, **options: Any) -> None:
        try:
            found = list(texts.every())
            for text in found:
                review_html(text.body, text.language, strict=True)
        except (texts.TextError, RenderError) as error:
            raise CommandError(str(error)) from error
        for text in found:
            done = services.review_load(text, overwrite=overwrite)
            self.stdout.write(f"  review {text.number} ({text.language}): {SAID[done]}")
