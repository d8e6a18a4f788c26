from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from threading import Thread
from uuid import uuid4

import pytest
from django.db import connection
from pytest_django import Settings

from movie.events import journal, outbox, stream
from movie.events.catch_up import catch_up
from movie.events.consumer import Consumer
from movie.events.lease import lease
from movie.events.publisher import LEASE
from movie.models import FeedEvent
from tests.movie.events.contract import V1, event, in_feed
from tests.services.kafka import Broker
from tests.services.processes import free_port

pytestmark = pytest.mark.django_db
ALL = "the feed has everything that was accepted"


def test_what_waits_in_the_outbox_is_in_the_feed_afterwards() -> None:
    """As after a worker was killed behind the outbox, with a click log elsewhere."""
    for minute in range(3):
        outbox.append(event(10 + minute, minute=minute))
    assert catch_up() == ALL
    assert [row[2] for row in in_feed(V1)] == [10, 11, 12]


def test_nothing_accepted_is_nothing_missing() -> None:
    assert catch_up() == ALL


def test_what_another_publisher_is_at_is_not_waited_for_without_end() -> None:
    outbox.append(event(10))
    other = lease("publish_events", length=LEASE)
    assert other.take()
    assert "1 events, which another publisher is at" in catch_up(wait=0.3)
    other.release()
    assert catch_up() == ALL


@pytest.mark.services
class TestWithKafka:
    @pytest.fixture(scope="class")
    def running(self, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
        with Broker(tmp_path_factory.mktemp("kafka")) as broker:
            yield broker

    @pytest.fixture(autouse=True)
    def _broker(self, running: Broker, settings: Settings) -> None:
        settings.EVENTS, settings.KAFKA_BOOTSTRAP_SERVERS = "kafka", [running.url]
        settings.KAFKA_TOPIC = f"clicks-{uuid4()}"

    def test_it_publishes_and_says_how_far_the_feed_lags_behind(self) -> None:
        for minute in range(3):
            journal.click(event(10 + minute, minute=minute))
        assert catch_up(wait=0.5).startswith("the feed lags 3 events behind the stream; manage.py consume_events")
        assert not outbox.is_waiting() and not FeedEvent.objects.exists()

    def test_after_the_consumer_there_is_no_lag_and_its_partitions_stay_its_own(self) -> None:
        journal.click(event(10))
        catch_up(wait=0)
        with closing(Consumer(stream.source)) as consumer:
            while consumer.consume_some() or not consumer.is_done():
                pass
            assert catch_up() == ALL
            journal.click(event(11))
            assert "lags 1 events" in catch_up(wait=0)
            while consumer.consume_some() or not consumer.is_done():
                pass
        assert len(in_feed(V1)) == 2
        assert stream.lag() == 0

    def test_a_broker_that_is_away_is_told_and_raises_nothing(self, settings: Settings) -> None:
        settings.KAFKA_BOOTSTRAP_SERVERS = [f"127.0.0.1:{free_port()}"]
        journal.click(event(10))
        assert catch_up(wait=0).startswith("the feed lacks what waits in the outbox, 1 events (Kafka: ")


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_it_waits_for_the_consumer(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> None:
    with Broker(tmp_path_factory.mktemp("kafka")) as broker:
        settings.EVENTS, settings.KAFKA_BOOTSTRAP_SERVERS = "kafka", [broker.url]
        journal.click(event(10))

        def consume() -> None:
            with closing(connection), closing(Consumer(stream.source)) as consumer:
                while not consumer.tally.done:
                    consumer.consume_some()

        working = Thread(target=consume)
        working.start()
        assert catch_up() == ALL
        working.join()
    assert len(in_feed(V1)) == 1
