"""How long models take for the lists that visitors see, counted so that percentiles of any period can be read.

A duration falls into a span, each a tenth longer than the one before: a percentile read from them is off by 5 % at
most. A list costs one UPDATE, workers of all machines add to the same rows, and no row says anything of a visitor.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from django.db import DatabaseError
from django.db.models import F

from movie.models import AnswerTime
from movie.services.impatience import impatient

logger = logging.getLogger(__name__)
LEAST_MS, GROWTH = 0.05, 1.1
MOST_SPAN = 180
"""Over 20 minutes: there is nothing to tell apart behind it."""


def span_of(milliseconds: float) -> int:
    """The span of a duration; the first takes everything up to LEAST_MS."""
    if milliseconds <= LEAST_MS:
        return 0
    return min(math.ceil(math.log(milliseconds / LEAST_MS, GROWTH)), MOST_SPAN)


def middle_of(span: int) -> float:
    """The milliseconds that stand for all durations of a span: its geometric middle."""
    return LEAST_MS * GROWTH ** (span - 0.5)


def times_count(milliseconds: Mapping[str, float]) -> None:
    """One answer more of each model, which took so long; where it cannot be written now, it is not counted."""
    day = datetime.now(UTC).date()
    try:
        with impatient():
            for model, took in milliseconds.items():
                _add({"day": day, "model": model, "span": span_of(took)})
    except DatabaseError as error:
        logger.warning("times of %s were not counted: %s", ", ".join(milliseconds), error)


def _add(row: dict[str, object]) -> None:
    """Each statement is whole, so several workers lose none between them."""
    if not AnswerTime.objects.filter(**row).update(count=F("count") + 1):
        AnswerTime.objects.bulk_create([AnswerTime(**row)], ignore_conflicts=True)
        AnswerTime.objects.filter(**row).update(count=F("count") + 1)


def percentiles(counts: Mapping[int, int], shares: Iterable[float], *, late: int = 0) -> list[float | None]:
    """For each share (0–1) the milliseconds within which so many answers came; None where it was a late one.

    counts: answers by span; late: answers that took too long to be waited for, longer than all the others.
    """
    spans, n = sorted(counts), sum(counts.values()) + late
    found: list[float | None] = []
    for share in shares:
        rank, passed = max(1, math.ceil(share * n)), 0
        for span in spans:
            passed += counts[span]
            if passed >= rank:
                found.append(middle_of(span))
                break
        else:
            found.append(None)
    return found
