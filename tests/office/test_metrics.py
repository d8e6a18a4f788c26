"""/metrics in one process; tests/acceptance/test_metrics.py has it with two workers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from movie.predictors.base import store_of
from office import gauges
from office.models import Job
from pytorch_models.checkpoint import read_facts
from tests.movie.views.test_history import click
from tests.worlds import FIRST_ID

pytestmark = pytest.mark.django_db
Value = Callable[..., float]


def scraped(client: Client, **headers: str) -> Value:
    """Reads /metrics; returns what gives a sample's value, 0 where there is none."""
    response = client.get("/metrics", headers=headers)
    assert response.status_code == 200 and response["Cache-Control"] == "no-store"
    samples = {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(response.content.decode())
        for sample in family.samples
    }

    def value(name: str, **labels: str) -> float:
        return samples.get((name, tuple(sorted(labels.items()))), 0.0)

    return value


def test_requests_are_counted_by_view_method_and_status(client: Client, movies: None) -> None:
    before = scraped(client)
    for _ in range(3):
        client.get(f"/movie/{FIRST_ID}/")
    client.get("/movie/77/")
    client.get("/nowhere/else/")
    client.generic("BREW", "/")
    client.get("/healthz")
    after = scraped(client)

    def more(name: str, **labels: str) -> float:
        return after(name, **labels) - before(name, **labels)

    counted = "movies_http_requests_total"
    assert more(counted, view="movie:detail", method="GET", status="200") == 3
    assert more(counted, view="movie:detail", method="GET", status="404") == 1
    assert more(counted, view="none", method="GET", status="404") == 1
    assert more(counted, view="movie:home", method="other", status="405") == 1
    assert more(counted, view="healthz", method="GET", status="200") == 1
    assert more("movies_http_request_seconds_count", view="movie:detail") == 4
    assert 0 < more("movies_http_request_seconds_sum", view="movie:detail") < 4
    assert after("movies_http_request_seconds_bucket", view="movie:detail", le="+Inf") >= 4


def test_clicks_answers_and_stand_ins_are_counted(client: Client, movies: None, weights: None) -> None:
    before = scraped(client)
    client.get("/")
    click(client, FIRST_ID, FIRST_ID + 1)
    assert client.post("/log_click/", {"movie_id": 77}).status_code == 404
    assert client.post("/log_click/", {"movie_id": FIRST_ID, "event_id": "0" * 32}).status_code == 400
    assert client.post("/log_star/", {"movie_id": FIRST_ID, "star": 8}).status_code == 303
    client.get("/movie/ngcf/")
    client.get("/movie/mf/")  # has no weights
    after = scraped(client)
    grown = [
        after(name, **labels) - before(name, **labels)
        for name, labels in (
            ("movies_clicks_total", {"kind": "click", "outcome": "accepted"}),
            ("movies_clicks_total", {"kind": "click", "outcome": "unknown_movie"}),
            ("movies_clicks_total", {"kind": "click", "outcome": "bad_id"}),
            ("movies_clicks_total", {"kind": "star", "outcome": "accepted"}),
            ("movies_answer_seconds_count", {"model": "ngcf"}),
            ("movies_answer_seconds_count", {"model": "mf"}),
            ("movies_fallbacks_total", {"model": "mf", "reason": "missing"}),
        )
    ]
    assert grown == [2, 1, 1, 1, 1, 0, 1]


def test_no_label_is_anything_that_a_visitor_sends(client: Client, movies: None) -> None:
    client.get("/movie/search/?q=zzsecret")
    client.get("/zzsecret/")
    client.post("/log_click/", {"movie_id": FIRST_ID, "model": "zzsecret", "page_url": "/zzsecret"})
    client.get("/", headers={"User-Agent": "zzsecret"})
    assert b"zzsecret" not in client.get("/metrics").content


def test_the_site_as_it_is_now(client: Client, movies: None, weights: None) -> None:
    Job.objects.create(kind="retrain", model="mf", open_for="mf")
    value = scraped(client)
    current = store_of("ngcf").current()
    assert current is not None
    facts = read_facts(current)
    checkpoint = facts["files"]["weights.safetensors"][:12]
    assert value("movies_checkpoint_info", model="ngcf", checkpoint=checkpoint, data="") == 1
    assert value("movies_checkpoint_created_seconds", model="ngcf") > 1.7e9
    assert value("movies_jobs", state="queued") == 1 and value("movies_jobs", state="running") == 0
    assert value("movies_outbox_waiting") == 0
    resident = value("movies_process_resident_memory_bytes", process="server")
    assert 2**25 < value("movies_process_proportional_memory_bytes", process="server") <= resident < 2**34


def test_without_a_database_the_rest_is_told(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import OperationalError

    def away() -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(gauges, "backlog", away)
    assert b"movies_outbox" not in client.get("/metrics").content
    assert scraped(client)("movies_process_resident_memory_bytes", process="server") > 0


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("127.8.9.1", {}, 200),
        ("::1", {}, 200),
        ("10.0.0.7", {}, 403),
        ("", {}, 403),
        ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}, 403),
        ("127.0.0.1", {"Forwarded": "for=127.0.0.1"}, 403),
        ("127.0.0.1", {"Via": "1.1 proxy"}, 403),
        ("127.0.0.1", {"Authorization": "Bearer x"}, 200),
    ],
)
def test_without_a_token_this_machine_alone_may_read(
    client: Client, address: str, headers: dict[str, str], status: int
) -> None:
    assert client.get("/metrics", REMOTE_ADDR=address, headers=headers).status_code == status


def test_with_a_token_whoever_sends_it_may_read_and_nobody_else(client: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN = "s3cret"
    assert client.get("/metrics").status_code == 403
    for sent in ("Bearer s3cre", "s3cret", "Bearer s3cret ", "Bearer é", "Basic s3cret"):
        assert client.get("/metrics", headers={"Authorization": sent}).status_code == 403
    through_a_proxy = {"Authorization": "Bearer s3cret", "X-Forwarded-For": "8.8.8.8"}
    assert client.get("/metrics", headers=through_a_proxy, REMOTE_ADDR="10.0.0.7").status_code == 200


def test_it_is_asked_by_get_by_any_name_and_makes_nobody_a_visitor(client: Client) -> None:
    response = client.get("/metrics", headers={"Host": "10.0.0.7:8000"})
    assert response.status_code == 200 and not response.cookies
    assert client.post("/metrics").status_code == 405
