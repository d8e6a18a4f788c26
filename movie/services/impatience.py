"""What a page writes beside its work is not worth a visitor's long wait."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

MOST_WAIT_MS = 250
"""How long a page waits to write where another process holds SQLite's one place for a writer."""


@contextmanager
def impatient() -> Iterator[None]:
    """On SQLite, wait MOST_WAIT_MS for a turn to write, not as long as a click would."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        [patience] = cursor.execute("PRAGMA busy_timeout").fetchone()
        cursor.execute(f"PRAGMA busy_timeout = {MOST_WAIT_MS}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA busy_timeout = {patience}")
