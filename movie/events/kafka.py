"""Kafka, for the publisher and the consumer. The only module that imports its client."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.conf import settings
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import (
    CommitFailedError,
    FencedInstanceIdError,
    IllegalGenerationError,
    KafkaError,
    RebalanceInProgressError,
    TopicAlreadyExistsError,
    UnknownMemberIdError,
)

from movie.events.outbox import Row
from movie.events.stream import Record, StreamError

logger = logging.getLogger(__name__)
GROUP = "training-feed"
CONNECT_MS = 5_000
REQUEST_MS = 4_000
DELIVERY_MS = 6_000
"""A record is with the broker within this time, or its sending has failed. Shorter than the publisher's lease."""
POLL_MS = 500
DEAD_BYTES = 64 * 1024
"""What is kept of a dead letter's value and of its key: as large as the largest record, with the reason beside, no
producer would send it, and its partition would stand still."""
MOVED_ON = (CommitFailedError, IllegalGenerationError, RebalanceInProgressError, UnknownMemberIdError)
P = ParamSpec("P")
R = TypeVar("R")


def dead_topic() -> str:
    return f"{settings.KAFKA_TOPIC}.dead"


def _one_error(method: Callable[P, R]) -> Callable[P, R]:
    """The client's errors become the stream's."""

    @wraps(method)
    def inner(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return method(*args, **kwargs)
        except FencedInstanceIdError as error:
            raise StreamError("Kafka: another consumer of this machine has this one's --name") from error
        except (KafkaError, OSError) as error:
            raise StreamError(f"Kafka: {_brief(error)}") from error

    return inner


class KafkaSink:
    """One producer: acks of all replicas, idempotent, so that its own retries neither double nor reorder.

    After an error that a try again does not mend (a record too large, a topic that it may not write) an idempotent
    producer of kafka-python refuses everything for good.
    """

    @_one_error
    def __init__(self) -> None:
        make_topics()
        self._producer = _producer()

    @_one_error
    def send(self, rows: Sequence[Row]) -> None:
        sent = [
            self._producer.send(settings.KAFKA_TOPIC, key=row.owner.encode(), value=row.body.encode()) for row in rows
        ]
        for there, future in enumerate(sent):
            try:
                future.get(timeout=DELIVERY_MS / 1000 + 1)
            except KafkaError as error:
                raise StreamError(f"Kafka: {_brief(error)}", sent=there) from error

    def close(self) -> None:
        _close(lambda: self._producer.close(timeout=1))


class KafkaSource:
    """A member of the group GROUP, which commits by hand: after the database has what was polled.

    name: its own among the consumers of this machine. The group knows its members by name, so one that was killed and
    started again has its partitions at once, without a rebalance.
    """

    @_one_error
    def __init__(self, name: str) -> None:
        make_topics()
        self._producer: Any = None
        self._consumer = KafkaConsumer(
            settings.KAFKA_TOPIC,
            **connection(),
            reconnect_backoff_max_ms=2_000,
            group_id=GROUP,
            group_instance_id=f"{socket.gethostname()}-{name}",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            session_timeout_ms=10_000,
            max_poll_records=500,
        )

    @_one_error
    def poll(self) -> list[Record]:
        found = self._consumer.poll(timeout_ms=POLL_MS)
        return [
            Record(record.partition, record.offset, record.key, record.value)
            for records in found.values()
            for record in records
        ]

    @_one_error
    def commit(self) -> None:
        try:
            self._consumer.commit(timeout_ms=REQUEST_MS)
        except MOVED_ON as error:
            # Another member has the partition now and reads the same records again, which changes nothing.
            logger.warning("consume_events: partitions moved on (%s)", _brief(error))

    @_one_error
    def bury(self, dead: Mapping[Record, str]) -> None:
        self._producer = self._producer or _producer()  # seldom needed
        sent = [
            self._producer.send(
                dead_topic(),
                key=record.key and record.key[:DEAD_BYTES],
                value=(record.value or b"")[:DEAD_BYTES],
                headers=[
                    ("reason", reason.encode(errors="replace")[:DEAD_BYTES]),
                    ("topic", settings.KAFKA_TOPIC.encode()),
                    ("partition", str(record.partition).encode()),
                    ("offset", str(record.offset).encode()),
                    *_cut("value", record.value),
                    *_cut("key", record.key),
                ],
            )
            for record, reason in dead.items()
        ]
        for future in sent:
            future.get(timeout=DELIVERY_MS / 1000 + 1)

    @_one_error
    def lag(self) -> int | None:
        assigned = self._consumer.assignment()
        if not assigned:
            return None
        ends = self._consumer.end_offsets(assigned, timeout_ms=REQUEST_MS)
        return sum(ends[each] - self._consumer.position(each, timeout_ms=REQUEST_MS) for each in assigned)

    def close(self) -> None:
        _close(lambda: self._consumer.close(timeout_ms=1_000))
        if self._producer:
            _close(lambda: self._producer.close(timeout=1))


@_one_error
def lag() -> int:
    """How many records the group has not committed; asked by nobody of the group, so that no partition moves."""
    asker = KafkaConsumer(
        **connection(),
        group_id=GROUP,
        enable_auto_commit=False,
    )
    try:
        parts = [
            TopicPartition(settings.KAFKA_TOPIC, each)
            for each in asker.partitions_for_topic(settings.KAFKA_TOPIC) or ()
        ]
        first = asker.beginning_offsets(parts, timeout_ms=REQUEST_MS)
        ends = asker.end_offsets(parts, timeout_ms=REQUEST_MS)
        # Where the topic has dropped what was never read, that is no lag any more.
        return sum(ends[each] - max(asker.committed(each) or 0, first[each]) for each in parts)
    finally:
        _close(lambda: asker.close(timeout_ms=1_000))


def make_topics() -> None:
    """The topic and its dead letters, where they are missing; partitions and replicas as the broker has them set."""
    keep = {"retention.ms": str(settings.KAFKA_RETENTION_DAYS * 24 * 3600 * 1000)}
    admin = KafkaAdminClient(
        **connection(),
        request_timeout_ms=REQUEST_MS,
    )
    try:
        missing = {settings.KAFKA_TOPIC, dead_topic()} - set(admin.list_topics())
        for topic in sorted(missing):
            with suppress(TopicAlreadyExistsError):  # made by another process a moment ago
                admin.create_topics({topic: {"configs": keep}}, wait_for_metadata=True)
    finally:
        admin.close()


def connection() -> dict[str, Any]:
    """How every client reaches the brokers: where they are, by which protocol, and as whom."""
    protocol = settings.KAFKA_SECURITY_PROTOCOL
    found: dict[str, Any] = {
        "bootstrap_servers": settings.KAFKA_BOOTSTRAP_SERVERS,
        "bootstrap_timeout_ms": CONNECT_MS,
        "security_protocol": protocol,
    }
    if protocol.endswith("SSL"):
        found["ssl_cafile"] = settings.KAFKA_CA_FILE or None
    if protocol.startswith("SASL"):
        found |= {
            "sasl_mechanism": settings.KAFKA_SASL_MECHANISM,
            "sasl_plain_username": settings.KAFKA_USERNAME,
            "sasl_plain_password": settings.KAFKA_PASSWORD,
        }
    return found


def _producer() -> Any:
    return KafkaProducer(
        **connection(),
        request_timeout_ms=REQUEST_MS,
        delivery_timeout_ms=DELIVERY_MS,
        max_block_ms=DELIVERY_MS,
        reconnect_backoff_max_ms=2_000,
        acks="all",
        enable_idempotence=True,
        linger_ms=5,
    )


def _cut(what: str, whole: bytes | None) -> list[tuple[str, bytes]]:
    """The header of a dead letter that says that it has only the beginning, and how long the whole was."""
    if len(whole or b"") <= DEAD_BYTES:
        return []
    return [(f"truncated_{what}_length", str(len(whole or b"")).encode())]


def _close(close: Callable[[], None]) -> None:
    """Nothing waits for a client that goes: what it had not sent is still in the outbox."""
    try:
        close()
    except KafkaError as error:
        logger.info("Kafka: %s", _brief(error))


def _brief(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error) or 'no answer'}"[:300]
