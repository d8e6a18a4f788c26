from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import MySQLdb
import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from movie import selectors
from movie.catalogue import daum, daum_values
from movie.catalogue.base import Catalogue, DataError, Film
from movie.models import CatalogueLoad, Movie, Rating
from tests.services.mysql import PASSWORD, MariaDB

pytestmark = pytest.mark.django_db
NOON = int(datetime(2024, 5, 1, 3, tzinfo=UTC).timestamp())
"""Twelve in Seoul."""
TABLES = """
    CREATE TABLE daum_movies (movieId INTEGER, titleKo VARCHAR(100), titleEn VARCHAR(100), synopsis TEXT,
        `cast` VARCHAR(10000), mainPageUrl TEXT, posterUrl TEXT, numOfSiteRatings INTEGER);
    CREATE TABLE daum_ratings (nickName VARCHAR(100), movieId INTEGER, rating {rating}, `timestamp` {time}, review TEXT)
"""
MOVIES: list[tuple[Any, ...]] = [
    (
        111292,
        "기생충",
        "Parasite, 2019",
        "전원백수로 살 길 막막하지만 사이는 좋은 기택 가족 🏚️",
        "송강호(기택), 이선균(박 사장), 조여정 | Robert Downey, Jr.",
        "https://movie.example/111292",
        "http://img.example/p.jpg",
        90_000,
    ),
    (2, "괴물", None, None, None, None, "javascript:alert(1)", None),
    (3, None, "Memories of Murder (2003)", "", "", "", "//img.example/m.jpg", 5),
    (4, None, None, None, None, None, None, None),
]
RATINGS: list[tuple[Any, ...]] = [
    ("영화광👍", 111292, 10, NOON),
    ("영화광👎", 111292, 0, NOON + 60),
    ("Kim", 2, 7.5, NOON),
    ("kim", 2, 6.4, NOON),
    ("kim", 2, 3, NOON - 86400),  # older than the one above
    ("kim", 3, 8, None),
    ("휴면 사용자", 2, 8, NOON),
    ("", 2, 8, NOON),
    (None, 2, 8, NOON),
    ("x" * 65, 2, 8, NOON),
    ("lee", 2, 11, NOON),
    ("lee", 2, None, NOON),
    ("lee", 777, 8, NOON),
    ("lee", None, 8, NOON),
    ("lee", 3, 8, -5),
]
PASSED_OVER = {
    "ratings of nobody (no name, or what stands for none)": 3,
    "ratings whose nickName is too long": 1,
    "ratings that are no number from 0 to 10": 2,
    "ratings of movies that daum_movies does not have": 1,
    "ratings without a whole number as movieId": 1,
    "ratings whose timestamp is no time": 1,
    "ratings that their user gave anew later": 1,
}


def fill(connection: Any, mark: str, *, rating: str = "REAL", time: str = "REAL") -> None:
    """The two tables with what stands above. mark: what the library writes for a value."""
    cursor = connection.cursor()
    for statement in TABLES.format(rating=rating, time=time).split(";"):
        cursor.execute(statement)
    cursor.executemany(f"INSERT INTO daum_movies VALUES ({', '.join([mark] * 8)})", MOVIES)
    cursor.executemany(f"INSERT INTO daum_ratings VALUES ({', '.join([mark] * 4)}, 'review')", RATINGS)
    connection.commit()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "daum #1.sqlite3"
    with sqlite3.connect(path) as connection:
        fill(connection, "?")
    connection.close()
    return path


@pytest.fixture
def url(file: Path) -> str:
    return f"sqlite:///{str(file).replace('#', '%23')}"


def check(catalogue: Catalogue) -> None:
    """What any database with the tables above must give."""
    assert catalogue.films == [
        Film(2, "괴물", title_ko="괴물"),
        Film(3, "Memories of Murder", 2003, poster_url="https://img.example/m.jpg", times_rated=5),
        Film(4, "Movie 4"),
        Film(
            111292,
            "Parasite",
            2019,
            title_ko="기생충",
            synopsis="전원백수로 살 길 막막하지만 사이는 좋은 기택 가족 🏚️",
            cast=("송강호", "이선균", "조여정", "Robert Downey, Jr."),
            page_url="https://movie.example/111292",
            poster_url="https://img.example/p.jpg",
            times_rated=90_000,
        ),
    ]
    ratings = catalogue.ratings
    users, movies = ratings.users.id_at(ratings.user_idx), ratings.movies.id_at(ratings.movie_idx)
    found = set(zip(users.tolist(), movies.tolist(), ratings.star.tolist(), ratings.at.tolist(), strict=True))
    assert found == {
        ("영화광👍", 111292, 10, NOON * 1000),
        ("영화광👎", 111292, 1, (NOON + 60) * 1000),
        ("Kim", 2, 8, NOON * 1000),
        ("kim", 2, 6, NOON * 1000),
        ("kim", 3, 8, 0),
    }
    assert catalogue.passed_over == PASSED_OVER


def test_films_and_ratings_are_read_and_what_cannot_be_used_is_counted(url: str) -> None:
    check(daum.read(url))


def test_reading_leaves_the_database_as_it_was(url: str, file: Path) -> None:
    before = file.read_bytes()
    daum.read(url)
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_the_command_loads_it_and_says_what_it_passed_over(url: str, client: Client) -> None:
    out = StringIO()
    call_command("load_movies", source="daum", database=url, stdout=out)
    assert "Loaded 4 movies and 5 ratings (daum)" in out.getvalue()
    assert "passed over: 3 ratings of nobody" in out.getvalue()
    assert Rating.objects.filter(user__startswith="영화광").count() == 2
    assert selectors.catalogue_interactions().fingerprint() == daum.read(url).ratings.fingerprint()
    html = client.get("/movie/111292/").content.decode()
    for fact in ("기생충", "기택 가족 🏚️", "송강호", 'href="https://movie.example/111292"'):
        assert fact in html


def test_without_a_single_rating_the_sites_own_count_tells_what_is_popular(url: str, file: Path) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("DELETE FROM daum_ratings")
    connection.close()
    call_command("load_movies", source="daum", database=url, stdout=StringIO())
    assert [movie.id for movie in selectors.movies_popular(page=1)] == [111292, 3, 2, 4]
    assert Movie.objects.get(id=111292).n_ratings == 0


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("DROP TABLE daum_ratings", "expected a table daum_ratings"),
        ("ALTER TABLE daum_movies DROP COLUMN synopsis", "expected columns synopsis in daum_movies"),
        ("ALTER TABLE daum_ratings RENAME COLUMN nickName TO name", "expected columns nickName in daum_ratings"),
    ],
)
def test_a_table_or_column_that_is_missing_is_named(url: str, file: Path, broken: str, said: str) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute(broken)
    connection.close()
    with pytest.raises(DataError, match=said):
        daum.read(url)


def test_a_database_that_is_not_there_loads_nothing(tmp_path: Path) -> None:
    missing = tmp_path / "missing.sqlite3"
    with pytest.raises(CommandError, match="unable to open database file"):
        call_command("load_movies", source="daum", database=f"sqlite:///{missing}")
    assert not missing.exists() and not CatalogueLoad.objects.exists()


@pytest.mark.parametrize(
    ("source", "database"), [("daum", ""), ("movielens-small", "sqlite:////x"), ("daum", "mysql://u:secret@:x/y")]
)
def test_an_address_is_asked_for_where_it_belongs_and_never_repeated(source: str, database: str) -> None:
    with pytest.raises(CommandError, match="--database") as caught:
        call_command("load_movies", source=source, database=database)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "at"),
    [
        (NOON, NOON * 1000),
        (f"{NOON}.0", NOON * 1000),
        (NOON * 1000, NOON * 1000),
        ("2024-05-01 12:00:00", NOON * 1000),
        ("2024-05-01T03:00:00Z", NOON * 1000),
        ("2024.05.01, 12:00", NOON * 1000),
        ("2024. 5. 1. 12:00:00", NOON * 1000),
        ("2024.05.01", (NOON - 12 * 3600) * 1000),
        (datetime(2024, 5, 1, 12), NOON * 1000),
        ("", 0),
    ],
)
def test_times_come_in_many_forms(value: Any, at: int) -> None:
    assert daum_values.milliseconds(value) == at


@pytest.mark.parametrize(
    "value", ["yesterday", "2024.13.01", "2024.05.01, 12", "nan", float("nan"), float("inf"), 10**30, b"", []]
)
def test_what_is_no_time_is_a_bad_row(value: Any) -> None:
    with pytest.raises(ValueError, match="no time"):
        daum_values.milliseconds(value)


@pytest.mark.services
@pytest.mark.parametrize(
    ("rating", "time"), [("FLOAT", "DOUBLE"), ("VARCHAR(10)", "VARCHAR(30)"), ("DECIMAL(3,1)", "DECIMAL(20,3)")]
)
def test_mysql_gives_the_same_whatever_its_columns_hold(mariadb: MariaDB, rating: str, time: str) -> None:
    url = mariadb.create(f"daum_{time[:4]}")
    with connected(mariadb, f"daum_{time[:4]}") as connection:
        fill(connection, "%s", rating=rating, time=time)
    check(daum.read(url))


@pytest.mark.services
@pytest.mark.parametrize("kind", ["DATETIME", "TIMESTAMP"])
def test_mysql_dates_are_of_the_sites_zone(mariadb: MariaDB, kind: str) -> None:
    url = mariadb.create(f"dates_{kind.lower()}")
    with connected(mariadb, f"dates_{kind.lower()}") as connection:
        cursor = connection.cursor()
        cursor.execute("SET time_zone = '+09:00'")
        for statement in TABLES.format(rating="INT", time=kind).split(";"):
            cursor.execute(statement)
        cursor.executemany(f"INSERT INTO daum_movies VALUES ({', '.join(['%s'] * 8)})", MOVIES)
        cursor.execute("INSERT INTO daum_ratings VALUES ('kim', 2, 8, '2024-05-01 12:00:00', '')")
        connection.commit()
    assert daum.read(url).ratings.at.tolist() == [NOON * 1000]


@pytest.mark.services
def test_mysql_is_only_read_and_row_by_row(mariadb: MariaDB) -> None:
    """The transaction refuses to write, and rows are fetched from the server as they are asked for."""
    url = mariadb.create("only_read")
    with connected(mariadb, "only_read") as connection:
        fill(connection, "%s")
    with daum._connected(url) as reader, reader.cursor() as cursor:
        with pytest.raises(Exception, match="READ ONLY"):
            cursor.execute("DELETE FROM daum_ratings")
        cursor.execute("SELECT 1 FROM daum_ratings")
        assert cursor.fetchone() == (1,) and cursor.rowcount in (-1, 2**64 - 1)  # the client has not read them all


def connected(server: MariaDB, database: str) -> Any:
    return closing(
        MySQLdb.connect(
            host="127.0.0.1", port=server.port, user="site", password=PASSWORD, database=database, charset="utf8mb4"
        )
    )
