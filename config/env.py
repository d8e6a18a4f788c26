"""The only reader of the environment: typed, with a default, and loud where a value makes no sense."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from dotenv import load_dotenv

from config import databases


def load_files(folder: Path) -> None:
    """Read `.env`, then `.env.dev`, from `folder`: the environment wins over the first, the first over the second."""
    for name in (".env", ".env.dev"):
        load_dotenv(folder / name)


def text(name: str, default: str) -> str:
    """The variable as it stands; an empty one counts as not set."""
    return os.environ.get(name, "").strip() or default


def flag(name: str, default: bool) -> bool:
    """1/true/yes/on or 0/false/no/off. Raises ImproperlyConfigured for anything else."""
    value = text(name, "1" if default else "0").lower()
    if value in ("1", "true", "yes", "on"):
        return True
    if value in ("0", "false", "no", "off"):
        return False
    raise ImproperlyConfigured(f"Expected {name} to be 1 or 0 (got '{value}')")


def number(name: str, default: int, *, least: int, most: int) -> int:
    """A whole number between `least` and `most`. Raises ImproperlyConfigured otherwise."""
    value = text(name, str(default))
    if not value.lstrip("-").isdigit() or not least <= int(value) <= most:
        raise ImproperlyConfigured(f"Expected {name} to be a whole number from {least} to {most} (got '{value}')")
    return int(value)


def choice(name: str, default: str, *, among: tuple[str, ...]) -> str:
    """One of `among`. Raises ImproperlyConfigured otherwise."""
    value = text(name, default)
    if value not in among:
        raise ImproperlyConfigured(f"Expected {name} to be one of {', '.join(among)} (got '{value}')")
    return value


def words(name: str, default: str) -> list[str]:
    """A comma-separated list, without the empty ones."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def database(name: str, *, default: Path) -> dict[str, Any]:
    """Django's settings for the database at the address in the variable, else for the SQLite file `default`.

    Raises ImproperlyConfigured where the address makes no sense, without repeating it: it may hold a password.
    """
    url = text(name, "")
    if not url:
        return databases.from_file(default)
    try:
        return databases.from_url(url)
    except databases.DatabaseUrlError as error:
        raise ImproperlyConfigured(f"{name}: {error}") from None
