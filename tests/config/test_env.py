from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import env

ROOT = Path(__file__).resolve().parents[2]


def test_env_dev_documents_every_variable_that_is_read() -> None:
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', (ROOT / "config/settings.py").read_text()))
    lines = (ROOT / ".env.dev").read_text().splitlines()
    documented = {line.split("=")[0]: lines[i - 1] for i, line in enumerate(lines) if re.match(r"[A-Z_]+=", line)}
    assert read == documented.keys()
    shared = (
        "HOST=",
        "WEB_WORKERS=",
        "FEED_ROBOTS_PERCENT=",
        "POSTS_A_MINUTE=",
        "EMAIL_",
    )  # what stands below them has the same comment
    assert all(above.startswith(("#", *shared)) for above in documented.values())


def test_only_config_env_reads_the_environment() -> None:
    allowed = {"config/env.py", "manage.py", "config/wsgi.py", "config/gunicorn.py", "pytorch_models/ngcf/graph.py"}
    readers = {
        str(path.relative_to(ROOT))
        for top in ("accounts", "config", "movie", "office", "pytorch_models")
        for path in (ROOT / top).rglob("*.py")
        if re.search(r"os\.environ|getenv", path.read_text())
    }
    assert readers <= allowed


@pytest.mark.parametrize("value", ["maybe", "2", "on off"])
def test_a_flag_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("X", value)
    with pytest.raises(ImproperlyConfigured, match="Expected X"):
        env.flag("X", True)


@pytest.mark.parametrize("value", ["eighty", "0", "65536", "1.5", "-1"])
def test_a_number_out_of_range_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("X", value)
    with pytest.raises(ImproperlyConfigured, match="from 1 to 65535"):
        env.number("X", 8000, least=1, most=65535)


def test_a_choice_names_what_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X", "c")
    with pytest.raises(ImproperlyConfigured, match=r"one of a, b \(got 'c'\)"):
        env.choice("X", "a", among=("a", "b"))


def test_an_empty_variable_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X", " ")
    assert env.text("X", "default") == "default"
    assert env.words("X", "a, b,") == ["a", "b"]
    assert env.flag("X", True) and env.number("X", 7, least=1, most=9) == 7
