"""Where published events go, by EVENTS: into Kafka, or with EVENTS=database into the training feed itself."""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Protocol

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from movie.events import feed, outbox
from movie.events.outbox import Row
from movie.events.turn import turn

ASK_SECONDS = 1.0
HINT = "run: pip install -r requirements.txt, or set EVENTS=database"


class StreamError(Exception):
    """The stream cannot be reached now, or not by what was opened: who gets this opens it anew.

    sent: how many rows, from the first, it has taken all the same.
    """

    def __init__(self, reason: str, *, sent: int = 0) -> None:
        super().__init__(reason)
        self.sent = sent


class NoClientError(StreamError):
    """EVENTS=kafka without kafka-python."""


@dataclass(frozen=True)
class Record:
    """One value as it came out of the stream."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None


class Sink(Protocol):
    """Takes rows of the outbox."""

    def send(self, rows: Sequence[Row]) -> None:
        """Returns when all are safely there, in order of each owner. Raises StreamError with how many are."""

    def close(self) -> None: ...


class Source(Protocol):
    """Gives what was sent, from where its group has committed."""

    def poll(self) -> list[Record]:
        """The next records, in order of each partition; none where nothing came within a moment."""

    def commit(self) -> None:
        """What was polled so far is done."""

    def bury(self, dead: Mapping[Record, str]) -> None:
        """Put records that cannot be read, and why, where an engineer finds them."""

    def lag(self) -> int | None:
        """How many records wait; None before partitions were assigned."""

    def close(self) -> None: ...


class FeedSink:
    """No broker: what is published is in the feed."""

    def send(self, rows: Sequence[Row]) -> None:
        with turn(), transaction.atomic():  # as they are now: what changed them since has been in the feed already
            feed.apply([row.message for row in outbox.locked(rows) if row.body])

    def close(self) -> None:
        pass


def sink() -> Sink:
    return FeedSink() if settings.EVENTS == "database" else _kafka("KafkaSink")


def source(name: str = "1") -> Source:
    """name: this consumer's own, where several run on one machine."""
    found: Source = _kafka("KafkaSource", name)
    return found


def lag() -> int:
    """How many events were published and the training feed has not yet. Raises StreamError."""
    return 0 if settings.EVENTS == "database" else _kafka("lag")


def ask() -> None:
    """Raises where the stream of EVENTS cannot be reached within a moment: a connection to a broker, nothing sent."""
    if settings.EVENTS != "kafka":
        return
    reasons = []
    for address in settings.KAFKA_BOOTSTRAP_SERVERS:
        host, _, port = address.rpartition(":")
        try:
            socket.create_connection((host, int(port)), timeout=ASK_SECONDS).close()
        except (OSError, ValueError) as error:
            reasons.append(f"{address}: {error}")
            continue
        return
    raise StreamError(f"no broker answers ({'; '.join(reasons)})")


def has_client() -> bool:
    return find_spec("kafka") is not None


def _kafka(what: str, *args: str) -> Any:
    if not has_client():
        raise NoClientError(f"EVENTS=kafka needs kafka-python, which is not installed; {HINT}")
    return import_string(f"movie.events.kafka.{what}")(*args)
