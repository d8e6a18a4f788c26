"""From a database's address to Django's settings for it, with what this site asks of each kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dj_database_url

FORMS = "mysql://USER:PASSWORD@HOST:PORT/NAME or sqlite:////absolute/path"
IN_URL = ("unix_socket", "ssl", "connect_timeout", "read_timeout", "write_timeout")
"""What an address may say after its "?"; ssl is written ssl-ca=/path/of/ca.pem."""


class DatabaseUrlError(ValueError):
    """An address that is none; the message repeats no part of it that could hold the password."""


def from_url(url: str) -> dict[str, Any]:
    """Django's settings for the database at `url`. Raises DatabaseUrlError.

    Special characters of user, password and name are percent-encoded. A server on this machine may be reached by its
    socket: mysql://user:password@localhost/name?unix_socket=/run/mysqld/mysqld.sock
    """
    kind = url.partition("://")[0]
    if kind not in ("mysql", "sqlite"):
        raise DatabaseUrlError(f"Expected {FORMS} (got an address that begins with neither)")
    try:
        # parse() knows more kinds than are let in here, and checks less than is checked below.
        parsed: dict[str, Any] = dict(dj_database_url.parse(url))
    except (ValueError, TypeError):
        raise DatabaseUrlError(f"Expected {FORMS}, special characters percent-encoded, the port a number") from None
    return _sqlite(parsed) if kind == "sqlite" else _mysql(parsed)


def from_file(path: Path) -> dict[str, Any]:
    """Django's settings for the SQLite file at `path`.

    WAL: readers and the one writer do not wait for each other. Who writes waits for their turn, at most ten seconds,
    from the beginning of the transaction on (IMMEDIATE): one that reads first could else be refused in its middle.
    """
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "CONN_MAX_AGE": 600,
        "TEST": {"NAME": path.with_name("test.sqlite3")},  # a file, so that threads meet as they do in production
        "OPTIONS": {
            "timeout": 10,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16000;",
        },
    }


def _sqlite(parsed: dict[str, Any]) -> dict[str, Any]:
    path = Path(parsed["NAME"])
    if parsed.get("HOST") or parsed.get("OPTIONS") or not path.is_absolute():
        raise DatabaseUrlError("Expected sqlite:////absolute/path (four slashes), with nothing behind it")
    return from_file(path)


def _mysql(parsed: dict[str, Any]) -> dict[str, Any]:
    options = parsed.get("OPTIONS", {})
    if set(options) - set(IN_URL):
        raise DatabaseUrlError(f"Expected nothing after '?' but {', '.join(IN_URL)}")
    if not parsed["NAME"] or "/" in parsed["NAME"]:
        raise DatabaseUrlError(f"Expected the name of a database: {FORMS}")
    if not parsed["HOST"] and "unix_socket" not in options:
        raise DatabaseUrlError(f"Expected a host, or ?unix_socket=/path: {FORMS}")
    return parsed | {
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,  # a server that was restarted costs no visitor an error
        "TEST": {"CHARSET": "utf8mb4", "COLLATION": "utf8mb4_bin"},
        "OPTIONS": {
            "charset": "utf8mb4",
            "sql_mode": "STRICT_TRANS_TABLES",
            "isolation_level": "read committed",
            "connect_timeout": 5,
            "read_timeout": 60,
            "write_timeout": 60,
        }
        | options,
    }
