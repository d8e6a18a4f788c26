"""The stream through a real broker, in this process: what EVENTS=kafka does that EVENTS=database need not."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import OperationalError
from kafka.errors import KafkaError
from pytest_django import Settings

from movie.events import feed, journal, outbox
from movie.events.consumer import Consumer
from movie.events.kafka import GROUP, KafkaSink, KafkaSource
from movie.events.message import Message, to_json
from movie.events.publisher import Publisher
from movie.events.stream import StreamError, sink, source
from movie.models import FeedEvent
from tests.movie.events.contract import V1, V2, EventsContract, event, in_feed, in_log
from tests.services.kafka import Broker

pytestmark = [pytest.mark.services, pytest.mark.django_db]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with Broker(tmp_path_factory.mktemp("kafka")) as broker:
        yield broker


@pytest.fixture
def broker(running: Broker, settings: Settings) -> Broker:
    """Each test has its own topic, so its own beginning."""
    settings.EVENTS = "kafka"
    settings.KAFKA_BOOTSTRAP_SERVERS = [running.url]
    settings.KAFKA_TOPIC = f"clicks-{uuid4()}"
    return running


@pytest.fixture
def publisher(broker: Broker) -> Iterator[Publisher]:
    made = Publisher(sink)
    yield made
    made.close()


@pytest.fixture
def consumer(broker: Broker) -> Iterator[Consumer]:
    made = Consumer(source)
    yield made
    made.close()


def publish(publisher: Publisher) -> None:
    while publisher.publish_some():
        pass


def consume(consumer: Consumer) -> None:
    while consumer.consume_some() or not consumer.is_done():
        pass


class TestEventsThroughKafka(EventsContract):
    @pytest.fixture(autouse=True)
    def _stream(self, broker: Broker, publisher: Publisher, consumer: Consumer, settings: Settings) -> None:
        self.broker, self.publisher, self.consumer, self.topic = broker, publisher, consumer, settings.KAFKA_TOPIC

    def arrive(self) -> None:
        publish(self.publisher)
        consume(self.consumer)

    def arrive_again(self, message: Message) -> None:
        self.broker.send(self.topic, (message.owner, to_json(message).encode()))


def test_the_owner_is_the_key_and_keeps_the_order(broker: Broker, publisher: Publisher, settings: Settings) -> None:
    for i in range(40):
        journal.click(event(i, minute=i, visitor=f"v{i % 7}"))
    journal.delete_all(V1)
    publish(publisher)
    values = [(record.key.decode(), json.loads(record.value)) for record in broker.records(settings.KAFKA_TOPIC)]
    assert len(values) == 40 - 6 + 1
    for number in range(7):
        mine = [value for key, value in values if key == f"visitor#v{number}"]
        expected = ["delete"] if number == 1 else list(range(number, 40, 7))
        assert [value.get("movie_id", value["kind"]) for value in mine] == expected
        assert {value["schema"] for value in mine} == {1}


def test_every_replica_has_a_record_before_it_is_sent_and_the_topic_forgets_after_a_week(
    broker: Broker, publisher: Publisher, settings: Settings
) -> None:
    made = sink()
    assert isinstance(made, KafkaSink)
    producer = made._producer.config
    made.close()
    assert producer["acks"] in ("all", -1) and producer["enable_idempotence"]
    for topic in (settings.KAFKA_TOPIC, f"{settings.KAFKA_TOPIC}.dead"):
        assert broker.setting_of(topic, "retention.ms") == str(7 * 24 * 3600 * 1000)


def test_what_cannot_be_read_goes_to_the_dead_letters_with_the_reason(
    broker: Broker, publisher: Publisher, consumer: Consumer, settings: Settings
) -> None:
    first, last = event(1), event(2, minute=1)
    poison = [b"{", to_json(event(3)).replace('"schema":1', '"schema":9').encode(), b"\xff\x00"]
    poison.append(to_json(event(4)).replace("2026-11-24T12:00:00.000+00:00", "0001-01-01T00:00:00+09:00").encode())
    consume(consumer)
    records = [(V1, to_json(first).encode()), *((V2, value) for value in poison), (V2, to_json(last).encode())]
    broker.send(settings.KAFKA_TOPIC, *records)
    consume(consumer)
    assert [row[2] for row in in_feed(V1)] == [1, 2]
    dead = broker.records(f"{settings.KAFKA_TOPIC}.dead")
    assert sorted((record.key.decode(), record.value) for record in dead) == sorted((V2, value) for value in poison)
    reasons = {record.value: dict(record.headers)["reason"].decode() for record in dead}
    assert "expected JSON" in reasons[b"{"] and "expected 'schema' 1" in reasons[poison[1]]
    assert {dict(record.headers)["topic"].decode() for record in dead} == {settings.KAFKA_TOPIC}
    assert "lag 0, 4 dead letters" in consumer.report()


def test_of_a_dead_letter_too_large_to_send_on_the_beginning_is_kept_and_the_partition_goes_on(
    broker: Broker, consumer: Consumer, settings: Settings
) -> None:
    consume(consumer)
    good, size = event(1), 1024 * 1024 - 120  # with its key it just passes, with a reason beside it would not
    broker.send(settings.KAFKA_TOPIC, (V1, b"x" * size), (V1, b"{"), (V1, to_json(good).encode()))
    consume(consumer)
    assert [row[2] for row in in_feed(V1)] == [1]
    cut, whole = broker.records(f"{settings.KAFKA_TOPIC}.dead")
    assert cut.value == b"x" * 64 * 1024 and whole.value == b"{"
    headers = dict(cut.headers)
    assert headers["truncated_value_length"] == str(size).encode() and b"expected JSON" in headers["reason"]
    assert not [name for name, _ in whole.headers if name.startswith("truncated")]


def broken(producer: Any, topic: str) -> None:
    """What the broker refuses for good an idempotent producer never gets over."""
    producer.config["max_request_size"] = 4 * 1024 * 1024
    with pytest.raises(KafkaError):
        producer.send(topic, value=b"x" * 2 * 1024 * 1024).get(timeout=10)


def test_a_publisher_whose_producer_is_past_sending_for_good_sends_with_another(
    broker: Broker, publisher: Publisher, consumer: Consumer, settings: Settings
) -> None:
    journal.click(event(1))
    publish(publisher)
    assert isinstance(publisher._sink, KafkaSink)
    broken(publisher._sink._producer, settings.KAFKA_TOPIC)
    journal.click(event(2, minute=1))
    with pytest.raises(StreamError):
        publish(publisher)
    publish(publisher)
    consume(consumer)
    assert in_log(V1) == in_feed(V1) and len(in_feed(V1)) == 2


def test_a_consumer_whose_producer_is_past_sending_for_good_buries_with_another(
    broker: Broker, consumer: Consumer, settings: Settings
) -> None:
    consume(consumer)
    broker.send(settings.KAFKA_TOPIC, (V1, b"{"))
    consume(consumer)
    assert isinstance(consumer._source, KafkaSource)
    broken(consumer._source._producer, settings.KAFKA_TOPIC)
    broker.send(settings.KAFKA_TOPIC, (V1, b"["))
    with pytest.raises(StreamError):
        consume(consumer)
    consume(consumer)
    assert sorted({record.value for record in broker.records(f"{settings.KAFKA_TOPIC}.dead")}) == [b"[", b"{"]
    assert broker.committed(settings.KAFKA_TOPIC, GROUP) == 2


def test_clocks_out_of_order_and_duplicates_change_nothing(
    broker: Broker, consumer: Consumer, publisher: Publisher, settings: Settings
) -> None:
    now = event(1)
    late = replace(event(2, minute=-6 * 24 * 60), at=now.at + timedelta(seconds=1))
    early = replace(event(3, minute=4), at=now.at + timedelta(seconds=2))
    for each in (early, now, late, early):
        journal.click(each)
    publish(publisher)
    for each in (late, early, now):
        broker.send(settings.KAFKA_TOPIC, (V1, to_json(each).encode()))
    consume(consumer)
    assert in_log(V1) == in_feed(V1)
    assert [row[2] for row in in_feed(V1)] == [2, 1, 3]


def test_one_that_has_no_partition_is_done_when_the_others_are(
    broker: Broker, publisher: Publisher, consumer: Consumer
) -> None:
    """A topic of one partition has nothing for a second consumer, which `--once` must not keep for ever."""
    journal.click(event(1))
    publish(publisher)
    with closing(Consumer(lambda: source("2"))) as idle:
        assert not idle.is_done()
        consume(consumer)
        assert idle.is_done() and in_feed(V1) != []


def test_one_that_lost_its_place_to_another_of_its_name_says_so_and_takes_it_again(
    broker: Broker, publisher: Publisher, consumer: Consumer, settings: Settings
) -> None:
    journal.click(event(1))
    publish(publisher)
    consume(consumer)
    with closing(Consumer(source)) as other:
        journal.click(event(2, minute=1))
        publish(publisher)
        consume(other)
    journal.click(event(3, minute=2))
    publish(publisher)
    said, end = "", time.monotonic() + 30
    while len(in_feed(V1)) < 3 or not consumer.is_done():
        assert time.monotonic() < end
        try:
            consumer.consume_some()
        except StreamError as error:
            said = str(error)
    assert "--name" in said
    assert in_log(V1) == in_feed(V1) and broker.committed(settings.KAFKA_TOPIC, GROUP) == 3


def test_a_database_that_fails_commits_nothing_and_loses_nothing(
    broker: Broker, publisher: Publisher, consumer: Consumer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    consume(consumer)
    journal.click(event(1))
    publish(publisher)

    def locked(messages: object) -> None:
        raise OperationalError("database is locked")

    with monkeypatch.context() as database_is_locked:
        database_is_locked.setattr(feed, "apply", locked)
        with pytest.raises(OperationalError):
            consume(consumer)
    assert broker.committed(settings.KAFKA_TOPIC, GROUP) == 0
    consume(consumer)
    assert in_log(V1) == in_feed(V1) != []
    assert broker.committed(settings.KAFKA_TOPIC, GROUP) == 1


def test_a_publisher_survives_the_restart_of_its_broker(
    broker: Broker, publisher: Publisher, consumer: Consumer
) -> None:
    """By SIGTERM: this broker, unlike Kafka with its replicas, loses its last half second at SIGKILL."""
    journal.click(event(1))
    publish(publisher)
    broker.stop()
    broker.start()
    for i in range(2, 30):
        journal.click(event(i, minute=i))
    publish(publisher)
    consume(consumer)
    assert in_log(V1) == in_feed(V1)
    assert FeedEvent.objects.count() == 29 and not outbox.is_waiting()
