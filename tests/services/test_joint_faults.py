"""DynamoDB and Kafka together, both real: web workers are killed at the worst moments, and the stores go away.

The proxy before DynamoDB stops a put where the test wants it. See tests.services.faults for how stores are compared.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from typing import Any

import pytest

from tests.services.faults import (
    Stack,
    Visitor,
    assert_each_visitors_order,
    assert_nothing_lost_and_nothing_twice,
    click_at_once,
    started,
    until,
    visitors,
)
from tests.services.proxy import Answer, Forward, Proxy, refusal

pytestmark = pytest.mark.services
WAIT_SECONDS = 20


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folders = {name: tmp_path_factory.mktemp(name) for name in ("broker", "log")}
    with started(tmp_path_factory.mktemp("site"), **folders, proxied=True) as made:
        yield made


@contextmanager
def stopped_put(proxy: Proxy, *, logged: bool) -> Iterator[Event]:
    """The next put stops where it is, before the log has it or after, and is never answered. Yields when it got there."""
    there, over = Event(), Event()

    def meddle(operation: str, body: dict[str, Any], forward: Forward) -> Answer:
        if operation != "PutItem" or there.is_set():
            return forward(body)
        if logged:
            forward(body)
        there.set()
        over.wait(WAIT_SECONDS)
        return refusal("InternalServerError", 500)

    before, proxy.meddle = proxy.meddle, meddle
    try:
        yield there
    finally:
        over.set()
        proxy.meddle = before


def kill_workers(stack: Stack) -> None:
    for worker in stack.site.workers():
        os.kill(worker, signal.SIGKILL)


@pytest.mark.parametrize("logged", [False, True], ids=["before the log has it", "before the browser is answered"])
@pytest.mark.parametrize("sends_again", [True, False], ids=["the browser sends again", "the browser is gone"])
def test_a_web_worker_killed_between_accepting_and_publishing(stack: Stack, logged: bool, sends_again: bool) -> None:
    assert stack.proxy is not None
    (visitor,) = visitors(stack, 1)
    visitor.clicks(2)
    with ThreadPoolExecutor(1) as pool, stopped_put(stack.proxy, logged=logged) as there:
        click = pool.submit(visitor.click_until_accepted, 3) if sends_again else pool.submit(visitor.click_once, 3)
        assert there.wait(WAIT_SECONDS)
        assert stack.waiting == 3
        kill_workers(stack)
    event_id = click.result()
    visitor.clicks(2)
    stack.catch_up()
    # Who got no answer may find the click all the same: its outbox row was there. Once, and in its place.
    visitor.accepted = [*visitor.accepted[:2], event_id, *visitor.accepted[-2:]]
    assert_nothing_lost_and_nothing_twice(stack, [visitor])
    assert_each_visitors_order(stack, [visitor])


def test_workers_killed_and_both_stores_away_under_load(stack: Stack) -> None:
    """DynamoDB is killed; the broker ends by SIGTERM: at SIGKILL this one loses its last half second, as no cluster does."""
    assert stack.log is not None
    who = visitors(stack, 4)
    with stack.running("publish_events"), stack.running("consume_events"):
        with ThreadPoolExecutor(len(who)) as pool:
            at_work = [pool.submit(click_through, visitor) for visitor in who]
            time.sleep(0.5)
            stack.log.kill()
            kill_workers(stack)
            time.sleep(0.5)
            stack.broker.stop()
            stack.log.start()
            time.sleep(0.5)
            kill_workers(stack)
            time.sleep(0.5)
            stack.broker.start()
            for each in at_work:
                each.result()
        until(lambda: stack.waiting == 0, "everything is published")
    stack.catch_up()
    assert_nothing_lost_and_nothing_twice(stack, who)


def click_through(visitor: Visitor) -> None:
    """Clicks for as long as the faults last, and a few more."""
    end = time.monotonic() + 2.5
    while time.monotonic() < end:
        visitor.clicks(1)
    visitor.clicks(3)


def test_a_deleted_history_is_gone_from_both_stores(stack: Stack) -> None:
    """Half of it had reached the feed, half was still in the outbox."""
    gone, stays = visitors(stack, 2)
    click_at_once([gone, stays], 3)
    stack.catch_up()
    gone.clicks(3)
    gone.clear_history()
    gone.accepted.clear()
    stack.catch_up()
    assert_nothing_lost_and_nothing_twice(stack, [gone, stays])
