"""What visitors do, written and read back: clicks, histories, deletion, export."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.conf import settings

from movie import metrics, selectors
from movie.clicks import click_log
from movie.clicks.base import ClickEvent, ClickLogError, EventIdError, check_time, new_event_id, user_of
from movie.events import feed, journal, outbox
from movie.models import Mark
from movie.services.history import exported
from movie.services.lists import lists_expire, lists_forget, lists_give
from movie.services.opinions import READ
from movie.visitors import Visitor

LONGEST_PAGE_URL, LOWEST_RANK = 500, 1000
MODEL_NAME = "[a-z0-9_-]+"
"""What a click may say of where it happened; the model's name as a pattern."""


class UnknownMovieError(LookupError):
    """No movie has this id."""


OUTCOMES: dict[type[Exception], str] = {
    UnknownMovieError: "unknown_movie",
    EventIdError: "bad_id",
    ClickLogError: "unavailable",
}
"""What a refusal is called where refusals are counted."""
ALSO_EXPORTED: dict[str, Callable[[str], list[dict[str, object]]]] = {}
"""By name what apps above this one keep of an account, told by its number. An app adds its own when it is ready; it
deletes it by a foreign key to the account, with that."""


@dataclass(frozen=True)
class Source:
    """Where a click happened: the page, and the recommendation that was clicked."""

    page_url: str = ""
    list_id: str = ""
    model: str = ""
    rank: int | None = None


def click_record(
    *,
    visitor: Visitor,
    movie_id: int,
    event_id: UUID | None,
    source: Source,
    kind: str = "click",
    star: int | None = None,
    now: datetime | None = None,
) -> ClickEvent:
    """Log a click, a star (1–10, half stars doubled), an "unstar" or a "hide", once an event id.

    Raises UnknownMovieError or EventIdError, nothing logged; or ClickLogError: then it may still appear, once.
    """
    now = now or datetime.now(UTC)
    with _counted(kind):
        now = now.replace(microsecond=now.microsecond // 1000 * 1000)
        event_id = event_id or new_event_id(at=now, entropy=os.urandom(10))
        check_time(event_id, now=now)
        if not selectors.movie_exists(movie_id=movie_id):
            raise UnknownMovieError(f"no movie has the id {movie_id}")
        event = ClickEvent(
            event_id=event_id,
            visitor_id=visitor.id,
            user_id=visitor.user,
            movie_id=movie_id,
            at=now,
            kind=kind,
            star=star,
            page_url=source.page_url,
            list_id=source.list_id,
            model=source.model,
            rank=source.rank,
        )
        journal.click(event)
        return event


@contextmanager
def _counted(kind: str) -> Iterator[None]:
    """Count for Prometheus what becomes of an event of this kind."""
    outcome = "error"
    try:
        yield
        outcome = "accepted"
    except Exception as error:
        outcome = next((name for kinds, name in OUTCOMES.items() if isinstance(error, kinds)), outcome)
        raise
    finally:
        metrics.CLICKS.labels(kind, outcome).inc()


def click_remove(*, visitor: Visitor, event_id: UUID) -> ClickEvent | None:
    """Take one event out of the visitor's history and every other store; returns it, None where it is not there."""
    return journal.delete(visitor.owner, event_id)


def hide_undo(*, visitor: Visitor, movie_id: int) -> int:
    """Take back that the movie does not interest the visitor; returns how many of their events said so.

    These are deleted: then everything is as it was before, also what they had clicked and starred. Of a history of
    more than READ events, those among the newest, and of the older ones what the training feed knows, as everything
    that shows a hide does. Raises ClickLogError.
    """
    return journal.delete_said(visitor.owner, movie_id=movie_id, kind="hide", newest=READ)


def history_clear(*, visitor: Visitor) -> int:
    """Take every click out of the visitor's history and every other store, and every list that was made of them;
    returns how many clicks there were."""
    return journal.delete_all(visitor.owner, also=lambda: lists_forget(owner=visitor.owner))


def owner_forget(*, owner: str) -> None:
    """Delete all that `owner` did, in every store: history, lists that they were shown, and marks."""

    def made_of_it() -> None:
        lists_forget(owner=owner)
        Mark.objects.filter(owner=owner).delete()

    journal.delete_all(owner, also=made_of_it)


def history_merge(*, visitor: Visitor, user_id: str) -> int:
    """Give the visitor's history and lists to the user they sign in as; returns how many events moved."""
    return journal.merge(visitor.id, user_id, also=lambda: lists_give(visitor_id=visitor.id, user_id=user_id))


def events_expire(*, now: datetime | None = None) -> int:
    """Delete what the settings keep no longer, from every store; returns how many events the click log had of it.

    Raises ClickLogError.
    """
    now = now or datetime.now(UTC)
    of_visitors = now - timedelta(days=settings.CLICKLOG_VISITOR_DAYS)
    of_all = now - timedelta(days=settings.CLICKLOG_DAYS)
    removed = 0
    for before, visitors_only in ((of_visitors, True), (of_all, False)):
        removed += click_log().expire(before, visitors_only=visitors_only)
        feed.expire(before, visitors_only=visitors_only)
        outbox.expire(before, visitors_only=visitors_only)
        lists_expire(before, visitors_only=visitors_only)
    outbox.prune(now=now)
    feed.prune(now=now)
    return removed


def events_export(*, owner: str) -> dict[str, list[dict[str, object]]]:
    """Every event of `owner` by the store that has it; in the click log newest first, with its movie's titles; and
    every list that they were shown; their marks, their account and what else is kept with it, where they have one.

    Raises ClickLogError.
    """
    events = list(click_log().every(owner))
    movies = {movie.id: movie for movie in selectors.movies_in_order(ids=list({e.movie_id for e in events}))}
    return {
        "click_log": [exported(event, movies.get(event.movie_id)) for event in events],
        "training_feed": selectors.feed_of(owner=owner),
        "outbox": outbox.bodies_of(owner),
        "lists_shown": [receipt.to_json() for receipt in selectors.list_receipts(owner=owner)],
        "marks": selectors.marks_exported(owner=owner),
        **_of_account(owner),
    }


def _of_account(owner: str) -> dict[str, list[dict[str, object]]]:
    """What is kept with the owner's account; nothing where they have none."""
    user = user_of(owner)
    account = selectors.account_exported(user=user) if user else []
    return {"account": account} | {
        name: rows(user) if user and account else [] for name, rows in ALSO_EXPORTED.items()
    }
