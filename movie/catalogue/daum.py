"""A Daum-style catalogue: the tables daum_movies and daum_ratings of an existing database, read and never written."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
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
from movie.catalogue import daum_values as values
from movie.catalogue.base import Catalogue, DataError, Film
from movie.models import Movie
from pytorch_models.datasets.id_map import IdMap
from pytorch_models.datasets.interactions import Interactions

MOVIES = (
    "daum_movies",
    ("movieId", "titleKo", "titleEn", "synopsis", "cast", "mainPageUrl", "posterUrl", "numOfSiteRatings"),
)
RATINGS = ("daum_ratings", ("nickName", "movieId", "rating", "timestamp"))
ROWS_AT_ONCE = 5_000


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
        except values.BadRowError as error:
            passed_over[str(error)] += 1
            continue
        if film.id in films:
            passed_over["movies whose movieId stands twice"] += 1
        films.setdefault(film.id, film)
    return [films[movie_id] for movie_id in sorted(films)]


def _film(
    movie_id: Any, title_ko: Any, title_en: Any, synopsis: Any, cast: Any, page_url: Any, poster_url: Any, times: Any
) -> Film:
    english, year = values.title_and_year(values.text(title_en))
    korean, most = values.text(title_ko), Movie._meta.get_field("title").max_length
    number = values.whole(movie_id, "movies without a whole number as movieId")
    return Film(
        number,
        (english or korean or f"Movie {number}")[:most],
        year,
        title_ko=korean[:most],
        synopsis=values.text(synopsis),
        cast=values.names(values.text(cast)),
        page_url=values.url(values.text(page_url)),
        poster_url=values.url(values.text(poster_url)),
        times_rated=int(times) if isinstance(times, int) and times > 0 else 0,
    )


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
            user, movie = values.user(nick_name), values.movie(movie_id, known)
            star, at = values.star(rating), values.milliseconds(timestamp)
        except values.BadRowError as error:
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
