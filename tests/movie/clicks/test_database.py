from __future__ import annotations

import pytest
from django.db import OperationalError, connection, connections

from movie.clicks.base import ClickEvent, ClickLog, ClickLogError
from movie.clicks.database import DatabaseClickLog
from tests.movie.clicks.contract import V1, ClickLogContract


@pytest.mark.django_db(transaction=True)
class TestDatabaseClickLog(ClickLogContract):
    @pytest.fixture
    def log(self) -> ClickLog:
        return _Closing()

    def test_its_errors_are_the_logs(self, log: ClickLog) -> None:
        with connection.execute_wrapper(_broken), pytest.raises(ClickLogError):
            log.history(V1, limit=1)


class _Closing(DatabaseClickLog):
    """Threads of a test end without a request, which would close their connection."""

    def put(self, event: ClickEvent) -> bool:
        try:
            return super().put(event)
        finally:
            if not connection.in_atomic_block:
                connections.close_all()


class _OneByOne(_Closing):
    """A store that has no batches of its own: what the contract's base does for it."""

    delete_many = ClickLog.delete_many
    move = ClickLog.move


@pytest.mark.django_db(transaction=True)
class TestAStoreWithoutBatches(ClickLogContract):
    @pytest.fixture
    def log(self) -> ClickLog:
        return _OneByOne()


def _broken(execute: object, sql: str, params: object, many: bool, context: object) -> None:
    raise OperationalError("disk I/O error")
