from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User


@pytest.fixture(autouse=True)
def quick(settings: Settings, tmp_path: Path) -> None:
    """Passwords are hashed in a moment, and no figures are left from another test."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": tmp_path / "counts"}}


@pytest.fixture
def member(db: None) -> Client:
    """Somebody with an account, who is not of the staff."""
    client = Client()
    client.force_login(User.objects.create_user("kim"))
    return client


@pytest.fixture
def staff(db: None) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(User.objects.create_user("lee", is_staff=True))
    return client


@pytest.fixture
def superuser(db: None) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(User.objects.create_superuser("root"))
    return client
