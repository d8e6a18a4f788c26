from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from movie.catalogue.base import DataError, Film
from movie.catalogue.facts import Facts

COLUMNS = 'imdbID TEXT, Title TEXT, Year INTEGER, Runtime REAL, Genre TEXT, Director TEXT, Writer TEXT, "Cast" TEXT, Country TEXT'
ROWS = [
    (
        "tt1",
        "The Matrix",
        1999,
        136.0,
        "Action, Sci-Fi",
        "Lana Wachowski, Lilly Wachowski",
        "",
        "Keanu Reeves",
        "United States",
    ),
    ("tt2", "Se7en", 1995, None, "", "David Fincher", None, "", ""),
    ("tt3", "Hamlet", 1990, 1.0, "", "A", "", "", ""),
    ("tt4", "Hamlet", 1990, 1.0, "", "B", "", "", ""),
    ("tt5", "Heat", 1986, 1.0, "", "C", "", "", ""),
    ("tt6", "Heat", 1988, 1.0, "", "D", "", "", ""),
]


@pytest.fixture
def facts(tmp_path: Path) -> Facts:
    with sqlite3.connect(tmp_path / "facts.db") as connection:
        connection.execute(f"CREATE TABLE omdb ({COLUMNS})")
        connection.executemany(f"INSERT INTO omdb VALUES ({','.join('?' * 9)})", ROWS)
    return Facts(tmp_path / "facts.db")


def joined(facts: Facts, title: str, year: int | None, imdb_id: str = "") -> str:
    return facts.add_to(Film(7, "shown", year, imdb_id=imdb_id), full_title=title).imdb_id


def test_title_and_year_join(facts: Facts) -> None:
    film = facts.add_to(Film(7, "The Matrix", 1999, genres=("Action",)), full_title="Matrix, The (1999)")
    assert (film.runtime, film.directors, film.cast) == (
        136,
        ("Lana Wachowski", "Lilly Wachowski"),
        ("Keanu Reeves",),
    )
    assert (film.genres, film.countries) == (("Action",), ("United States",))


def test_a_title_in_brackets_joins_too(facts: Facts) -> None:
    assert joined(facts, "Seven (a.k.a. Se7en) (1995)", 1995) == "tt2"


def test_an_imdb_id_joins_whatever_the_title(facts: Facts) -> None:
    assert joined(facts, "Matriks", None, "tt1") == "tt1"


def test_a_year_beside_joins_where_only_one_film_can_be_meant(facts: Facts) -> None:
    assert joined(facts, "Matrix, The", 2000) == "tt1"
    assert joined(facts, "Heat", 1987) == ""  # one the year before, one the year after
    assert joined(facts, "Matrix, The", 2001) == ""


def test_a_title_that_two_films_of_a_year_share_is_nobodys(facts: Facts) -> None:
    assert joined(facts, "Hamlet", 1990) == ""


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "facts.db").write_text("not a database" * 100)
    with pytest.raises(DataError, match="run again"):
        Facts(tmp_path / "facts.db")
