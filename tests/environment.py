"""Loaded by pytest before Django's settings: tests write to a temporary folder and read nobody's .env."""

import os
import shutil
import tempfile

VAR_DIR = tempfile.mkdtemp(prefix="movie-graph-tests-")
os.environ |= {
    "DATABASE_URL": os.environ.get("TEST_DATABASE_URL", ""),
    "VAR_DIR": VAR_DIR,
    "SECRET_KEY": "only-for-tests-" + "x" * 40,
    "DEBUG": "0",
    "HTTPS": "0",
    "ALLOWED_HOSTS": "127.0.0.1,localhost,testserver",
    "LOG_LEVEL": "WARNING",
    "CLICKLOG": "database",
    "EVENTS": "database",
    "CLICKLOG_VISITOR_DAYS": "365",
    "DYNAMODB_TABLE": "clicklog",
    "NGCF_RETRAIN": "visitor",
}


def pytest_unconfigure() -> None:
    shutil.rmtree(VAR_DIR, ignore_errors=True)
