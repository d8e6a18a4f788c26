from __future__ import annotations

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import databases, env


@pytest.fixture
def default(tmp_path: Path) -> Path:
    return tmp_path / "site.sqlite3"


def test_without_an_address_it_is_sqlite_in_wal_mode(monkeypatch: pytest.MonkeyPatch, default: Path) -> None:
    monkeypatch.setenv("X", "")
    found = env.database("X", default=default)
    assert (found["ENGINE"], found["NAME"]) == ("django.db.backends.sqlite3", default)
    assert "journal_mode=WAL" in found["OPTIONS"]["init_command"] and found["OPTIONS"]["timeout"] == 10


def test_a_mysql_address_is_taken_apart_and_decoded() -> None:
    found = databases.from_url("mysql://m%40x:p%40%3A%2F%C3%A9@db.example:3307/my%2Dsite")
    assert found["ENGINE"] == "django.db.backends.mysql"
    assert (found["USER"], found["PASSWORD"]) == ("m@x", "p@:/é")
    assert (found["HOST"], found["PORT"], found["NAME"]) == ("db.example", 3307, "my-site")


def test_mysql_is_strict_speaks_utf8mb4_and_gives_up_in_time() -> None:
    options = databases.from_url("mysql://u:p@h/n")["OPTIONS"]
    assert options == {
        "charset": "utf8mb4",
        "sql_mode": "STRICT_TRANS_TABLES",
        "isolation_level": "read committed",
        "connect_timeout": 5,
        "read_timeout": 60,
        "write_timeout": 60,
    }


def test_an_address_may_name_a_socket_and_other_timeouts() -> None:
    options = databases.from_url("mysql://u:p@localhost/n?unix_socket=/run/my.sock&read_timeout=3600")["OPTIONS"]
    assert (options["unix_socket"], options["read_timeout"]) == ("/run/my.sock", 3600)


def test_an_sqlite_address_names_a_file(tmp_path: Path) -> None:
    found = databases.from_url(f"sqlite:///{tmp_path}/a%20b.sqlite3")
    assert found == databases.from_file(tmp_path / "a b.sqlite3")


@pytest.mark.parametrize(
    "url",
    [
        "secret",
        "postgres://u:secret@h/n",
        "u:secret@h/n",
        "mysql:/u:secret@h/n",
        "mysql://u:secret@h",
        "mysql://u:secret@h/",
        "mysql://u:secret@h/a/b",
        "mysql://u:secret@/n",
        "mysql://u:secret@h:port/n",
        "mysql://u:secret@h:99999/n",
        "mysql://u:secret@[h/n",
        "mysql://u:se#secret@h/n",
        "mysql://u:1?secret=x@h/n",
        "mysql://u:p@h/n?secret=1",
        "sqlite://:memory:",
        "sqlite://",
        "sqlite:///secret.sqlite3",
        "sqlite:////secret?mode=ro",
    ],
)
def test_nonsense_is_refused_by_the_variables_name_and_never_repeated(
    monkeypatch: pytest.MonkeyPatch, default: Path, url: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL: Expected") as caught:
        env.database("DATABASE_URL", default=default)
    assert "secret" not in str(caught.value)
    assert caught.value.__suppress_context__  # nor in a traceback
