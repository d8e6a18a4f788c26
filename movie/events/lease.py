"""One at a time, on any database: a row that says who, and until when."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from movie import models
from movie.events.turn import turn

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Lease:
    """A single UPDATE takes or keeps it, which every database does atomically. Whoever holds it and dies holds it up
    for `length` at most."""

    name: str
    holder: str
    length: timedelta

    def take(self) -> bool:
        """True where it is ours now for `length`: it was free, ran out, or was ours already."""
        models.Lease.objects.get_or_create(name=self.name, defaults={"until": LONG_AGO})
        free = Q(until__lt=timezone.now()) | Q(holder=self.holder)
        return self._write(free, self.holder, timezone.now() + self.length)

    def keep(self) -> bool:
        """Ours for another `length`; False where it ran out and may be another's."""
        ours = Q(holder=self.holder, until__gte=timezone.now())
        return self._write(ours, self.holder, timezone.now() + self.length)

    def release(self) -> None:
        self._write(Q(holder=self.holder), "", LONG_AGO)

    def _write(self, where: Q, holder: str, until: datetime) -> bool:
        row = models.Lease.objects.filter(where, name=self.name)
        with turn():
            return row.update(holder=holder, until=until) == 1

    @contextmanager
    def held(self) -> Iterator[bool]:
        """`take`, and `release` at the end; yields whether it was taken."""
        taken = self.take()
        try:
            yield taken
        finally:
            if taken:
                self.release()


def lease(name: str, *, length: timedelta) -> Lease:
    """A lease for this process, or for whoever else asks for one: each has its own holder."""
    return Lease(name, f"{socket.gethostname()[:60]} {os.getpid()} {secrets.token_hex(4)}", length)
