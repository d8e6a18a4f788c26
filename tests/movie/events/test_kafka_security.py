from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from kafka.net.sasl import get_sasl_mechanism
from pytest_django import Settings

from movie.events import journal, outbox, stream
from movie.events.consumer import Consumer
from movie.events.kafka import connection
from movie.events.publisher import Publisher
from movie.events.stream import StreamError, sink, source
from tests.movie.events.contract import V1, event, in_feed
from tests.services.tls import Door, InnerBroker, make_certificate


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def door(
    certificate: tuple[Path, Path], tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Door]:
    """The site's settings know a broker that speaks TLS alone."""
    with InnerBroker(tmp_path) as broker, Door(broker, *certificate) as door:
        settings.EVENTS, settings.KAFKA_BOOTSTRAP_SERVERS = "kafka", [door.url]
        settings.KAFKA_SECURITY_PROTOCOL, settings.KAFKA_CA_FILE = "SSL", str(certificate[0])
        settings.KAFKA_TOPIC = f"clicks-{uuid4()}"
        monkeypatch.setattr("movie.events.kafka.CONNECT_MS", 2_000)
        yield door


@pytest.mark.services
@pytest.mark.django_db
def test_events_travel_by_tls(door: Door) -> None:
    journal.click(event(10))
    publisher, consumer = Publisher(sink), Consumer(source)
    try:
        while publisher.publish_some():
            pass
        assert door.passed > 0 and not outbox.is_waiting() and stream.lag() == 1
        while consumer.consume_some() or not consumer.is_done():
            pass
    finally:
        publisher.close()
        consumer.close()
    assert [row[2] for row in in_feed(V1)] == [10]


@pytest.mark.services
@pytest.mark.django_db
@pytest.mark.parametrize("how", ["a stranger's certificate", "no TLS"])
def test_a_broker_that_nobody_vouches_for_gets_no_event(door: Door, settings: Settings, how: str) -> None:
    if how == "no TLS":
        settings.KAFKA_SECURITY_PROTOCOL = "PLAINTEXT"
    settings.KAFKA_CA_FILE = ""
    journal.click(event(10))
    with pytest.raises(StreamError, match="Kafka"):
        Publisher(sink).publish_some()
    assert door.passed == 0 and outbox.is_waiting()


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
def test_who_we_are_goes_to_the_client_by_the_names_it_knows(settings: Settings, mechanism: str) -> None:
    settings.KAFKA_SECURITY_PROTOCOL, settings.KAFKA_SASL_MECHANISM = "SASL_SSL", mechanism
    settings.KAFKA_USERNAME, settings.KAFKA_PASSWORD = "site", "p=ss,word"
    first = get_sasl_mechanism(mechanism)(**connection(), host="broker").auth_bytes()
    assert first == b"\0".join([b"site", b"site", b"p=ss,word"]) if mechanism == "PLAIN" else b"n=site," in first


def test_without_sasl_the_client_is_told_no_secret(settings: Settings) -> None:
    settings.KAFKA_USERNAME, settings.KAFKA_PASSWORD = "site", "secret"
    assert "secret" not in connection().values()
