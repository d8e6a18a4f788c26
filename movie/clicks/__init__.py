"""The click log that the settings choose."""

from __future__ import annotations

from functools import cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from movie.clicks.base import ClickLog

IMPLEMENTATIONS = {
    "database": "movie.clicks.database.DatabaseClickLog",
    "dynamodb": "movie.clicks.dynamodb.DynamoDBClickLog",
}


@cache
def click_log() -> ClickLog:
    """Raises ImproperlyConfigured where the library that it needs is not installed."""
    try:
        implementation = import_string(IMPLEMENTATIONS[settings.CLICKLOG])
    except ImportError as error:
        raise ImproperlyConfigured(
            f"CLICKLOG={settings.CLICKLOG} needs a library that is missing ({error})"
        ) from error
    log: ClickLog = implementation()
    return log
