"""What a process does before it serves."""

from __future__ import annotations

import logging
import subprocess
import sys
import time
from threading import Thread
from typing import NoReturn

from django.conf import settings

from movie.clicks import click_log
from movie.clicks.base import ClickLogError
from movie.predictors.popular_predictor import popular_predictor
from movie.predictors.registry import predictor, trained
from pytorch_models.base import NotFittedError

logger = logging.getLogger(__name__)
LOGS = {"train_missing": "training.log", "run_jobs": "jobs.log"}
"""What can run beside the site, and where in VAR_DIR it says how it goes."""
SHORTEST_WAIT, LONGEST_WAIT = 1.0, 60.0
"""Seconds before what ended is begun again: each time twice as many, until one has run for the longest wait."""


def load_models() -> None:
    """Load every model's weights, so that workers forked later share them. None is needed."""
    for name in (*trained(), popular_predictor.name):
        try:
            predictor(name).recommender()
        except NotFittedError as error:
            logger.warning("%s", error)


def start_beside(name: str) -> subprocess.Popen[bytes]:
    """Begin a command of manage.py in a process that ends with this one, however this one ends.

    Its input is a pipe that nobody writes to: the system closes it with the last process that holds our end.
    """
    with (settings.VAR_DIR / LOGS[name]).open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "manage.py", name, "--until-input-ends"],
            cwd=settings.BASE_DIR,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C at the server is no wish to keep half a training
        )


def keep_beside(name: str) -> None:
    """Begin a command as `start_beside` does, and again whenever it has ended, as where it was killed.

    A thread waits for it, which does nothing else: workers that are forked meanwhile are as safe as without it.
    """
    Thread(target=_keep, args=(name,), name=f"keeps {name}", daemon=True).start()


def _keep(name: str) -> NoReturn:
    wait = SHORTEST_WAIT
    while True:
        began = time.monotonic()
        try:
            start_beside(name).wait()
        except OSError as error:  # no memory for another process, or no room for its log
            logger.error("%s: %s", name, error)
        if time.monotonic() - began > LONGEST_WAIT:
            wait = SHORTEST_WAIT
        logger.warning("%s has ended; it begins again in %.0f s", name, wait)
        time.sleep(wait)
        wait = min(2 * wait, LONGEST_WAIT)


def connect() -> None:
    """Connect this process to what it must not share with the process that it was forked from."""
    try:
        click_log().connect()
    except ClickLogError as error:
        logger.warning("%s", error)
