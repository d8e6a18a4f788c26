from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User

NAME, PASSWORD = "김영화", "correct horse battery"


@pytest.fixture(autouse=True)
def quick(settings: Settings, tmp_path: Path) -> None:
    """Passwords are hashed in a moment, and each test counts from nothing."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": tmp_path / "counts"}}


@pytest.fixture
def user(db: None) -> User:
    return User.objects.create_user(NAME, "kim@example.org", PASSWORD)


@pytest.fixture
def member(client: Client, user: User) -> Client:
    """A browser that signed in by the page."""
    client.get("/")
    assert client.post("/accounts/sign_in/", {"username": NAME, "password": PASSWORD}).status_code == 302
    return client
