"""A list's receipt: what it takes to make the same list again, as JSON that its owner can keep.

It names clicks by their ids alone, and says nothing of what was clicked: once they are deleted, nobody can tell.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Self
from uuid import UUID

from pytorch_models.checkpoint import versions_of

SCHEMA = 1


class ReceiptError(ValueError):
    """What was given is no receipt; the message says what was expected."""


@dataclass(frozen=True)
class Part:
    """A model's part in a list: all of it, or what it put into a mix."""

    model: str
    checkpoint: str
    """The hash of its weights; "" for a model that has none."""
    trained: str
    """When the weights were made, as their checkpoint says it."""
    seed: int
    k: int
    """How many movies it was asked for."""
    settings: dict[str, Any]
    """The site's settings that change its answers."""


@dataclass(frozen=True)
class ListReceipt:
    """A list that was shown, and how it came about."""

    list_id: UUID
    owner: str
    """Whose clicks they are: user#… or visitor#…."""
    model: str
    """Whose page showed it."""
    instead: str
    """The model that stood in for that one, "" where none had to."""
    at: datetime
    movie_ids: tuple[int, ...]
    scores: tuple[str, ...]
    """By rank, as `float.hex` writes them."""
    teams: tuple[str, ...]
    """By rank the model whose pick it was, where two made the list."""
    parts: tuple[Part, ...]
    clicks: tuple[UUID, ...]
    """The events that the models read, newest first."""
    passed: tuple[int, ...]
    """Movies that they were told were passed over."""
    seen: str
    """What `digest` says of the movies that were kept out."""
    left_out: tuple[int, ...]
    """Movies that the models named and the catalogue had no more."""
    versions: dict[str, str]
    machine: str

    def __post_init__(self) -> None:
        n, makers = len(self.movie_ids), len(self.parts)
        if (len(self.scores), len(self.teams), makers) not in [(n, 0, 1), (n, n, 2)]:
            got = f"{len(self.scores)} scores, {len(self.teams)} teams and {makers} parts for {n} movies"
            raise ValueError(f"Expected a score a movie and one part, or two parts and a team a movie (got {got})")

    def to_json(self) -> dict[str, Any]:
        """All of it, in JSON's types."""
        plain = {
            "list_id": str(self.list_id),
            "at": self.at.isoformat(),
            "clicks": [str(each) for each in self.clicks],
        }
        lists = {name: list(getattr(self, name)) for name in ("movie_ids", "scores", "teams", "passed", "left_out")}
        return {"schema": SCHEMA} | asdict(self) | plain | lists | {"parts": [asdict(part) for part in self.parts]}

    @classmethod
    def of_json(cls, found: Any) -> Self:
        """The reverse of `to_json`. Raises ReceiptError."""
        if not isinstance(found, Mapping) or found.get("schema") != SCHEMA:
            raise ReceiptError(f"expected a receipt, a JSON object with 'schema' {SCHEMA}")
        expected = {field.name for field in fields(cls)}
        if odd := (found.keys() - {"schema"}) ^ expected:
            raise ReceiptError(f"expected the fields of a receipt, no more and no less (differs in: {_named(odd)})")
        try:
            return cls(**{name: _READERS.get(name, _text)(found[name]) for name in expected})
        except (TypeError, ValueError, AttributeError) as error:
            raise ReceiptError(f"expected a receipt as the site wrote it ({error})") from error


def digest(movie_ids: Iterable[int]) -> str:
    """Tells two sets of movies apart."""
    return hashlib.sha256(" ".join(map(str, sorted(movie_ids))).encode()).hexdigest()[:16]


@cache
def versions() -> dict[str, str]:
    """Of what a list depends on, as this process has it."""
    return versions_of()


@cache
def machine() -> str:
    """What kind of processor this is: libraries choose their instructions by it, and so how they round."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:  # not Linux
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return " ".join([platform.machine(), *names[:1]])


def _named(names: Iterable[object]) -> str:
    return ", ".join(sorted(map(str, names)))[:200]


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"not a text: {value!r:.40}")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(map(_text, value))


def _score(value: Any) -> str:
    return float.fromhex(_text(value)).hex()


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"not a whole number: {value!r:.40}")
    return value


def _wholes(value: Any) -> tuple[int, ...]:
    return tuple(map(_whole, value))


def _time(value: Any) -> datetime:
    return datetime.fromisoformat(_text(value)).astimezone(UTC)


def _by_name(value: Any) -> dict[str, Any]:
    return {_text(name): each for name, each in value.items()}


def _parts(value: Any) -> tuple[Part, ...]:
    readers: dict[str, Any] = {"seed": _whole, "k": _whole, "settings": _by_name}
    return tuple(Part(**{name: readers.get(name, _text)(each) for name, each in part.items()}) for part in value)


_READERS: dict[str, Any] = {
    "list_id": lambda value: UUID(_text(value)),
    "at": _time,
    "movie_ids": _wholes,
    "scores": lambda value: tuple(map(_score, value)),
    "teams": _texts,
    "parts": _parts,
    "clicks": lambda value: tuple(UUID(_text(each)) for each in value),
    "passed": _wholes,
    "left_out": _wholes,
    "versions": _by_name,
}
