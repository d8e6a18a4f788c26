"""boto3's clients of the click log, each with the patience of who waits for it; made once a process.

Credentials come by boto3's own chain. A socket shared over a fork mixes up answers, so each process makes its own.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ConnectionError, HTTPClientError
from django.conf import settings

from movie.clicks.waiting import Door, is_page, read_for_page

NO_ANSWER = (ConnectionError, HTTPClientError)
"""Refused, timed out or cut off, on every try; an error that DynamoDB answers with is a ClientError."""
# The longest a write takes: three tries of a second each, or, throttled, waits of up to one and two seconds between.
PATIENT = Config(
    connect_timeout=1,
    read_timeout=1,
    retries={"mode": "standard", "total_max_attempts": 3},
    max_pool_connections=settings.WEB_THREADS + 2,
    tcp_keepalive=True,
)
# A page has given up by then (waiting.PAGE_SECONDS); these only end the thread that it left behind.
QUICK = Config(
    connect_timeout=0.2,
    read_timeout=0.2,
    retries={"mode": "standard", "total_max_attempts": 1},
    max_pool_connections=settings.WEB_THREADS * 2,
    tcp_keepalive=True,
)
# Whoever makes the table waits for it: a second try of a slow first one would find it there, and say so.
MAKING = Config(connect_timeout=5, read_timeout=60, retries={"mode": "standard", "total_max_attempts": 2})


@dataclass(frozen=True)
class Connection:
    """What one process has of DynamoDB. Clients may be shared among threads."""

    pid: int
    patient: Any
    """The client of writes, and of whoever is not a page."""
    quick: Any
    """The client of pages."""
    readers: ThreadPoolExecutor
    door: Door


class Clients:
    """Sends operations of DynamoDB's API, named as boto3 names them.

    Raises what boto3 raises, and ClickLogError where the log is known not to answer.
    """

    def __init__(self) -> None:
        self._made: Connection | None = None
        self._making = Lock()

    def read(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """For who looks at a page, within its time; for anybody else, with patience."""
        if not is_page():
            return self.read_patiently(operation, **arguments)
        connection = self.connection()
        ask = partial(getattr(connection.quick, operation), **arguments)
        return read_for_page(ask, connection.readers)

    def read_patiently(self, operation: str, **arguments: Any) -> dict[str, Any]:
        return getattr(self.connection().patient, operation)(**arguments)

    def write(self, operation: str, **arguments: Any) -> dict[str, Any]:
        connection = self.connection()
        with connection.door.passed():
            try:
                return getattr(connection.patient, operation)(**arguments)
            except NO_ANSWER:
                connection.door.shut()
                raise

    def connection(self) -> Connection:
        """This process's own, made when first asked for."""
        with self._making:
            if self._made is None or self._made.pid != os.getpid():
                self._made = _connect()
            return self._made


def lacks() -> str:
    """What the settings lack, in words; "" where nothing."""
    if _session().region_name is None:
        return "a region: DYNAMODB_REGION, AWS_DEFAULT_REGION or that of ~/.aws/config"
    endpoint = settings.DYNAMODB_ENDPOINT
    if endpoint and not endpoint.startswith(("http://", "https://")):
        return f"DYNAMODB_ENDPOINT to begin with http:// or https:// (got {endpoint})"
    return ""


def table_client() -> Any:
    """The client of whoever makes the table."""
    return _client()(config=MAKING)


def _connect() -> Connection:
    client = _client()
    return Connection(
        pid=os.getpid(),
        patient=client(config=PATIENT),
        quick=client(config=QUICK),
        readers=ThreadPoolExecutor(settings.WEB_THREADS * 2, thread_name_prefix="clicklog"),
        door=Door(room=max(1, settings.WEB_THREADS // 2)),
    )


def _client() -> Callable[..., Any]:
    return partial(_session().client, "dynamodb", endpoint_url=settings.DYNAMODB_ENDPOINT or None)


def _session() -> boto3.Session:
    return boto3.Session(region_name=settings.DYNAMODB_REGION or None)
