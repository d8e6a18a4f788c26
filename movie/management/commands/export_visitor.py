"""Give a person their data."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from movie import services
from movie.clicks.base import ClickLogError


class Command(BaseCommand):
    help = "Everything the site keeps of a visitor or user, as JSON."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("owner", help="visitor#NUMBER or user#NUMBER, as the privacy page shows it to the person")
        parser.add_argument(
            "--out", type=Path, metavar="FILE", help="a new file, readable by you alone (default: print)"
        )

    def handle(self, *args: Any, owner: str, out: Path | None, **options: Any) -> None:
        kind, _, name = owner.partition("#")
        if kind not in ("visitor", "user") or not name:
            raise CommandError(f"Expected visitor#NUMBER or user#NUMBER (got '{owner}')")
        try:
            stores = services.events_export(owner=owner)
        except ClickLogError as error:
            raise CommandError(str(error)) from error
        data = {"owner": owner, "exported_at": datetime.now(UTC).isoformat(), **stores}
        text = json.dumps(data, ensure_ascii=False, indent=2)
        if out is None:
            self.stdout.write(text)
            return
        _write(out, text)
        self.stdout.write(f"{len(stores['click_log']):,} events: {out}")


def _write(path: Path, text: str) -> None:
    """Raises CommandError where the file is there already: it could be open to others, or somebody else's."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error
    with open(handle, "w", encoding="utf-8") as file:  # noqa: PTH123  (a descriptor)
        file.write(text + "\n")
