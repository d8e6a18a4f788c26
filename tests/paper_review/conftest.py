from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from accounts.models import User

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def quick(settings: Settings) -> None:
    """Passwords are hashed in a moment."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def reviews(db: None) -> None:
    """The reviews as a site loads them."""
    call_command("load_reviews", stdout=StringIO())


@pytest.fixture
def kim(db: None) -> User:
    return User.objects.create_user("김영화", password=PASSWORD)


@pytest.fixture
def reader(client: Client, kim: User) -> Client:
    """Kim's browser, signed in."""
    client.get("/")
    client.force_login(kim)
    return client
