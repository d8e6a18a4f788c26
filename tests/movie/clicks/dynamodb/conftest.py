from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from pytest_django import Settings

from movie.clicks.dynamodb import DynamoDBClickLog
from tests.services.dynamodb import CREDENTIALS, Dynalite
from tests.services.proxy import Proxy


@pytest.fixture(scope="package")
def dynalite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dynalite]:
    with Dynalite(tmp_path_factory.mktemp("dynalite")) as server:
        yield server


@pytest.fixture
def at(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], DynamoDBClickLog]:
    """A log at a server's address, its table still to be made; the same table at each address."""
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    settings.DYNAMODB_REGION, settings.DYNAMODB_TABLE = "ap-northeast-2", f"clicks-{uuid4().hex}"

    def log_at(url: str) -> DynamoDBClickLog:
        settings.DYNAMODB_ENDPOINT = url
        made = DynamoDBClickLog()
        made._clients.connection()  # as in a worker that has been up a while: its clients are there
        return made

    return log_at


@pytest.fixture
def log(dynalite: Dynalite, at: Callable[[str], DynamoDBClickLog]) -> DynamoDBClickLog:
    made = at(dynalite.url)
    made.create()
    return made


@pytest.fixture
def proxy(log: DynamoDBClickLog, dynalite: Dynalite) -> Iterator[Proxy]:
    with Proxy(dynalite.url) as made:
        yield made
