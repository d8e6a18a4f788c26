"""The time that a model has for an answer, enforced where it hangs too.

The model runs in a thread of its own, and who asked waits no longer than the budget. A thread cannot be ended from
outside: one that is late goes on, and its answer is thrown away. So that hanging models do not pile up, each model
has MOST_AT_ONCE places in a process; where late ones hold all of them, the next request is told at once. What cannot
be bounded so is C code that holds Python's global lock all the while, as no model here does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import Future
from threading import BoundedSemaphore, Thread
from typing import TypeVar

from django.conf import settings
from django.db import connections

from movie.predictors.registry import PREDICTORS

T = TypeVar("T")
MOST_AT_ONCE = 2 * settings.WEB_THREADS
"""As many as there are requests at once in a process, and as many late ones beside them."""
_places: defaultdict[str, BoundedSemaphore] = defaultdict(lambda: BoundedSemaphore(MOST_AT_ONCE))


class OverBudgetError(Exception):
    """The model did not answer within MODEL_BUDGET_MS, or has too many late answers under way to try."""


def within_budget(model: str, ask: Callable[[], T]) -> T:
    """What `ask` returns. Raises what it raises, and OverBudgetError.

    Loading the weights on first use counts too: a model that is loaded for longer than the budget answers the next
    request, not this one. A model without weights reads tables, which have time limits of their own, and is asked
    in this thread, which has the connection.
    """
    if model in PREDICTORS and not PREDICTORS[model].weights:
        return ask()
    places = _places[model]
    if not places.acquire(blocking=False):
        raise OverBudgetError(f"{model}: {MOST_AT_ONCE} answers are late and still under way")
    asked: Future[T] = Future()

    def answer() -> None:
        try:
            asked.set_result(ask())
        except BaseException as error:  # it is raised again where the answer is waited for
            asked.set_exception(error)
        finally:
            connections.close_all()  # this thread's own, where the model read a table
            places.release()

    try:
        Thread(target=answer, name=f"{model} answers", daemon=True).start()
    except RuntimeError as error:  # the system has no thread left
        places.release()
        raise OverBudgetError(f"{model}: {error}") from error
    try:
        return asked.result(settings.MODEL_BUDGET_MS / 1000)
    except TimeoutError:
        if asked.done():  # the model's own, or it came at the last moment
            return asked.result()
        raise OverBudgetError(f"{model}: no answer within {settings.MODEL_BUDGET_MS} ms") from None
