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
    "OMP_NUM_THREADS": "1",  # as commands and servers have it
    "CLICKLOG": "database",
    "EVENTS": "database",
    "CLICKLOG_VISITOR_DAYS": "365",
    "DYNAMODB_TABLE": "clicklog",
    "NGCF_RETRAIN": "visitor",
    # Tests send a lot; those of the limits set their own.
    "POSTS_A_MINUTE": "0",
    "ADDRESS_POSTS_A_MINUTE": "0",
    "SIGN_IN_TRIES": "0",
    "ACCOUNT_FORMS_AN_HOUR": "0",
    "COMMENTS_AN_HOUR": "0",
    "PROXIES": "0",
    "EMAIL_HOST": "",
}


def pytest_unconfigure() -> None:
    shutil.rmtree(VAR_DIR, ignore_errors=True)
