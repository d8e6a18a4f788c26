"""A small broker that speaks Kafka's protocol. See .ci/services for what is installed where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType

from tests.services.processes import PROGRAMS, Server


class Broker(Server):
    """Topics, records and committed offsets outlive SIGTERM; the last half second before a SIGKILL does not."""

    def command(self) -> Sequence[str]:
        program = PROGRAMS / "kafka" / "noida_db" / "noida-db"
        data = ["--data-dir", str(self.folder / "data")]
        return [str(program), "start", *data, "--only", "kafka", "--host", self.host, "--kafka-port", str(self.port)]

    @property
    def url(self) -> str:
        return f"{self.host}:{self.port}"

    def settings(self) -> dict[str, str]:
        """Environment of a site whose events travel through it."""
        return {"EVENTS": "kafka", "KAFKA_BOOTSTRAP_SERVERS": self.url}

    @contextmanager
    def silent(self) -> Iterator[None]:
        """It takes what it is sent, as the kernel does, and answers nothing until the end of the block."""
        self.pause()
        try:
            yield
        finally:
            self.go_on()

    def send(self, topic: str, *records: tuple[str, bytes]) -> None:
        """Put records (key, value) into a topic, as another producer would."""
        producer = KafkaProducer(bootstrap_servers=self.url)
        for key, value in records:
            producer.send(topic, key=key.encode(), value=value)
        producer.flush(5)
        producer.close()

    def records(self, topic: str) -> list[Any]:
        """Everything that is in a topic, in order of each partition, read apart from any group."""
        with self._consumer() as consumer:
            parts = [TopicPartition(topic, each) for each in consumer.partitions_for_topic(topic) or ()]
            consumer.assign(parts)
            consumer.seek_to_beginning()
            total = sum(consumer.end_offsets(parts).values())
            found: list[Any] = []
            while len(found) < total:
                found += [record for records in consumer.poll(1_000).values() for record in records]
        return found

    def committed(self, topic: str, group: str) -> int:
        """How many records of a topic a group has committed."""
        with self._consumer(group_id=group) as consumer:
            parts = [TopicPartition(topic, each) for each in consumer.partitions_for_topic(topic) or ()]
            return sum(consumer.committed(part) or 0 for part in parts)

    def setting_of(self, topic: str, name: str) -> str:
        """What the broker has set for a topic."""
        admin = KafkaAdminClient(bootstrap_servers=self.url)
        try:
            found = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
        finally:
            admin.close()
        return str(found["topic"][topic][name]["value"])

    @contextmanager
    def _consumer(self, **options: Any) -> Iterator[Any]:
        consumer = KafkaConsumer(bootstrap_servers=self.url, enable_auto_commit=False, **options)
        try:
            yield consumer
        finally:
            consumer.close()
