"""What the dashboard shows, put together from the site's parts."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db import DatabaseError

from movie.events import stream
from movie.events.outbox import Backlog, backlog
from movie.events.stream import StreamError
from movie.figures import Figures, figures
from movie.predictors.base import store_of
from movie.predictors.registry import PREDICTORS, trained
from office.outcomes import told

logger = logging.getLogger(__name__)
KEPT_SECONDS, KEPT_TIMES = 60, 100
"""Figures of a month are read again after a minute, whoever looks at them meanwhile; or after a hundred times as long
as reading them took: 100,000 lists take some seconds, and shall not take more than a hundredth of a processor."""
LAG_SECONDS = 20
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Serving:
    """The checkpoint that serves for one model. facts: see office.outcomes.told; {} where there is none."""

    model: str
    label: str
    facts: dict[str, Any]
    before: str
    """The hash of the one that a rollback returns to; "" where there is none."""


@dataclass(frozen=True)
class Waiting:
    """Accepted clicks on their way: in the outbox, and in the stream (lag; None where it cannot be asked)."""

    outbox: Backlog
    lag: int | None


def month() -> Figures:
    """The figures, not always the newest: see KEPT_SECONDS."""
    found: Figures | None = cache.get("office.figures")
    if found is None:
        began = time.perf_counter()
        found = figures()
        cache.set("office.figures", found, max(KEPT_SECONDS, KEPT_TIMES * (time.perf_counter() - began)))
    return found


def serving() -> list[Serving]:
    return [_serving(name) for name in trained()]


def _serving(name: str) -> Serving:
    store = store_of(name)
    return Serving(name, PREDICTORS[name].label, told(store.current()), told(store.before()).get("checkpoint", ""))


def waiting() -> Waiting:
    lag = cache.get_or_set("office.lag", _lag, LAG_SECONDS)
    return Waiting(backlog(), None if lag == UNKNOWN else lag)


def _lag() -> int | str:
    try:
        return stream.lag()
    except (StreamError, DatabaseError) as error:
        logger.warning("the stream's lag is unknown: %s", error)
        return UNKNOWN
