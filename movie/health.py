"""Whether the site can serve: what it stands on, each asked by a small probe."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from django.db import DatabaseError

from movie import selectors
from movie.clicks import click_log
from movie.clicks.waiting import page_reads
from movie.events import stream
from movie.events.outbox import Backlog, backlog
from movie.predictors.base import store_of
from movie.predictors.registry import OWN, predictor, trained
from pytorch_models.base import NotFittedError

logger = logging.getLogger(__name__)
NOBODY = "visitor#readyz"
"""An owner whom no visitor can be, for their ids are longer."""


@dataclass(frozen=True)
class Probe:
    """One thing that the site stands on. ask: raises where it is not there; cheap, as it comes every few seconds."""

    name: str
    ask: Callable[[], object]
    needed: bool = True
    """False: its state is told, and the site is ready without it."""


@dataclass(frozen=True)
class Health:
    """states: "ok" or "failed" by the probe's name; why one failed stands in the log, for whoever runs the site."""

    ready: bool
    states: dict[str, str]
    backlog: Backlog | None
    """What the outbox holds; None where the database does not say."""


def _click_log() -> None:
    """Within a page's time, as pages need it: a log that stalls must not hold a thread for each probe."""
    with page_reads():
        click_log().history(NOBODY, limit=1)


def _weights() -> None:
    predictor(OWN).recommender()


def _other_weights() -> None:
    without = [name for name in trained() if name != OWN and store_of(name).current() is None]
    if without:
        raise NotFittedError(f"no checkpoint of {', '.join(without)}; popularity stands in")


PROBES = [
    Probe("database", selectors.catalogue_load),
    Probe("click_log", _click_log),
    Probe("weights", _weights),
    Probe("other_weights", _other_weights, needed=False),
    Probe("event_stream", stream.ask, needed=False),
]


def health() -> Health:
    """Every probe's state; ready where all that are needed are there."""
    states = {probe.name: _state(probe) for probe in PROBES}
    return Health(all(states[probe.name] == "ok" for probe in PROBES if probe.needed), states, _backlog())


def _backlog() -> Backlog | None:
    try:
        return backlog()
    except DatabaseError as error:
        logger.warning("readyz: outbox: %s", error)
        return None


def _state(probe: Probe) -> str:
    try:
        probe.ask()
    except Exception as error:  # whatever a library raises, the answer is that it is not there
        _tell(probe.name, str(error) or type(error).__name__)
        return "failed"
    _tell(probe.name, "")
    return "ok"


_told: dict[str, str] = {}
"""What stands in this process's log of each probe that failed: it is asked every few seconds, and told once."""


def _tell(name: str, trouble: str) -> None:
    if trouble == _told.get(name, ""):
        return
    _told[name] = trouble
    if trouble:
        logger.warning("readyz: %s: %s", name, trouble)
    else:
        logger.info("readyz: %s is back", name)
