"""One value of a Daum-style row, as its tables hold it, in the site's form."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from typing import Any

from django.utils import timezone

from movie.catalogue import facts
from movie.catalogue.titles import take_apart
from movie.models import Movie, Person, Rating

NOBODY = {"", "닉네임", "닉네임을 등록해 주세요", "휴면 사용자"}
"""What the site shows where a user has no name: many people, whom a model must not take for one."""
MILLISECONDS_FROM = 100_000_000_000
"""A number this big counts milliseconds: as seconds it would be the year 5138."""

_YEAR = re.compile(r",\s*(\d{4})$")
_IN_BRACKETS = re.compile(r"\([^()]*\)")
_BETWEEN_NAMES = re.compile(r"\s*[,;|\n]\s*")
_DOTTED = re.compile(r"(\d{4})\.\s*(\d{1,2})\.\s*(\d{1,2})\.?,?(?:\s+(\d{1,2}):(\d{2})(?::(\d{2}))?)?")
"""A date as Daum's pages write it: 2018.08.20, 12:31"""


class BadRowError(ValueError):
    """A row that cannot be used; the message says what kind of row, and is counted."""


def title_and_year(text: str) -> tuple[str, int | None]:
    """ "Parasite, 2019" and "Parasite (2019)" are "Parasite" of 2019."""
    if found := _YEAR.search(text):
        return text[: found.start()].strip(), int(found[1])
    title = take_apart(text)
    return title.title, title.year


def names(text: str) -> tuple[str, ...]:
    """Names between commas, bars or line ends, without the part that stands behind each in brackets."""
    plain = _BETWEEN_NAMES.sub(", ", _IN_BRACKETS.sub("", text).strip(" []\n"))
    stripped = (name.strip(" '\"") for name in facts.names(plain))
    most = Person._meta.get_field("name").max_length or 0
    return tuple(dict.fromkeys(name for name in stripped if 0 < len(name) <= most))


def url(text: str) -> str:
    """The address by HTTPS, which is all that pages show pictures from; "" where it is none, or too long to keep."""
    https = re.sub(r"^(http:)?//", "https://", text)
    most = Movie._meta.get_field("poster_url").max_length or 0
    return https if https.startswith("https://") and len(https) <= most and not re.search(r"[\s<>\"]", https) else ""


def user(value: Any) -> str:
    name = text(value)
    if name in NOBODY:
        raise BadRowError("ratings of nobody (no name, or what stands for none)")
    if len(name) > (Rating._meta.get_field("user").max_length or 0) or "\0" in name:
        raise BadRowError("ratings whose nickName is too long")
    return name


def movie(value: Any, known: set[int]) -> int:
    movie_id = whole(value, "ratings without a whole number as movieId")
    if movie_id not in known:
        raise BadRowError("ratings of movies that daum_movies does not have")
    return movie_id


def star(value: Any) -> int:
    """Half up to a whole number from 1; Daum's 0 is its worst, while ours says that no star was given."""
    try:
        rating = float(value)
    except (TypeError, ValueError):
        rating = math.nan
    if not 0 <= rating <= 10:
        raise BadRowError("ratings that are no number from 0 to 10")
    return max(1, math.floor(rating + 0.5))


def milliseconds(value: Any) -> int:
    """Since 1970, UTC. value: seconds or milliseconds, a date and time (of the site's zone, if none), or nothing."""
    if value is None or value == "":
        return 0
    try:
        if isinstance(value, str) and not re.fullmatch(r"\d+(\.\d+)?", value.strip()):
            value = _date(value.strip())
        if isinstance(value, datetime):
            value = (value if timezone.is_aware(value) else timezone.make_aware(value)).timestamp()
        seconds = float(value)
        found = int(seconds if seconds >= MILLISECONDS_FROM else seconds * 1000)
    except (TypeError, ValueError, OverflowError):
        raise BadRowError("ratings whose timestamp is no time") from None
    if not 0 <= found <= datetime.max.replace(tzinfo=UTC).timestamp() * 1000:
        raise BadRowError("ratings whose timestamp is no time")
    return found


def _date(written: str) -> datetime:
    dotted = _DOTTED.fullmatch(written)
    if dotted is None:
        return datetime.fromisoformat(written)
    year, month, day, hour, minute, second = (int(part or 0) for part in dotted.groups())
    return datetime(year, month, day, hour, minute, second)


def whole(value: Any, otherwise: str) -> int:
    written = str(value).strip()
    if not written.isascii() or not written.isdigit() or int(written) >= 2**63:
        raise BadRowError(otherwise)
    return int(written)


def text(value: Any) -> str:
    """Text without what no page shows; bytes, as columns of binary text give them, are UTF-8."""
    found = value.decode("utf-8", "replace") if isinstance(value, bytes) else "" if value is None else str(value)
    return found.replace("\0", "").strip()
