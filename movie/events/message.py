"""What travels: a click, a deletion or a merge, and its JSON with a schema version.

Deletions and merges name the events they are about, not "everything so far". So each can be applied again, late, or
from another partition than the events themselves, and the result is the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any, ClassVar, TypeAlias
from uuid import UUID

from movie.clicks.base import ClickEvent, owner_of

SCHEMA = 1
CLICK_KINDS = ("click", "star", "unstar", "hide")
MOST_IDS = 500
"""A deletion or merge of more events travels as several: a message stays far below a broker's limit of 1 MB."""


class MessageError(ValueError):
    """A value that is no message; the text says what was expected and what came."""


@dataclass(frozen=True)
class Change:
    """Something that happened to events of one visitor."""

    kind: ClassVar[str]
    event_id: UUID
    """Its own, made by the server."""
    visitor_id: str
    user_id: str | None
    at: datetime
    event_ids: tuple[UUID, ...]
    """The events it is about, all made by `visitor_id`."""


@dataclass(frozen=True)
class Deletion(Change):
    """These events are gone from the history of `user_id`, or of the visitor where that is None."""

    kind: ClassVar[str] = "delete"

    @property
    def owner(self) -> str:
        return owner_of(self.visitor_id, self.user_id)


@dataclass(frozen=True)
class Merge(Change):
    """These events of a visitor are the user's from now on. It travels behind them, so under the visitor's key."""

    kind: ClassVar[str] = "merge"
    user_id: str

    @property
    def owner(self) -> str:
        return owner_of(self.visitor_id, None)

    @property
    def new_owner(self) -> str:
        return owner_of(self.visitor_id, self.user_id)


Message: TypeAlias = ClickEvent | Deletion | Merge


def to_json(message: Message) -> str:
    """`message` as JSON, flat, with "schema" and "kind"; times in ISO 8601 with milliseconds, UTC."""
    value = {"schema": SCHEMA, "kind": message.kind} | asdict(message)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds")
    assert isinstance(value, UUID), value
    return str(value)


def parse(value: bytes | str | None) -> Message:
    """The message in `value`. Raises MessageError where it is none, or one that the tables could not hold."""
    found = _object(value)
    if found.pop("schema", None) != SCHEMA:
        raise MessageError(f"expected 'schema' {SCHEMA}")
    kind = found.get("kind")
    make: type[Message]
    if kind in CLICK_KINDS:
        make = ClickEvent
    elif kind in (Deletion.kind, Merge.kind):
        make = Deletion if kind == Deletion.kind else Merge
        del found["kind"]
    else:
        raise MessageError(f"expected 'kind' to be one of {', '.join(CLICK_KINDS)}, delete, merge (got {kind!r:.40})")
    expected = {field.name for field in fields(make)}
    if found.keys() != expected:
        odd = ", ".join(sorted(found.keys() ^ expected))
        raise MessageError(f"expected the fields of a {kind}, no more and no less (differs in: {odd:.200})")
    if make is Merge and found["user_id"] is None:
        raise MessageError("expected 'user_id' of a merge to be a text (got None)")
    return make(**{name: _read(name, each) for name, each in found.items()})


def _object(value: bytes | str | None) -> dict[str, Any]:
    try:
        found = json.loads(value or b"")
    except (ValueError, RecursionError) as error:
        raise MessageError(f"expected JSON ({error})") from error
    if not isinstance(found, dict):
        raise MessageError(f"expected a JSON object (got {type(found).__name__})")
    return found


def _read(name: str, value: object) -> Any:
    try:
        return _READERS[name](value)
    except (TypeError, ValueError, AttributeError) as error:
        raise MessageError(f"expected '{name}' {_READERS[name].__doc__} (got {value!r:.60})") from error


def _text(least: int, most: int, *, optional: bool = False) -> Callable[[Any], str | None]:
    def read(value: Any) -> str | None:
        if value is None and optional:
            return None
        if not isinstance(value, str) or not least <= len(value) <= most:
            raise ValueError
        value.encode()  # half of a surrogate pair is no text
        return value

    read.__doc__ = f"to be a text of {least} to {most} characters" + (" or null" if optional else "")
    return read


def _whole(least: int, most: int, *, optional: bool = False) -> Callable[[Any], int | None]:
    def read(value: Any) -> int | None:
        if value is None and optional:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise ValueError
        return value

    read.__doc__ = f"to be a whole number from {least} to {most}" + (" or null" if optional else "")
    return read


def _id(value: Any) -> UUID:
    """to be a UUID"""
    return UUID(value)


def _ids(value: Any) -> tuple[UUID, ...]:
    """to be a list of UUIDs"""
    if not isinstance(value, list):
        raise TypeError
    return tuple(UUID(each) for each in value)


def _time(value: Any) -> datetime:
    """to be a time of the years 2000 to 2999 with its zone, in ISO 8601"""
    at = datetime.fromisoformat(value)
    if at.tzinfo is None or not 2000 <= at.year < 3000:  # every database has these, in every zone
        raise ValueError
    return at.astimezone(UTC)


_READERS: dict[str, Callable[[Any], Any]] = {
    "event_id": _id,
    "event_ids": _ids,
    "visitor_id": _text(1, 40),
    "user_id": _text(1, 150, optional=True),
    "movie_id": _whole(-(2**63), 2**63 - 1),
    "at": _time,
    "kind": _text(1, 10),
    "star": _whole(1, 10, optional=True),
    "page_url": _text(0, 500),
    "list_id": _text(0, 40),
    "model": _text(0, 40),
    "rank": _whole(0, 2**15 - 1, optional=True),
}
