"""A Daum-style catalogue: the tables daum_movies and daum_ratings of an existing database, read and never written."""

from __future__ import annotations

import math
import re
from array import array
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import numpy as np
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import DEFAULT_DB_ALIAS, ConnectionHandler
from django.utils import timezone
from django.utils.module_loading import import_string

from config import databases
from movie.catalogue.base import Catalogue, DataError, Film
from movie.catalogue.facts import names
from movie.catalogue.titles import take_apart
from movie.models import Movie, Person, Rating
from pytorch_models.datasets.id_map import IdMap
from pytorch_models.datasets.interactions import Interactions

MOVIES = (
    "daum_movies",
    ("movieId", "titleKo", "titleEn", "synopsis", "cast", "mainPageUrl", "posterUrl", "numOfSiteRatings"),
)
RATINGS = ("daum_ratings", ("nickName", "movieId", "rating", "timestamp"))
NOBODY = {"", "닉네임", "닉네임을 등록해 주세요", "휴면 사용자"}
"""What the site shows where a user has no name: many people, whom a model must not take for one."""
ROWS_AT_ONCE = 5_000
MILLISECONDS_FROM = 100_000_000_000
"""A number this big counts milliseconds: as seconds it would be the year 5138."""

_YEAR = re.compile(r",\s*(\d{4})$")
_IN_BRACKETS = re.compile(r"\([^()]*\)")
_BETWEEN_NAMES = re.compile(r"\s*[,;|\n]\s*")


class _BadRowError(ValueError):
    """A row that cannot be used; the message says what kind of row, and is counted."""


def read(url: str) -> Catalogue:
    """The catalogue at `url`, as it was at one moment. What its rows lack is counted in `passed_over`.

    Memory: the films, and 25 bytes a rating. Raises DataError.
    """
    try:
        with _connected(url) as connection:
            passed_over: Counter[str] = Counter()
            films = _films(_rows(connection, *MOVIES), passed_over)
            ratings = _ratings(_rows(connection, *RATINGS), {film.id for film in films}, passed_over)
    except databases.DatabaseUrlError as error:
        raise DataError(f"--database: {error}") from None
    except (DatabaseError, ImproperlyConfigured) as error:
        raise DataError(f"--database: {error}") from error
    return Catalogue("daum", films, ratings, passed_over)


@contextmanager
def _connected(url: str) -> Iterator[BaseDatabaseWrapper]:
    """A connection of its own that can only read, inside one transaction."""
    connection = ConnectionHandler({DEFAULT_DB_ALIAS: _reading(databases.from_url(url))})[DEFAULT_DB_ALIAS]
    try:
        with connection.cursor() as cursor:
            mysql = connection.vendor == "mysql"
            cursor.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY" if mysql else "BEGIN")
        yield connection
    finally:
        connection.close()


def _reading(settings: dict[str, Any]) -> dict[str, Any]:
    if settings["ENGINE"].endswith("sqlite3"):
        return settings | {"NAME": f"file:{quote(str(settings['NAME']))}?mode=ro", "OPTIONS": {}}
    zone = timezone.localtime().isoformat()[-6:]  # +09:00: what dates without a zone are taken to be
    options = {
        "isolation_level": "repeatable read",  # one moment for both tables
        "cursorclass": import_string("MySQLdb.cursors.SSCursor"),  # rows as they come, not all at once
        "init_command": f"SET time_zone = '{zone}'",
    }
    return settings | {"OPTIONS": settings["OPTIONS"] | options}


def _rows(connection: BaseDatabaseWrapper, table: str, columns: tuple[str, ...]) -> Iterator[tuple[Any, ...]]:
    quoted = connection.ops.quote_name
    with connection.cursor() as cursor:
        if table not in connection.introspection.table_names(cursor):
            raise DataError(f"--database: expected a table {table} (there is none)")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {quoted(table)} LIMIT 0")  # noqa: S608  (a name of ours)
        there = {column[0].casefold() for column in cursor.description}
    missing = [column for column in columns if column.casefold() not in there]
    if missing:
        raise DataError(f"--database: expected columns {', '.join(missing)} in {table} (there are none)")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(map(quoted, columns))} FROM {quoted(table)}")  # noqa: S608  (names of ours)
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            yield from rows


def _films(rows: Iterator[tuple[Any, ...]], passed_over: Counter[str]) -> list[Film]:
    films: dict[int, Film] = {}
    for row in rows:
        try:
            film = _film(*row)
        except _BadRowError as error:
            passed_over[str(error)] += 1
            continue
        if film.id in films:
            passed_over["movies whose movieId stands twice"] += 1
        films.setdefault(film.id, film)
    return [films[movie_id] for movie_id in sorted(films)]


def _film(
    movie_id: Any, title_ko: Any, title_en: Any, synopsis: Any, cast: Any, page_url: Any, poster_url: Any, times: Any
) -> Film:
    english, year = _title_and_year(_text(title_en))
    korean, most = _text(title_ko), Movie._meta.get_field("title").max_length
    number = _whole(movie_id, "movies without a whole number as movieId")
    return Film(
        number,
        (english or korean or f"Movie {number}")[:most],
        year,
        title_ko=korean[:most],
        synopsis=_text(synopsis),
        cast=_names(_text(cast)),
        page_url=_url(_text(page_url)),
        poster_url=_url(_text(poster_url)),
        times_rated=int(times) if isinstance(times, int) and times > 0 else 0,
    )


def _title_and_year(text: str) -> tuple[str, int | None]:
    """ "Parasite, 2019" and "Parasite (2019)" are "Parasite" of 2019."""
    if found := _YEAR.search(text):
        return text[: found.start()].strip(), int(found[1])
    title = take_apart(text)
    return title.title, title.year


def _names(text: str) -> tuple[str, ...]:
    """Names between commas, bars or line ends, without the part that stands behind each in brackets."""
    plain = _BETWEEN_NAMES.sub(", ", _IN_BRACKETS.sub("", text).strip(" []\n"))
    stripped = (name.strip(" '\"") for name in names(plain))
    most = Person._meta.get_field("name").max_length or 0
    return tuple(dict.fromkeys(name for name in stripped if 0 < len(name) <= most))


def _url(text: str) -> str:
    """The address by HTTPS, which is all that pages show pictures from; "" where it is none, or too long to keep."""
    https = re.sub(r"^(http:)?//", "https://", text)
    most = Movie._meta.get_field("poster_url").max_length or 0
    return https if https.startswith("https://") and len(https) <= most and not re.search(r"[\s<>\"]", https) else ""


@dataclass
class _Columns:
    """Ratings as they are read, in arrays: a list of tuples would take ten times the memory."""

    user: array[int] = field(default_factory=lambda: array("q"))
    movie: array[int] = field(default_factory=lambda: array("q"))
    star: array[int] = field(default_factory=lambda: array("b"))
    at: array[int] = field(default_factory=lambda: array("q"))


def _ratings(rows: Iterator[tuple[Any, ...]], known: set[int], passed_over: Counter[str]) -> Interactions:
    columns, numbers = _Columns(), dict[str, int]()
    for nick_name, movie_id, rating, timestamp in rows:
        try:
            user, movie = _user(nick_name), _movie(movie_id, known)
            star, at = _star(rating), _milliseconds(timestamp)
        except _BadRowError as error:
            passed_over[str(error)] += 1
            continue
        columns.user.append(numbers.setdefault(user, len(numbers)))
        columns.movie.append(movie)
        columns.star.append(star)
        columns.at.append(at)
    ratings = _interactions(columns, np.array(list(numbers), dtype=str))
    if older := len(columns.user) - len(ratings):
        passed_over["ratings that their user gave anew later"] += older
    return ratings


def _interactions(columns: _Columns, users: np.ndarray) -> Interactions:
    """users: (n_users,) names by number. Numbers are sorted as names, so that names need no row a rating."""
    ascending = np.argsort(users)
    number_of = np.empty(len(users), np.int64)
    number_of[ascending] = np.arange(len(users))
    by_number = Interactions.of(
        number_of[np.frombuffer(columns.user, np.int64)] if len(users) else np.empty(0, np.int64),
        np.array(columns.movie, np.int64),
        star=np.array(columns.star, np.int8),
        at=np.array(columns.at, np.int64),
    )
    return replace(by_number, users=IdMap(users[ascending]))


def _user(value: Any) -> str:
    name = _text(value)
    if name in NOBODY:
        raise _BadRowError("ratings of nobody (no name, or what stands for none)")
    if len(name) > (Rating._meta.get_field("user").max_length or 0) or "\0" in name:
        raise _BadRowError("ratings whose nickName is too long")
    return name


def _movie(value: Any, known: set[int]) -> int:
    movie_id = _whole(value, "ratings without a whole number as movieId")
    if movie_id not in known:
        raise _BadRowError("ratings of movies that daum_movies does not have")
    return movie_id


def _star(value: Any) -> int:
    """Half up to a whole number from 1; Daum's 0 is its worst, while ours says that no star was given."""
    try:
        rating = float(value)
    except (TypeError, ValueError):
        rating = math.nan
    if not 0 <= rating <= 10:
        raise _BadRowError("ratings that are no number from 0 to 10")
    return max(1, math.floor(rating + 0.5))


def _milliseconds(value: Any) -> int:
    """Since 1970, UTC. value: seconds or milliseconds, a date and time (of the site's zone, if none), or nothing."""
    if value is None or value == "":
        return 0
    try:
        if isinstance(value, str) and not re.fullmatch(r"\d+(\.\d+)?", value.strip()):
            value = datetime.fromisoformat(value.strip())
        if isinstance(value, datetime):
            value = (value if timezone.is_aware(value) else timezone.make_aware(value)).timestamp()
        seconds = float(value)
        milliseconds = int(seconds if seconds >= MILLISECONDS_FROM else seconds * 1000)
    except (TypeError, ValueError, OverflowError):
        raise _BadRowError("ratings whose timestamp is no time") from None
    if not 0 <= milliseconds <= datetime.max.replace(tzinfo=UTC).timestamp() * 1000:
        raise _BadRowError("ratings whose timestamp is no time")
    return milliseconds


def _whole(value: Any, otherwise: str) -> int:
    text = str(value).strip()
    if not text.isascii() or not text.isdigit() or int(text) >= 2**63:
        raise _BadRowError(otherwise)
    return int(text)


def _text(value: Any) -> str:
    """Text without what no page shows; bytes, as columns of binary text give them, are UTF-8."""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else "" if value is None else str(value)
    return text.replace("\0", "").strip()
