"""What `manage.py check` says of settings that each make sense, and together do not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError

from movie.clicks import click_log
from movie.events.stream import HINT, has_client
from movie.models import Click
from movie.predictors.registry import PREDICTORS, trained

THIS_MACHINE = {"127.0.0.1", "localhost", "::1", "[::1]", "testserver"}


@register(Tags.security)
def check_settings_agree(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    return [
        message for check in (_origins, _address, _proxies, _retention, _index, _mix, _kafka) for message in check()
    ]


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
    found: list[CheckMessage] = []
    if settings.CLICKLOG_VISITOR_DAYS > settings.CLICKLOG_DAYS:
        text = (
            f"CLICKLOG_VISITOR_DAYS={settings.CLICKLOG_VISITOR_DAYS} is longer than "
            f"CLICKLOG_DAYS={settings.CLICKLOG_DAYS}, after which everything is deleted"
        )
        found.append(Warning(text, hint="set CLICKLOG_VISITOR_DAYS to at most CLICKLOG_DAYS", id="movie.W007"))
    kept = min(settings.CLICKLOG_VISITOR_DAYS, settings.CLICKLOG_DAYS)
    if settings.EVENTS == "kafka" and kept < settings.KAFKA_RETENTION_DAYS:
        days = f"KAFKA_RETENTION_DAYS={settings.KAFKA_RETENTION_DAYS}"
        text = f"{days}: Kafka keeps clicks for longer than the click log, {kept} days"
        found.append(Warning(text, hint=f"set KAFKA_RETENTION_DAYS to at most {kept}", id="movie.W014"))
    return found


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


def _mix() -> list[CheckMessage]:
    unknown = [name for name in settings.MIX_MODELS if name not in PREDICTORS]
    if not unknown:
        return []
    text = f"MIX_MODELS names {', '.join(unknown)}, and no model of the site is called so"
    return [Warning(text, hint=f"choose among {', '.join(trained())}", id="movie.W015")]


def _kafka() -> list[CheckMessage]:
    if settings.EVENTS != "kafka":
        return []
    protocol, named = settings.KAFKA_SECURITY_PROTOCOL, bool(settings.KAFKA_USERNAME and settings.KAFKA_PASSWORD)
    found: list[CheckMessage] = []
    if odd := [each for each in settings.KAFKA_BOOTSTRAP_SERVERS if not re.fullmatch(r"\S+:\d{1,5}", each)]:
        text = f"KAFKA_BOOTSTRAP_SERVERS names {', '.join(odd)}"
        found.append(Error(text, hint="write each broker as host:port", id="movie.E010"))
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


@register(Tags.compatibility)
def check_event_stream(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    if settings.EVENTS == "kafka" and not has_client():
        return [Error("EVENTS=kafka needs kafka-python, which is not installed", hint=HINT, id="movie.E005")]
    return []


@register()
def check_click_log(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    try:
        lacks = click_log().lacks()
    except ImproperlyConfigured as error:
        return [
            Error(
                str(error),
                hint="run: python -m pip install -r requirements.txt, or set CLICKLOG=database",
                id="movie.E006",
            )
        ]
    if lacks:
        text = f"CLICKLOG={settings.CLICKLOG} needs {lacks}"
        return [Error(text, hint="set it so, or CLICKLOG=database", id="movie.E009")]
    return [] if settings.CLICKLOG == "database" else _left_behind()


def _left_behind() -> list[CheckMessage]:
    """One row is asked for, with no tag of the database: who switches the log runs `check` without naming one."""
    try:
        if not Click.objects.exists():
            return []
    except DatabaseError:
        return []  # no tables yet, or no database: other checks speak of it
    text = (
        f"Clicks of before are still in the table movie_click, where CLICKLOG={settings.CLICKLOG} neither reads nor "
        "expires them, and nobody's deletion reaches them"
    )
    hint = (
        "set CLICKLOG=database to have them again, or delete them: "
        'python manage.py shell -c "from movie.models import Click; Click.objects.all().delete()"'
    )
    return [Warning(text, hint=hint, id="movie.W017")]


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
