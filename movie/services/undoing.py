"""Putting back what was just removed from a history.

What is removed is deleted at once, in every place, and its id is remembered so that no late copy comes back. So the
browser alone keeps it, for REMOVED_SECONDS, signed and bound to whose it was; and who puts it back makes a new event
with the same content, the old time and the old place in the history. The new id hangs on the old one alone: pressed
twice it is the same event, and once that was removed too, it does not come back by the same token.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.core import signing

from movie import selectors
from movie.clicks.base import ClickEvent, new_event_id, time_of
from movie.events import journal
from movie.services.history import Entry
from movie.visitors import Visitor

REMOVED_COOKIE = "removed"
REMOVED_SECONDS = 120
_SALT = "movie.services.undoing"


class TooLateError(LookupError):
    """The token is not one of this visitor's, or too old."""


def removal_token(event: ClickEvent) -> str:
    """`event`, for the browser of whose it was to keep."""
    plain = asdict(event) | {"event_id": str(event.event_id), "at": event.at.isoformat()}
    return signing.dumps({"owner": event.owner, "event": plain}, salt=_SALT, compress=True)


def removed_lately(*, visitor: Visitor, token: str) -> Entry | None:
    """What the token can put back; None where nothing."""
    try:
        event = _event(visitor, token)
    except TooLateError:
        return None
    return Entry(event, selectors.movie_card(movie_id=event.movie_id))


def history_restore(*, visitor: Visitor, token: str) -> ClickEvent:
    """Put the removed event back, under a new id; returns it. Raises TooLateError, ClickLogError."""
    event = _event(visitor, token)
    entropy = sha256(f"put back {event.event_id}".encode()).digest()
    again = replace(event, event_id=new_event_id(at=time_of(event.event_id), entropy=entropy))
    journal.click(again)
    return again


def _event(visitor: Visitor, token: str) -> ClickEvent:
    try:
        found: dict[str, Any] = signing.loads(token, salt=_SALT, max_age=REMOVED_SECONDS)
    except signing.BadSignature as error:
        raise TooLateError("nothing was removed a moment ago") from error
    if found["owner"] != visitor.owner:
        raise TooLateError("it was not yours")
    plain = found["event"]
    return ClickEvent(
        **plain | {"event_id": UUID(plain["event_id"]), "at": datetime.fromisoformat(plain["at"])},
    )
