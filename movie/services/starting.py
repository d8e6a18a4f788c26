"""What a process does before it serves."""

from __future__ import annotations

import logging

from movie.clicks import click_log
from movie.clicks.base import ClickLogError
from movie.predictors.popular_predictor import popular_predictor
from movie.predictors.registry import predictor, trained
from pytorch_models.base import NotFittedError

logger = logging.getLogger(__name__)


def load_models() -> None:
    """Load every model's weights, so that workers forked later share them. None is needed."""
    for name in (*trained(), popular_predictor.name):
        try:
            predictor(name).recommender()
        except NotFittedError as error:
            logger.warning("%s", error)


def connect() -> None:
    """Connect this process to what it must not share with the process that it was forked from."""
    try:
        click_log().connect()
    except ClickLogError as error:
        logger.warning("%s", error)
