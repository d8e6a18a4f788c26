"""What a process does before it serves."""

from __future__ import annotations

import logging
import subprocess
import sys

from django.conf import settings

from movie.clicks import click_log
from movie.clicks.base import ClickLogError
from movie.predictors.popular_predictor import popular_predictor
from movie.predictors.registry import predictor, trained
from pytorch_models.base import NotFittedError

logger = logging.getLogger(__name__)
LOGS = {"train_missing": "training.log", "run_jobs": "jobs.log"}
"""What can run beside the site, and where in VAR_DIR it says how it goes."""


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


def connect() -> None:
    """Connect this process to what it must not share with the process that it was forked from."""
    try:
        click_log().connect()
    except ClickLogError as error:
        logger.warning("%s", error)
