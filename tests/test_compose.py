"""compose.yml, as far as it can be held without Docker: what it names is there, and its settings make a site."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import get_commands

from tests.services.processes import ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = sorted(name for name, service in SERVICES.items() if "build" in service)
SECRETS = {"SECRET_KEY": "only-for-tests-" + "x" * 40, "MYSQL_PASSWORD": "secret"}


def interpolated(text: str, given: dict[str, str]) -> str:
    """${NAME}, ${NAME:-default}, ${NAME-default} and ${NAME:?message} as Compose fills them in."""

    def value(found: re.Match[str]) -> str:
        name, how, otherwise = found.groups()
        there = name in given and bool(given[name] or how == "-")
        assert there or how != ":?", otherwise
        return given[name] if there else otherwise or ""

    return re.sub(r"\$\{(\w+)(?:(:-|-|:\?)([^}]*))?\}", value, text)


def environment(**given: str) -> dict[str, str]:
    """What a process of ours is started with, where .env has `given` beside the secrets."""
    return {name: interpolated(value, SECRETS | given) for name, value in SERVICES["web"]["environment"].items()}


def test_it_has_every_part_that_production_runs() -> None:
    assert {"mysql", "kafka", "dynamodb", "web", "publisher", "consumer", "nightly"} <= SERVICES.keys()
    assert SERVICES["mysql"]["image"] == "mysql:8.4" and SERVICES["kafka"]["image"].startswith("apache/kafka:4.")
    assert OURS == ["consumer", "jobs", "nightly", "prepare", "publisher", "web"]


def test_each_command_is_one_of_the_sites() -> None:
    told = [SERVICES[name]["command"] for name in OURS]
    called = {name for command in told for name in re.findall(r"manage\.py,? (\w+)", ", ".join(command))}
    assert called <= get_commands().keys()
    assert {"migrate", "clicklog", "publish_events", "consume_events", "expire_clicks", "train"} <= called
    assert SERVICES["web"]["command"] == ["gunicorn", "--config", "config/gunicorn.py", "config.wsgi"]


def test_who_is_waited_for_says_when_it_is_there() -> None:
    for service in SERVICES.values():
        for name, how in service.get("depends_on", {}).items():
            if how["condition"] == "service_healthy":
                assert SERVICES[name]["healthcheck"]["test"]
            else:
                assert (how["condition"], SERVICES[name]["restart"]) == ("service_completed_successfully", "no")
    # Who has a store elsewhere removes the one here.
    assert all(how["required"] is False for how in SERVICES["prepare"]["depends_on"].values())


def test_what_must_outlive_a_container_is_in_a_volume() -> None:
    for name, place in (("mysql", "/var/lib/mysql"), ("kafka", "/var/lib/kafka/data"), ("dynamodb", "/data")):
        assert SERVICES[name]["volumes"] == [f"{name}:{place}"] and name in COMPOSE["volumes"]
    assert SERVICES["kafka"]["environment"]["KAFKA_LOG_DIRS"] == "/var/lib/kafka/data"
    var = environment()["VAR_DIR"]
    assert all(SERVICES[name]["volumes"] == [f"site:{var}"] for name in OURS) and "site" in COMPOSE["volumes"]
    assert f"chown site {var}" in (ROOT / "Dockerfile").read_text()


def test_nobody_else_reaches_it_and_no_secret_is_in_the_image() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert ports == ["127.0.0.1:8000:8000"]
    assert {".env", "var", ".git"} <= set((ROOT / ".dockerignore").read_text().split())
    with pytest.raises(AssertionError, match=r"set it in \.env"):
        interpolated(SERVICES["web"]["environment"]["SECRET_KEY"], {})


def test_every_setting_reaches_the_site_and_is_one_that_is_read() -> None:
    documented = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.dev").read_text(), re.MULTILINE))
    assert environment().keys() - documented == {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}  # boto3 reads these
    assert SERVICES["web"]["env_file"] == [{"path": ".env", "required": False}]


@pytest.mark.parametrize(
    "given",
    [{}, {"DYNAMODB_ENDPOINT": "", "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}],
    ids=["here", "AWS"],
)
def test_its_settings_make_a_site_that_check_has_no_error_of(given: dict[str, str], tmp_path: Path) -> None:
    started = environment(**given) | {"VAR_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **started},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    # Only this machine reaches the port that HOST opens to the other containers.
    assert set(re.findall(r"movie\.\w\d+", done.stderr)) == {"movie.W002", "movie.W006", "movie.I001"}


def test_the_image_has_the_python_of_the_project() -> None:
    wanted = re.findall(r"^PYTHON \?= python(\S+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert (
        re.findall(r"^FROM python:(\d\.\d+)-slim-bookworm", (ROOT / "Dockerfile").read_text(), re.MULTILINE) == wanted
    )
