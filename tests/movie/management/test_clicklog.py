from __future__ import annotations

import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from pytest_django import Settings

from movie.clicks import click_log
from tests.services.dynamodb import CREDENTIALS, Dynalite
from tests.services.processes import free_port


def create() -> str:
    out = StringIO()
    call_command("clicklog", "create", stdout=out)
    return out.getvalue()


@pytest.fixture
def dynamodb(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    settings.CLICKLOG, settings.DYNAMODB_REGION = "dynamodb", "ap-northeast-2"


def test_the_embedded_log_needs_no_more_than_the_databases_tables() -> None:
    assert "python manage.py migrate" in create()


@pytest.mark.services
def test_it_makes_the_table_once(dynamodb: None, settings: Settings, tmp_path: Path) -> None:
    with Dynalite(tmp_path) as server:
        settings.DYNAMODB_ENDPOINT = server.url
        assert create().startswith("Table clicklog made")
        assert create().startswith("Table clicklog is there already")
        assert click_log().count("visitor#v1") == 0


def test_a_server_that_does_not_answer_is_named(dynamodb: None, settings: Settings) -> None:
    settings.DYNAMODB_ENDPOINT = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(CommandError, match=settings.DYNAMODB_ENDPOINT):
        create()


def test_a_missing_library_is_said_with_what_to_do(dynamodb: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)  # as where it is not installed
    for name in ("movie.clicks.dynamodb", "movie.clicks.dynamodb_clients"):  # who imports it, as if nobody had yet
        monkeypatch.delitem(sys.modules, name, raising=False)
        monkeypatch.delattr(name, raising=False)
    with pytest.raises(ImproperlyConfigured, match=r"CLICKLOG=dynamodb needs a library that is missing .*boto3"):
        click_log()
    with pytest.raises(CommandError, match="boto3"):
        create()
    assert {message.id: message.hint for message in run_checks()}["movie.E006"] == (
        "run: python -m pip install -r requirements.txt, or set CLICKLOG=database"
    )
