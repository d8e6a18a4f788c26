"""What `manage.py check` says where data or weights are missing or do not fit together, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError

from movie import selectors
from movie.clicks import click_log
from movie.events.stream import HINT, has_client
from movie.models import Movie
from movie.predictors.base import store_of
from movie.predictors.registry import OWN, trained
from pytorch_models.checkpoint import MOVIE_IDS, CheckpointError, read_facts
from pytorch_models.datasets.id_map import IdMap

THIS_MACHINE = {"127.0.0.1", "localhost", "::1", "[::1]", "testserver"}
SERVABLE_SHARE = 0.5
"""A checkpoint must know this share of the catalogue, and the catalogue this share of the checkpoint."""


@register(Tags.database)
def check_catalogue(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    if not databases:
        return []
    try:
        if Movie.objects.exists():
            return []
    except DatabaseError as error:
        # No error: `migrate` itself runs this check, and an error would stop it from making them.
        return [
            Warning(
                f"The database has no tables yet ({error})", hint="run: python manage.py migrate", id="movie.W004"
            )
        ]
    return [Warning("The catalogue is empty", hint="run: python manage.py load_movies", id="movie.W001")]


@register(Tags.models)
def check_weights(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """The site's own model is needed; where another has no weights, popularity stands in, and that is only told."""
    messages: list[CheckMessage] = []
    missing = [name for name in trained() if store_of(name).current() is None]
    if OWN in missing:
        hint = f"run: python manage.py train {OWN}"
        messages.append(Warning(f"{OWN.upper()} weights not found", hint=hint, id="movie.W002"))
    if others := [name.upper() for name in missing if name != OWN]:
        told = f"No weights yet of {', '.join(others)}; popularity stands in"
        messages.append(Info(told, hint="run: python manage.py train all", id="movie.I001"))
    return messages + [message for name in trained() for message in _unreadable(name)]


def _unreadable(name: str) -> list[CheckMessage]:
    current = store_of(name).current()
    try:
        if current is not None:
            read_facts(current)
    except CheckpointError as error:
        kind, id = (Error, "movie.E001") if name == OWN else (Warning, "movie.W009")
        said = f"{name.upper()} weights cannot be read: {error}"
        return [kind(said, hint=f"run: python manage.py train {name}", id=id)]
    return []


@register(Tags.database)
def check_weights_fit_catalogue(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    if not databases:
        return []
    messages: list[CheckMessage] = []
    for name in trained():
        current = store_of(name).current()
        try:
            if current is None or not Movie.objects.exists():
                continue
            known = IdMap.load(current / MOVIE_IDS)
            ids = selectors.movie_ids()
        except (DatabaseError, OSError, ValueError):
            continue  # the checks above speak of it
        shared = int((known.idx_of(ids) >= 0).sum())
        if shared < SERVABLE_SHARE * min(len(ids), len(known)):
            messages.append(
                Warning(
                    f"{name.upper()} was trained on other movies: it knows {shared} of the catalogue's {len(ids)}",
                    hint=f"run: python manage.py train {name}",
                    id="movie.W003",
                )
            )
    return messages


@register(Tags.compatibility)
def check_event_stream(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    if settings.EVENTS == "kafka" and not has_client():
        return [Error("EVENTS=kafka needs kafka-python, which is not installed", hint=HINT, id="movie.E005")]
    return []


@register(Tags.security)
def check_settings_agree(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Settings that each make sense, and together do not."""
    return [message for check in (_origins, _address, _proxies, _retention, _index, _kafka) for message in check()]


def _origins() -> list[CheckMessage]:
    scheme = "https" if settings.HTTPS else "http"
    others = [origin for origin in settings.CSRF_TRUSTED_ORIGINS if not origin.startswith(f"{scheme}://")]
    if not others:
        return []
    return [
        Warning(
            f"CSRF_TRUSTED_ORIGINS names {', '.join(others)} while HTTPS is {settings.HTTPS:d}",
            hint="set HTTPS=1 where visitors come by https, for cookies are not secure without; else write http://",
            id="movie.W005",
        )
    ]


def _address() -> list[CheckMessage]:
    if settings.HOST in THIS_MACHINE or set(settings.ALLOWED_HOSTS) - THIS_MACHINE:
        return []
    return [
        Warning(
            f"HOST={settings.HOST} takes connections from others, whom ALLOWED_HOSTS then refuses",
            hint="add the name that visitors type to ALLOWED_HOSTS, or set HOST=127.0.0.1",
            id="movie.W006",
        )
    ]


def _proxies() -> list[CheckMessage]:
    if not settings.HTTPS or settings.PROXIES:
        return []
    return [
        Warning(
            "HTTPS is on, so a proxy stands before the site, and PROXIES is 0: all visitors share its address, "
            "and so the limits for one address",
            hint="set PROXIES to how many proxies stand in a row, most often 1",
            id="movie.W013",
        )
    ]


def _retention() -> list[CheckMessage]:
    if settings.CLICKLOG_VISITOR_DAYS <= settings.CLICKLOG_DAYS:
        return []
    return [
        Warning(
            f"CLICKLOG_VISITOR_DAYS={settings.CLICKLOG_VISITOR_DAYS} is longer than "
            f"CLICKLOG_DAYS={settings.CLICKLOG_DAYS}, after which everything is deleted",
            hint="set CLICKLOG_VISITOR_DAYS to at most CLICKLOG_DAYS",
            id="movie.W007",
        )
    ]


def _index() -> list[CheckMessage]:
    if not settings.NGCF_INDEX:
        return []
    if settings.NGCF_RETRAIN != "visitor":
        return [
            Warning(
                f"NGCF_INDEX is on, and NGCF_RETRAIN={settings.NGCF_RETRAIN} does not use it",
                hint="set NGCF_INDEX=0, or NGCF_RETRAIN=visitor",
                id="movie.W008",
            )
        ]
    if find_spec("usearch") is None:
        hint = "run: python -m pip install -r requirements.txt, or set NGCF_INDEX=0"
        return [Error("NGCF_INDEX is on, and usearch is not installed", hint=hint, id="movie.E004")]
    return []


def _kafka() -> list[CheckMessage]:
    if settings.EVENTS != "kafka":
        return []
    protocol, named = settings.KAFKA_SECURITY_PROTOCOL, bool(settings.KAFKA_USERNAME and settings.KAFKA_PASSWORD)
    found: list[CheckMessage] = []
    if protocol.startswith("SASL") and not named:
        hint = "set both in the environment, or KAFKA_SECURITY_PROTOCOL=SSL"
        text = f"KAFKA_SECURITY_PROTOCOL={protocol} needs KAFKA_USERNAME and KAFKA_PASSWORD"
        found.append(Error(text, hint=hint, id="movie.E007"))
    if settings.KAFKA_CA_FILE and not Path(settings.KAFKA_CA_FILE).is_file():
        hint = "name a file of certificates (PEM), or leave it empty for those that the system trusts"
        found.append(Error(f"KAFKA_CA_FILE={settings.KAFKA_CA_FILE} is no file", hint=hint, id="movie.E008"))
    unused = [
        *(["KAFKA_USERNAME and KAFKA_PASSWORD"] if named and not protocol.startswith("SASL") else []),
        *(["KAFKA_CA_FILE"] if settings.KAFKA_CA_FILE and not protocol.endswith("SSL") else []),
    ]
    if unused:
        text = f"{' and '.join(unused)} mean nothing to KAFKA_SECURITY_PROTOCOL={protocol}"
        found.append(Warning(text, hint="set KAFKA_SECURITY_PROTOCOL=SASL_SSL, or SSL", id="movie.W011"))
    if (protocol, settings.KAFKA_SASL_MECHANISM) == ("SASL_PLAINTEXT", "PLAIN"):
        text = "KAFKA_SASL_MECHANISM=PLAIN sends the password in clear over KAFKA_SECURITY_PROTOCOL=SASL_PLAINTEXT"
        found.append(
            Warning(text, hint="set KAFKA_SECURITY_PROTOCOL=SASL_SSL, or a SCRAM mechanism", id="movie.W012")
        )
    return found


@register()
def check_click_log(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    try:
        click_log()
    except ImproperlyConfigured as error:
        return [
            Error(
                str(error),
                hint="run: python -m pip install -r requirements.txt, or set CLICKLOG=database",
                id="movie.E006",
            )
        ]
    return []


@register(Tags.security)
def check_https(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    open_to_others = set(settings.ALLOWED_HOSTS) - THIS_MACHINE
    if open_to_others and settings.DEBUG:
        return [
            Error(
                f"DEBUG is on while the site answers to {', '.join(sorted(open_to_others))}",
                hint="set DEBUG=0, or ALLOWED_HOSTS to this machine alone",
                id="movie.E003",
            )
        ]
    return []
