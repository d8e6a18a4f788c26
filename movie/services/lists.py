"""Every list that a page shows is kept, one row a list, with the receipt that it can be made again by."""

from __future__ import annotations

import logging
import os
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, transaction

from movie import receipts, selectors
from movie.clicks.base import VISITORS, new_event_id, owner_of
from movie.events import outbox
from movie.models import ListShown, delete_in_batches
from movie.predictors.registry import PREDICTORS, predictor
from movie.receipts import ListReceipt, Part
from movie.services.impatience import impatient
from movie.services.mixing import Mixed
from movie.services.recommending import Recommended
from movie.services.times import times_count
from movie.visitors import Visitor
from pytorch_models.base import Answer
from pytorch_models.history import History

logger = logging.getLogger(__name__)


def list_record(*, visitor: Visitor, model: str, shown: Recommended) -> UUID | None:
    """Keep the list that the page of `model`, or a page with several models' lists, is about to show; returns its id.

    None where there is no list, where it cannot be kept now, or where a click that it was made of was deleted
    meanwhile. The page is shown all the same.
    """
    if not shown.movies or shown.history is None:
        return None
    made = shown if isinstance(shown, Mixed) else _by_one(shown)
    times_count({name: answer.milliseconds for name, answer in made.answers.items()})
    receipt = _receipt(visitor, model, made, shown.history)
    return receipt.list_id if _keep(receipt, visitor) else None


def new_list_id() -> UUID:
    return new_event_id(at=datetime.now(UTC), entropy=os.urandom(10))


def list_receipt(*, visitor: Visitor, list_id: UUID) -> ListReceipt | None:
    """The receipt of a list that this visitor was shown; None for anybody else's, and where it is not kept."""
    receipt = selectors.list_receipt(list_id=list_id)
    return receipt if receipt and receipt.owner == visitor.owner else None


def lists_forget(*, owner: str) -> None:
    """Delete every list that the owner was shown."""
    ListShown.objects.filter(owner=owner).delete()


def lists_give(*, visitor_id: str, user_id: str) -> None:
    """Lists that a visitor was shown are the user's from now on."""
    ListShown.objects.filter(owner=owner_of(visitor_id, None)).update(owner=owner_of(visitor_id, user_id))


def lists_expire(before: datetime, *, visitors_only: bool) -> int:
    """Delete lists shown before `before`, to visitors who are not signed in, or to everybody; returns how many."""
    old = ListShown.objects.filter(at__lt=before)
    return delete_in_batches(old.filter(owner__startswith=VISITORS) if visitors_only else old)


def _by_one(shown: Recommended) -> Mixed:
    """A list by one model, in the form of one by two."""
    assert shown.answer is not None
    return Mixed(
        shown.state,
        shown.movies,
        list_id=new_list_id(),
        model=shown.model,
        answers={shown.model: shown.answer},
        teams=(shown.model,) * len(shown.movies),
        left_out=shown.left_out,
        asked=shown.asked,
    )


def _receipt(visitor: Visitor, model: str, made: Mixed, history: History) -> ListReceipt:
    movie_ids = tuple(each.movie.id for each in made.movies)
    score = {(name, item.movie_id): item.score for name, answer in made.answers.items() for item in answer.items}
    return ListReceipt(
        list_id=made.list_id,
        owner=visitor.owner,
        model=model,
        instead=made.model if model in PREDICTORS and made.model != model else "",
        at=datetime.now(UTC),
        movie_ids=movie_ids,
        scores=tuple(score[pick].hex() for pick in zip(made.teams, movie_ids, strict=True)),
        teams=made.teams if len(made.answers) > 1 else (),
        parts=tuple(_part(name, answer, k=made.asked) for name, answer in made.answers.items()),
        clicks=tuple(event.event_id for event in history.counted() if event.event_id),
        passed=tuple(sorted(history.passed)),
        seen=receipts.digest(history.exclude),
        left_out=made.left_out,
        versions=receipts.versions(),
        machine=receipts.machine(),
    )


def _part(name: str, answer: Answer, *, k: int) -> Part:
    told = {setting: getattr(settings, setting) for setting in predictor(name).settings_read}
    by = answer.receipt
    return Part(name, by.checkpoint, by.trained, by.seed, k, told)


def _keep(receipt: ListReceipt, visitor: Visitor) -> bool:
    """Insert first, then look for deletions and wait for one that is being written: either this sees it, and takes
    the row back, or the deletion sees the row (as in movie.events.feed)."""
    try:
        with impatient(), transaction.atomic():
            row = ListShown.objects.create(visitor_id=visitor.id, **columns_of(receipt))
            if outbox.changed_lately(visitor.owner) & set(receipt.clicks):
                row.delete()
                return False
    except DatabaseError as error:
        logger.warning("a list of %s was not kept: %s", receipt.model, error)
        return False
    return True


def columns_of(receipt: ListReceipt) -> dict[str, Any]:
    """The receipt as ListShown has it: what the table has columns for, and the rest in one."""
    rest = receipt.to_json()
    columns = ("list_id", "owner", "model", "instead", "at", "movie_ids", "scores", "teams")
    return {name: rest.pop(name) for name in columns} | {"at": receipt.at, "receipt": rest}
