"""A list in any case: where a model cannot answer, popularity stands in, and it is said and counted."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from django.db import DatabaseError
from django.db.models import F

from movie import metrics
from movie.models import Fallback
from movie.predictors.base import LENGTH
from movie.predictors.popular_predictor import popular_predictor
from movie.predictors.registry import predictor
from movie.services.budget import OverBudgetError, within_budget
from movie.services.impatience import impatient
from pytorch_models.base import Answer, NotFittedError
from pytorch_models.history import History

logger = logging.getLogger(__name__)
FellBack = Literal["", "missing", "error", "slow"]


@dataclass(frozen=True)
class Given:
    """An answer, and the model whose it is. fell_back: why that is not the one that was
    asked, "" where it is."""

    answer: Answer
    model: str
    fell_back: FellBack = ""


def answer_of(model: str, history: History, *, k: int = LENGTH) -> Given:
    """The `k` movies of `model`, or else popularity's. Raises NotFittedError where there is not a movie to show."""
    found = tried(model, history, k=k)
    if isinstance(found, Answer):
        return Given(found, model)
    return Given(popular_predictor.answer(history, k=k), popular_predictor.name, found)


def tried(model: str, history: History, *, k: int = LENGTH) -> Answer | FellBack:
    """The `k` movies of `model`, or why it has none to give, which is counted."""
    found = _asked(model, history, k)
    if not isinstance(found, Answer):
        _count(model, found)
    return found


def _asked(model: str, history: History, k: int) -> Answer | FellBack:
    began = time.perf_counter()
    try:
        answer = within_budget(model, lambda: predictor(model).answer(history, k=k))
    except NotFittedError as error:
        logger.warning("%s", error)
        return "missing"
    except OverBudgetError as error:
        logger.warning("%s", error)
        return "slow"
    except Exception:  # whatever a model raises, the visitor gets a list
        logger.exception("%s failed", model)
        return "error"
    metrics.ANSWERS.labels(model).observe(time.perf_counter() - began)
    return answer


def _count(model: str, why: FellBack) -> None:
    """One more, in the row of today; each statement is whole, so several workers lose none between them."""
    metrics.FALLBACKS.labels(model, why).inc()
    row = {"day": datetime.now(UTC).date(), "model": model, "reason": why}
    try:
        with impatient():
            if not Fallback.objects.filter(**row).update(count=F("count") + 1):
                Fallback.objects.bulk_create([Fallback(**row)], ignore_conflicts=True)
                Fallback.objects.filter(**row).update(count=F("count") + 1)
    except DatabaseError as error:
        logger.warning("a fallback of %s was not counted: %s", model, error)
