"""The site on a real MySQL server: the tests that hold it on SQLite, run once more with the server as their database."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.services.mysql import MariaDB

pytestmark = pytest.mark.services
ROOT = Path(__file__).resolve().parents[1]
AS_ON_SQLITE = [
    "tests/accounts",
    "tests/movie/views",
    "tests/movie/catalogue/test_load.py",
    "tests/movie/clicks/test_database.py",
    "tests/movie/events/test_journal.py",
    "tests/movie/events/test_publisher.py",
    "tests/movie/search/test_query.py",
    "tests/movie/search/test_trigrams.py",
    "tests/movie/services",
    "tests/movie/management/test_online_report.py",
    "tests/movie/management/test_personal_data.py",
    "tests/movie/test_admin.py",
    "tests/movie/test_figures.py",
    "tests/movie/test_plans.py",
    "tests/office/test_dashboard.py",
    "tests/office/test_door.py",
    "tests/office/test_jobs.py",
    "tests/paper_review/test_admin.py",
    "tests/paper_review/test_comments.py",
    "tests/paper_review/test_views.py",
]
"""Migrations, the loader, every page, the embedded click log, lists shown, and what EXPLAIN says of pages'
queries; what people may ask for, and search; what staff watch and do."""


def run(*command: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-5000:]
    return done.stdout


def test_migrations_the_loader_and_every_page_hold_on_mysql_as_on_sqlite(mariadb: MariaDB) -> None:
    url = mariadb.create("site")
    said = run("-m", "pytest", *AS_ON_SQLITE, "--reuse-db", "-q", "-p", "no:cacheprovider", TEST_DATABASE_URL=url)
    assert re.search(r"^\d+ passed in", said, re.MULTILINE), said[
        -2000:
    ]  # and none skipped, deselected or expected to fail
    assert int(mariadb.sql("SELECT COUNT(*) FROM django_migrations WHERE app = 'movie'", database="test_site")) >= 2


def test_names_that_mysql_thinks_alike_stay_two(mariadb: MariaDB, tmp_path: Path) -> None:
    """On a server as it comes, whose own collation takes an accent, a capital and a thumb for nothing."""
    url = mariadb.create("names")
    environment = {"DATABASE_URL": url, "VAR_DIR": str(tmp_path)}
    run("manage.py", "migrate", "--verbosity", "0", **environment)
    names = ["Renée", "Renee", "renee", "영화광👍", "영화광👎"]
    mariadb.sql("".join(f"INSERT INTO movie_person (name) VALUES ('{name}');" for name in names), database="names")
    for name in names:
        found = mariadb.sql(f"SELECT name FROM movie_person WHERE name = '{name}'", database="names")
        assert found.split() == [name]


def test_the_check_has_nothing_to_say_of_mysql_and_the_zones_are_there(mariadb: MariaDB, tmp_path: Path) -> None:
    url = mariadb.create("checked")
    environment = {"DATABASE_URL": url, "VAR_DIR": str(tmp_path)}
    run("manage.py", "migrate", "--verbosity", "0", **environment)
    said = run("manage.py", "check", "--database", "default", **environment)
    assert "mysql" not in said.lower()
    assert mariadb.sql("SELECT CONVERT_TZ('2026-01-01 00:00', 'UTC', 'Asia/Seoul')") == "2026-01-01 09:00:00\n"
