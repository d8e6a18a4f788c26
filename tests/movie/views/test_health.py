from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from movie import health, services
from movie.clicks.base import ClickLogError
from movie.models import Outbox
from movie.predictors.base import store_of
from movie.predictors.ngcf_predictor import ngcf_predictor
from movie.visitors import Visitor
from pytorch_models.checkpoint import WEIGHTS
from tests.services.processes import free_port
from tests.worlds import FIRST_ID

READY = {
    "ready": True,
    "database": "ok",
    "click_log": "ok",
    "weights": "ok",
    "other_weights": "failed",  # the fixture `weights` has the one that is needed
    "event_stream": "ok",
    "outbox": {"waiting": 0, "oldest_seconds": 0.0},
}


@pytest.mark.django_db
def test_a_whole_site_is_ready(client: Client, movies: None, weights: None) -> None:
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (200, READY)


def test_the_process_is_up_whatever_else_is_away(client: Client) -> None:
    """No database mark: one query would fail the test."""
    response = client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_missing_and_damaged_weights_are_not_ready(client: Client, movies: None, weights: None) -> None:
    current = store_of("ngcf").current()
    assert current is not None
    (current / WEIGHTS).write_bytes(b"damaged")
    ngcf_predictor.forget()
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (503, {**READY, "ready": False, "weights": "failed"})


@pytest.mark.django_db
def test_a_click_log_that_is_away_is_not_ready(
    client: Client, movies: None, weights: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(self: object, *args: object, **kwargs: object) -> None:
        raise ClickLogError("down")

    monkeypatch.setattr("movie.clicks.database.DatabaseClickLog.history", away)
    response = client.get("/readyz")
    assert (response.status_code, response.json()["click_log"]) == (503, "failed")


@pytest.mark.django_db
def test_a_database_that_fails_is_told_without_its_secrets(client: Client, movies: None, weights: None) -> None:
    def broken(*args: object) -> None:
        raise OperationalError("Access denied for user 'site'@'db' (using password: YES)")

    with connection.execute_wrapper(broken):
        response = client.get("/readyz")
    assert response.status_code == 503
    failed = {"database": "failed", "click_log": "failed", "outbox": None}
    assert response.json() == {**READY, "ready": False, **failed}


@pytest.mark.django_db
def test_a_part_that_is_not_needed_is_told_and_not_fatal(
    client: Client, movies: None, weights: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise ConnectionError("no broker")

    monkeypatch.setattr(health, "PROBES", [*health.PROBES, health.Probe("stream", away, needed=False)])
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (200, {**READY, "stream": "failed"})


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_it_is_asked_by_any_name_over_http_and_leaves_no_trace(
    client: Client, movies: None, weights: None, settings: Settings, path: str
) -> None:
    settings.HTTPS = settings.SECURE_SSL_REDIRECT = True
    response = client.get(path, headers={"Host": "10.0.0.7:8000"})
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store" and not response.cookies
    assert client.head(path).status_code == 200
    assert client.post(path).status_code == 405


@pytest.mark.django_db
def test_being_ready_costs_three_queries(
    client: Client, movies: None, weights: None, django_assert_max_num_queries: object
) -> None:
    with django_assert_max_num_queries(3):  # type: ignore[operator]
        client.get("/readyz")


@pytest.mark.django_db
def test_without_a_broker_the_site_is_ready_and_says_so(
    client: Client, movies: None, weights: None, settings: Settings
) -> None:
    settings.EVENTS, settings.KAFKA_BOOTSTRAP_SERVERS = "kafka", [f"127.0.0.1:{free_port()}"]
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (200, {**READY, "event_stream": "failed"})


@pytest.mark.django_db
def test_what_waits_for_the_broker_is_told_and_since_when(
    client: Client, movies: None, weights: None, settings: Settings, visitor: Visitor
) -> None:
    settings.EVENTS, settings.KAFKA_BOOTSTRAP_SERVERS = "kafka", [f"127.0.0.1:{free_port()}"]
    for movie_id in (FIRST_ID, FIRST_ID + 1):
        services.click_record(visitor=visitor, movie_id=movie_id, event_id=None, source=services.Source())
    Outbox.objects.filter(id=Outbox.objects.earliest("id").id).update(
        created_at=timezone.now() - timedelta(minutes=5)
    )
    told = client.get("/readyz").json()
    assert told["ready"] and told["outbox"]["waiting"] == 2
    assert 300 <= told["outbox"]["oldest_seconds"] < 360


@pytest.mark.django_db
def test_a_probe_that_goes_on_failing_is_logged_once_and_again_when_it_is_back(
    client: Client, movies: None, weights: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    coming = iter([ConnectionError("no broker"), ConnectionError("no broker"), None, None])

    def maybe() -> None:
        if error := next(coming):
            raise error

    monkeypatch.setattr(health, "PROBES", [health.Probe("stream", maybe, needed=False)])
    monkeypatch.setattr(health, "_told", {})
    caplog.set_level("INFO", "movie.health")
    for _ in range(4):
        client.get("/readyz")
    told = [record.message for record in caplog.records if record.name == "movie.health"]
    assert told == ["readyz: stream: no broker", "readyz: stream is back"]
