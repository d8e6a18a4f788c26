from __future__ import annotations

import os

import pytest

from movie.clicks.base import ClickLog
from movie.clicks.dynamodb import DynamoDBClickLog
from tests.movie.clicks.contract import V1, ClickLogContract, event

pytestmark = pytest.mark.services


class TestDynamoDBClickLog(ClickLogContract):
    @pytest.fixture
    def log(self, log: DynamoDBClickLog) -> ClickLog:
        return log


def test_a_forked_process_has_a_connection_of_its_own(log: DynamoDBClickLog) -> None:
    log.put(event(10))
    child = os.fork()
    if child == 0:
        own = log._clients.connection()
        os._exit(0 if own.pid == os.getpid() and log.put(event(20)) else 1)
    before = log._clients.connection()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert log._clients.connection() is before
    assert log.seen(V1) == {10, 20}
