from __future__ import annotations

import shutil
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.checks import INFO, WARNING, run_checks
from django.core.management import call_command
from pytest_django import Settings

from movie.clicks import click_log
from movie.events import journal
from movie.models import Click
from movie.predictors.base import store_of
from movie.search.index import clear
from pytorch_models.checkpoint import FACTS
from pytorch_models.mf.config import MFConfig
from pytorch_models.mf.recommender import MFRecommender
from pytorch_models.ngcf.recommender import NGCFRecommender
from tests.movie.events.contract import event
from tests.worlds import planted

pytestmark = pytest.mark.django_db
KAFKA = {"EVENTS": "kafka"}
NAMED = {"KAFKA_USERNAME": "site", "KAFKA_PASSWORD": "secret"}


def said(*, least: int = WARNING, databases: list[str] | None = ["default"]) -> dict[str, str | None]:  # noqa: B006
    """Hints by id, of what is `least` or worse."""
    found = [m for m in run_checks(databases=databases) if m.level >= least]
    return {m.id: m.hint for m in found if m.id and m.id.startswith("movie")}


def test_a_whole_site_has_nothing_to_say(movies: None, weights: None) -> None:
    assert said() == {}


def test_missing_data_and_weights_are_said_with_a_hint() -> None:
    assert said() == {
        "movie.W001": "run: python manage.py load_movies",
        "movie.W002": "run: python manage.py train ngcf",
    }


def test_weights_of_another_version_are_said_and_stop_no_command_of_an_upgrade(movies: None, weights: None) -> None:
    current = store_of("ngcf").current()
    assert current is not None
    (current / FACTS).write_text('{"format": 0}')
    assert said() == {"movie.W009": "run: python manage.py train ngcf"}
    for command in ("migrate", "makemigrations", "expire_clicks"):
        call_command(command, *(["--check", "--dry-run"] if command == "makemigrations" else []), skip_checks=False)


def test_movies_without_an_index_are_said_and_indexed_once(movies: None, weights: None) -> None:
    """As an upgrade from a version without one leaves them."""
    clear()
    assert said() == {"movie.W016": "run: python manage.py index_movies"}
    out = StringIO()
    for _ in range(2):
        call_command("index_movies", "--if-missing", stdout=out)
    assert said() == {} and out.getvalue().count("Indexed") == 1


def test_models_that_popularity_stands_in_for_are_told_and_no_reason_to_worry(movies: None, weights: None) -> None:
    assert said(least=INFO) == {"movie.I001": "run: python manage.py train all"}
    mf = store_of("mf").add(MFRecommender(MFConfig(epochs=1)).fit(planted(), rng=np.random.default_rng(0)).save)
    (mf / FACTS).write_text("{}")
    assert said() == {"movie.W009": "run: python manage.py train mf"}


def test_weights_of_other_movies_are_said(movies: None, trained: NGCFRecommender, tmp_path: Path) -> None:
    other = planted()
    shifted = type(other.movies)(other.movies.ids + 10**6)
    alien = trained.with_settings()
    alien.movies = shifted
    store_of("ngcf").add(alien.save)
    assert said() == {"movie.W003": "run: python manage.py train ngcf"}
    assert np.all(shifted.ids > 10**6)
    shutil.rmtree(store_of("ngcf").root)


def test_debug_on_a_public_host_is_an_error(movies: None, weights: None, settings: Settings) -> None:
    settings.DEBUG = True
    settings.ALLOWED_HOSTS = ["movies.example.org"]
    assert "movie.E003" in said()


@pytest.mark.parametrize(
    ("changed", "id"),
    [
        ({"HTTPS": False, "CSRF_TRUSTED_ORIGINS": ["https://movies.example.org"]}, "movie.W005"),
        ({"HTTPS": True, "PROXIES": 1, "CSRF_TRUSTED_ORIGINS": ["http://movies.example.org"]}, "movie.W005"),
        ({"HTTPS": True, "PROXIES": 0}, "movie.W013"),
        ({"HOST": "0.0.0.0"}, "movie.W006"),
        ({"CLICKLOG_VISITOR_DAYS": 400, "CLICKLOG_DAYS": 30}, "movie.W007"),
        ({**KAFKA, "CLICKLOG_VISITOR_DAYS": 6}, "movie.W014"),
        ({**KAFKA, "CLICKLOG_DAYS": 400, "KAFKA_RETENTION_DAYS": 365, "CLICKLOG_VISITOR_DAYS": 364}, "movie.W014"),
        ({"NGCF_INDEX": True, "NGCF_RETRAIN": "full"}, "movie.W008"),
        ({"MIX_MODELS": ["ngcf", "ncgf"]}, "movie.W015"),
        ({**KAFKA, "KAFKA_BOOTSTRAP_SERVERS": ["kafka-1:9092", "kafka-2"]}, "movie.E010"),
        ({**KAFKA, "KAFKA_SECURITY_PROTOCOL": "SASL_SSL"}, "movie.E007"),
        ({**KAFKA, "KAFKA_SECURITY_PROTOCOL": "SASL_SSL", "KAFKA_USERNAME": "site"}, "movie.E007"),
        ({**KAFKA, "KAFKA_SECURITY_PROTOCOL": "SSL", "KAFKA_CA_FILE": "/nowhere.pem"}, "movie.E008"),
        ({**KAFKA, **NAMED}, "movie.W011"),
        ({**KAFKA, "KAFKA_CA_FILE": __file__}, "movie.W011"),
        (
            {**KAFKA, **NAMED, "KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT", "KAFKA_SASL_MECHANISM": "PLAIN"},
            "movie.W012",
        ),
    ],
)
def test_settings_that_contradict_each_other_are_said(
    movies: None, weights: None, settings: Settings, changed: dict[str, object], id: str
) -> None:
    for name, value in changed.items():
        setattr(settings, name, value)
    found = said()
    assert found.keys() == {id} and found[id]


@pytest.mark.parametrize(
    "changed",
    [
        {"HTTPS": True, "PROXIES": 1, "CSRF_TRUSTED_ORIGINS": ["https://movies.example.org"]},
        {"HOST": "0.0.0.0", "ALLOWED_HOSTS": ["movies.example.org"]},
        {"CLICKLOG_VISITOR_DAYS": 30, "CLICKLOG_DAYS": 30},
        {**KAFKA, "CLICKLOG_VISITOR_DAYS": 7, "KAFKA_BOOTSTRAP_SERVERS": ["kafka-1:9092", "[::1]:19092"]},
        {"NGCF_INDEX": True, "NGCF_RETRAIN": "visitor"},
        {**KAFKA, **NAMED, "KAFKA_SECURITY_PROTOCOL": "SASL_SSL", "KAFKA_CA_FILE": __file__},
        {**KAFKA, **NAMED, "KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT"},
        {"EVENTS": "database", "KAFKA_SECURITY_PROTOCOL": "SASL_SSL"},
    ],
)
def test_settings_that_agree_have_nothing_to_say(
    movies: None, weights: None, settings: Settings, changed: dict[str, object]
) -> None:
    for name, value in changed.items():
        setattr(settings, name, value)
    assert said() == {}


def test_an_index_without_its_library_is_an_error(
    movies: None, weights: None, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.NGCF_INDEX = True
    monkeypatch.setattr("movie.checks.agreement.find_spec", lambda name: None)
    assert "movie.E004" in said()


def test_kafka_without_its_client_is_an_error(
    movies: None, weights: None, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EVENTS = "kafka"
    assert said() == {}
    monkeypatch.setattr("movie.events.stream.find_spec", lambda name: None)
    assert said() == {"movie.E005": "run: pip install -r requirements.txt, or set EVENTS=database"}


def test_dynamodb_without_a_region_or_at_half_an_address_is_an_error(
    movies: None, weights: None, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CLICKLOG, settings.DYNAMODB_REGION = "dynamodb", ""
    monkeypatch.setattr("movie.checks.agreement.click_log", click_log.__wrapped__)  # chosen anew, by these settings
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    assert said() == {"movie.E009": "set it so, or CLICKLOG=database"}
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-northeast-2")
    assert said() == {}
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    settings.DYNAMODB_REGION = "ap-northeast-2"
    assert said() == {}
    settings.DYNAMODB_ENDPOINT = "localhost:8000"
    assert said().keys() == {"movie.E009"}
    settings.DYNAMODB_ENDPOINT = "http://localhost:8000"
    assert said() == {}


def test_clicks_that_another_log_does_not_read_are_said(movies: None, weights: None, settings: Settings) -> None:
    journal.click(event(1))
    assert said() == {}
    settings.CLICKLOG, settings.DYNAMODB_REGION = "dynamodb", "ap-northeast-2"
    hints = said(databases=None)  # as by `manage.py check` alone
    assert hints.keys() == {"movie.W017"} and "CLICKLOG=database" in str(hints["movie.W017"])
    Click.objects.all().delete()
    assert said() == {}


def test_before_the_first_migration_nothing_is_said_of_clicks(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CLICKLOG, settings.DYNAMODB_REGION = "dynamodb", "ap-northeast-2"
    monkeypatch.setattr(Click._meta, "db_table", "not_made_yet")
    assert "movie.W017" not in said()
