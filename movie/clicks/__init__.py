"""The click log that the settings choose."""

from __future__ import annotations

from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from movie.clicks.base import ClickLog

IMPLEMENTATIONS = {"database": "movie.clicks.database.DatabaseClickLog"}


@cache
def click_log() -> ClickLog:
    log: ClickLog = import_string(IMPLEMENTATIONS[settings.CLICKLOG])()
    return log
